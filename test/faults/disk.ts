/** A disk that is full, read-only or spoils files, while UPSes post and commands are queued. */
import { type Posted, postOnce, type UpsDevice } from '../devices/ups/index.js';
import {
	linkCheckout,
	makeTempDir,
	type RunningNodeRed,
	removeDir,
	startNodeRed,
} from '../nodes/harness/index.js';
import { letTimePass, TAB } from '../nodes/kit.js';
import { type CommandReport, commandOut, HURRIED, httpIn, upsDevice } from '../nodes/ups-kit.js';
import { Disk } from './disk-troubles.js';
import { Histories } from './histories.js';
import { type Context, type Outcome, oneOf, type Scenario } from './scenario.js';
import { eagerUps, steadyPort } from './traffic.js';
import { Accounts, untrue } from './truth.js';

const IDS = ['U1', 'U2', 'U3', 'U4'] as const;
const FLOW = [TAB, ...IDS.map((id) => upsDevice(id, HURRIED)), httpIn('in'), commandOut('out')];
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.reset', 'power.cycle'] as const;

/** Milliseconds between two POSTs of a UPS. */
const PACE = 25;
/** How many POSTs may be answered before a command must be taken again. */
const PATIENCE = 4000;
/** Milliseconds. */
const LONGER_THAN_ANY_WAIT = 700_000;

/** How many lines of the log may tell why a process was ended. */
const LAST_WORDS = 5;

class Troubles {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	readonly histories = new Histories();
	private readonly fleet: readonly [UpsDevice, Accounts][] = IDS.map((id) => [eagerUps(id), new Accounts()]);
	private readonly waiting: { count: number; resolve: () => void }[] = [];
	private ordered = 0;
	private refused = 0;
	/** Node-RED is down. */
	private pausing = false;
	private ended = false;
	private where = '';
	/** What is to be explained by the end of Node-RED, or is lost. */
	private unexplained: string[] = [];

	constructor(
		private readonly context: Context,
		private readonly nr: RunningNodeRed,
		private readonly disk: Disk,
	) {}

	/** Lets all UPSes post until the work is done. */
	async during(work: () => Promise<void>): Promise<void> {
		const loops = this.fleet.map(([ups]) => this.postAlways(ups));
		await work().finally(() => {
			this.ended = true;
		});
		await Promise.all(loops);
	}

	async round(number: number): Promise<void> {
		const { random } = this.context;
		const { troubles } = this.disk;
		const [name, make] = troubles[(number - 1) % troubles.length] ?? ['', () => () => undefined];
		this.where = `seed ${this.context.seed}, round ${number}, ${name}`;
		await this.orderSome();
		await this.more(Math.floor(random() * 20));
		const heal = make(this.disk, random);
		this.count(name);
		await this.orderSome();
		await this.more(5 + Math.floor(random() * 60));
		heal();
		await this.recovered();
		this.lost.push(...this.unexplained.splice(0));
		if (random() < 0.15) await this.restart();
	}

	/** Lets every command come to its end, and looks at what became of each. */
	async settle(): Promise<void> {
		this.where = `seed ${this.context.seed}, at the end`;
		for (let post = 0; post < 5; post++) await this.postAll();
		await letTimePass(this.nr, LONGER_THAN_ANY_WAIT);
		await this.postAll();
		await this.collect();
		const executed = this.fleet.flatMap(([ups]) => ups.executed);
		const times = (id: string): number => executed.filter((one) => one.id === id).length;
		const unknown = executed.filter(({ id }) => !this.histories.all.has(id));
		this.lost.push(
			...unknown.map(({ id, cmd }) => `${cmd} ${id} was executed and never told to be queued`),
			...this.histories.problems(),
			...untrue(this.histories, times),
			...this.fleet.flatMap(([, accounts]) => accounts.problems()),
		);
		const told = this.histories.all.size + this.refused;
		if (told < this.ordered) this.lost.push(`of ${this.ordered} orders ${told} were answered`);
		const counted = {
			commands: this.histories.all.size,
			'orders refused with an error': this.refused,
		};
		Object.assign(this.details, counted, this.histories.ends());
	}

	private async postAlways(ups: UpsDevice): Promise<void> {
		while (!this.ended) {
			if (!this.pausing) await this.post(ups);
			for (const one of this.waiting.splice(0)) {
				if (--one.count > 0) this.waiting.push(one);
				else one.resolve();
			}
			await new Promise((resolve) => setTimeout(resolve, PACE));
		}
	}

	private async postAll(): Promise<void> {
		for (const [ups] of this.fleet) await this.post(ups);
	}

	private async post(ups: UpsDevice): Promise<Posted> {
		const posted = await postOnce(ups, this.nr.url);
		const status = posted.outcome.answer?.status;
		this.count('POSTs');
		if (status !== 200 && !this.pausing)
			this.unexplained.push(`${this.where}: a POST got ${status ?? posted.outcome.error}`);
		this.fleet.find(([one]) => one === ups)?.[1].answered(posted.post, status);
		return posted;
	}

	/** Resolves when so many more POSTs have been made. */
	private more(count: number): Promise<void> {
		return new Promise((resolve) => this.waiting.push({ count, resolve }));
	}

	private async orderSome(): Promise<void> {
		for (let count = Math.floor(this.context.random() * 4); count > 0; count--) await this.order();
	}

	private async order(): Promise<void> {
		const command = oneOf(this.context.random, COMMANDS);
		const device = oneOf(this.context.random, IDS);
		this.ordered++;
		const payload = command === 'ui.display_msg' ? 'Text' : {};
		await this.nr.inject('out', { device, command, payload }).catch((error) => this.wasEnded(error));
	}

	/** A command is taken again, and everything ordered before has been answered. */
	private async recovered(): Promise<void> {
		const due = this.ordered;
		for (let waited = 0; waited < PATIENCE; waited += 10) {
			const taken = this.histories.all.size;
			await this.order();
			await this.more(10);
			await this.collect();
			const answered = this.histories.all.size + this.refused;
			if (this.histories.all.size > taken && answered >= Math.min(due, this.ordered)) return;
		}
		this.lost.push(`${this.where}: no command is taken any more`);
	}

	private async restart(): Promise<void> {
		while (this.histories.all.size + this.refused < this.ordered) {
			await this.more(10);
			await this.collect();
		}
		this.pausing = true;
		const signal = oneOf(this.context.random, ['SIGTERM', 'SIGKILL'] as const);
		await this.nr.kill(signal);
		await this.collectLeft();
		await this.nr.start();
		this.pausing = false;
		this.count(`restarts after ${signal}`);
	}

	private async collect(): Promise<void> {
		try {
			await this.nr.sync();
		} catch (error) {
			await this.wasEnded(error);
		}
		await this.collectLeft();
	}

	/** Nothing may end Node-RED. It is started again, so that the other rounds are tried all the same. */
	private async wasEnded(error: unknown): Promise<void> {
		const by = await this.nr.endedBy();
		if (by === undefined) throw error;
		const last = this.nr.log.slice(-LAST_WORDS).map(({ text }) => text);
		this.lost.push(`${this.where}: Node-RED was ended by ${by}: ${last.join(' | ')}`);
		this.pausing = true;
		await this.collectLeft();
		this.ordered = this.histories.all.size + this.refused;
		await this.nr.start();
		this.unexplained = [];
		this.pausing = false;
	}

	private async collectLeft(): Promise<void> {
		for (const message of this.nr.untakenMessages({ from: 'in', port: 0 })) {
			this.fleet.find(([{ deviceId }]) => deviceId === message.topic)?.[1].take(message);
		}
		for (const { payload } of this.nr.untakenMessages({ from: 'out' }))
			this.histories.add(payload as CommandReport);
		this.refused += this.nr.untakenErrors().filter(({ from }) => from === 'out').length;
		this.nr.forget();
	}

	private count(what: string): void {
		this.details[what] = (this.details[what] ?? 0) + 1;
	}
}

async function run(context: Context): Promise<Outcome> {
	const userDir = makeTempDir();
	linkCheckout(userDir);
	const disk = new Disk(userDir);
	let nr: RunningNodeRed | undefined;
	try {
		nr = await startNodeRed({ userDir, port: await steadyPort(), flows: FLOW });
		const troubles = new Troubles(context, nr, disk);
		await troubles.during(async () => {
			for (let number = 1; number <= context.rounds; number++) {
				await troubles.round(number);
				context.log(`${number} of ${context.rounds} rounds, ${troubles.lost.length} lost`);
			}
		});
		await troubles.settle();
		return { tried: context.rounds, lost: troubles.lost, details: troubles.details };
	} finally {
		await nr?.stop();
		disk.close();
		removeDir(userDir);
	}
}

export const disk: Scenario = {
	name: 'disk',
	what: 'The disk is full or read-only for a while; files are deleted, and at any moment cut or overwritten.',
	rounds: 130,
	short: 2,
	run,
};
