/** Fields of an open panel, as a deploy would give them to the node. */
import { ProtocolError } from '../protocol/common/errors.js';
import type { Node, NodeRed } from './node-red.js';

type Fields = Readonly<Record<string, unknown>>;

/** What stands in the editor in place of a stored password. */
const MASKED = '__PWRD__';

/** Node-RED replaces a value that is nothing else; what stands within a text is left alone. */
const isVariable = (value: unknown): value is string =>
	typeof value === 'string' && /^\$\{\S+\}$/.test(value);

/** Fields with their variables looked up. */
export interface ResolvedFields {
	readonly fields: Record<string, unknown>;
	/** Names of those that hold what only this Node-RED knows: stored passwords, and values of variables. */
	readonly confidential: ReadonlySet<string>;
}

/**
 * Fills in stored credentials and environment variables. A variable is looked up only where the deployed node has the same
 * one in the same field: a panel is no way to read the environment of Node-RED.
 * @param id of the node whose panel it is
 * @throws ProtocolError `variable-not-deployed` with the `property`
 */
export function resolveFields(RED: NodeRed, id: string, fields: Fields): ResolvedFields {
	const node = RED.nodes.getNode(id);
	const deployed = node === null ? {} : { ...configOf(RED, id), ...RED.nodes.getCredentials(id) };
	const confidential = new Set<string>();
	const resolve = (property: string, value: unknown): unknown => {
		const isStored = value === MASKED;
		const known = Object.hasOwn(deployed, property) ? deployed[property] : undefined;
		const meant = isStored ? (known ?? '') : value;
		if ((isStored && meant !== '') || isVariable(meant)) confidential.add(property);
		if (!isVariable(meant)) return meant;
		if (meant !== known) throw new ProtocolError('variable-not-deployed', { property });
		return lookUp(RED, meant, node);
	};
	const resolved = Object.entries(fields).map(([name, value]) => [name, resolve(name, value)] as const);
	return { fields: Object.fromEntries(resolved), confidential };
}

/** The value of a variable. One that is not set stays as it is written, and is then named in what goes wrong. */
function lookUp(RED: NodeRed, variable: string, node: Node | null): unknown {
	let found: unknown;
	RED.util.evaluateNodeProperty(variable, 'env', node, {}, (_error, result) => {
		found = result;
	});
	return found === undefined || found === '' ? variable : found;
}

/** As the flow file has it, variables included. */
function configOf(RED: NodeRed, id: string): Fields {
	let found: Fields = {};
	RED.nodes.eachNode((config) => {
		if (config.id === id) found = config;
	});
	return found;
}
