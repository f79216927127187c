/** A proxy between a UPS and Node-RED that changes answers and repeats, holds back and reorders POSTs. */
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { letTimePass, TAB } from '../nodes/kit.js';
import { type CommandReport, commandOut, HURRIED, httpIn, standIn, upsDevice } from '../nodes/ups-kit.js';
import { Histories } from './histories.js';
import { type Forward, type Meddling, MeddlingProxy } from './meddling-proxy.js';
import { REWRITINGS } from './rewriting.js';
import { type Context, type Outcome, oneOf, type Scenario } from './scenario.js';
import { Accounts, untrue } from './truth.js';

const FLOW = [TAB, upsDevice('U1', HURRIED), httpIn('in'), commandOut('out', { device: 'ups-U1' })];
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.reset', 'power.cycle'] as const;
const MOVES = [
	'pass',
	'pass',
	'twice at once',
	'twice in a row',
	'repeat later',
	'hold back',
	'lose',
] as const;

type Move = (typeof MOVES)[number];

/** What is counted, in the words of the report. */
const COUNTED: Readonly<Record<Move, string>> = {
	pass: 'POSTs passed on once',
	'twice at once': 'twice at once',
	'twice in a row': 'twice in a row',
	'repeat later': 'repeated later',
	'hold back': 'held back',
	lose: 'not passed on',
};

/** Milliseconds. */
const LONGER_THAN_ANY_WAIT = 700_000;

class Proxied {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	readonly histories = new Histories();
	readonly accounts = new Accounts();
	private readonly ups: UpsDevice = standIn('U1', { clockSetAfter: 0, pauseAfterPost: 3000 });
	/** How often each POST got a 200, by its nonce. */
	private readonly accepted = new Map<string, number>();
	/** To be forwarded (again) when some more have been. */
	private readonly held: { readonly request: Buffer; after: number }[] = [];
	private readonly ways = new Set<string>();
	private answerBefore: Buffer = Buffer.from('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');

	constructor(
		private readonly context: Context,
		private readonly nr: RunningNodeRed,
		private readonly proxy: MeddlingProxy,
	) {}

	async round(): Promise<void> {
		const { random } = this.context;
		if (random() < 0.5) await this.order();
		const move = oneOf(random, MOVES);
		const names = Object.keys(REWRITINGS);
		const rewriting = random() < 0.6 ? names[Math.floor(random() * names.length)] : undefined;
		this.proxy.meddling = this.meddle(move, rewriting);
		this.count(COUNTED[move]);
		if (rewriting !== undefined) this.rewritten(rewriting);
		await postOnce(this.ups, this.proxy.url);
		await this.release();
		if (random() < 0.06) this.reboot();
		if (random() < 0.01) await this.expire();
		await this.collect();
	}

	/** Lets every command come to its end, and looks at what became of each. */
	async settle(): Promise<void> {
		this.proxy.meddling = (request, forward) => this.note(request, forward);
		while (this.held.length > 0) await this.release();
		for (let post = 0; post < 5; post++) {
			const { result } = await postOnce(this.ups, this.proxy.url);
			if (result !== 'ok') this.lost.push(`seed ${this.context.seed}: without meddling a POST got ${result}`);
		}
		await letTimePass(this.nr, LONGER_THAN_ANY_WAIT);
		await postOnce(this.ups, this.proxy.url);
		await this.collect();
		this.judge();
	}

	private judge(): void {
		const executed = (id: string): number => this.ups.dispatches(id);
		const twice = [...this.accepted].filter(([, times]) => times > 1);
		const foreign = this.ups.executed.filter(({ id }) => !this.histories.all.has(id));
		this.lost.push(
			...twice.map(([nonce, times]) => `the POST with nonce ${nonce} was accepted ${times} times`),
			...foreign.map(({ id, cmd }) => `${cmd} ${id} was executed though nobody ordered it`),
			...this.histories.problems(),
			...untrue(this.histories, executed),
			...this.accounts.problems(),
		);
		Object.assign(this.details, { commands: this.histories.all.size, ...this.histories.ends() });
	}

	private meddle(move: Move, rewriting: string | undefined): Meddling {
		const rewrite = rewriting === undefined ? undefined : REWRITINGS[rewriting];
		return async (request, forward) => {
			const answer = await this.move(move, request, forward);
			if (answer === undefined) return undefined;
			const rewritten = rewrite?.(answer, this.answerBefore) ?? answer;
			this.answerBefore = answer;
			return rewritten;
		};
	}

	private async move(move: Move, request: Buffer, forward: Forward): Promise<Buffer | undefined> {
		const later = (): void => {
			this.held.push({ request, after: Math.floor(this.context.random() * 4) });
		};
		switch (move) {
			case 'lose':
				return undefined;
			case 'hold back':
				later();
				return undefined;
			case 'twice at once': {
				const both = await Promise.all([this.note(request, forward), this.note(request, forward)]);
				return both[this.context.random() < 0.5 ? 0 : 1];
			}
			case 'twice in a row':
				await this.note(request, forward);
				return this.note(request, forward);
			case 'repeat later':
				later();
				return this.note(request, forward);
			default:
				return this.note(request, forward);
		}
	}

	/** Forwards, and keeps in mind what Node-RED said. */
	private async note(request: Buffer, forward: Forward): Promise<Buffer | undefined> {
		const answer = await forward(request);
		const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer?.toString('latin1') ?? '')?.[1] ?? 0);
		const [, nonce = ''] = /^x-w3pups-nonce: *(\w+)/im.exec(request.toString('latin1')) ?? [];
		if (status === 200) this.accepted.set(nonce, (this.accepted.get(nonce) ?? 0) + 1);
		else if (status !== 401 && status !== 429)
			this.lost.push(`seed ${this.context.seed}: the POST with nonce ${nonce} got ${status}`);
		this.accounts.answered({ body: request.subarray(request.indexOf('\r\n\r\n') + 4) }, status);
		this.count(status === 200 ? 'accepted by Node-RED' : 'refused by Node-RED');
		return answer;
	}

	/** Forwards what was held back long enough, newest first: its sender has given up, and hears nothing. */
	private async release(): Promise<void> {
		for (const one of this.held.splice(0).reverse()) {
			if (one.after-- > 0) this.held.push(one);
			else await this.note(one.request, this.proxy.forward);
		}
	}

	private rewritten(rewriting: string): void {
		this.ways.add(rewriting);
		this.details['ways of changing an answer'] = this.ways.size;
		this.count('answers changed');
	}

	private reboot(): void {
		this.ups.rebootEsp32();
		this.count('restarts of the UPS');
	}

	private async expire(): Promise<void> {
		await letTimePass(this.nr, LONGER_THAN_ANY_WAIT);
		this.count('waits longer than any command');
	}

	private async order(): Promise<void> {
		const command = oneOf(this.context.random, COMMANDS);
		await this.nr.inject('out', { command, payload: command === 'ui.display_msg' ? 'Text' : {} });
		const { payload } = await this.nr.message({ from: 'out', where: isQueued });
		this.histories.add(payload as CommandReport);
	}

	private async collect(): Promise<void> {
		await this.nr.sync();
		for (const message of this.nr.untakenMessages({ from: 'in', port: 0 })) this.accounts.take(message);
		for (const { payload } of this.nr.untakenMessages({ from: 'out' }))
			this.histories.add(payload as CommandReport);
		this.nr.forget();
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
	const proxy = await MeddlingProxy.open(nr.port);
	try {
		const proxied = new Proxied(context, nr, proxy);
		for (let number = 1; number <= context.rounds; number++) {
			await proxied.round();
			if (number % 100 === 0)
				context.log(`${number} of ${context.rounds} POSTs, ${proxied.lost.length} lost`);
		}
		await proxied.settle();
		return { tried: context.rounds, lost: proxied.lost, details: proxied.details };
	} finally {
		await proxy.close();
		await nr.stop();
	}
}

export const proxy: Scenario = {
	name: 'proxy',
	what: 'A proxy changes answers, and repeats, holds back and reorders POSTs.',
	rounds: 5000,
	short: 60,
	run,
};
