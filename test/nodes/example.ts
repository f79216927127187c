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

export class Example {
	private readonly nodes: FlowNode[];

	private constructor(
		file: string,
		private readonly nr: RunningNodeRed,
		changes: Changes,
	) {
		const nodes = JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')) as FlowNode[];
		this.nodes = nodes.map((node) => ({ ...node, ...changes[node.type], ...changes[String(node.name)] }));
	}

	/** Deploys an example instead of what runs, and resolves when it runs without an error. */
	static async start(file: string, nr: RunningNodeRed, changes: Changes): Promise<Example> {
		const example = new Example(file, nr, changes);
		await nr.deploy(example.nodes);
		await nr.sync();
		assert.deepEqual(nr.untakenErrors(), []);
		nr.forget();
		return example;
	}

	id(name: string): string {
		const named = this.nodes.filter((node) => node.name === name);
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
