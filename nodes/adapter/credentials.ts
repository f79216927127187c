/**
 * What panels may know of credentials without seeing them: which deployed nodes have none, or one that cannot be right. The
 * editor itself holds no credentials of a node until its panel was open.
 */
import type { AdminRoute } from './admin.js';
import type { NodeRed } from './node-red.js';

/** One credential of a type of node. */
export interface CredentialDefinition {
	readonly type: 'text' | 'password';
	/** Whether a value that is not blank can be right; without it any can. */
	isPossible?(value: string): boolean;
}

export type CredentialDefinitions = Readonly<Record<string, CredentialDefinition>>;

export type CredentialFault = 'missing' | 'malformed';

/** A value that is an environment variable as a whole, as Node-RED replaces it. */
const VARIABLE = /^\$\{[^}]+\}$/;

function faultOf(value: string, { isPossible }: CredentialDefinition): CredentialFault | undefined {
	if (value.trim() === '') return 'missing';
	return (isPossible?.(value) ?? true) ? undefined : 'malformed';
}

/** The faults of one node's credentials, by name. A variable is judged by its value, where the node runs. */
function faultsOf(RED: NodeRed, id: string, definitions: CredentialDefinitions) {
	const stored = RED.nodes.getCredentials(id) ?? {};
	const running = RED.nodes.getNode(id)?.credentials ?? {};
	const faults: Record<string, CredentialFault> = {};
	for (const [name, definition] of Object.entries(definitions)) {
		const written = stored[name] ?? '';
		const value = VARIABLE.test(written) ? running[name] : written;
		const fault = value === undefined ? undefined : faultOf(value, definition);
		if (fault !== undefined) faults[name] = fault;
	}
	return faults;
}

/** Answers what is wrong with the credentials of each deployed node of a type: `{ nodes: { <id>: { <name>: fault } } }`. */
export function credentialsRoute(RED: NodeRed, type: string, definitions: CredentialDefinitions): AdminRoute {
	const answer = () => {
		const nodes: Record<string, Record<string, CredentialFault>> = {};
		RED.nodes.eachNode((node) => {
			if (node.type === type) nodes[node.id] = faultsOf(RED, node.id, definitions);
		});
		return { nodes };
	};
	return { method: 'get', path: `/wattpost/credentials/${type}`, permission: `${type}.read`, answer };
}

/** The definitions as Node-RED takes them. */
export function plainDefinitions(
	definitions: CredentialDefinitions,
): Record<string, { type: 'text' | 'password' }> {
	return Object.fromEntries(Object.entries(definitions).map(([name, { type }]) => [name, { type }]));
}

/** Whether something can be parsed. @param parse throws for what cannot be right */
export function isParsed(parse: (value: string) => unknown): (value: string) => boolean {
	return (value) => {
		try {
			parse(value);
			return true;
		} catch {
			return false;
		}
	};
}
