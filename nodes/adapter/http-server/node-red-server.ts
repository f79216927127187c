import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { HttpApp, Middleware, NextFunction, NodeRed } from '../node-red.js';
import { senderAddress } from './client-address.js';
import { BaseEndpoint } from './endpoint.js';
import { joinPath, parseTarget } from './paths.js';
import { type RequestContext, RequestHandler } from './request-handler.js';
import { reservedError } from './reserved-paths.js';
import type { Match } from './router.js';
import type { Runtime } from './runtime.js';
import type { EndpointSettings } from './settings.js';

/** A request as Express and its body parser see it. */
type ExpressRequest = IncomingMessage & { originalUrl?: string; _body?: boolean };

/**
 * Prepares a request before Express sees it: Node-RED parses JSON bodies in front of everything that nodes add, and
 * a signature is over the bytes. Returns whether the request is one of ours.
 */
function keepBodyUnparsed(runtime: Runtime, req: ExpressRequest): boolean {
	try {
		const url = req.url ?? '';
		if (runtime.router.find(parseTarget(url).path) === undefined) return false;
		req._body = true;
		// Express does not find the root of Node-RED's nodes behind doubled slashes.
		if (url.startsWith('//')) {
			req.originalUrl = url;
			req.url = url.replace(/^\/+/, '/');
		}
		return true;
	} catch (error) {
		runtime.problem(error);
		return false;
	}
}

/** Runs middleware one after the other; `then` comes last, with the error if there was one. */
function runAll(
	handlers: readonly Middleware[],
	req: IncomingMessage,
	res: ServerResponse,
	then: NextFunction,
): void {
	const step = (index: number): void => {
		const handler = handlers[index];
		if (handler === undefined) return void then();
		let isCalled = false;
		const next: NextFunction = (error) => {
			if (isCalled) return;
			isCalled = true;
			if (error === undefined || error === null) step(index + 1);
			else then(error);
		};
		try {
			handler(req, res, next);
		} catch (error) {
			next(error);
		}
	};
	step(0);
}

/** What the user's settings put in front of every HTTP node. */
function nodeMiddleware(RED: NodeRed): Middleware[] {
	const setting: unknown = RED.settings.httpNodeMiddleware;
	const list: unknown[] = Array.isArray(setting) ? setting.flat(Number.POSITIVE_INFINITY) : [setting];
	return list.filter((item): item is Middleware => typeof item === 'function');
}

/** Only the answer shows whether another node of Node-RED has this path. */
function noteUnmatched(runtime: Runtime, req: IncomingMessage, res: ServerResponse, path: string): void {
	const remoteAddress = senderAddress(req, false);
	res.once('finish', () => {
		if (res.statusCode === 404) runtime.unmatched(undefined, path, remoteAddress);
	});
}

const originalUrl = (req: ExpressRequest): string => req.originalUrl ?? req.url ?? '';

/** Handles a request that the middleware has let through, or on which it has failed. */
function serve(
	{ router }: Runtime,
	req: IncomingMessage,
	res: ServerResponse,
	match: Match<RequestContext> & { readonly context: RequestContext },
	error: unknown,
): void {
	const { context } = match;
	if (error === undefined) {
		new RequestHandler(req, res, { router, context }, parseTarget(originalUrl(req)), match).start();
		return;
	}
	context.problem(error);
	if (!res.headersSent) context.shared.errorResponder.respond(req, res, 500, 'internal', false);
}

function guard(runtime: Runtime, req: IncomingMessage, step: () => void): void {
	try {
		step();
	} catch (error) {
		runtime.problem(error);
		req.socket.destroy();
	}
}

/** The one handler that is mounted for good. */
function dispatcher(RED: NodeRed, runtime: Runtime): Middleware {
	return (req: ExpressRequest, res, next) => {
		const { path } = parseTarget(originalUrl(req));
		let isWaiting = false;
		runtime.router.whenFound(path, (match) => {
			const { context } = match ?? {};
			if (match && context) {
				runAll(nodeMiddleware(RED), req, res, (error) =>
					guard(runtime, req, () => serve(runtime, req, res, { ...match, context }, error)),
				);
				return;
			}
			// No owner came for the path: whoever is next may parse the body.
			if (isWaiting) delete req._body;
			if (req.method === 'POST') noteUnmatched(runtime, req, res, path);
			next();
		});
		isWaiting = true;
	};
}

function mount(RED: NodeRed, runtime: Runtime, app: HttpApp, server: Server): void {
	if (runtime.isMounted) return;
	runtime.isMounted = true;
	server.prependListener('request', (req) => void keepBodyUnparsed(runtime, req));
	// With a listener of this event Node leaves the 100 to it, which our devices must never get; all other requests
	// get theirs as before, unless somebody else listens and does that.
	server.prependListener('checkContinue', (req, res) => {
		const isOurs = keepBodyUnparsed(runtime, req);
		if (!isOurs && server.listenerCount('checkContinue') > 1) return;
		if (!isOurs) res.writeContinue();
		server.emit('request', req, res);
	});
	app.use(dispatcher(RED, runtime));
}

/** An endpoint on Node-RED's own server. All of them share one handler and one router. */
export class NodeRedServer extends BaseEndpoint {
	readonly port = undefined;

	constructor(
		private readonly RED: NodeRed,
		runtime: Runtime,
		settings: EndpointSettings,
	) {
		const { httpNode, server } = RED;
		const usable = RED.settings.httpNodeRoot !== false && httpNode && server;
		const base = joinPath(usable ? httpNode.path() : '', settings.path);
		super(runtime, settings, runtime.router, base);
		const error = usable ? this.faultOf(base) : new ProtocolError('endpoint-disabled');
		if (error) this.status.set({ name: usable ? 'failed' : 'disabled', error });
		else this.status.set({ name: 'listening' });
		if (usable) mount(RED, runtime, httpNode, server);
	}

	async close(): Promise<void> {
		this.releaseAll();
		this.status.set({ name: 'closed' });
	}

	protected faultOf(path: string): ProtocolError | undefined {
		return reservedError(this.RED, path);
	}
}
