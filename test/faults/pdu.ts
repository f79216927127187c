/** A PDU that reboots, hangs, breaks off, talks rubbish or takes its time, while five flows read it and one writes. */
import { ERROR_CODES } from '../../nodes/protocol/errors.js';
import { FAULTS, type Fault, HpduServer } from '../devices/hpdu/index.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { pduDevice, registerRead, registerWrite } from '../nodes/hpdu-kit.js';
import { CATCH, complete, ON_TAB, TAB } from '../nodes/kit.js';
import type { Context, Outcome, Scenario } from './scenario.js';
import { oneOf } from './scenario.js';

/** Milliseconds, so that a PDU that says nothing is given up soon. */
const TIMEOUT = '300';
const READERS = Array.from({ length: 5 }, (_, number) => `read${number}`);
const READS = ['stdvnm', 'imcrac', 'ssstat idfwvs', 'imcrac_2', 'stinnm'] as const;
/** How often each flow acts in a round. */
const TURNS = 3;

/** What can happen to answers, by words that people read. */
const KINDS: readonly [Kind, ...Kind[]] = [
	['hangs', () => FAULTS.silent()],
	['30 s delays', () => FAULTS.slow(30_000)],
	['resets in mid-answer', () => FAULTS.resetHalfway()],
	['breaks in mid-answer', () => FAULTS.closeHalfway()],
	['chunks cut short', () => FAULTS.cutInChunk()],
	['resets in place of an answer', () => FAULTS.resetInstead()],
	['breaks in place of an answer', () => FAULTS.closeInstead()],
	['resets of a request', () => FAULTS.resetUnheard()],
	['resets of an idle connection', () => FAULTS.resetIdle()],
	['pages of a proxy', () => FAULTS.htmlAsForm()],
	[
		'rubbish',
		(random) => FAULTS.body(Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)))),
	],
	['chunks without a length', () => FAULTS.badChunk()],
	['other statuses', (random) => FAULTS.status(oneOf(random, [400, 403, 404, 405, 422, 500, 418]))],
	['empty answers', () => FAULTS.empty()],
];
type Kind = readonly [what: string, fault: (random: () => number) => Fault];

/** What the Complete or the Catch node was given. */
interface Settled {
	readonly tag: string;
	readonly error?: { readonly code?: string };
}

class Trial {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};
	/** What the PDU has stored, in its order: every value is written by one message only. */
	private readonly stored: string[] = [];
	private written = 0;
	private asked = 0;

	constructor(
		private readonly context: Context,
		private readonly pdu: HpduServer,
		private readonly nr: RunningNodeRed,
	) {
		const { device } = pdu;
		const handle = device.handle.bind(device);
		device.handle = (request) => {
			const answer = handle(request);
			const isWrite = request.method === 'POST' && request.path.startsWith('/register/');
			if (isWrite && answer?.status === 200) this.stored.push(String(request.body));
			return answer;
		};
	}

	async round(number: number): Promise<void> {
		const where = `round ${number} of seed ${this.context.seed}`;
		await this.afflict();
		const tags = await this.act();
		await this.settle(tags, where);
		this.pdu.faults.clear();
		const well = await Promise.all(READERS.map((reader) => this.read(reader)));
		const outcomes = await this.settle(well, where);
		for (const [tag, code] of outcomes) {
			if (code !== undefined)
				this.lost.push(`${where}: ${tag} failed with ${code} when the PDU was well again`);
		}
		this.judge(where);
	}

	/** Lets one to three things go wrong, each for some requests, and sometimes a reboot among them. */
	private async afflict(): Promise<void> {
		const { random } = this.context;
		const kinds = 1 + Math.floor(random() * 3);
		for (let kind = 0; kind < kinds; kind++) {
			const [what, fault] = oneOf(random, KINDS);
			const share = 0.2 + random() * 0.6;
			this.pdu.faults.add(fault(random), {
				times: 1 + Math.floor(random() * 4),
				when: () => random() < share,
			});
			this.count(what);
		}
	}

	/** All flows act, and the PDU may reboot meanwhile. Gives what tells their messages apart. */
	private async act(): Promise<string[]> {
		const { random } = this.context;
		const tags: string[] = [];
		const rebootAt = random() < 0.4 ? Math.floor(random() * TURNS * READERS.length) : undefined;
		for (let turn = 0; turn < TURNS; turn++) {
			tags.push(await this.write());
			for (const [index, reader] of READERS.entries()) {
				tags.push(await this.read(reader));
				if (rebootAt !== turn * READERS.length + index) continue;
				this.pdu.reboot();
				this.count('reboots');
			}
		}
		return tags;
	}

	private async read(reader: string): Promise<string> {
		const tag = `${reader}/${++this.asked}`;
		await this.nr.inject(reader, { tag, registers: oneOf(this.context.random, READS) });
		this.count('reads');
		return tag;
	}

	private async write(): Promise<string> {
		const tag = `write/${++this.written}`;
		await this.nr.inject('write', { tag, payload: { stdvnm: `Value ${this.written}` } });
		this.count('writes');
		return tag;
	}

	/** Waits for all of these, sees that each comes to one end, and gives the codes of those that failed. */
	private async settle(tags: readonly string[], where: string): Promise<Map<string, string | undefined>> {
		const ends = new Map<string, string | undefined>();
		while (ends.size < tags.length) {
			const { tag, error } = (await this.nr.message({
				from: 'settled',
				limit: 60_000,
			})) as unknown as Settled;
			if (ends.has(tag) || !tags.includes(tag)) this.lost.push(`${where}: ${tag} came to an end again`);
			ends.set(tag, error && (error.code ?? 'no code'));
		}
		await this.nr.sync();
		for (const { tag } of this.nr.untakenMessages({ from: 'settled' }) as unknown as Settled[]) {
			this.lost.push(`${where}: ${tag} came to an end again`);
		}
		this.checkOutputs(ends, where);
		this.nr.forget();
		return ends;
	}

	private checkOutputs(ends: ReadonlyMap<string, string | undefined>, where: string): void {
		const nodes = [...READERS, 'write'];
		const sent = nodes.flatMap((from) => this.nr.untakenMessages({ from })) as unknown as Settled[];
		for (const [tag, code] of ends) {
			const times = sent.filter((message) => message.tag === tag).length;
			if (times !== (code === undefined ? 1 : 0))
				this.lost.push(`${where}: ${tag} (${code}) gave ${times} messages`);
			if (code === undefined) this.count('answered');
			else if (Object.hasOwn(ERROR_CODES, code) && code.startsWith('hpdu-')) this.count(code);
			else this.lost.push(`${where}: ${tag} failed with ${code}`);
		}
	}

	/** Looks at what the PDU has seen. */
	private judge(where: string): void {
		const again = this.stored.filter((value, index) => this.stored.indexOf(value) !== index);
		this.lost.push(...again.map((value) => `${where}: ${value} was written twice`));
		this.stored.length = 0;
		const { requests } = this.pdu;
		for (const [index, request] of requests.entries()) {
			const before = requests[index - 1];
			// One that was given up has no answer, and the PDU may yet be at it when the next one comes.
			const isOverlap =
				before?.status !== undefined && (before.answeredAt ?? Number.POSITIVE_INFINITY) > request.at;
			if (isOverlap)
				this.lost.push(`${where}: ${request.method} ${request.path} came before the last was answered`);
		}
		this.count('requests at the PDU', requests.length);
		requests.length = 0;
	}

	private count(what: string, more = 1): void {
		this.details[what] = (this.details[what] ?? 0) + more;
	}
}

async function run(context: Context): Promise<Outcome> {
	const pdu = await HpduServer.start();
	const nr = await startNodeRed();
	try {
		const nodes = [...READERS.map((id) => registerRead(id)), registerWrite('write')];
		const ends = [
			{ ...CATCH, wires: [['settled']] },
			{ ...complete(...READERS, 'write'), wires: [['settled']] },
		];
		const settled = { id: 'settled', type: 'change', ...ON_TAB, rules: [], wires: [[]] };
		await nr.deploy([TAB, pduDevice('pdu', pdu, { timeout: TIMEOUT }), ...nodes, ...ends, settled]);
		const trial = new Trial(context, pdu, nr);
		for (let number = 1; number <= context.rounds; number++) {
			await trial.round(number);
			context.log(`${number} of ${context.rounds} rounds, ${trial.lost.length} lost`);
		}
		const { lost, details } = trial;
		return { tried: context.rounds, lost, details };
	} finally {
		await nr.stop();
		await pdu.close();
	}
}

export const pdu: Scenario = {
	name: 'pdu',
	what: 'A PDU reboots, hangs, breaks off or talks rubbish while five flows read it and one writes.',
	rounds: 200,
	short: 4,
	run,
};
