/** What the editor's panels may ask of the runtime. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProtocolError } from '../protocol/common/errors.js';
import { localise } from './errors.js';
import type { NodeRed } from './node-red.js';

/** A question of a panel. */
export interface AdminRequest {
	/** Variable parts of the path, by name. */
	readonly params: Readonly<Record<string, string | undefined>>;
	readonly query: Readonly<Record<string, unknown>>;
	/** The JSON of a POST, an empty object where there is none. */
	readonly body: Readonly<Record<string, unknown>>;
}

export interface AdminRoute {
	readonly method: 'get' | 'post';
	/** As Express has it, `/wattpost/hpdu/:device/rights`. */
	readonly path: string;
	/** Who may ask, such as `hpdu-device.read`. */
	readonly permission: string;
	/** Gives what becomes the JSON of the answer. What it throws becomes `{ error: { code, message, params } }`. */
	answer(request: AdminRequest): unknown;
}

type ExpressRequest = IncomingMessage & {
	params?: AdminRequest['params'];
	query?: AdminRequest['query'];
	body?: unknown;
};

/**
 * What a deployed config node shares, for a panel that names it.
 * @throws ProtocolError `config-missing` where there is no such node; what kept it from being opened
 */
export function sharedOf(RED: NodeRed, id: string | undefined): object {
	const node = RED.nodes.getNode(id ?? '');
	if (typeof node?.shared === 'object' && node.shared !== null) return node.shared;
	throw node?.failure ?? new ProtocolError('config-missing', { property: 'device' });
}

/** Whether the value of a Host header belongs to an origin. The header may leave out the scheme's default port. */
function isHostOf({ protocol, host }: URL, header: string): boolean {
	const url = `${protocol}//${header.trim()}`;
	return URL.canParse(url) && new URL(url).host === host;
}

/**
 * Whether a page other than the editor sends the request. Node-RED 4.1 lets every page do that, so this checks the headers
 * that scripts cannot change. Proxies put the host that the browser sees into `X-Forwarded-Host`.
 */
function isForeign({ origin = '', host = '', ...headers }: IncomingMessage['headers']): boolean {
	if (headers['sec-fetch-site'] === 'cross-site') return true;
	if (origin === '') return false;
	if (!URL.canParse(origin)) return true;
	const hosts = [host, ...String(headers['x-forwarded-host'] ?? '').split(',')];
	return !hosts.some((one) => isHostOf(new URL(origin), one));
}

/** Whether a POST is JSON. A form can be sent from any page without the browser asking the server first. */
function isJson({ 'content-type': type = '' }: IncomingMessage['headers']): boolean {
	return /^application\/json\s*(;|$)/i.test(type);
}

/** @throws ProtocolError `panel-refused`, with the status of the response set */
function check({ method, headers }: IncomingMessage, response: ServerResponse): void {
	const refuse = (status: number, found: string): never => {
		response.statusCode = status;
		throw new ProtocolError('panel-refused', { found: found.slice(0, 80) });
	};
	if (isForeign(headers)) refuse(403, headers.origin ?? 'cross-site');
	if (method === 'POST' && !isJson(headers)) refuse(415, headers['content-type'] ?? '');
}

/**
 * Adds routes for panels: a request from another web page is answered 403, a POST that is not JSON 415. A Node-RED without
 * an editor has no such routes.
 */
export function answerPanels(RED: NodeRed, routes: readonly AdminRoute[]): void {
	for (const { method, path, permission, answer } of routes) {
		RED.httpAdmin?.[method](
			path,
			RED.auth.needsPermission(permission),
			(request: ExpressRequest, response) => {
				const { params = {}, query = {}, body } = request;
				const json = typeof body === 'object' && body !== null ? (body as AdminRequest['body']) : {};
				Promise.resolve()
					.then(() => check(request, response))
					.then(() => answer({ params, query, body: json }))
					.catch((failure: unknown) => {
						const { code, message, params } = localise(RED, failure);
						return { error: { code, message, params } };
					})
					.then((result) => reply(response, result))
					.catch((error: unknown) => RED.log.error(localise(RED, error).message));
			},
		);
	}
}

function reply(response: ServerResponse, result: unknown): void {
	response.setHeader('Content-Type', 'application/json; charset=utf-8');
	response.setHeader('Cache-Control', 'no-store');
	response.end(JSON.stringify(result));
}
