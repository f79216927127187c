import type { Node, NodeRed } from './node-red.js';

/**
 * Where a user finds a node: its name or type, the name of its flow, and the id for the editor's search, such as
 * `My car (Car table, 9ac7e70a6da836fc)`. Several flows may have nodes of one name.
 */
export function nodeLabel(RED: Pick<NodeRed, 'nodes'>, { id, type, name, z }: Node): string {
	let flow: unknown;
	RED.nodes.eachNode((config) => {
		if (config.id === z) flow = config.label;
	});
	const place = typeof flow === 'string' && flow !== '' ? `${flow}, ${id}` : id;
	return `${name?.trim() || type} (${place})`;
}
