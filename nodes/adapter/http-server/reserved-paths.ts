/**
 * Paths of Node-RED's server that its editor and its admin API need. A route of ours there would take the bodies of their
 * requests (see `keepBodyUnparsed` in node-red-server.ts): it would be impossible to log in or deploy, also after a restart.
 */
import { ProtocolError } from '../../protocol/common/errors.js';
import type { HttpApp, NodeRed } from '../node-red.js';
import { canonicalPath, encodedPath } from './paths.js';

/**
 * What stands directly below the editor's root. Source: Node-RED 4.1.15 and 5.0.7, packages editor-api, editor-client
 * (folder public) and nodes.
 */
export const EDITOR_NAMES: readonly string[] = [
	'auth comms context credentials debug diagnostics favicon.ico flow flows icons',
	'inject library locales nodes plugins projects red resources settings theme types udp-ports vendor',
].flatMap((line) => line.split(' '));

/** Where nodes and editor are mounted, as paths are compared; undefined where there is no editor and no admin API. */
function rootsOf({ httpNode, httpAdmin, settings }: NodeRed): { node: string; admin: string } | undefined {
	if (settings.httpAdminRoot === false || !httpNode || !httpAdmin) return undefined;
	return { node: canonicalPath(httpNode.path()), admin: canonicalPath(httpAdmin.path()) };
}

function isWithin(path: string, parent: string): boolean {
	return path === parent || path.startsWith(`${parent}/`);
}

/**
 * The paths below httpNodeRoot that are reserved with all that is below them, such as `/flows`, or `/admin/flows` where the
 * editor is at `/admin`. None where the editor has a root of its own elsewhere.
 */
export function reservedPaths(RED: NodeRed): string[] {
	const roots = rootsOf(RED);
	if (roots === undefined || !isWithin(roots.admin, roots.node)) return [];
	const editor = roots.admin.slice(roots.node.length);
	return EDITOR_NAMES.map((name) => `${editor}/${name}`);
}

/**
 * Whether Node-RED, a plugin or a node needs a path for the editor. The editor's root itself is free: it is only read.
 * @param path as the server sees it
 */
function isReserved(RED: NodeRed, path: string): boolean {
	const roots = rootsOf(RED);
	if (roots === undefined) return false;
	const canonical = canonicalPath(path);
	const below = isWithin(canonical, roots.node) ? canonical.slice(roots.node.length) : '';
	if (reservedPaths(RED).some((reserved) => isWithin(below, reserved))) return true;
	if (!isWithin(canonical, roots.admin)) return false;
	return layersOf(RED.httpAdmin).some((layer) => answers(layer, canonical.slice(roots.admin.length)));
}

/** What is wrong with a path that is reserved; undefined for any other. @param path as the server sees it */
export function reservedError(RED: NodeRed, path: string): ProtocolError | undefined {
	if (!isReserved(RED, path)) return undefined;
	const params = {
		property: 'path',
		value: encodedPath(path).slice(0, 80),
		expected: RED._('expected.free-path'),
	};
	return new ProtocolError('config-invalid', params);
}

/** A layer of Express 4's router: `regexp` matches the paths that it handles. */
interface Layer {
	readonly regexp?: unknown;
}

/** What plugins and nodes have added to the admin API. Another Express than 4 keeps it elsewhere: then nothing is known. */
function layersOf(app: HttpApp | undefined): readonly Layer[] {
	const { stack } = (app as { _router?: { stack?: unknown } } | undefined)?._router ?? {};
	return Array.isArray(stack) ? (stack as Layer[]) : [];
}

/** Whether a layer is for this path in particular, not for any path. */
function answers({ regexp }: Layer, path: string): boolean {
	const anyPath = path.replace(/[^/]+/g, '~');
	return regexp instanceof RegExp && path.search(regexp) >= 0 && anyPath.search(regexp) < 0;
}
