import type { Answer, DeviceRequest, Refusal } from '../../../nodes/protocol/common/http.js';
import type { RandomBytes } from '../../../nodes/protocol/ups/command-ids.js';
import {
	type CommandName,
	type CommandReport,
	parseKey,
	type TelemetryMessage,
	type UpsEvent,
	type UpsListener,
	UpsReceiver,
	UpsService,
	type UpsSettings,
} from '../../../nodes/protocol/ups/index.js';
import { requestSignature } from '../../devices/ups/index.js';
import { ManualTime, settled } from '../manual-time.js';
import { type Commit, TestStore } from '../memory-store.js';

export const KEY = 'ABCDEFGHJKMNPQRS';
export const ID = '8988228066680569990';
/** 2026-11-20T18:53:01Z, in milliseconds. */
export const START = 1_795_200_781_000;
export const ENDPOINT = 'node-red /';
export const ADDRESS = '203.0.113.7';

export const settingsOf = (changed: Partial<UpsSettings> = {}): UpsSettings => ({
	deviceId: ID,
	name: 'Garage',
	key: parseKey(KEY),
	clockSkew: 300,
	commandMaxAge: 600_000,
	offlineAfter: 120_000,
	...changed,
});

/** What can be special about a request. Signed as it then is, unless a signature is given. */
export interface RequestParts {
	readonly ts?: string | number;
	readonly nonce?: string;
	readonly body?: object | string | Buffer;
	readonly signature?: string;
	readonly key?: string;
	readonly deviceId?: string;
	readonly headers?: Record<string, string | undefined>;
}

let instances = 0;
let nonces = 0;
const nextNonce = () => (++nonces).toString(16).padStart(16, '0');

function bytesOf(body: object | string | Buffer): Buffer {
	if (Buffer.isBuffer(body)) return body;
	return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

export function requestOf(parts: RequestParts & { readonly ts: string | number }): DeviceRequest {
	const { deviceId = ID, key = KEY, nonce = nextNonce() } = parts;
	const ts = String(parts.ts);
	const rawBody = bytesOf(parts.body ?? {});
	return {
		method: 'POST',
		path: `/api/v1/devices/${deviceId}/telemetry`,
		param: deviceId,
		query: '',
		headers: {
			'x-w3pups-ts': ts,
			'x-w3pups-nonce': nonce,
			'x-w3pups-sig': parts.signature ?? requestSignature(key, ts, nonce, rawBody),
			...parts.headers,
		},
		remoteAddress: ADDRESS,
		clientName: undefined,
		rawBody,
		maxBody: 1048576,
	};
}

export const isRefusal = (decision: Answer | Refusal): decision is Refusal => 'refused' in decision;

/** The ids that an answer carries. */
export function idsIn(decision: Answer | Refusal): string[] {
	if (isRefusal(decision)) throw new Error(`refused: ${decision.refused}`);
	return (JSON.parse(decision.body) as { commands: { id: string }[] }).commands.map(({ id }) => id);
}

/** One Node-RED with a place for UPSes, as far as the protocol goes: a process between two restarts. */
export class Site {
	readonly messages: TelemetryMessage[] = [];
	readonly events: UpsEvent[] = [];
	readonly reports: CommandReport[] = [];
	/** Messages that came with the reports. */
	readonly queuedMessages: unknown[] = [];
	readonly failures: unknown[] = [];
	/** How often badges were to be looked at without a message or an event. */
	views = 0;
	readonly problems: unknown[] = [];
	readonly service: UpsService;
	readonly receiver: UpsReceiver;
	private isOver = false;
	private readonly process: ReturnType<TestStore['process']>;

	constructor(
		readonly time = new ManualTime(START),
		readonly store = new TestStore(time),
		random: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count)),
	) {
		this.process = store.process();
		this.service = new UpsService({
			store: this.process,
			instance: `process-${++instances}`,
			clock: time,
			timers: {
				// A process that is over fires no timers any more.
				set: (callback, delay) => time.set(() => this.isOver || callback(), delay),
				clear: (handle) => time.clear(handle),
			},
			gracePeriod: (over) => this.gracePeriod(over),
			random,
			report: (error) => this.problems.push(error),
		});
		this.receiver = new UpsReceiver(this.service, ENDPOINT);
	}

	private readonly expected = new Set<() => void>();

	/** A second, or until the flows have started. */
	private gracePeriod(over: () => void): () => void {
		const timer = this.time.set(over, 1000);
		this.expected.add(over);
		return () => {
			this.time.clear(timer);
			this.expected.delete(over);
		};
	}

	/** A deploy is over. */
	flowsStarted(): void {
		for (const over of this.expected) over();
	}

	/** Collects what a node that looks at every UPS here would get. */
	readonly listener: UpsListener = {
		message: (message) => this.isOver || this.messages.push(message),
		event: (event) => this.isOver || this.events.push(event),
		view: () => this.views++,
		failure: (error) => this.failures.push(error),
	};

	/** Starts the flows: one UPS, one node that receives, one that sends commands. */
	start(changed: Partial<UpsSettings> = {}): this {
		this.service.register(settingsOf(changed));
		this.receiver.subscribe(undefined, this.listener);
		this.attach('n');
		return this;
	}

	attach(nodeId: string): () => void {
		return this.service.attach(nodeId, (report, message) => {
			if (this.isOver) return;
			this.reports.push(report);
			this.queuedMessages.push(message);
		});
	}

	/** The process is killed: it does nothing any more. */
	kill(): void {
		this.isOver = true;
		this.process.end();
	}

	/** The next process over what is remembered; this one does nothing any more. */
	restarted(store = this.store.afterKill()): Site {
		this.kill();
		if (store !== this.store) this.store.stop();
		return new Site(this.time, store);
	}

	/** This machine's clock in whole seconds. */
	get seconds(): number {
		return Math.floor(this.time.now() / 1000);
	}

	/** The body's turn; the place has its owner. */
	async handle(request: DeviceRequest): Promise<Answer | Refusal> {
		const decision = await this.receiver.handle(request);
		if (!('retry' in decision)) return decision;
		await decision.retry;
		return this.handle(request);
	}

	/** One request as an endpoint passes it on, then what comes after the answer. */
	async receive(request: DeviceRequest): Promise<Answer | Refusal> {
		const decision = await this.handle(request);
		if (isRefusal(decision)) {
			const { refused: reason, status, subject = '', clockOffset } = decision;
			const offset = clockOffset !== undefined && { clockOffset };
			this.receiver.refused({ reason, status, subject, remoteAddress: request.remoteAddress, ...offset });
		} else decision.after?.();
		await settled();
		return decision;
	}

	/** A POST of now, or as special as it says. */
	post(parts: RequestParts = {}): Promise<Answer | Refusal> {
		return this.receive(requestOf({ ts: this.seconds, ...parts }));
	}

	async queue(command: CommandName, changed: object = {}): Promise<string> {
		const before = new Set(this.idsStored());
		await this.service.commands.queue(ID, {
			nodeId: 'n',
			command,
			args: {},
			maxAge: undefined,
			message: { topic: 'whole' },
			storedMessage: { topic: 'stored' },
			...changed,
		});
		return this.idsStored().find((id) => !before.has(id)) ?? '';
	}

	/** Ids of the commands in the store. */
	idsStored(): string[] {
		const names = Object.keys(this.store.entriesOf(`ups/${ID}`));
		return names.flatMap((name) => (name.startsWith('command/') ? [name.slice('command/'.length)] : []));
	}

	/** Changes of entries and nonces: beside them an update may say when a UPS is due. */
	get changes(): Commit[] {
		return this.store.commits.filter(({ set = [], nonce }) => set.length > 0 || nonce !== undefined);
	}

	/** What is kept of messages and news once all has been told: nothing. */
	get leftovers(): Readonly<Record<string, number>> {
		const names = Object.keys(this.store.entriesOf(`ups/${ID}`));
		return {
			messages: this.service.registry.get(ID)?.messages.size ?? 0,
			stored: names.filter((name) => name.startsWith('message/')).length,
			outbox: names.filter((name) => name.startsWith('outbox/')).length,
		};
	}

	/** States told so far, of one command or all. */
	states(id?: string): string[] {
		return this.reports.filter((report) => id === undefined || report.id === id).map(({ state }) => state);
	}

	/** Names of the events told so far. */
	get eventNames(): string[] {
		return this.events.map(({ event }) => event);
	}
}
