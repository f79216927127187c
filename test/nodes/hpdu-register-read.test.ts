import assert from 'node:assert/strict';
import { FAULTS, HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, askedOf, env, pduDevice, registerRead, spoil } from './hpdu-kit.js';
import { complete, TAB } from './kit.js';

/** So many channels, each with what it is. */
const channels = (count: number, of: (channel: number) => unknown): Record<string, unknown> =>
	Object.fromEntries(Array.from({ length: count }, (_, n) => [n + 1, of(n + 1)]));

describe('hpdu-register-read', () => {
	let nr: HelperFlow;
	/** 27 outlets, and two units behind it. */
	let pdu: HpduServer;
	/** 54 outlets; it takes registers with several channels in the `/n` form alone. */
	let large: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({ units: [{ address: 27, name: 'SP_Rack_6', outlets: 54 }] });
		large = await HpduServer.start({ outlets: 54, repeatedForm: 'n-only' });
		nr = await startFlow({
			env: { PDU_HOST: '127.0.0.1', PDU_UNIT: '27', PDU_REGISTERS: 'stdvnm', PDU_GROUP: 'virtual' },
			flows: [
				...[
					TAB,
					pduDevice('pdu', pdu, { host: env('PDU_HOST') }),
					pduDevice('large', large, { name: 'Large' }),
				],
				...[registerRead('blank'), registerRead('blank-group', { read: 'group' })],
				...['values', 'flat', 'value'].map((format) => registerRead(format, { format })),
				registerRead('flat-group', { read: 'group', format: 'flat' }),
				registerRead('of-large', { device: 'large' }),
				registerRead('filled', { registers: 'ssstat', unit: '27' }),
				registerRead('filled-group', { read: 'group', group: 'virtual', unit: '27' }),
				registerRead('env', { registers: env('PDU_REGISTERS'), unit: env('PDU_UNIT') }),
				registerRead('env-group', { read: 'group', group: env('PDU_GROUP') }),
				complete('blank'),
			],
		});
	});
	after(async () => {
		await nr.stop();
		await Promise.all([pdu.close(), large.close()]);
	});
	afterEach(() => {
		nr.forget();
		for (const { faults } of [pdu, large]) faults.clear();
	});

	const payloadOf = async (node: string, msg: object): Promise<unknown> =>
		(await ask(nr, node, { ...msg })).payload;

	describe('formats', () => {
		beforeEach(() => {
			for (const [n, amps] of ['0.51', '0.42', '0.33'].entries())
				pdu.device.self.set(`imcrac_${n + 1}`, amps);
		});

		it('values: channels by number', async () => {
			assert.deepEqual(await payloadOf('values', { registers: 'stdvnm imcrac' }), {
				stdvnm: 'SP_Rack_1',
				imcrac: { 1: 0.51, 2: 0.42, 3: 0.33 },
			});
			assert.deepEqual(await payloadOf('values', { registers: 'imcrac_3,stolnm_2,imcrac_1' }), {
				imcrac: { 1: 0.51, 3: 0.33 },
				stolnm: { 2: 'Outlet2' },
			});
		});

		it('flat: a name for each channel', async () => {
			assert.deepEqual(await payloadOf('flat', { registers: 'stdvnm imcrac stolnm_2' }), {
				...{ stdvnm: 'SP_Rack_1', imcrac_1: 0.51, imcrac_2: 0.42, imcrac_3: 0.33, stolnm_2: 'Outlet2' },
			});
			const group = await payloadOf('flat-group', { group: 'input_measures' });
			const { imcrac_3, imname_1 } = group as Record<string, unknown>;
			assert.deepEqual([imcrac_3, imname_1], [0.33, 'Input phase 1']);
		});

		it('value: that of one register, or of one channel', async () => {
			assert.equal(await payloadOf('value', { registers: 'stdvnm' }), 'SP_Rack_1');
			assert.equal(await payloadOf('value', { registers: 'imcrac_2' }), 0.42);
			assert.deepEqual(await payloadOf('value', { registers: 'imcrac' }), { 1: 0.51, 2: 0.42, 3: 0.33 });
		});
	});

	describe('channels', () => {
		it('keep their numbers where one is missing', async () => {
			spoil(pdu, FAULTS.gaps());
			const { payload } = await ask(nr, 'values', { registers: 'stinnm' });
			assert.deepEqual(payload, { stinnm: { 1: 'L1', 3: 'L3' } });
		});

		it('are 27, or 54 of a PDU that has more outlets, behind the databus too', async () => {
			const names = (count: number) => ({ stolnm: channels(count, (n) => `Outlet${n}`) });
			assert.deepEqual(await payloadOf('values', { registers: 'stolnm' }), names(27));
			assert.deepEqual(await payloadOf('values', { registers: 'stolnm', unit: 27 }), names(54));
			assert.deepEqual(await payloadOf('of-large', { registers: 'stolnm' }), names(54));
			assert.deepEqual(await payloadOf('of-large', { registers: 'stolnm_54' }), {
				stolnm: { 54: 'Outlet54' },
			});
		});

		it('are asked for by the bare mnemonic, and in the other form where that is not known', async () => {
			const before = large.requests.length;
			const { hpdu } = await ask(nr, 'of-large', { registers: 'imcrac swocst stolnm_2' });
			assert.deepEqual(hpdu.requests, [
				...['GET /register/imcrac', 'GET /register/imcrac/3', 'GET /register/swocst'],
				...['GET /register/swocst/27', 'GET /register/stolnm_2'],
			]);
			assert.deepEqual(askedOf(large, before), hpdu.requests);
			// Which form it takes is found out once.
			const { hpdu: next } = await ask(nr, 'of-large', { registers: 'imcrac swocst' });
			assert.deepEqual(next.requests, ['GET /register/imcrac/3', 'GET /register/swocst/27']);
		});
	});

	describe('what a message may say where a field is blank', () => {
		it('registers as text or as a list, or the topic', async () => {
			const expected = { stdvnm: 'SP_Rack_1', stolnm: { 3: 'Outlet3' } };
			for (const msg of [
				{ registers: 'stdvnm stolnm_3' },
				{ registers: ' stdvnm,\n stolnm_3, ' },
				{ registers: ['stdvnm', 'stolnm_3'] },
				{ registers: ['stdvnm', 'stolnm_3', 'stdvnm'], topic: 'ssstat' },
				{ topic: 'stdvnm stolnm_3' },
			]) {
				assert.deepEqual(await payloadOf('blank', msg), expected);
			}
		});

		it('group and unit; a unit of 0 is the PDU itself', async () => {
			const name = async (unit: unknown) => (await ask(nr, 'blank', { topic: 'stdvnm', unit })).hpdu.unit;
			assert.deepEqual([await name(27), await name('27'), await name(0), await name('')], [27, 27, 0, 0]);
			const { hpdu } = await ask(nr, 'blank-group', { group: 'ext_outlet_names', unit: '27' });
			assert.deepEqual(hpdu.requests, ['GET /databus/27/group/ext_outlet_names']);
		});

		it('but what is filled in counts', async () => {
			const other = { registers: 'stdvnm', topic: 'stdvlc', group: 'http', unit: 0 };
			assert.deepEqual((await ask(nr, 'filled', other)).hpdu.requests, ['GET /databus/27/register/ssstat']);
			const { hpdu } = await ask(nr, 'filled-group', other);
			assert.deepEqual(hpdu.requests, ['GET /databus/27/group/virtual']);
		});

		it('an environment variable may stand in a field', async () => {
			assert.deepEqual((await ask(nr, 'env')).payload, { stdvnm: 'SP_Rack_6' });
			assert.deepEqual((await ask(nr, 'env-group')).hpdu.requests, ['GET /group/virtual']);
		});
	});

	describe('msg.hpdu', () => {
		it('names the PDU, or where it has no name gives its id', async () => {
			assert.equal((await ask(nr, 'blank', { topic: 'ssstat' })).hpdu.device, 'pdu');
			assert.equal((await ask(nr, 'of-large', { topic: 'ssstat' })).hpdu.device, 'Large');
		});

		it('holds what came without being asked for, and names what is no number', async () => {
			spoil(pdu, FAULTS.extraKeys('stdvlc=Row+4&imcrac_2=0.42&curr_page=3&foo_bar=baz&stfodl=soon'));
			const { payload, hpdu } = await ask(nr, 'values', { registers: 'stdvnm' });
			assert.deepEqual(payload, { stdvnm: 'SP_Rack_1' });
			const others = { curr_page: '3', foo_bar: 'baz', stfodl: 'soon' };
			assert.deepEqual(hpdu.extra, { stdvlc: 'Row 4', imcrac_2: 0.42, ...others });
			assert.deepEqual(hpdu.unparsed, ['stfodl']);
			spoil(pdu, FAULTS.firstValue('1,5'));
			const odd = await ask(nr, 'values', { registers: 'imcrac' });
			const { imcrac } = odd.payload as { imcrac: Record<string, unknown> };
			assert.deepEqual([imcrac[1], typeof imcrac[2], odd.hpdu.unparsed], ['1,5', 'number', ['imcrac_1']]);
		});

		it('tells units as the table has them', async () => {
			const registers = 'viwatt vivamp imkwht impfac pditem imvoac stfodl strebt';
			const { hpdu } = await ask(nr, 'values', { registers });
			const units = Object.values(hpdu.registers ?? {}).map(({ unit }) => unit);
			assert.deepEqual(units, ['kW', 'kVA', 'kWh', '%', 'degC', 'V', 'ms', 's']);
		});
	});

	it('reads text that is Latin-1, has control characters, or stands twice', async () => {
		for (const [fault, expected] of [
			[FAULTS.latin1(), 'Café'] as const,
			[FAULTS.latin1Escaped(), 'Café'] as const,
			[FAULTS.controls(), 'abcd'] as const,
			[FAULTS.duplicateKeys(), 'SP_Rack_1'] as const,
			[FAULTS.firstValue(''), ''] as const,
			[FAULTS.mediaType('TEXT/Plain; Charset=utf-8'), 'SP_Rack_1'] as const,
			[FAULTS.counted(), 'SP_Rack_1'] as const,
		]) {
			spoil(pdu, fault);
			assert.equal(await payloadOf('value', { registers: 'stdvnm' }), expected);
		}
	});

	it('extends the message, which is then done once', async () => {
		const msg = {
			_msgid: 'the message',
			topic: 'ssstat',
			payload: 7,
			more: { of: ['it'] },
			req: { url: '/x' },
		};
		const sent = await ask(nr, 'blank', msg);
		const { hpdu, ...rest } = sent;
		assert.deepEqual(rest, { ...msg, payload: { ssstat: 0 } });
		assert.deepEqual(Object.keys(hpdu), [
			'device',
			'unit',
			'requests',
			'registers',
			'extra',
			'missing',
			'elapsed',
		]);
		assert.equal((await nr.message({ from: 'finished' }))._msgid, 'the message');
		await nr.sync();
		assert.deepEqual(nr.untakenMessages(), []);
	});

	it('reads every register at once, but for the four that are secret', async () => {
		const { payload, hpdu } = await ask(nr, 'blank-group', { group: 'all' });
		const names = Object.keys(payload as object);
		assert.deepEqual([hpdu.requests, names.length, hpdu.unparsed], [['GET /group/all'], 150, undefined]);
		assert.deepEqual(Object.keys(hpdu.registers ?? {}), names);
	});
});
