import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
	DEFAULT_LIMITS,
	type Endpoint,
	type EndpointSettings,
	type EndpointStateName,
	type Limits,
	openEndpoint,
} from '../../../nodes/adapter/http-server/index.js';
import type { NodeRed } from '../../../nodes/adapter/node-red.js';
import type { ProtocolError } from '../../../nodes/protocol/common/errors.js';
import type {
	Answer,
	DeviceRequest,
	Refusal,
	RefusedRequest,
	Route,
} from '../../../nodes/protocol/common/http.js';

/** The part of a RED object that an endpoint uses, with what it logged. */
export function fakeRed(more: Partial<NodeRed> = {}): NodeRed & { logged: string[] } {
	const logged: string[] = [];
	const log = (text: unknown): void => void logged.push(String(text));
	const red = {
		events: new EventEmitter(),
		settings: {},
		log: { error: log, warn: log, info: log, debug: log },
	};
	return { ...red, ...more, logged } as unknown as NodeRed & { logged: string[] };
}

/** Settings of an own listener at a free port of the loopback address, with what it reported. */
export function ownSettings(
	more: Partial<EndpointSettings> = {},
): EndpointSettings & { readonly reported: ProtocolError[] } {
	const reported: ProtocolError[] = [];
	return {
		server: 'own',
		host: '127.0.0.1',
		port: 0,
		path: '/',
		clientCert: 'none',
		maxBody: 1024,
		trustProxy: false,
		tlsRequested: false,
		report: (error) => void reported.push(error),
		...more,
		reported,
	};
}

/** Resolves when the endpoint is in this state. */
export function inState(endpoint: Endpoint, name: EndpointStateName): Promise<void> {
	return new Promise((resolve) => {
		endpoint.onState((state) => {
			if (state.name === name) resolve();
		});
	});
}

/** An own listener that is open. */
export async function openOwn(
	more: Partial<EndpointSettings> = {},
	limits: Partial<Limits> = {},
	red: NodeRed = fakeRed(),
): Promise<{ endpoint: Endpoint; port: number }> {
	const endpoint = openEndpoint(red, ownSettings(more), { ...DEFAULT_LIMITS, ...limits });
	await inState(endpoint, 'listening');
	return { endpoint, port: endpoint.port ?? 0 };
}

/** A route that remembers what it was asked and answers `ok` unless told otherwise. */
export class RecordingRoute implements Route {
	readonly requests: DeviceRequest[] = [];
	readonly refusals: RefusedRequest[] = [];
	readonly events = new EventEmitter();
	onAdmit: Route['admit'] = () => undefined;
	onHandle: Route['handle'] = async () => ok();

	admit(...args: Parameters<Route['admit']>): Refusal | undefined {
		return this.onAdmit(...args);
	}

	async handle(request: DeviceRequest): ReturnType<Route['handle']> {
		this.requests.push(request);
		this.events.emit('request', request);
		return this.onHandle(request);
	}

	refused(request: RefusedRequest): void {
		this.refusals.push(request);
		this.events.emit('refused', request);
	}
}

export function ok(body = 'ok', after?: () => void): Answer {
	return { status: 200, headers: {}, body, ...(after ? { after } : {}) };
}

/** The place at which `startOwn` receives, a path there, and what its route answers unless told otherwise. */
export const PLACE = { prefix: '/api/v1/devices/', suffix: '/telemetry' };
export const PATH = '/api/v1/devices/DEV1/telemetry';
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** An own listener that is open and has a route. */
export async function startOwn(more: Partial<EndpointSettings> = {}, limits: Partial<Limits> = {}) {
	const red = fakeRed();
	const { endpoint, port } = await openOwn(more, limits, red);
	const { route } = endpoint.claim(PLACE, new RecordingRoute());
	return { endpoint, port, route, red };
}

/** The next refusal that a route is told of. */
export async function nextRefusal(route: RecordingRoute): Promise<RefusedRequest> {
	const [refusal] = (await once(route.events, 'refused')) as [RefusedRequest];
	return refusal;
}

/** A client that sends exactly what it is told and keeps exactly what it gets. */
export class RawClient {
	text = '';
	/** All that came, once the server has closed the connection. */
	readonly closed: Promise<string>;
	private check: () => void = () => undefined;

	constructor(readonly socket: Socket) {
		socket.setEncoding('latin1');
		socket.on('data', (piece: string) => {
			this.text += piece;
			this.check();
		});
		// A reset is one of the ways in which a server closes; tests look at what came before it.
		socket.on('error', () => undefined);
		this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.text)));
	}

	/** @param from one of the many addresses of this machine, all in 127.0.0.0/8 */
	static open(port: number, from = '127.0.0.1'): Promise<RawClient> {
		return new Promise((resolve, reject) => {
			const address = { port, host: '127.0.0.1', localAddress: from, noDelay: true };
			const socket = connect(address, () => resolve(new RawClient(socket)));
			socket.once('error', reject);
		});
	}

	send(...pieces: (string | Buffer)[]): this {
		for (const piece of pieces) this.socket.write(piece);
		return this;
	}

	/** Resolves with all that came so far as soon as it ends in this. */
	until(end: string): Promise<string> {
		return new Promise((resolve, reject) => {
			this.check = () => {
				if (this.text.endsWith(end)) resolve(this.text);
			};
			this.closed.then((text) => reject(new Error(`closed after ${JSON.stringify(text)}`)));
			this.check();
		});
	}

	end(): void {
		this.socket.destroy();
	}
}

/** Sends as fast as the server reads, until it has closed the connection. */
export function sendForever({ socket }: RawClient): void {
	const piece = Buffer.alloc(65_536, 'x');
	const more = (error?: Error | null): void => {
		if (!error && !socket.destroyed) socket.write(piece, more);
	};
	more();
}

/** Sends one request on a new connection and resolves with all that came until the server or `end` closed it. */
export async function exchange(port: number, request: string | Buffer, end?: string): Promise<string> {
	const client = await RawClient.open(port);
	client.send(request);
	const text = await (end === undefined ? client.closed : client.until(end));
	client.end();
	return text;
}

/** A POST with a Content-Length. */
export function post(path: string, body = '', headers: readonly string[] = []): string {
	return [
		`POST ${path} HTTP/1.1`,
		'Host: x',
		...headers,
		`Content-Length: ${Buffer.byteLength(body)}`,
		'',
		body,
	].join('\r\n');
}

/** An answer as it is on the wire, with the headers that a refusal has. */
export function refusalText(status: string, reason: string, close: boolean): string {
	const body = JSON.stringify({ error: reason });
	return [
		`HTTP/1.1 ${status}`,
		'Content-Type: application/json',
		`Content-Length: ${body.length}`,
		...(close ? ['Connection: close'] : []),
		'',
		body,
	].join('\r\n');
}

/** A promise with its resolve function outside. */
export function signal<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
	return Promise.withResolvers<T>();
}
