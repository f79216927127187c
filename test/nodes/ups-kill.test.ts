import assert from 'node:assert/strict';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, nextEvent, ON_TAB, TAB } from './kit.js';
import {
	type CommandReport,
	commandOut,
	HURRIED,
	httpIn,
	makePost,
	nextState,
	send,
	standIn,
	upsDevice,
} from './ups-kit.js';

const FLOW = [TAB, upsDevice('K1', HURRIED), httpIn('in'), commandOut('out', { device: 'ups-K1' })];

/** Objects of a function node are of another realm than ours. */
const MAKER = {
	id: 'maker',
	type: 'function',
	...ON_TAB,
	outputs: 1,
	wires: [['out']],
	func: `
		msg.nested = { deep: [1, { two: 2 }], none: null };
		msg.buffer = Buffer.from('abc');
		msg.holder = { date: new Date(0) };
		msg.loop = {};
		msg.loop.loop = msg.loop;
		msg.large = 'x'.repeat(5000);
		return msg;`,
};

const ORDER = {
	_msgid: 'abc',
	topic: 'my topic',
	command: 'power.cycle',
	payload: { off_ms: 2000 },
	nested: { deep: [1, { two: 2 }] },
};

describe('Node-RED killed', () => {
	let nr: RunningNodeRed;
	let ups: UpsDevice;
	beforeEach(async () => {
		nr = await startNodeRed({ flows: FLOW });
		ups = standIn('K1');
		await postOnce(ups, nr.url);
		await nextEvent(nr, 'online');
	});
	afterEach(() => nr.stop());

	async function killAndStart(): Promise<void> {
		await nr.kill('SIGKILL');
		nr.forget();
		await nr.start();
	}

	/** The states that the node tells until the last of these posts has been shown, without those told again. */
	async function follow(posts: number): Promise<string[]> {
		for (let post = 0; post < posts; post++) {
			await postOnce(ups, nr.url);
			await nr.message({ from: 'in', port: 0 });
		}
		await nr.sync();
		const told = nr.untakenMessages({ from: 'out' });
		for (const { payload: _, ...rest } of told) {
			const { payload: __, ...properties } = ORDER;
			assert.deepEqual(rest, properties);
		}
		const reports = told.map(({ payload }) => payload as CommandReport);
		return [...new Set(reports.map(({ state, time }) => `${state} ${time}`))].map(
			(line) => line.split(' ')[0] ?? '',
		);
	}

	it('delivers once what was queued before, and goes on telling', async () => {
		await nr.inject('out', structuredClone(ORDER));
		const { id, state } = await nextState(nr);
		assert.equal(state, 'queued');
		await killAndStart();
		const states = await follow(5);
		assert.deepEqual(
			states.filter((one) => one !== 'queued'),
			['sent', 'acked', 'confirmed'],
		);
		assert.equal(ups.dispatches(id), 1);
		assert.equal(ups.executed.length, 1);
	});

	it('keeps of the message what JSON can hold, up to 4 kB', async () => {
		await nr.deploy([...FLOW, MAKER]);
		await nr.inject('maker', { _msgid: 'abc', topic: 'kept', command: 'ui.beep' });
		await nextState(nr);
		await killAndStart();
		await postOnce(ups, nr.url);
		const where = ({ payload }: { payload?: unknown }): boolean =>
			(payload as CommandReport).state === 'sent';
		const { payload: _, ...rest } = await nr.message({ from: 'out', where });
		const nested = { deep: [1, { two: 2 }], none: null };
		assert.deepEqual(rest, { _msgid: 'abc', topic: 'kept', command: 'ui.beep', nested });
	});

	it('finds the node inside a subflow again', async () => {
		const inner = commandOut('inner', { z: 'sub', device: 'ups-K1', command: 'ui.beep' });
		const ports = { in: [{ wires: [{ id: 'inner' }] }], out: [{ wires: [{ id: 'inner', port: 0 }] }] };
		const definition = { id: 'sub', type: 'subflow', name: 'Sub', ...ports };
		const instance = { id: 'instance', type: 'subflow:sub', ...ON_TAB, wires: [['after']] };
		const pass = { type: 'function', ...ON_TAB, func: 'return msg;', outputs: 1 };
		const around = [
			{ ...pass, id: 'before', wires: [['instance']] },
			{ ...pass, id: 'after', wires: [[]] },
		];
		await nr.deploy([TAB, upsDevice('K1', HURRIED), httpIn('in'), definition, inner, instance, ...around]);
		await nr.inject('before', { topic: 'kept' });
		assert.equal((await nextState(nr, 'after')).state, 'queued');
		await killAndStart();
		await postOnce(ups, nr.url);
		const where = ({ payload }: { payload?: unknown }): boolean =>
			(payload as CommandReport).state === 'sent';
		assert.equal((await nr.message({ from: 'after', where })).topic, 'kept');
	});

	it('remembers that it was delivered, and waits for the ack', async () => {
		await nr.inject('out', structuredClone(ORDER));
		const { id } = await nextState(nr);
		assert.equal((await postOnce(ups, nr.url)).result, 'ok');
		await killAndStart();
		const states = await follow(5);
		assert.deepEqual(
			states.filter((one) => one !== 'queued' && one !== 'sent'),
			['acked', 'confirmed'],
		);
		assert.equal(ups.dispatches(id), 1);
	});

	it('sends again what was lost with the answer, since the UPS tells that nothing came', async () => {
		await nr.inject('out', structuredClone(ORDER));
		const { id } = await nextState(nr);
		assert.equal((await postOnce(ups, nr.url, { answer: 'lose' })).result, 'lost');
		await killAndStart();
		const states = await follow(6);
		assert.equal(states.at(-1), 'confirmed');
		assert.equal(ups.dispatches(id), 1);
	});

	it('does not send a power cycle again whose UPS rebooted meanwhile', async () => {
		await nr.inject('out', structuredClone(ORDER));
		const { id } = await nextState(nr);
		await postOnce(ups, nr.url);
		assert.equal(ups.dispatches(id), 1);
		await killAndStart();
		ups.rebootEsp32();
		const states = await follow(3);
		assert.equal(states.at(-1), 'unknown');
		assert.equal(ups.dispatches(id), 1);
	});

	it('tells an event at most once more that was told right before', async () => {
		ups.setMains(false);
		await postOnce(ups, nr.url);
		await nextEvent(nr, 'mains-lost');
		await killAndStart();
		await postOnce(ups, nr.url);
		await nr.message({ from: 'in', port: 0 });
		ups.setMains(true);
		await postOnce(ups, nr.url);
		await nextEvent(nr, 'mains-restored');
		const again = nr
			.untakenMessages({ from: 'in', port: 1 })
			.map(({ payload }) => (payload as { event: string }).event);
		// A kill right after the telling may lose the mark of it: then it is told twice, and never lost.
		assert.deepEqual([again.length <= 1, again.every((event) => event === 'mains-lost')], [true, true]);
	});

	it('loses no event when it is killed in the moment of the answer', async () => {
		ups.setMains(false);
		const { result } = await postOnce(ups, nr.url);
		await nr.kill('SIGKILL');
		const told = nr.untakenMessages({ from: 'in', port: 1 });
		assert.equal(result, 'ok');
		const early = told.some(({ payload }) => (payload as { event: string }).event === 'mains-lost');
		nr.forget();
		await nr.start();
		if (!early) assert.equal((await nextEvent(nr, 'mains-lost')).deviceId, 'K1');
		ups.setMains(true);
		await postOnce(ups, nr.url);
		await nextEvent(nr, 'mains-restored');
	});

	it('refuses a POST that was accepted before', async () => {
		const captured = makePost(nr.url, 'K1');
		assert.equal(answerOf(await send(captured)), '200 {"commands":[]}');
		await killAndStart();
		assert.equal(answerOf(await send(captured)), '401 {"error":"unauthorized"}');
		assert.equal((await nextEvent(nr, 'refused')).reason, 'replayed-nonce');
	});
});
