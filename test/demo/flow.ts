/** Puts the flow of the demonstration together: the tour, and the examples for the dashboard. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';
import type { FlowNode, SavedNodes } from './files.js';
import { type Places, STAND_INS, type StandIn } from './stand-ins.js';

/** What the tour calls the address of Node-RED. */
const USUAL_URL = 'http://127.0.0.1:1880';

/** An example as a user who owns the stand-in device would have it after filling it in. */
function filledIn({ node, example }: StandIn, places: Places): FlowNode[] {
	const text = readFileSync(join(CHECKOUT, 'examples/dashboard', example.file), 'utf8');
	const nodes = JSON.parse(text.replaceAll(example.device, node)) as FlowNode[];
	return nodes.map((one) => {
		if (one.id === node) return { ...one, ...example.settings(places) };
		return one.type === 'tab' ? { ...one, label: example.tab } : one;
	});
}

/** The flow with the stand-in devices in it. What several examples share is in it once. */
export function makeFlow(places: Places): FlowNode[] {
	const tour = readFileSync(join(CHECKOUT, 'test/demo/flow.json'), 'utf8').replaceAll(USUAL_URL, places.url);
	const nodes = [...(JSON.parse(tour) as FlowNode[]), ...STAND_INS.flatMap((one) => filledIn(one, places))];
	return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

/** Whether there is a dashboard to look at: a flow that was saved long ago has none. */
export function hasDashboard(savedNodes: SavedNodes | undefined): boolean {
	return savedNodes === undefined || [...savedNodes.values()].some(({ type }) => type === 'ui-base');
}
