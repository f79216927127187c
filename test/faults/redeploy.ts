/**
 * Deploys of all kinds while UPSes and cars report, at both kinds of server and over new and kept connections, and a
 * PDU is read.
 */
import { HpduServer } from '../devices/hpdu/index.js';
import { type DeployType, type FlowNode, type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { pduDevice, registerRead } from '../nodes/hpdu-kit.js';
import { endpoint, listening, TAB } from '../nodes/kit.js';
import { commandOut, HURRIED, httpIn, upsDevice } from '../nodes/ups-kit.js';
import { wicanIn } from '../nodes/wican-kit.js';
import { BusyCar } from './busy-car.js';
import { BusyUps } from './busy-ups.js';
import { KeptLine } from './kept-line.js';
import { followTimers, leftBehind, settledHoldings, withoutNodes } from './left-behind.js';
import { type Context, type Outcome, oneOf, type Scenario } from './scenario.js';
import { Pace, steadyPort } from './traffic.js';

/** The devices of one server. */
const SERVERS = {
	'Node-RED': { upses: ['U1', 'U2', 'U3'], car: 'car', keptCar: 'kept-car', receiver: 'in' },
	own: { upses: ['U4', 'U5', 'U6'], car: 'own-car', keptCar: 'own-kept-car', receiver: 'own-in' },
} as const;

const UPSES = Object.values(SERVERS).flatMap(({ upses }) => upses);
const TYPES = ['full', 'flows', 'nodes'] as const;

/** Which nodes a deploy changes. */
const CHANGES: Readonly<Record<string, (node: FlowNode) => boolean>> = {
	everything: () => true,
	devices: ({ type }) => type.endsWith('-device'),
	endpoint: ({ type }) => type === 'wattpost-endpoint',
	'one node': ({ id }) => id === 'in' || id === 'own-car',
	nothing: () => false,
};

/** Milliseconds between two POSTs of a device, and between two reads. */
const PACE = 10;

/** How long a UPS may be without a 200 after a deploy, in milliseconds; a taken port is tried again after five seconds. */
const PATIENCE = 15_000;

class Deploying {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	private readonly upses: readonly BusyUps[];
	private readonly cars: readonly BusyCar[];
	private readonly reads: Pace;
	private flows: readonly FlowNode[];
	private wanted = 0;

	constructor(
		private readonly context: Context,
		private readonly nr: RunningNodeRed,
		first: readonly FlowNode[],
		urls: Readonly<Record<keyof typeof SERVERS, string>>,
	) {
		this.flows = first;
		const servers = Object.entries(SERVERS) as [keyof typeof SERVERS, (typeof SERVERS)['own']][];
		this.upses = servers.flatMap(([server, { upses }]) =>
			upses.map((id) => new BusyUps(id, urls[server], undefined, PACE)),
		);
		this.cars = servers.flatMap(([server, { car, keptCar }]) => [
			new BusyCar(car, urls[server], '4.51', PACE),
			new BusyCar(keptCar, urls[server], '4.51', PACE, new KeptLine()),
		]);
		this.reads = new Pace(PACE, () => this.read());
	}

	/** Everything has been used once. */
	async prepare(): Promise<void> {
		await this.nr.deploy(this.flows);
		await listening(this.nr, 'listener');
		for (const device of [...this.upses, ...this.cars]) await device.post();
		await this.nr.inject('read');
		await this.nr.message({ from: 'read', port: 0 });
	}

	/** As many deploys as there are rounds. */
	async deployAll(): Promise<void> {
		const traffic = [...this.upses, ...this.cars, this.reads];
		for (const runs of traffic) runs.start();
		try {
			for (let number = 1; number <= this.context.rounds; number++) await this.deploy(number);
		} finally {
			await Promise.all(traffic.map((runs) => runs.stop()));
			for (const { line } of this.cars) line?.end();
		}
	}

	/** Looks at what became of every POST and every read. */
	async judge(): Promise<void> {
		// The PDU answers one after the other, so this is the last one.
		await this.nr.inject('read', { topic: 'last' });
		await this.nr.message({ from: 'read', port: 0, where: ({ topic }) => topic === 'last' });
		this.collect();
		for (const { answers } of [...this.upses, ...this.cars]) this.judgeAnswers(answers);
		for (const { line, id } of this.cars) {
			if (line && line.opened > 1) this.lost.push(`${id} needed ${line.opened} connections`);
		}
		const ended = (this.details['reads answered'] ?? 0) + (this.details['reads ended by a deploy'] ?? 0);
		if (ended !== this.wanted) this.lost.push(`of ${this.wanted} reads ${ended} came to an end`);
		for (const { accounts, answers, deviceId } of this.upses) {
			this.lost.push(...accounts.problems());
			this.compare(deviceId, answers, accounts.messages);
		}
		for (const { answers, id, checked, first } of this.cars) this.compare(id, answers, checked + first);
	}

	/** What got 200 is a message, and what did not is none. */
	private compare(device: string, answers: ReadonlyMap<string, number>, messages: number): void {
		const accepted = answers.get('200') ?? 0;
		if (accepted !== messages)
			this.lost.push(`${accepted} POSTs of ${device} got 200, and ${messages} became messages`);
	}

	/** An own listener stays open, so not even a refusal to connect has a reason. */
	private judgeAnswers(answers: ReadonlyMap<string, number>): void {
		for (const [what, count] of answers) {
			this.count(`POSTs answered with ${what}`, count);
			if (what !== '200') this.lost.push(`${count} POSTs got ${what}`);
		}
	}

	private async deploy(number: number): Promise<void> {
		const { random, seed } = this.context;
		const type: DeployType = oneOf(random, TYPES);
		const what = oneOf(random, Object.keys(CHANGES) as [string, ...string[]]);
		const isChanged = CHANGES[what] ?? (() => true);
		this.flows = this.flows.map((node) => (isChanged(node) ? { ...node, name: `version ${number}` } : node));
		await this.nr.deploy(this.flows, type);
		this.count(`deploys of ${type}`);
		const served = await Promise.all(this.upses.map((ups) => ups.isServed(PATIENCE)));
		if (served.includes(false)) this.lost.push(`after deploy ${number} of ${what} a UPS got no 200 any more`);
		this.collect();
		this.context.log(`${number} of ${this.context.rounds} deploys (seed ${seed}), ${this.lost.length} lost`);
	}

	private async read(): Promise<void> {
		try {
			await this.nr.inject('read');
			this.wanted++;
		} catch {
			// Between two flows there is no such node.
		}
	}

	/** Takes in what nodes have told until now. */
	private collect(): void {
		for (const { receiver } of Object.values(SERVERS)) {
			for (const message of this.nr.untakenMessages({ from: receiver, port: 0 })) {
				this.upses.find(({ deviceId }) => deviceId === message.topic)?.accounts.take(message);
			}
		}
		for (const car of this.cars) {
			const messages = this.nr.untakenMessages({ from: car.id, port: 0 });
			this.lost.push(...messages.flatMap((message) => car.check(message)));
		}
		this.count('reads answered', this.nr.untakenMessages({ from: 'read', port: 0 }).length);
		for (const { from, code, message } of this.nr.untakenErrors()) {
			// A deploy of the PDU takes the connection away from whoever asks it at that moment.
			if (from === 'read' && code === 'hpdu-unreachable') this.count('reads ended by a deploy');
			else this.lost.push(`an error was told, ${from} ${code}: ${message}`);
		}
		this.nr.forget();
	}

	private count(what: string, count = 1): void {
		this.details[what] = (this.details[what] ?? 0) + count;
	}
}

const flow = (port: number, pdu: HpduServer): FlowNode[] => [
	TAB,
	...UPSES.map((id) => upsDevice(id, HURRIED)),
	endpoint('listener', { server: 'own', host: '127.0.0.1', port: String(port) }),
	httpIn('in'),
	httpIn('own-in', { endpoint: 'listener' }),
	commandOut('out'),
	wicanIn('car'),
	wicanIn('kept-car'),
	wicanIn('own-car', { endpoint: 'listener' }),
	wicanIn('own-kept-car', { endpoint: 'listener' }),
	pduDevice('pdu', pdu),
	registerRead('read', { registers: 'imcrac stdvnm' }),
];

async function tryDeploys(context: Context, nr: RunningNodeRed, pdu: HpduServer): Promise<Outcome> {
	const port = await steadyPort();
	const first = flow(port, pdu);
	const urls = { 'Node-RED': nr.url, own: `http://127.0.0.1:${port}` };
	await followTimers(nr);
	const deploying = new Deploying(context, nr, first, urls);
	await deploying.prepare();
	const used = await settledHoldings(nr);
	await deploying.deployAll();
	await deploying.judge();
	const { lost, details } = deploying;
	lost.push(...(await leftBehind(nr, used)).map((what) => `left behind by deploys: ${what}`));
	await nr.deploy([TAB]);
	lost.push(
		...(await leftBehind(nr, withoutNodes(used))).map((what) => `left behind by deleted nodes: ${what}`),
	);
	return { tried: context.rounds, lost, details };
}

async function run(context: Context): Promise<Outcome> {
	const pdu = await HpduServer.start();
	const nr = await startNodeRed();
	try {
		return await tryDeploys(context, nr, pdu);
	} finally {
		await nr.stop();
		await pdu.close();
	}
}

export const redeploy: Scenario = {
	name: 'redeploy',
	what: 'Deploys of all kinds under traffic of UPSes and cars and reads of a PDU, and what they leave behind.',
	rounds: 50,
	short: 4,
	run,
};
