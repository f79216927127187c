import assert from 'node:assert/strict';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, nextEvent, TAB } from './kit.js';
import { commandOut, httpIn, KEY, makePost, nextState, send, upsDevice } from './ups-kit.js';

const OK = '200 {"commands":[]}';

/** What an import makes of a UPS: another id, and no key. */
const copyOf = (device: FlowNode): FlowNode => ({ ...device, id: `copy-of-${device.id}`, credentials: {} });

describe('ups-device', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());

	it('takes the number of a SIM card as it is printed: 20 digits in groups, of which the UPS sends 19', async () => {
		const printed = upsDevice('sim', { deviceId: ' 8988 2280 6668 0569 9904 ' });
		await nr.deploy([TAB, printed, httpIn('in'), httpIn('one', { device: 'ups-sim' })]);
		const sent = '8988228066680569990';
		assert.equal(answerOf(await send(makePost(nr.url, sent))), OK);
		for (const from of ['in', 'one']) {
			const { topic, ups } = await nr.message({ from, port: 0 });
			assert.deepEqual([topic, (ups as { deviceId: string }).deviceId], [sent, sent]);
			assert.equal((await nextEvent(nr, 'online', from)).deviceId, sent);
		}
	});

	it('takes no id with a space that is no number', async () => {
		await nr.deploy([TAB, upsDevice('spaced', { deviceId: 'my ups' }), httpIn('in')]);
		assert.equal((await nr.error('config-invalid')).from, 'ups-spaced');
		assert.equal((await nr.status('ups-spaced')).fill, 'red');
	});

	for (const isFirst of [true, false]) {
		it(`without a key stands for the one that has it, ${isFirst ? 'before' : 'behind'} it in the flow`, async () => {
			const original = upsDevice('U1');
			const both = isFirst ? [copyOf(original), original] : [original, copyOf(original)];
			const copy = { device: 'copy-of-ups-U1' };
			const nodes = [httpIn('in', copy), commandOut('out', { ...copy, command: 'ui.beep' })];
			await nr.deploy([TAB, CATCH, ...both, ...nodes]);
			assert.equal(answerOf(await send(makePost(nr.url, 'U1'))), OK);
			assert.equal((await nr.message({ from: 'in', port: 0 })).topic, 'U1');
			await nr.inject('out');
			assert.deepEqual([(await nextState(nr)).deviceId, nr.untakenErrors()], ['U1', []]);
			await nr.inject('out', { cancel: true });
			assert.equal((await nextState(nr)).state, 'cancelled');
		});
	}

	it('without a key stands for one with the check digit in its id', async () => {
		const sent = '8988228066680569991';
		const original = upsDevice('sim', { deviceId: `${sent}5` });
		const copy = { ...copyOf(original), deviceId: sent };
		await nr.deploy([TAB, copy, original, httpIn('in', { scope: 'one', device: copy.id })]);
		assert.equal(answerOf(await send(makePost(nr.url, sent))), OK);
		assert.equal((await nr.message({ from: 'in', port: 0 })).topic, sent);
	});

	it('without a key, where no other has one or the other is disabled, is an error', async () => {
		for (const more of [[], [{ ...upsDevice('U1'), d: true }]]) {
			await nr.deploy([TAB, copyOf(upsDevice('U1')), ...more, httpIn('in')]);
			assert.equal((await nr.error('ups-bad-key')).from, 'copy-of-ups-U1');
		}
	});

	it('with the id of another and another key is an error', async () => {
		const other = upsDevice('U1', { id: 'other' }, 'ZZZZZZZZZZZZZZZZ');
		await nr.deploy([TAB, upsDevice('U1'), other, httpIn('in')]);
		assert.equal((await nr.error('ups-duplicate-device')).from, 'other');
		assert.equal((await nr.status('other')).fill, 'red');
	});

	it('warns of another with the same key, which warns too, and tells the panel', async () => {
		nr.forget();
		const devices = [upsDevice('A'), upsDevice('B'), upsDevice('C', {}, 'ZZZZZZZZZZZZZZZZ')];
		await nr.deploy([TAB, ...devices, httpIn('in')]);
		const warnings = [await nr.logged(/same key/), await nr.logged(/same key/)];
		assert.deepEqual(
			warnings.map(({ level, from, text }) => [level, from, /Name of [AB]/.exec(text)?.[0]]),
			[
				['warn', 'ups-A', 'Name of B'],
				['warn', 'ups-B', 'Name of A'],
			],
		);
		assert.equal(
			warnings.some(({ text }) => text.includes(KEY)),
			false,
		);
		for (const [id, sameKey] of [
			['ups-A', ['Name of B']],
			['ups-C', []],
		] as const) {
			const answer = await fetch(`${nr.url}/wattpost/ups/sightings?node=${id}`);
			assert.deepEqual(((await answer.json()) as { sameKey: unknown }).sameKey, sameKey);
		}
	});

	it('warns of a key with letters that no UPS shows, and takes it all the same', async () => {
		nr.forget();
		const key = 'ABCD EFGH JKLM NPQR';
		await nr.deploy([TAB, upsDevice('K1', {}, key), httpIn('in')]);
		const { level, from, text } = await nr.logged(/I, L, O and U/);
		assert.deepEqual([level, from, /ABCD/.test(text)], ['warn', 'ups-K1', false]);
		assert.equal(answerOf(await send(makePost(nr.url, 'K1', { key: 'ABCDEFGHJKLMNPQR' }))), OK);
	});

	it('tells once that its UPS has never reported', async () => {
		const flow = [TAB, upsDevice('N1', { offlineAfter: '1' }), httpIn('in')];
		await nr.deploy(flow);
		const { time, ...event } = await nextEvent(nr, 'offline');
		assert.deepEqual([event, typeof time], [{ event: 'offline', never: true, deviceId: 'N1' }, 'number']);
		assert.equal(answerOf(await send(makePost(nr.url, 'N1'))), OK);
		await nextEvent(nr, 'online');
		assert.equal((await nextEvent(nr, 'offline')).never, undefined);
	});
});
