/** Clocks of Node-RED's machine and of a UPS that jump, while both run and while Node-RED is down. */
import { join } from 'node:path';
import { type Post, type Posted, postOnce, type UpsDevice } from '../devices/ups/index.js';
import { postOnce as postCar, WicanDevice } from '../devices/wican/index.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { letTimePass, TAB } from '../nodes/kit.js';
import {
	type CommandReport,
	commandOut,
	httpIn,
	makePost,
	send,
	standIn,
	upsDevice,
} from '../nodes/ups-kit.js';
import { TOKEN, wicanIn } from '../nodes/wican-kit.js';
import { Histories } from './histories.js';
import { type Context, type Outcome, oneOf, type Scenario } from './scenario.js';
import { untrue } from './truth.js';

const FLOW = [TAB, upsDevice('U1'), httpIn('in'), commandOut('out', { device: 'ups-U1' }), wicanIn('car')];
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.reset', 'power.cycle'] as const;

const HOUR = 3_600_000;
const TEN_YEARS = 10 * 365.25 * 24 * HOUR;
const JUMPS = [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS] as const;
const WAYS = ['while both run', 'while both run', 'across a restart'] as const;

/** At most so many POSTs of which the time fits are sent again at a time. */
const REPLAYED = 12;
/** Accepted difference of the clocks, seconds. */
const SKEW = 300;
/** Milliseconds. */
const LONGER_THAN_ANY_WAIT = 700_000;
/** Milliseconds from one POST of the UPS to the next, by its own clock. */
const PAUSE = 3000;

class Clocks {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	readonly histories = new Histories();
	/** What Node-RED's clock and that of the UPS are ahead of ours, milliseconds. */
	private server = 0;
	private device = 0;
	/** By how much both are off since the last jump. */
	private off = 0;
	private readonly ups: UpsDevice = standIn('U1', {
		...{ wallClock: () => Date.now() + this.device },
		...{ clockSetAfter: 0, pauseAfterPost: PAUSE },
	});
	private readonly car = new WicanDevice({ auth: { kind: 'bearer', token: TOKEN } });
	private readonly accepted: Post[] = [];
	/** Ids of commands that may expire: time jumped forward while Node-RED could not see that it was no time. */
	private readonly mayExpire = new Set<string>();
	private where = '';

	constructor(
		private readonly context: Context,
		private readonly nr: RunningNodeRed,
		private readonly env: Record<string, string>,
	) {}

	async round(number: number): Promise<void> {
		const { random } = this.context;
		// A clock that is off comes back before it goes anywhere else.
		const jump = this.off === 0 ? oneOf(random, JUMPS) : -this.off;
		const who = oneOf(random, ['Node-RED', 'the UPS'] as const);
		const way = who === 'Node-RED' ? oneOf(random, WAYS) : 'while both run';
		this.where = `seed ${this.context.seed}, round ${number}, ${jump / HOUR} hours at ${who} ${way}`;
		this.count(`${who} ${way}`);
		await this.agree(2);
		await this.order();
		if (random() < 0.5) await this.agree(1);
		await this.order();
		await this.jump(who, jump, way);
		if (random() < 0.3) await this.order();
		for (let post = 0; post < 3; post++) await this.disagree();
		await this.replay();
		// Either the other clock follows, or the one that jumped comes back.
		if (random() < 0.5) await this.jump(who, -jump, 'while both run');
		else await this.follow(who === 'Node-RED' ? 'the UPS' : 'Node-RED', jump);
		await this.agree(4);
		await this.replay();
		await this.collect();
	}

	/** Lets every command come to its end, and looks at what became of each. */
	async settle(): Promise<void> {
		this.where = `seed ${this.context.seed}, at the end`;
		await this.agree(3);
		await this.collect();
		await letTimePass(this.nr, LONGER_THAN_ANY_WAIT);
		this.device += LONGER_THAN_ANY_WAIT;
		await this.agree(1);
		await this.collect();
		const executed = (id: string): number => this.ups.dispatches(id);
		const all = [...this.histories.all.values()];
		const ends = new Map(all.map(({ id, steps }) => [id, steps.at(-1)?.state]));
		const twice = all.filter(({ id }) => executed(id) > 1);
		const expired = all.filter(({ id }) => ends.get(id) === 'expired' && !this.mayExpire.has(id));
		this.lost.push(
			...twice.map(({ id, command }) => `${command} ${id} was executed ${executed(id)} times`),
			...expired.map(({ id, command }) => `${command} ${id} expired though its time was not over`),
			...this.histories.problems({ clockJumps: true }),
			...untrue(this.histories, executed),
		);
		Object.assign(this.details, { commands: all.length, ...this.histories.ends() });
	}

	/** The clocks agree: every POST is accepted. */
	private async agree(posts: number): Promise<void> {
		for (let post = 0; post < posts; post++) {
			const { result } = await this.post();
			if (result !== 'ok') this.lost.push(`${this.where}: though the clocks agree a POST got ${result}`);
		}
		const { result } = await postCar(this.car, `${this.nr.url}/car`);
		if (result !== 'ok') this.lost.push(`${this.where}: a car got ${result}`);
		await this.collect();
	}

	/** They do not: every POST is refused, and changes nothing. */
	private async disagree(): Promise<void> {
		const { result } = await this.post();
		if (result !== 'unauthorized' && result !== 'status')
			this.lost.push(`${this.where}: though the clocks disagree a POST got ${result}`);
		const { result: ofCar } = await postCar(this.car, `${this.nr.url}/car`);
		if (ofCar !== 'ok') this.lost.push(`${this.where}: a car got ${ofCar}`);
	}

	private async jump(who: string, jump: number, way: string): Promise<void> {
		if (who === 'the UPS') {
			this.device += jump;
		} else if (way === 'across a restart') {
			await this.restart(jump);
		} else {
			this.server += jump;
			await this.nr.run((_RED, ahead) => {
				const now = Date.now;
				Date.now = () => now() + ahead;
			}, jump);
		}
	}

	private async follow(who: string, jump: number): Promise<void> {
		await this.jump(who, jump, 'while both run');
		this.off += jump;
	}

	private async restart(jump: number): Promise<void> {
		const signal = oneOf(this.context.random, ['SIGTERM', 'SIGKILL'] as const);
		await this.nr.kill(signal);
		this.take();
		this.server += jump;
		if (jump > 0) for (const { id } of this.histories.open()) this.mayExpire.add(id);
		this.env.CLOCK_AHEAD = String(this.server);
		await this.nr.start();
	}

	/** POSTs accepted before come again: the latest, and those whose time fits Node-RED's clock now. */
	private async replay(): Promise<void> {
		const { random } = this.context;
		const { target } = makePost(this.nr.url, 'U1');
		const now = (Date.now() + this.server) / 1000;
		const fitting = this.accepted.filter(({ ts }) => Math.abs(Number(ts) - now) <= SKEW);
		const some = fitting.filter(() => random() < REPLAYED / fitting.length);
		for (const post of new Set([...some, ...this.accepted.slice(-3)])) {
			const { answer, error } = await send({ ...post, target });
			const isRefused = answer?.status === 401 || answer?.status === 429;
			if (!isRefused) this.lost.push(`${this.where}: an old POST got ${answer?.status ?? error}`);
			this.count(`old POSTs sent again: ${answer?.status}`);
		}
	}

	private async post(): Promise<Posted> {
		const posted = await postOnce(this.ups, this.nr.url);
		// Its own time and its clock have to go the same way: they tell a restart from a clock that was set.
		this.device += PAUSE;
		this.server += PAUSE;
		await letTimePass(this.nr, PAUSE);
		if (posted.outcome.answer?.status === 200) this.accepted.push(posted.post);
		this.count('POSTs');
		return posted;
	}

	private async order(): Promise<void> {
		const command = oneOf(this.context.random, COMMANDS);
		const payload = command === 'ui.display_msg' ? 'Text' : {};
		await this.nr.inject('out', { command, payload });
		const { payload: report } = await this.nr.message({ from: 'out', where: isQueued });
		this.histories.add(report as CommandReport);
	}

	private async collect(): Promise<void> {
		await this.nr.sync();
		this.take();
	}

	private take(): void {
		for (const { payload } of this.nr.untakenMessages({ from: 'out' }))
			this.histories.add(payload as CommandReport);
		for (const { payload } of this.nr.untakenMessages({ from: 'in', port: 1 })) {
			const { event } = payload as { event: string };
			if (event === 'offline' || event === 'restarted') this.lost.push(`${this.where}: an event ${event}`);
		}
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
	const env = { NODE_OPTIONS: `--require ${join(__dirname, 'clock-ahead.js')}`, CLOCK_AHEAD: '0' };
	const nr = await startNodeRed({ flows: FLOW, env });
	try {
		const clocks = new Clocks(context, nr, env);
		for (let number = 1; number <= context.rounds; number++) {
			await clocks.round(number);
			context.log(`${number} of ${context.rounds} rounds, ${clocks.lost.length} lost`);
		}
		await clocks.settle();
		return { tried: context.rounds, lost: clocks.lost, details: clocks.details };
	} finally {
		await nr.stop();
	}
}

export const clocks: Scenario = {
	name: 'clocks',
	what: 'The clock of Node-RED or of a UPS jumps by an hour or ten years, ahead or back.',
	rounds: 300,
	short: 3,
	run,
};
