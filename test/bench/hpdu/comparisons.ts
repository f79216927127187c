/** What the reads of an hPDU are compared with, and what is to be reached. */
import type { Usage } from '../calls.js';
import type { Comparison, Plan } from '../plan.js';
import { atLeast, atMost, type Row, row, type Target } from '../report.js';
import { medians, ratios, type Sample, type Samples } from '../rounds.js';
import type { Server } from '../servers.js';
import { quantile } from '../statistics.js';
import { flowsOf } from './flows.js';
import { decodingGroup, type InProcess, renderingDisplay } from './in-process.js';
import type { ReadOrder, ReadResult } from './reads.js';
import { type Askers, type Pdu, type PduKind, withPdus } from './servers.js';
import { compareTransports } from './transports.js';

const NODE = 'hpdu-register-read';
const UNDICI = 'bare undici';
const DISPATCH = 'bare undici, dispatch';
const PLAIN = 'plain flow';
const KEPT = 'plain flow kept alive';

const NOTES = [
	'hPDU: one register is read again and again, the next time when the answer is there, in flows when their last node is done with the message. Bare undici runs in the process of the Node-RED that runs the node; the plain flow has a Node-RED of its own, and the PDU a process. Bare undici is client.request() and body.text() with a token that is made once a second, and does not look into the form; dispatch is the same with the interface below, which has no streams. The plain flow is function (token), http request with its defaults, that is a new connection for each request, function (form); kept alive is the same with its option for that.',
	'hPDU: the fast PDU says what the stand-in says, chunked as well, but checks no token and reads no register, so that as little as possible is measured beside the client: a slow PDU makes all ways alike. What the stand-in makes of it is shown beside.',
];

type Way = Pick<ReadOrder, 'way' | 'first' | 'last'> & { readonly by: keyof Askers };

/** Who reads in each way, and with which nodes of the flow. */
const WAYS: Readonly<Record<string, (pdu: PduKind) => Way>> = {
	[UNDICI]: () => ({ by: 'collection', way: 'request', first: '', last: '' }),
	[DISPATCH]: () => ({ by: 'collection', way: 'dispatch', first: '', last: '' }),
	[PLAIN]: (pdu) => ({ by: 'plain', way: 'flow', ...flowsOf(pdu).plain }),
	[KEPT]: (pdu) => ({ by: 'plain', way: 'flow', ...flowsOf(pdu).kept }),
	[NODE]: (pdu) => ({ by: 'collection', way: 'flow', ...flowsOf(pdu).node }),
};

const RATIOS: readonly (readonly [to: string, value: 'perSecond' | 'mainEach', target?: Target])[] = [
	[UNDICI, 'perSecond', atLeast(0.9)],
	[PLAIN, 'perSecond', atLeast(2)],
	[DISPATCH, 'perSecond'],
	[KEPT, 'perSecond'],
	[UNDICI, 'mainEach'],
	[PLAIN, 'mainEach'],
];

const PDUS: readonly { readonly pdu: PduKind; readonly hasTargets: boolean }[] = [
	{ pdu: 'fast', hasTargets: true },
	{ pdu: 'stand-in', hasTargets: false },
];

const WORDS = { perSecond: 'reads/s', mainEach: 'main thread' } as const;

interface Subject {
	readonly name: string;
	readonly order: Omit<ReadOrder, 'reads'>;
	readonly asker: Server;
	readonly pdu: Pdu;
}

const titled = (way: string, pdu: PduKind): string => `${way}, ${pdu} PDU`;

/** Everything that was read in one way during a round. */
class Taken {
	private readonly latencies: number[] = [];
	private readonly used = { all: 0, main: 0, pdu: 0 };
	private checked = 0;

	add({ latencies, used, checked }: ReadResult, pdu: number): void {
		this.latencies.push(...latencies);
		this.used.all += used.all;
		this.used.main += used.main;
		this.used.pdu += pdu;
		this.checked += checked;
	}

	get sample(): Sample {
		const sorted = this.latencies.sort((a, b) => a - b);
		const reads = sorted.length;
		const seconds = sorted.reduce((sum, latency) => sum + latency, 0) / 1000;
		return {
			...{ perSecond: reads / seconds, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
			...{ cpuEach: this.used.all / reads, mainEach: this.used.main / reads },
			...{ checked: this.checked, busy: this.used.pdu / 1e6 / seconds },
		};
	}
}

/** Reads, and adds what was measured. */
async function measure({ order, asker, pdu }: Subject, reads: number, taken: Taken): Promise<void> {
	const before = await pdu.child.call<Usage>('usage');
	const result = await asker.child.call<ReadResult>('read', { ...order, reads } satisfies ReadOrder);
	const after = await pdu.child.call<Usage>('usage');
	taken.add(result, after.all - before.all);
}

/**
 * All ways in turn, a few reads of each at a time, and often: whatever else the machine does meets all of them alike.
 * Each turn begins with another one.
 */
async function takeTurns(subjects: readonly Subject[], plan: Plan): Promise<Sample[]> {
	const ways = subjects.map((subject) => ({ subject, taken: new Taken() }));
	for (let turn = 0; turn < plan.readTurns; turn++) {
		const first = turn % ways.length;
		for (const { subject, taken } of [...ways.slice(first), ...ways.slice(0, first)]) {
			await measure(subject, plan.reads, taken);
		}
	}
	return ways.map(({ taken }) => taken.sample);
}

async function rounds(askers: Askers, subjects: readonly Subject[], plan: Plan): Promise<Samples> {
	const samples = new Map<string, Sample[]>(subjects.map(({ name }) => [name, []]));
	await takeTurns(subjects, plan);
	for (let round = 0; round < plan.rounds; round++) {
		for (const { child } of Object.values(askers)) await child.call('memory');
		const taken = await takeTurns(subjects, plan);
		for (const [index, { name }] of subjects.entries())
			samples.get(name)?.push(...taken.slice(index, index + 1));
		plan.tell(`round ${round + 1} of ${plan.rounds}`);
	}
	return samples;
}

function rowsOf(samples: Samples): Row[] {
	return PDUS.flatMap(({ pdu, hasTargets }) =>
		RATIOS.map(([to, value, target]) => {
			const perRound = ratios(samples, titled(NODE, pdu), titled(to, pdu), (sample) => sample[value]);
			const title = `hPDU, ${pdu} PDU: ${NODE} / ${to}, ${WORDS[value]}`;
			return row(title, 'x', perRound, hasTargets ? target : undefined);
		}),
	);
}

/** The node beside undici alone and beside core nodes. */
function compareReads(plan: Plan): Promise<Comparison> {
	const kinds = PDUS.map(({ pdu }) => pdu);
	return withPdus(kinds, plan, async (askers, pdus) => {
		const subjects = kinds.flatMap((kind) =>
			Object.entries(WAYS).flatMap(([way, begin]): Subject[] => {
				const pdu = pdus[kind];
				if (pdu === undefined) return [];
				const { port, session } = pdu;
				const { by, ...ends } = begin(kind);
				const order = { ...ends, port, session };
				return [{ name: titled(way, kind), order, asker: askers[by], pdu }];
			}),
		);
		const samples = await rounds(askers, subjects, plan);
		const checked = [...samples.values()].flat().reduce((sum, sample) => sum + sample.checked, 0);
		return { rows: rowsOf(samples), measured: medians(samples), notes: NOTES, checked };
	});
}

/** How long an answer takes once it is there. */
async function compareInProcess({ rounds, answers, tell }: Plan): Promise<Comparison> {
	const subjects: readonly (readonly [name: string, subject: InProcess, target: Target])[] = [
		['hPDU: a group of all registers decoded', await decodingGroup(), atMost(2)],
		['hPDU: a framebuffer made a PNG, four times scaled', renderingDisplay(), atMost(3)],
	];
	const taken = subjects.map((): number[] => []);
	for (const [, subject] of subjects) await subject.time(answers);
	for (let round = 0; round < rounds; round++) {
		for (const [index, [, subject]] of subjects.entries()) taken[index]?.push(await subject.time(answers));
		tell(`round ${round + 1} of ${rounds}`);
	}
	return {
		rows: subjects.map(([name, , target], index) => row(name, 'ms', taken[index] ?? [], target)),
		measured: [],
		notes: subjects.map(([name, { note }]) => `${name}: the median of ${answers} in each round; ${note}.`),
	};
}

export const HPDU_COMPARISONS = {
	reads: compareReads,
	transports: compareTransports,
	'in-process': compareInProcess,
} as const;
