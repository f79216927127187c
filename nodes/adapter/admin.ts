/** What the editor's panels may ask of the runtime. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProtocolError } from '../protocol/common/errors.js';
import { localise } from './errors.js';
import type { NodeRed } from './red.js';

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

/** Lets panels ask. A Node-RED without an editor has no such routes. */
export function answerPanels(RED: NodeRed, routes: readonly AdminRoute[]): void {
	for (const { method, path, permission, answer } of routes) {
		RED.httpAdmin?.[method](
			path,
			RED.auth.needsPermission(permission),
			(request: ExpressRequest, response) => {
				const { params = {}, query = {}, body } = request;
				const json = typeof body === 'object' && body !== null ? (body as AdminRequest['body']) : {};
				Promise.resolve()
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
