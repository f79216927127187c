/** The examples as a user runs them: imported, filled in as their comment asks for, deployed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, type FlowNode, type RunningNodeRed } from './harness/index.js';

export const EXAMPLES = join(CHECKOUT, 'examples');

export const FILES = {
	watch: '01 - Watch a UPS and send it commands.json',
	outage: '02 - Shut other machines down in a long outage.json',
	start: '03 - Start the Raspberry Pi again after an outage.json',
	silent: '04 - Tell me once when a UPS is silent.json',
	table: '05 - Car values in a live table.json',
	alarm: '06 - Alarm on a coolant temperature.json',
	mqtt: '07 - Car values to MQTT topics.json',
	cars: '08 - Several cars on one endpoint.json',
	loads: '09 - Loads of a PDU in one table.json',
	names: '10 - Name the outlets from a list.json',
	alerts: '11 - Alarm on the alert state of a PDU.json',
	display: '12 - Walk through the display of a PDU.json',
	databus: '13 - Find units on the databus and give one an address.json',
	energy: '14 - Energy of each outlet per day.json',
	fuses: '15 - Alarm when a fuse has probably blown.json',
	charged: '16 - Tell me when the car is charged.json',
	where: '17 - Where is the car.json',
	several: '18 - Several UPSes with one flow.json',
	refusals: '19 - Log of every refused request.json',
	switching: '20 - Switch an outlet of a PDU safely.json',
	nut: '22 - NUT clients follow the UPS.json',
	influx: '23 - History in InfluxDB.json',
	prometheus: '24 - Metrics for Prometheus.json',
	evcc: '25 - Car to evcc.json',
	planner: '26 - Car to A Better Routeplanner.json',
} as const;

/** What a test fills in or changes: properties of nodes by their type or by their name. */
export type Changes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A function node of an example as a user would change its code. */
export function edited(file: string, name: string, from: string, to: string): Changes {
	const nodes = JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')) as { name?: string; func?: string }[];
	const func = nodes.find((node) => node.name === name)?.func ?? '';
	assert.ok(func.includes(from));
	return { [name]: { func: func.replace(from, to) } };
}

/** The nodes of some examples, what they share once, as they are in one Node-RED after one import each. */
function nodesOf(files: readonly string[]): FlowNode[] {
	const nodes = files.flatMap((file) => JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')) as FlowNode[]);
	return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

/** The same nodes as *Import copy* makes them of a flow that is there already, the config nodes shared. */
export function copyOf(file: string, changes: Changes): FlowNode[] {
	const nodes = nodesOf([file]).filter(({ type }) => type !== 'ups-device');
	const text = nodes.reduce(
		(flow, { id }) => flow.replaceAll(String(id), `${id}-copy`),
		JSON.stringify(nodes),
	);
	return changed(JSON.parse(text), changes);
}

function changed(nodes: readonly FlowNode[], changes: Changes): FlowNode[] {
	return nodes.map((node) => ({ ...node, ...changes[node.type], ...changes[String(node.name)] }));
}

export class Example {
	private constructor(
		private readonly nodes: readonly FlowNode[],
		private readonly nr: RunningNodeRed,
	) {}

	/**
	 * Deploys an example, or several together, instead of what runs, and resolves when it runs without an error.
	 * @param more nodes that are deployed beside
	 */
	static async start(
		files: string | readonly string[],
		nr: RunningNodeRed,
		changes: Changes,
		more: readonly FlowNode[] = [],
	): Promise<Example> {
		const example = new Example(changed(nodesOf([files].flat()), changes), nr);
		await nr.deploy([...example.nodes, ...more]);
		await nr.sync();
		assert.deepEqual(nr.untakenErrors(), []);
		nr.forget();
		return example;
	}

	/** The id of a node by its name, which more than one of several examples may use: then with its type. */
	id(name: string, type?: string): string {
		const named = this.nodes.filter(
			(node) => node.name === name && (type === undefined || node.type === type),
		);
		assert.equal(named.length, 1, `nodes named ${name}`);
		return String(named[0]?.id);
	}

	/** The next message that a node sends, on this output or on any. */
	async next(name: string, port?: number): Promise<unknown> {
		return (await this.nr.message({ from: this.id(name), ...(port !== undefined && { port }) })).payload;
	}

	/** What a node has sent by now and nobody has looked at. */
	async sent(name: string): Promise<unknown[]> {
		await this.nr.sync();
		return this.nr.untakenMessages({ from: this.id(name) }).map(({ payload }) => payload);
	}
}
