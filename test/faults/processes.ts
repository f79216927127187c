/** Two Node-RED processes on one user directory: one owns the memory, the other answers and takes over. */
import { type Post, type Posted, postOnce, type UpsDevice } from '../devices/ups/index.js';
import {
	linkCheckout,
	makeTempDir,
	type RunningNodeRed,
	removeDir,
	startNodeRed,
} from '../nodes/harness/index.js';
import { answerOf, letTimePass, TAB } from '../nodes/kit.js';
import {
	type CommandReport,
	commandOut,
	HURRIED,
	httpIn,
	makePost,
	send,
	upsDevice,
} from '../nodes/ups-kit.js';
import { Histories } from './histories.js';
import type { Context, Outcome, Scenario } from './scenario.js';
import { oneOf } from './scenario.js';
import { eagerUps, steadyPort } from './traffic.js';

const FLOW = [TAB, upsDevice('U1', HURRIED), httpIn('in'), commandOut('out', { device: 'ups-U1' })];
const OK = '200 {"commands":[]}';
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.reset', 'power.cycle'] as const;

/** How many POSTs, 50 ms apart, may pass before the one that is left has taken over: it looks every five seconds. */
const PATIENCE = 600;

/** POSTs that are sent again after a change of owners: fewer than a sender may have refused in a minute. */
const REPLAYED = 8;

/** Milliseconds. */
const LONGER_THAN_ANY_WAIT = 700_000;

class Pair {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	readonly histories = new Histories();
	private readonly ups: UpsDevice = eagerUps('U1');
	/** Accepted by the one or the other since the last change of owners. */
	private readonly accepted: Post[] = [];
	private ordered = 0;

	constructor(
		private readonly context: Context,
		private owner: RunningNodeRed,
		private guest: RunningNodeRed,
	) {}

	async round(number: number): Promise<void> {
		const where = `round ${number} of seed ${this.context.seed}`;
		await this.talk(where);
		const { random } = this.context;
		const signal = oneOf(random, ['SIGKILL', 'SIGTERM'] as const);
		// The first round is the one that the tests have.
		if (number === 1 || random() < 0.6) await this.endOwner(signal, where);
		else await this.endGuest(signal, where);
		this.collect();
	}

	/** Lets every command come to its end, and looks at what became of each. */
	async settle(): Promise<void> {
		for (let post = 0; post < 5; post++) await this.post(this.owner);
		// An effect that showed while the guest was told of it is not seen by the one that owned the command.
		await letTimePass(this.owner, LONGER_THAN_ANY_WAIT);
		await this.post(this.owner);
		await this.owner.sync();
		this.collect();
		this.lost.push(...this.histories.problems());
		for (const { id, command } of this.histories.all.values()) {
			const times = this.ups.dispatches(id);
			if (times !== 1) this.lost.push(`${command} ${id} was executed ${times} times`);
		}
	}

	/** Both are posted to, and asked for commands. */
	private async talk(where: string): Promise<void> {
		await this.order(this.owner);
		await this.owner.message({ from: 'out', where: isQueued }).then(({ payload }) => this.add(payload));
		await this.guest.error('store-in-use');
		await this.order(this.guest);
		await this.guest.error(({ code, from }) => code === 'store-in-use' && from === 'out');
		const posts = 2 + Math.floor(this.context.random() * 6);
		for (let post = 0; post < posts; post++) {
			const { outcome } = await this.post(this.guest);
			if (answerOf(outcome) !== OK) this.lost.push(`${where}: the guest answered ${answerOf(outcome)}`);
			if (this.context.random() < 0.4) await this.post(this.owner);
			this.count('POSTs to the guest');
		}
	}

	private async endOwner(signal: NodeJS.Signals, where: string): Promise<void> {
		await this.order(this.owner);
		await this.owner.message({ from: 'out', where: isQueued }).then(({ payload }) => this.add(payload));
		await this.owner.kill(signal);
		this.collect();
		[this.owner, this.guest] = [this.guest, this.owner];
		const before = this.accepted.splice(0).slice(-REPLAYED);
		await this.takenOver(where);
		for (const post of before) await this.replay(post, where);
		this.count(`owner ended by ${signal}`);
		await this.startGuest();
	}

	private async endGuest(signal: NodeJS.Signals, where: string): Promise<void> {
		await this.guest.kill(signal);
		// Who is gone had nothing to write to, so what it accepted is known to nobody.
		this.accepted.splice(0);
		const { result } = await this.post(this.owner);
		if (result !== 'ok') this.lost.push(`${where}: the owner answered ${result}`);
		this.count(`guest ended by ${signal}`);
		await this.startGuest();
	}

	private async startGuest(): Promise<void> {
		this.guest.forget();
		await this.guest.start();
	}

	/** Posts until a command that only the former owner knew is carried by an answer. */
	private async takenOver(where: string): Promise<void> {
		const waiting = this.histories.open().filter(({ id }) => this.ups.dispatches(id) === 0);
		for (let post = 0; post < PATIENCE; post++) {
			const { result } = await this.post(this.owner);
			if (result !== 'ok') this.lost.push(`${where}: a POST got ${result} while the other took over`);
			if (waiting.every(({ id }) => this.ups.dispatches(id) > 0)) return;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		this.lost.push(`${where}: the one that was left did not take over`);
	}

	private async replay(post: Post, where: string): Promise<void> {
		const { target } = makePost(this.owner.url, 'U1');
		const { answer, error } = await send({ ...post, target });
		if (answer?.status !== 401)
			this.lost.push(`${where}: a POST accepted before got ${answer?.status ?? error}`);
		this.count('POSTs replayed and refused');
	}

	private async post(to: RunningNodeRed): Promise<Posted> {
		const posted = await postOnce(this.ups, to.url);
		if (posted.outcome.answer?.status === 200) this.accepted.push(posted.post);
		return posted;
	}

	private async order(at: RunningNodeRed): Promise<void> {
		const command = oneOf(this.context.random, COMMANDS);
		const payload = command === 'ui.display_msg' ? `Text ${++this.ordered}` : {};
		await at.inject('out', { command, payload });
	}

	private collect(): void {
		for (const nr of [this.owner, this.guest]) {
			for (const { payload } of nr.untakenMessages({ from: 'out' })) this.add(payload);
			nr.forget();
		}
	}

	private add(payload: unknown): void {
		this.histories.add(payload as CommandReport);
	}

	private count(what: string): void {
		this.details[what] = (this.details[what] ?? 0) + 1;
	}
}

function isQueued({ payload }: { payload?: unknown }): boolean {
	return (payload as CommandReport).state === 'queued';
}

async function run(context: Context): Promise<Outcome> {
	const userDir = makeTempDir();
	linkCheckout(userDir);
	const running: RunningNodeRed[] = [];
	const start = async (): Promise<RunningNodeRed> => {
		const nr = await startNodeRed({ userDir, port: await steadyPort() });
		running.push(nr);
		return nr;
	};
	try {
		const first = await start();
		await first.deploy(FLOW);
		const pair = new Pair(context, first, await start());
		for (let number = 1; number <= context.rounds; number++) {
			await pair.round(number);
			context.log(`${number} of ${context.rounds} rounds, ${pair.lost.length} lost`);
		}
		await pair.settle();
		const { lost, histories, details } = pair;
		return { tried: context.rounds, lost, details: { commands: histories.all.size, ...details } };
	} finally {
		for (const nr of running) await nr.stop();
		removeDir(userDir);
	}
}

export const processes: Scenario = {
	name: 'processes',
	what: 'Two Node-RED processes share a user directory, and one of them is ended.',
	rounds: 50,
	short: 1,
	run,
};
