import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { HttpApp, Middleware, NextFunction, NodeRed } from '../node-red.js';
import { senderAddress } from './client-address.js';
import { EndpointContext } from './endpoint-context.js';
import { joinPath, parseTarget } from './paths.js';
import { type RequestContext, serve } from './request-handler.js';
import { reservedError } from './reserved-paths.js';
import type { Match } from './router.js';
import type { Runtime } from './runtime.js';
import type { EndpointSettings } from './settings.js';
import { StateHolder } from './state.js';

/** A request as Express and its body parser see it. */
type ExpressRequest = IncomingMessage & { originalUrl?: string; _body?: boolean };

function originalUrl(req: ExpressRequest): string {
	return req.originalUrl ?? req.url ?? '';
}

/**
 * Prepares a request before Express sees it: Node-RED parses JSON bodies in front of everything that nodes add, and
 * a signature is over the bytes. Returns whether the request is one of ours.
 */
function mark(runtime: Runtime, req: ExpressRequest): boolean {
	const url = req.url ?? '';
	const { path } = parseTarget(url);
	if (runtime.routes.find(path) === undefined && runtime.routes.vacancies.at(path) === undefined)
		return false;
	req._body = true;
	// Express does not find the root of Node-RED's nodes behind doubled slashes.
	if (url.startsWith('//')) {
		req.originalUrl = url;
		req.url = url.replace(/^\/+/, '/');
	}
	return true;
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
		if (handler === undefined) {
			then();
			return;
		}
		let called = false;
		const next: NextFunction = (error) => {
			if (called) return;
			called = true;
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

function handleFailure(
	error: unknown,
	res: ServerResponse,
	match: Match<RequestContext>,
	req: IncomingMessage,
): void {
	match.host.problem(error);
	if (!res.headersSent) match.host.errorResponder.refuse(req, res, 500, 'internal', false);
}

/** Whether nobody else has this path either is known when the answer is out. */
function noteStray(runtime: Runtime, req: IncomingMessage, res: ServerResponse, path: string): void {
	const remoteAddress = senderAddress(req, false);
	res.once('finish', () => {
		if (res.statusCode === 404) runtime.stray(undefined, path, remoteAddress);
	});
}

/** The one handler that is mounted for good; it looks up what is served at the moment. */
function dispatcher(RED: NodeRed, runtime: Runtime): Middleware {
	const dispatch: Middleware = (req, res, next) => {
		const target = parseTarget(originalUrl(req));
		const match = runtime.routes.find(target.path);
		const vacant = match === undefined ? runtime.routes.vacancies.at(target.path) : undefined;
		if (vacant) {
			void vacant.then(() => {
				// Should nobody have come, whoever is next may parse the body.
				delete (req as ExpressRequest)._body;
				dispatch(req, res, next);
			});
			return;
		}
		if (match === undefined) {
			if (req.method === 'POST') noteStray(runtime, req, res, target.path);
			next();
			return;
		}
		runAll(nodeMiddleware(RED), req, res, (error) => {
			try {
				if (error === undefined) serve(req, res, target, runtime.routes, match, match.host);
				else handleFailure(error, res, match, req);
			} catch (thrown) {
				runtime.problem(thrown);
				req.socket.destroy();
			}
		});
	};
	return dispatch;
}

function prepare(RED: NodeRed, runtime: Runtime, app: HttpApp, server: Server): void {
	const guarded = (req: IncomingMessage): boolean => {
		try {
			return mark(runtime, req);
		} catch (error) {
			runtime.problem(error);
			return false;
		}
	};
	server.prependListener('request', guarded);
	// With a listener of this event Node leaves the 100 to it, which our devices must never get; all other requests
	// get theirs as before, unless somebody else listens and does that.
	server.prependListener('checkContinue', (req, res) => {
		const isOurs = guarded(req);
		if (!isOurs && server.listenerCount('checkContinue') > 1) return;
		if (!isOurs) res.writeContinue();
		server.emit('request', req, res);
	});
	app.use(dispatcher(RED, runtime));
}

/** An endpoint on Node-RED's own server. All of them share one handler and one table of routes. */
export class NodeRedServer {
	readonly state: StateHolder;
	readonly host: EndpointContext;
	readonly port = undefined;

	constructor(RED: NodeRed, runtime: Runtime, settings: EndpointSettings) {
		const { httpNode, server } = RED;
		const usable = RED.settings.httpNodeRoot !== false && httpNode && server;
		const base = joinPath(usable ? httpNode.path() : '', settings.path);
		const fault = (path: string) => reservedError(RED, path);
		this.host = new EndpointContext(runtime, settings, runtime.routes, base, fault);
		const error = usable ? fault(base) : new ProtocolError('endpoint-disabled');
		this.state = new StateHolder(
			error ? { name: usable ? 'failed' : 'disabled', error } : { name: 'listening' },
			(error) => settings.report(error),
			(error) => runtime.problem(error),
		);
		if (!usable || runtime.mounted) return;
		runtime.mounted = true;
		prepare(RED, runtime, httpNode, server);
	}

	async close(): Promise<void> {
		this.host.releaseAll();
		this.state.set({ name: 'closed' });
	}
}
