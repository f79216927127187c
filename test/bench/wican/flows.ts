/** The flows that cars post to. */
import type { FlowNode } from '../../nodes/harness/index.js';
import { FLOW_THROUGH, POSITION, SINK, TAB } from '../flow-parts.js';
import type { Flow } from '../servers.js';
import { CARS, type Car, fleetCar } from './load.js';

/** What follows the node that receives: nothing, or a function that blocks Node-RED for some milliseconds. */
export type Slowness = number | undefined;

function blocking(milliseconds: number, next: string): FlowNode {
	const func = `const end = Date.now() + ${milliseconds};
while (Date.now() < end);
process.emit('${FLOW_THROUGH}');
return msg;`;
	return {
		...{ ...POSITION, id: 'slow', type: 'function', outputs: 1, func, wires: [[next]] },
		libs: [{ var: 'process', module: 'process' }],
	};
}

/** The way from a receiving node to the next one, with the slow one between where there is one. */
function way(slowness: Slowness, next: string): { first: string; nodes: FlowNode[] } {
	if (slowness === undefined) return { first: next, nodes: [] };
	return { first: 'slow', nodes: [blocking(slowness, next)] };
}

/** Cars by the ids of their nodes. */
type Cars = Readonly<Record<string, Car>>;

/** As many cars as are wanted. */
export function fleetOf(count: number): Cars {
	return Object.fromEntries(Array.from({ length: count }, (_, index) => [`car${index}`, fleetCar(index)]));
}

/** `wican-https-in` for each car, wired to a sink. */
export function collectionFlow(endpoint: FlowNode, slowness: Slowness, all: Cars = CARS): Flow {
	const { first, nodes } = way(slowness, SINK.id);
	const cars = Object.entries(all);
	return {
		nodes: [
			TAB,
			endpoint,
			...cars.map(([id, { path }]) => ({
				...{ ...POSITION, id, type: 'wican-https-in', endpoint: endpoint.id, path, vehicle: `car ${id}` },
				...{ auth: 'bearer', authName: '', emit: 'snapshot', changedOnly: false },
				...{ statusFields: 'safe', offlineAfter: '', wires: [[first], [SINK.id]] },
			})),
			...nodes,
			SINK,
		],
		credentials: Object.fromEntries(cars.map(([id, { token }]) => [id, { token }])),
	};
}

/** What a plain flow answers: what it was given, or a short text that a `change` node puts in. */
export type PlainAnswer = 'echo' | 'short';

/** `http in`, `json`, `http response`: what core nodes offer. Nobody's identity is checked. */
export function plainFlow(answer: PlainAnswer, slowness: Slowness): Flow {
	const last = answer === 'echo' ? 'respond' : 'answer';
	const { first, nodes } = way(slowness, last);
	const rules = [{ t: 'set', p: 'payload', pt: 'msg', to: '{"status":"ok"}', tot: 'json' }];
	return {
		nodes: [
			TAB,
			...Object.entries(CARS).map(([id, { path }]) => ({
				...{ ...POSITION, id, type: 'http in', method: 'post', url: path, wires: [['json']] },
			})),
			{ ...POSITION, id: 'json', type: 'json', property: 'payload', action: 'obj', wires: [[first]] },
			...nodes,
			{ ...POSITION, id: 'answer', type: 'change', rules, wires: [['respond']] },
			{ ...POSITION, id: 'respond', type: 'http response', wires: [] },
		],
		credentials: {},
	};
}
