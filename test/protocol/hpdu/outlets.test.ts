import assert from 'node:assert/strict';
import { type Outcome, type OutletState, type WriteWish, write } from '../../../nodes/protocol/hpdu/index.js';
import type { HpduOptions } from '../../devices/hpdu/index.js';
import { coded } from '../errors.js';
import { SimulatedPdu } from './simulated-pdu.js';

const WISH: WriteWish = {
	...{ write: 'registers', register: undefined, value: undefined, payload: undefined },
	...{ saveGroup: undefined, hardwareId: undefined, unitAddress: undefined, unit: 1 },
	onMismatch: 'error',
};

const numbered = (from: number, to: number): number[] =>
	Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** One value for several channels. */
const all = (channels: readonly number[], value: number) =>
	Object.fromEntries(channels.map((channel) => [channel, value]));

describe('switching outlets of a PDU', () => {
	let pdu: SimulatedPdu;
	/** What was told before something failed. */
	let outlets: Readonly<Record<number, OutletState>> | undefined;
	let written: string[];

	function start(options: HpduOptions = {}, settings: Readonly<Record<string, number>> = {}): void {
		pdu = new SimulatedPdu({ bridgedWrites: true, ...options });
		for (const [key, value] of Object.entries(settings)) pdu.device.self.set(key, value);
		outlets = undefined;
		written = [];
	}

	/** Begins a write; what comes of it is waited for later. */
	function begin(payload: unknown, more: Partial<WriteWish> = {}): Promise<Outcome> {
		const wish = { ...WISH, payload, unlock: true, ...more };
		return write(
			pdu.client,
			wish,
			(key) => void written.push(key),
			(states) => {
				outlets = states;
			},
		);
	}

	const writing = (payload: unknown, more: Partial<WriteWish> = {}) => pdu.until(begin(payload, more));

	const posts = (): string[] => pdu.lines.filter((line) => line.startsWith('POST'));

	it('waits until relays that act one after the other have followed', async () => {
		start({}, { stfodl: 800 });
		const { payload, facts } = await writing({ swocst_4: 0, swocst_5: 0, swocst_6: 0 });
		assert.deepEqual(payload, { swocst_4: 0, swocst_5: 0, swocst_6: 0 });
		assert.deepEqual(facts.outlets, { 4: 'off', 5: 'off', 6: 'off' });
		assert.deepEqual([facts.accepted, facts.differences], [true, {}]);
		assert.ok(pdu.time.monotonic() >= 2400 && pdu.time.monotonic() < 4000);
	});

	it('unlocks each outlet right before it is switched', async () => {
		start();
		await writing({ swocst: { 4: 0, 6: 0 }, stdvnm: 'Rack' });
		assert.deepEqual(posts(), [
			...['POST /databus/1/register/swounl_4 swounl_4=1', 'POST /databus/1/register/swocst_4 swocst_4=0'],
			...['POST /databus/1/register/swounl_6 swounl_6=1', 'POST /databus/1/register/swocst_6 swocst_6=0'],
			'POST /databus/1/register/stdvnm stdvnm=Rack',
		]);
	});

	it('unlocks where the message says so, too, and right before, in whatever order it does', async () => {
		start();
		const payload = { swounl: { 4: 1, 6: 1 }, swocst: { 4: 0, 6: 0 } };
		const { facts } = await writing(payload, { unlock: false });
		assert.deepEqual(
			posts().map((line) => line.split(' ')[2]),
			['swounl_4=1', 'swocst_4=0', 'swounl_6=1', 'swocst_6=0'],
		);
		assert.deepEqual(facts.outlets, { 4: 'off', 6: 'off' });
	});

	it('switches 54 outlets in whole blocks, none of which is locked again before its turn', async () => {
		start({ outlets: 54, unlockTime: 2000 });
		const { facts } = await writing({ swocst: all(numbered(1, 54), 0) }, { settle: 30 });
		assert.equal(posts().length, 2 + 2 * 27);
		assert.match(posts()[0] ?? '', /^POST \/databus\/1\/register\/swounl\/27 swounl_1=1&/);
		assert.match(posts()[1] ?? '', /^POST \/databus\/1\/register\/swocst\/27 swocst_1=0&/);
		assert.deepEqual(Object.values(facts.outlets ?? {}), Array(54).fill('off'));
	});

	it('unlocks channel by channel where a PDU takes nothing else', async () => {
		start({ wholeWrites: false });
		await writing({ swocst: all(numbered(1, 27), 0) });
		const [first, second, ...others] = posts().map((line) => line.split(' ')[1]);
		assert.deepEqual([first, second], ['/databus/1/register/swounl/27', '/databus/1/register/swounl']);
		assert.deepEqual(
			others.slice(0, 4),
			['swounl_1', 'swocst_1', 'swounl_2', 'swocst_2'].map((key) => `/databus/1/register/${key}`),
		);
		assert.equal(others.length, 54);
	});

	it('says that an outlet waits for its relay when the time is over, which is no error', async () => {
		start({}, { stfodl: 9000 });
		const { payload, facts } = await writing({ swocst_4: 0, swocst_5: 0 }, { settle: 10 });
		assert.deepEqual(facts.outlets, { 4: 'off', 5: 'pending' });
		assert.deepEqual(payload, { swocst_4: 0, swocst_5: 1 });
		assert.deepEqual([facts.accepted, facts.differences], [true, {}]);
		assert.equal(pdu.time.monotonic(), 10_000);
	});

	it('looks once where nobody wants to wait', async () => {
		start();
		const { facts } = await writing({ swocst_4: 0 }, { settle: 0 });
		assert.deepEqual(facts.outlets, { 4: 'pending' });
		assert.equal(pdu.time.monotonic(), 0);
	});

	it('says that an outlet is locked, once the time is over', async () => {
		start();
		const payload = { swocst_4: 0 };
		const error = coded('hpdu-outlet-locked', { device: 'rack', outlets: '4' });
		await assert.rejects(writing(payload, { unlock: false }), error);
		assert.deepEqual([written, outlets], [['swocst_4'], { 4: 'locked' }]);
		assert.equal(pdu.time.monotonic(), 15_000);
		const { facts } = await writing(payload, { unlock: false, onMismatch: 'pass' });
		assert.deepEqual(facts.outlets, { 4: 'locked' });
		assert.deepEqual([facts.accepted, facts.differences], [false, { swocst_4: { sent: 0, stored: 1 } }]);
	});

	it('says of an outlet that is told something else meanwhile what it does, and not that it is locked', async () => {
		start({}, { stunlo: 1 });
		const off = begin({ swocst_4: 0 });
		const on = begin({ swocst_4: 1 });
		const outcomes = await pdu.until(Promise.all([off, on]));
		for (const { facts } of outcomes) assert.equal(facts.accepted, true);
		assert.ok(pdu.time.monotonic() < 5000);
	});

	describe('a power cycle', () => {
		it('is followed until the outlet is on again', async () => {
			start();
			const { facts } = await writing({ sworeb_4: 1 });
			assert.deepEqual(facts.outlets, { 4: 'on' });
			assert.ok(pdu.time.monotonic() >= 5000);
			assert.deepEqual(posts(), [
				'POST /databus/1/register/swounl_4 swounl_4=1',
				'POST /databus/1/register/sworeb_4 sworeb_4=1',
			]);
		});

		it('that takes longer is pending', async () => {
			start({}, { strebt: 60 });
			assert.deepEqual((await writing({ sworeb_4: 1 })).facts.outlets, { 4: 'pending' });
		});

		it('does not happen at a locked outlet', async () => {
			start();
			await assert.rejects(writing({ sworeb_4: 1 }, { unlock: false }), coded('hpdu-outlet-locked'));
			assert.deepEqual(outlets, { 4: 'locked' });
		});

		it('does not happen at an outlet that is off', async () => {
			start();
			await writing({ swocst_4: 0 });
			await assert.rejects(writing({ sworeb_4: 1 }), coded('hpdu-outlet-locked', { outlets: '4' }));
			assert.deepEqual(outlets, { 4: 'off' });
			const { facts } = await writing({ sworeb_4: 1 }, { onMismatch: 'pass' });
			assert.deepEqual([facts.accepted, facts.outlets], [false, { 4: 'off' }]);
		});
	});

	it('is forbidden over the web API, and the error knows that it is about outlets', async () => {
		start();
		for (const payload of [{ swocst_4: 0 }, { sworeb_4: 1 }, { stunlo: 1 }]) {
			const error = coded('hpdu-forbidden', { context: 'outlets' });
			await assert.rejects(writing(payload, { unit: 0, unlock: false }), error);
		}
		await assert.rejects(
			writing({ swocst_4: 0 }, { unit: 0 }),
			coded('hpdu-forbidden', { context: 'outlets' }),
		);
		await assert.rejects(writing({ imcrac_1: 0 }, { unit: 0 }), ({ params }) => params.context === undefined);
	});

	it('goes on where a PDU has no register of what is scheduled', async () => {
		start({ lacks: ['swosch'] });
		assert.deepEqual((await writing({ swocst_4: 0 })).facts.outlets, { 4: 'off' });
	});

	it('ends at once when the client is closed', async () => {
		start();
		const job = begin({ swocst_4: 0 }, { unlock: false });
		void pdu.time.advance(3000).then(() => pdu.client.close());
		await assert.rejects(pdu.until(job), coded('hpdu-unreachable'));
	});

	for (const [payload, more] of [
		[{ swocst_4: 2 }, {}],
		[{ swocst_4: 0 }, { unlock: 'perhaps' }],
		[{ swocst_55: 0 }, {}],
	] as const) {
		it(`sends nothing for ${JSON.stringify([payload, more])}`, async () => {
			start();
			await assert.rejects(writing(payload, more), coded('hpdu-bad-argument'));
			assert.deepEqual(pdu.lines, []);
		});
	}
});
