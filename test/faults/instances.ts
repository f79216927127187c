/** Two Node-REDs with the same flows over one Redis or Valkey server, behind a balancer. */
import { setTimeout as wait } from 'node:timers/promises';
import { findRedisServer, HOW_TO_GET_REDIS } from '../adapter/store/find-redis.js';
import { RedisServer } from '../adapter/store/redis-server.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { send } from '../nodes/ups-kit.js';
import { Balancer } from './balancer.js';
import { BusyCar } from './busy-car.js';
import { BusyUps } from './busy-ups.js';
import { CARS, FLOW, OFFLINE_AFTER, UPSES } from './instances-flow.js';
import { Ledger } from './ledger.js';
import { type Context, chance, type Outcome, oneOf, type Scenario } from './scenario.js';
import { Pace, steadyPort } from './traffic.js';

const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.shutdown', 'host.reset', 'power.cycle'] as const;

/** How long both are left alone between faults, and how long the server is away at most. Milliseconds. */
const LONGEST_CALM = 1_000;
const LONGEST_OUTAGE = 5_000;

/** How long it may take until everything works again, milliseconds. */
const RECOVERY = 30_000;

/** How many UPSes have their last POST sent again, to both. */
const REPLAYED = 2;

/** Errors of flows while a server is away. */
const ERRORS_OF_THE_STORE = /^store-(unreachable|unavailable|outcome-unknown|not-durable)$/;

type Fault = (field: Instances) => Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
	'Node-RED killed': (field) => field.end('SIGKILL'),
	'server killed': (field) => field.restartServer(),
	'connections cut': (field) => field.server.cutConnections(),
	'Node-RED stopped': (field) => field.end('SIGTERM'),
	'server paused': (field) => field.pauseServer(),
};

class Instances {
	readonly lost: string[] = [];
	readonly counts: Record<string, number> = { orders: 0, 'POSTs replayed and refused': 0 };
	private readonly ledger: Ledger;
	private readonly upses: readonly BusyUps[];
	private readonly cars: readonly BusyCar[];
	private readonly orders: Pace;
	private readonly starting = new Set<RunningNodeRed>();
	/** Whether a Node-RED ended since the last check: what it had answered and not told by then is known to nobody. */
	private hasDied = false;

	constructor(
		private readonly context: Context,
		readonly server: RedisServer,
		private readonly nodeReds: readonly [RunningNodeRed, RunningNodeRed],
		url: string,
	) {
		const { seed } = context;
		this.upses = UPSES.map((id) => new BusyUps(id, url, chance(seed, id)));
		this.cars = Object.entries(CARS).map(([id, firmware]) => new BusyCar(id, url, firmware));
		this.ledger = new Ledger(this.upses, this.cars, ['out', 'probe']);
		const random = chance(seed, 'orders');
		this.orders = new Pace(40, () => this.order(random));
	}

	/** Some time without a fault, in which everything is told exactly once, and then one. */
	async round(number: number): Promise<void> {
		const names = Object.keys(FAULTS);
		const { random } = this.context;
		// The first rounds have one of each.
		const name = names[number - 1] ?? oneOf(random, names as [string, ...string[]]);
		this.start();
		await wait(200 + random() * LONGEST_CALM);
		await this.check(`before fault ${number}`, false);
		this.start();
		await FAULTS[name]?.(this);
		this.count(name);
		await this.recover(`after fault ${number} (${name})`);
		await this.check(`after fault ${number} (${name})`, true);
	}

	/** Nothing happens any more but what is under way, and at last nobody hears the UPSes. */
	async settle(): Promise<void> {
		for (let turn = 0; turn < 6; turn++)
			await Promise.all([...this.upses, ...this.cars].map((device) => device.post()));
		await this.check('at the end', true);
		this.lost.push(...this.ledger.events.offline('while they reported'));
		await wait((OFFLINE_AFTER + 8) * 1000);
		await this.check('in the silence', false);
		this.lost.push(...this.ledger.events.notOffline([...UPSES, ...Object.keys(CARS)]));
		this.lost.push(...this.ledger.problems());
		const { all } = this.ledger.histories;
		if (all.size === 0) this.lost.push('no command was queued');
	}

	async stop(): Promise<void> {
		await Promise.all([...this.upses, ...this.cars, this.orders].map((runs) => runs.stop()));
	}

	details(): Record<string, number> {
		return { ...this.counts, ...this.ledger.details() };
	}

	/** Ends one Node-RED and starts it again, a moment later. */
	async end(signal: NodeJS.Signals): Promise<void> {
		const nr = oneOf(this.context.random, [...this.nodeReds]);
		this.starting.add(nr);
		this.hasDied = true;
		await nr.kill(signal);
		await wait(this.context.random() * LONGEST_CALM);
		this.collect(nr);
		await nr.start();
		this.starting.delete(nr);
	}

	async restartServer(): Promise<void> {
		await this.server.kill();
		await wait(this.context.random() * LONGEST_CALM);
		await this.server.begin();
	}

	async pauseServer(): Promise<void> {
		this.server.pause();
		await wait(this.context.random() * LONGEST_OUTAGE);
		this.server.resume();
	}

	private start(): void {
		for (const runs of [...this.upses, ...this.cars, this.orders]) runs.start();
	}

	/** Waits until either takes an order again, and every UPS is answered. */
	private async recover(when: string): Promise<void> {
		const late = Date.now() + RECOVERY;
		for (const nr of this.nodeReds) {
			const taken = (): boolean => nr.untakenMessages({ from: 'probe' }).length > 0;
			while (!taken() && Date.now() < late) {
				await nr.inject('probe', { device: 'U0', command: 'ui.beep' }).catch(() => undefined);
				await wait(200);
				await nr.sync();
			}
			if (!taken()) this.lost.push(`${when}: no order is taken`);
		}
		const served = await Promise.all(this.upses.map((ups) => ups.isServed(RECOVERY)));
		if (served.includes(false)) this.lost.push(`${when}: a UPS is not answered`);
	}

	/** Takes in what was told by now. @param isTroubled whether something may have been told again, and errors */
	private async check(when: string, isTroubled: boolean): Promise<void> {
		await this.stop();
		const again = this.ledger.again;
		for (const nr of this.nodeReds) {
			// What was committed and is not told yet is told by then.
			await wait(50);
			await nr.sync();
			this.collect(nr, isTroubled ? undefined : when);
		}
		const more = this.ledger.again - again;
		if (!isTroubled && more > 0) this.lost.push(`${when}: ${more} were told again without a fault`);
		this.lost.push(...this.ledger.checkCars(this.hasDied).map((text) => `${when}: ${text}`));
		if (this.hasDied) for (const { accounts } of this.upses) accounts.forget();
		this.hasDied = false;
		if (!isTroubled) await this.replay(when);
	}

	/** POSTs that were accepted by either are refused by both. */
	private async replay(when: string): Promise<void> {
		for (const { accepted } of this.upses.slice(0, REPLAYED)) {
			const post = accepted.at(-1);
			if (post === undefined) continue;
			for (const { port } of this.nodeReds) {
				const { answer, error } = await send({ ...post, target: post.target && { ...post.target, port } });
				this.count('POSTs replayed and refused');
				if (answer?.status !== 401)
					this.lost.push(`${when}: a POST that was accepted before got ${answer?.status ?? error}`);
			}
		}
	}

	/** @param calm when it was, where there may be no errors */
	private collect(nr: RunningNodeRed, calm?: string): void {
		for (const { code, message } of this.ledger.take(nr))
			if (calm !== undefined || !ERRORS_OF_THE_STORE.test(code))
				this.lost.push(`${calm ?? 'in trouble'}: error ${code} ${message}`);
	}

	private async order(random: () => number): Promise<void> {
		const nr = oneOf(random, [...this.nodeReds]);
		const command = oneOf(random, COMMANDS);
		const device = oneOf(random, UPSES as [string, ...string[]]);
		const payload = command === 'ui.display_msg' ? { text: `Text ${this.counts.orders}` } : {};
		if (random() < 0.3)
			this.upses.find(({ deviceId }) => deviceId === device)?.device.setMains(random() < 0.5);
		if (this.starting.has(nr)) return;
		this.count('orders');
		// It may die meanwhile.
		await nr.inject('out', { device, command, payload }).catch(() => undefined);
	}

	private count(what: string): void {
		this.counts[what] = (this.counts[what] ?? 0) + 1;
	}
}

async function run(context: Context): Promise<Outcome> {
	if (findRedisServer() === undefined) throw new Error(HOW_TO_GET_REDIS);
	const server = await RedisServer.start();
	const started: RunningNodeRed[] = [];
	try {
		const one = await startInstance(server);
		started.push(one);
		const other = await startInstance(server);
		started.push(other);
		const balancer = await Balancer.open([one.port, other.port]);
		const field = new Instances(context, server, [one, other], balancer.url);
		try {
			return await runRounds(context, field);
		} finally {
			await field.stop();
			await balancer.close();
		}
	} finally {
		for (const nr of started) await nr.stop();
		server.resume();
		await server.end();
	}
}

async function startInstance(server: RedisServer): Promise<RunningNodeRed> {
	return startNodeRed({ port: await steadyPort(), flows: FLOW, env: { WATTPOST_STORE: server.url } });
}

async function runRounds(context: Context, field: Instances): Promise<Outcome> {
	for (let number = 1; number <= context.rounds; number++) {
		await field.round(number);
		context.log(`${number} of ${context.rounds} faults, ${field.lost.length} lost`);
	}
	await field.settle();
	return { tried: context.rounds, lost: field.lost, details: field.details() };
}

export const instances: Scenario = {
	name: 'instances',
	what: 'Two Node-REDs share a memory behind a balancer; either of them or the server is ended, paused or cut off.',
	rounds: 50,
	short: 2,
	run,
};
