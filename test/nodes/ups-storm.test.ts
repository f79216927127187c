import assert from 'node:assert/strict';
import { everyNth, postOnce, type UpsDevice } from '../devices/ups/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { letTimePass, TAB } from './kit.js';
import { type CommandReport, commandOut, HURRIED, httpIn, standIn, upsDevice } from './ups-kit.js';

const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.shutdown', 'host.reset', 'power.cycle'] as const;
const FINAL = new Set(['confirmed', 'unconfirmed', 'rejected', 'expired', 'cancelled', 'unknown']);

function isFinal({ state, command }: CommandReport): boolean {
	return FINAL.has(state) || (state === 'acked' && command.startsWith('ui.'));
}

/** What a flow was told, by command id. */
type Histories = Map<string, CommandReport[]>;

async function collect(nr: RunningNodeRed, histories: Histories): Promise<void> {
	await nr.sync();
	for (const { payload } of nr.untakenMessages({ from: 'out' })) {
		const report = payload as CommandReport;
		histories.set(report.id, [...(histories.get(report.id) ?? []), report]);
	}
	nr.forget();
}

async function order(nr: RunningNodeRed, first: number, count: number): Promise<void> {
	for (let number = first; number < first + count; number++) {
		const command = COMMANDS[number % COMMANDS.length];
		await nr.inject('out', { command, payload: command === 'ui.display_msg' ? `text ${number}` : {} });
	}
}

/** A Pi that was shut down obeys nothing until somebody gives it power again. */
function startHost({ host }: UpsDevice): void {
	if (host.state !== 'halted') return;
	host.cutPower();
	host.applyPower();
}

function judge(reports: readonly CommandReport[], dispatches: number): void {
	const states = reports.map(({ state }) => state);
	const what = `${reports[0]?.command} was executed ${dispatches} times: ${states.join(' ')}`;
	assert.deepEqual(states.slice(0, 2), ['queued', 'sent'], what);
	assert.equal(new Set(states).size, states.length, what);
	assert.deepEqual(reports.map(isFinal), [...Array(states.length - 1).fill(false), true], what);
	const mayRepeat = reports[0]?.command.startsWith('ui.');
	assert.ok(mayRepeat ? dispatches >= 1 : dispatches <= 1, what);
	assert.ok(!states.includes('acked') || dispatches >= 1, what);
}

describe('100 commands through a UPS that loses every third answer and reboots twice', () => {
	let nr: RunningNodeRed;
	const device = upsDevice('S1', { ...HURRIED, commandMaxAge: '0' });
	before(async () => {
		nr = await startNodeRed({ flows: [TAB, device, httpIn('in'), commandOut('out', { device: 'ups-S1' })] });
	});
	after(() => nr.stop());

	it('each end in one final state; none that matters is executed twice, no beep or text is lost', async () => {
		const ups = standIn('S1');
		const line = everyNth(3, { answer: 'lose' });
		const histories: Histories = new Map();
		for (let post = 1; post <= 60; post++) {
			if (post <= 20) await order(nr, post * 5, 5);
			// Once after an answer that was lost, once after one whose commands it has executed.
			if (post === 10 || post === 14) ups.rebootEsp32();
			await postOnce(ups, nr.url, line(post));
			startHost(ups);
			await collect(nr, histories);
		}
		await letTimePass(nr, 600_000);
		await postOnce(ups, nr.url);
		await collect(nr, histories);
		assert.equal(histories.size, 100);
		for (const [id, reports] of histories) judge(reports, ups.dispatches(id));
		const ends = new Set([...histories.values()].map((reports) => reports.at(-1)?.state));
		for (const end of ['acked', 'confirmed', 'unknown'] as const)
			assert.ok(ends.has(end), `${end} is not among ${[...ends]}`);
	});
});
