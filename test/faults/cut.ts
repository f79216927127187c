/** Connections that end in the middle, of a UPS whose command waits and of a car that tells what its values mean. */
import { type Post, type Posted, postOnce, type UpsDevice } from '../devices/ups/index.js';
import { type FirmwareName, postOnce as postCar, WicanDevice } from '../devices/wican/index.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { letTimePass, TAB } from '../nodes/kit.js';
import {
	type CommandReport,
	commandOut,
	HURRIED,
	httpIn,
	makePost,
	send,
	standIn,
	upsDevice,
} from '../nodes/ups-kit.js';
import { type Snapshot, TOKEN, wicanIn } from '../nodes/wican-kit.js';
import { type Cut, CuttingProxy, positions } from './cutting-proxy.js';
import { Histories } from './histories.js';
import type { Context, Outcome, Scenario } from './scenario.js';
import { oneOf } from './scenario.js';
import { Accounts, untrue } from './truth.js';

const FLOW = [
	TAB,
	upsDevice('U1', HURRIED),
	httpIn('in'),
	commandOut('out', { device: 'ups-U1' }),
	wicanIn('car'),
];
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.reset', 'power.cycle'] as const;
const FIRMWARES = ['4.40', '4.51', '6'] as const satisfies readonly FirmwareName[];
const SIDES = ['request', 'answer'] as const;

/** Milliseconds. */
const LONGER_THAN_ANY_WAIT = 700_000;

class Cuts {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	readonly histories = new Histories();
	readonly accounts = new Accounts();
	private readonly ups: UpsDevice = standIn('U1', {
		clockSetAfter: 0,
		firstPostAfter: 0,
		pauseAfterPost: 3000,
	});
	private cars = 0;
	/** What the values of a car mean, by its firmware, as told where nothing was cut. */
	private readonly meant = new Map<string, string>();

	constructor(
		private readonly context: Context,
		private readonly nr: RunningNodeRed,
		private readonly proxy: CuttingProxy,
	) {}

	/** Tries positions of request and answer: all, or as many as there are rounds. */
	async all(): Promise<void> {
		// By then it has something to tell of everything.
		this.ups.advance(120_000);
		for (const [who, attempt] of Object.entries({ UPS: this.cutUps, car: this.cutCar })) {
			await attempt.call(this, undefined);
			const { carried } = this.proxy;
			for (const side of SIDES) {
				this.context.log(`${who}, ${side} of ${carried[side]} bytes, ${this.lost.length} lost`);
				for (const after of positions(carried[side], this.context.rounds, this.context.random)) {
					await attempt.call(this, { side, after, reset: this.context.random() < 0.5 });
					this.count(`cuts in the ${side} of a ${who}`);
				}
			}
		}
	}

	/** Lets every command come to its end, and looks at what became of each. */
	async settle(): Promise<void> {
		for (let post = 0; post < 5; post++) await this.post(this.nr.url);
		await letTimePass(this.nr, LONGER_THAN_ANY_WAIT);
		await this.post(this.nr.url);
		await this.nr.sync();
		this.collect();
		const executed = (id: string): number => this.ups.dispatches(id);
		this.lost.push(
			...this.histories.problems(),
			...untrue(this.histories, executed),
			...this.accounts.problems(),
		);
		Object.assign(this.details, { commands: this.histories.all.size, ...this.histories.ends() });
	}

	private async cutUps(cut: Cut | undefined): Promise<void> {
		const id = await this.order();
		this.proxy.cut = cut;
		const broken = await this.post(this.proxy.url);
		this.proxy.cut = undefined;
		const again = this.context.random();
		if (again < 0.3) await this.repeat(broken.post);
		await this.postWhole(cut);
		if (again > 0.7) await this.repeat(broken.post);
		// The command may have come with the former, and be acknowledged with this one.
		await this.postWhole(cut);
		const times = this.ups.dispatches(id);
		if (times !== 1) this.lost.push(`${this.where(cut)}: a command was executed ${times} times`);
		this.collect();
	}

	private async cutCar(cut: Cut | undefined): Promise<void> {
		const deviceId = (++this.cars).toString(16).padStart(12, '0');
		const firmware = oneOf(this.context.random, FIRMWARES);
		if (!this.meant.has(firmware) && cut !== undefined) await this.cutCar(undefined);
		const car = new WicanDevice({ firmware, deviceId, auth: { kind: 'bearer', token: TOKEN } });
		const url = `${this.proxy.url}/car`;
		this.proxy.cut = cut;
		await postCar(car, url);
		const { carried } = this.proxy;
		this.proxy.cut = undefined;
		for (let post = 0; post < 2; post++) {
			const { result } = await postCar(car, url);
			if (result !== 'ok') this.lost.push(`${this.where(cut)}: the next POST of a ${firmware} got ${result}`);
		}
		this.proxy.carried = carried;
		this.compare(firmware, await this.lastOf(deviceId), cut);
		this.collect();
	}

	/** What a car's last POST, which carries nothing but values, became. */
	private async lastOf(deviceId: string): Promise<Snapshot | undefined> {
		await this.nr.sync();
		const told = this.nr.untakenMessages({ from: 'car', port: 0 }) as unknown as Snapshot[];
		return told.filter(({ wican }) => wican.deviceId === deviceId && wican.first === undefined).at(-1);
	}

	private compare(firmware: string, snapshot: Snapshot | undefined, cut: Cut | undefined): void {
		const meaning = JSON.stringify([snapshot?.units, snapshot?.classes]);
		const known = this.meant.get(firmware);
		if (known === undefined && Object.keys(snapshot?.units ?? {}).length > 0)
			this.meant.set(firmware, meaning);
		else if (known !== meaning) this.lost.push(`${this.where(cut)}: units of a ${firmware} are ${meaning}`);
	}

	private async order(): Promise<string> {
		const command = oneOf(this.context.random, COMMANDS);
		await this.nr.inject('out', { command, payload: command === 'ui.display_msg' ? 'Text' : {} });
		const { payload } = await this.nr.message({ from: 'out', where: isQueued });
		const report = payload as CommandReport;
		this.histories.add(report);
		return report.id;
	}

	private async postWhole(cut: Cut | undefined): Promise<void> {
		const { result } = await this.post(this.nr.url);
		if (result !== 'ok') this.lost.push(`${this.where(cut)}: a POST after it got ${result}`);
	}

	private async post(url: string): Promise<Posted> {
		const posted = await postOnce(this.ups, url);
		this.accounts.answered(posted.post, posted.outcome.answer?.status);
		return posted;
	}

	/** The same bytes once more, as a client would send them that knows no better. */
	private async repeat(post: Post): Promise<void> {
		const { target } = makePost(this.nr.url, 'U1');
		const { answer } = await send({ ...post, target });
		this.accounts.answered(post, answer?.status);
		this.count(`POSTs repeated, ${answer?.status === 200 ? 'new to Node-RED' : 'refused'}`);
	}

	private collect(): void {
		for (const message of this.nr.untakenMessages({ from: 'in', port: 0 })) this.accounts.take(message);
		for (const { payload } of this.nr.untakenMessages({ from: 'out' }))
			this.histories.add(payload as CommandReport);
		this.nr.forget();
	}

	private where(cut: Cut | undefined): string {
		if (cut === undefined) return `seed ${this.context.seed}, nothing cut`;
		const { side, after, reset } = cut;
		return `seed ${this.context.seed}, ${side} cut after ${after} bytes${reset ? ' by a reset' : ''}`;
	}

	private count(what: string): void {
		this.details[what] = (this.details[what] ?? 0) + 1;
	}
}

function isQueued({ payload }: { payload?: unknown }): boolean {
	return (payload as CommandReport).state === 'queued';
}

async function run(context: Context): Promise<Outcome> {
	const nr = await startNodeRed({ flows: FLOW });
	const proxy = await CuttingProxy.open(nr.port);
	try {
		const cuts = new Cuts(context, nr, proxy);
		await cuts.all();
		await cuts.settle();
		const { lost, details } = cuts;
		const tried = Object.entries(details).flatMap(([name, count]) => (name.startsWith('cuts') ? count : []));
		return { tried: tried.reduce((sum, count) => sum + count, 0), lost, details };
	} finally {
		await proxy.close();
		await nr.stop();
	}
}

export const cut: Scenario = {
	name: 'cut',
	what: 'The connection of a UPS or a car is cut at each byte of request and answer (rounds: positions at most).',
	rounds: 100_000,
	short: 4,
	run,
};
