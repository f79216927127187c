/** SIGKILL at any moment, while UPSes and cars report and flows order. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { endpoint, letTimePass, TAB } from '../nodes/kit.js';
import { type CommandReport, commandOut, HURRIED, httpIn, send, upsDevice } from '../nodes/ups-kit.js';
import { wicanIn } from '../nodes/wican-kit.js';
import { BusyCar } from './busy-car.js';
import { BusyUps } from './busy-ups.js';
import { Histories } from './histories.js';
import { type Context, chance, type Outcome, oneOf, type Scenario } from './scenario.js';
import { Pace, steadyPort } from './traffic.js';
import { untrue } from './truth.js';

const UPSES = Array.from({ length: 10 }, (_, number) => `U${number}`);
const CARS = { 'car-v4': '4.51', 'car-v6': '6' } as const;
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.shutdown', 'host.reset', 'power.cycle'] as const;

/** Nodes that order: commands of the one wait for long, those of the other expire in the silence of a UPS. */
const ORDERING = ['out', 'soon'] as const;

/** At most so long is Node-RED left alone, in milliseconds; some kills come while it starts. */
const LONGEST_LIFE = 1200;
const LONGEST_START = 700;

/** How many POSTs are sent again after each start, of each of some UPSes. */
const REPLAYED = 2;

/** Longer than any command waits for its end, in milliseconds. */
const LONGER_THAN_ANY_WAIT = 700_000;

/** Where the store counts the starts that ended soon. */
const STARTS = 'wattpost/starts.txt';

class Battlefield {
	readonly lost: string[] = [];
	readonly histories = new Histories();
	private readonly upses: readonly BusyUps[];
	private readonly cars: readonly BusyCar[];
	private readonly orders: Pace;
	private alive = false;
	private readonly topics = new Map<string, unknown>();
	private readonly counts = {
		starts: 0,
		'killed while starting': 0,
		'POSTs replayed and refused': 0,
		orders: 0,
	};

	constructor(
		private readonly context: Context,
		private readonly nr: RunningNodeRed,
		ownPort: number,
	) {
		const { seed } = context;
		this.upses = UPSES.map((id) => new BusyUps(id, nr.url, chance(seed, id)));
		const url = `http://127.0.0.1:${ownPort}`;
		this.cars = Object.entries(CARS).map(([id, firmware]) => new BusyCar(id, url, firmware));
		const random = chance(seed, 'orders');
		this.orders = new Pace(30, () => this.order(random));
	}

	/** One life of Node-RED, and its end. */
	async round(number: number): Promise<void> {
		const { random } = this.context;
		if (this.counts.starts > 0 && random() < 0.15) await this.killStarting(random() * LONGEST_START);
		await this.start(`before kill ${number}`);
		await wait(random() * LONGEST_LIFE);
		this.alive = false;
		await this.nr.kill('SIGKILL');
		this.collect(`at kill ${number}`);
	}

	/** The last life: nothing happens any more but what is under way. */
	async settle(): Promise<void> {
		await this.start('after the last kill');
		await this.orders.stop();
		for (const device of [...this.upses, ...this.cars]) await device.stop();
		for (let turn = 0; turn < 10; turn++) await this.postAll();
		await letTimePass(this.nr, LONGER_THAN_ANY_WAIT);
		await this.postAll();
		await this.nr.sync();
		await this.checkPending();
		this.collect('at the end');
		this.lost.push(...this.histories.problems());
		const executed = this.upses.flatMap(({ device }) => device.executed.map(({ id }) => id));
		const untold = executed.filter((id) => !this.histories.all.has(id));
		this.lost.push(...untold.map((id) => `${id} was executed, and nothing was told of it`));
		this.lost.push(...untrue(this.histories, (id) => executed.filter((one) => one === id).length));
		for (const car of this.cars) {
			if (car.known === 0 || car.checked === 0) this.lost.push(`${car.id} was never understood`);
		}
	}

	/** Ends what runs by itself. */
	async end(): Promise<void> {
		await this.orders.stop();
		for (const device of [...this.upses, ...this.cars]) await device.stop();
	}

	details(): Record<string, number> {
		const { histories, cars, upses } = this;
		const answered = [...upses, ...cars].map(({ answers }) => answers.get('200') ?? 0);
		return {
			...this.counts,
			'commands told queued': histories.all.size,
			...histories.ends(),
			'states told again': histories.again,
			'POSTs answered': answered.reduce((sum, count) => sum + count, 0),
			'car messages with units': cars.reduce((sum, { checked }) => sum + checked, 0),
			'car introductions': cars.reduce((sum, { introduced }) => sum + introduced, 0),
		};
	}

	private async killStarting(after: number): Promise<void> {
		const starting = this.nr.start().catch(() => undefined);
		await wait(after);
		await this.nr.kill('SIGKILL');
		await starting;
		this.counts['killed while starting']++;
		this.collect('at a kill while it started');
	}

	private async start(when: string): Promise<void> {
		// After several short lives in a row the store is made anew at each start, which is one way to lose something.
		// Lives that are long enough would take long: half of the starts are as after one.
		if (this.context.random() < 0.5) rmSync(join(this.nr.userDir, STARTS), { force: true });
		if (this.counts.starts > 0) await this.nr.start();
		this.alive = true;
		this.counts.starts++;
		for (const runs of [...this.upses, ...this.cars, this.orders]) runs.start();
		const { random } = this.context;
		for (let count = 0; count < 3; count++) {
			const ups = this.upses[Math.floor(random() * this.upses.length)];
			const taken = ups?.accepted.slice(-20) ?? [];
			// The newest one, which may not be on disk, and an older one.
			const again = [taken.pop(), taken[Math.floor(random() * taken.length)]].slice(0, REPLAYED);
			for (const post of again) if (post !== undefined) await this.replay(post, when);
		}
	}

	private async replay(post: BusyUps['accepted'][number], when: string): Promise<void> {
		const { answer, error } = await send(post);
		this.counts['POSTs replayed and refused']++;
		if (answer?.status === 401) return;
		this.lost.push(`${when}: a POST that was accepted before got ${answer?.status ?? error}`);
	}

	private async order(random: () => number): Promise<void> {
		// A process that starts listens to nobody yet.
		if (!this.alive) return;
		const device = oneOf(random, UPSES as [string, ...string[]]);
		const node = oneOf(random, ORDERING);
		const command = oneOf(random, COMMANDS);
		const isCancel = random() < 0.1;
		const topic = ++this.counts.orders;
		const payload = command === 'ui.display_msg' ? { text: `Text ${topic}` } : {};
		const msg = isCancel ? { device, cancel: true } : { topic, device, command, payload };
		// It may die meanwhile.
		await this.nr.inject(node, msg).catch(() => undefined);
	}

	private async postAll(): Promise<void> {
		await Promise.all(this.upses.map((ups) => ups.post()));
	}

	/** No command may be left that no node was told of. */
	private async checkPending(): Promise<void> {
		for (const { deviceId } of this.upses) {
			const told = this.nr.untakenMessages({ from: 'in', port: 0 });
			const last = told.map(({ ups }) => ups as { deviceId: string; pending: number });
			const pending = last.filter((one) => one.deviceId === deviceId).at(-1)?.pending;
			if (pending !== 0) this.lost.push(`${deviceId} has ${pending} commands under way at the end`);
		}
	}

	/** Takes in what nodes have told until now. */
	private collect(when: string): void {
		for (const from of ORDERING) {
			for (const { payload, topic } of this.nr.untakenMessages({ from })) {
				this.take(payload as CommandReport, topic);
			}
		}
		for (const car of this.cars) {
			const messages = this.nr.untakenMessages({ from: car.id, port: 0 });
			this.lost.push(...messages.flatMap((msg) => car.check(msg)).map((text) => `${when}: ${text}`));
		}
		const errors = this.nr.untakenErrors().map(({ from, code, message }) => `${from} ${code}: ${message}`);
		this.lost.push(...errors.map((text) => `${when} an error was told, ${text}`));
		this.nr.forget();
	}

	private take(report: CommandReport, topic: unknown): void {
		this.histories.add(report);
		const known = this.topics.get(report.id) ?? topic;
		this.topics.set(report.id, known);
		if (topic === undefined || topic !== known)
			this.lost.push(`${report.id} came with the message ${topic}, and before with ${known}`);
	}
}

async function run(context: Context): Promise<Outcome> {
	const [port, ownPort] = [await steadyPort(), await steadyPort()];
	const nr = await startNodeRed({ port, flows: flow(ownPort) });
	const field = new Battlefield(context, nr, ownPort);
	try {
		for (let number = 1; number <= context.rounds; number++) {
			await field.round(number);
			const known = field.histories.all.size;
			context.log(`${number} of ${context.rounds} kills, ${known} commands, ${field.lost.length} lost`);
		}
		await field.settle();
		const details = field.details();
		return { tried: context.rounds, lost: field.lost, details };
	} finally {
		await field.end();
		await nr.stop();
	}
}

const flow = (port: number) => [
	TAB,
	...UPSES.map((id) => upsDevice(id, HURRIED)),
	httpIn('in'),
	commandOut('out'),
	commandOut('soon', { maxAge: '1' }),
	endpoint('listener', { server: 'own', host: '127.0.0.1', port: String(port) }),
	...Object.keys(CARS).map((id) => wicanIn(id, { endpoint: 'listener' })),
];

export const kill: Scenario = {
	name: 'kill',
	what: 'Node-RED is killed while ten UPSes and two cars report, and flows order commands.',
	rounds: 200,
	short: 1,
	run,
};
