import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { identify, type Outcome, type ReadWish, read } from '../../../nodes/protocol/hpdu/index.js';
import { coded } from '../errors.js';
import { form, type Says, type Script, ScriptedPdu, status } from './scripted-pdu.js';

const WISH: ReadWish = {
	...{ read: 'registers', registers: undefined, group: undefined },
	...{ unit: undefined, format: 'values' },
};

describe('hpdu reading', () => {
	let pdu: ScriptedPdu;

	async function reading(script: Script, wish: Partial<ReadWish>): Promise<Outcome> {
		pdu = new ScriptedPdu(script);
		return read(pdu.client(), { ...WISH, ...wish });
	}

	const of = async (script: Script, wish: Partial<ReadWish>) => (await reading(script, wish)).payload;

	describe('registers', () => {
		it('gives a value, and tells what it is', async () => {
			assert.deepEqual(
				await reading({ 'GET /register/stdvnm': 'stdvnm=SP_Rack_5' }, { registers: 'stdvnm' }),
				{
					payload: { stdvnm: 'SP_Rack_5' },
					unit: 0,
					requests: ['GET /register/stdvnm'],
					facts: {
						registers: { stdvnm: { name: 'deviceName', unit: '', type: 'ascii' } },
						extra: {},
						missing: [],
					},
				},
			);
		});

		it('gives channels by number, with gaps', async () => {
			const script = { 'GET /register/imcrac': 'imcrac_1=0.51&imcrac_3=0.33' };
			assert.deepEqual(await of(script, { registers: 'imcrac' }), { imcrac: { 1: 0.51, 3: 0.33 } });
			const flat = await of(script, { registers: ['imcrac'], format: 'flat' });
			assert.deepEqual(flat, { imcrac_1: 0.51, imcrac_3: 0.33 });
			assert.deepEqual(await of(script, { registers: 'imcrac', format: 'value' }), { 1: 0.51, 3: 0.33 });
		});

		it('asks for several one after the other, in their order', async () => {
			const script = {
				'GET /register/stdvnm': 'stdvnm=Rack',
				'GET /register/stolnm_30': 'stolnm_30=Router',
				'GET /register/ssstat': 'ssstat=3',
			};
			const { payload, requests } = await reading(script, { registers: 'stdvnm,stolnm_30 ssstat' });
			assert.deepEqual(payload, { stdvnm: 'Rack', stolnm: { 30: 'Router' }, ssstat: 3 });
			assert.deepEqual(requests, Object.keys(script));
			assert.deepEqual(pdu.signed, requests);
		});

		it('understands channels that all come under the bare mnemonic', async () => {
			const script = { 'GET /register/stolnm_1': 'stolnm=a', 'GET /register/stolnm_2': 'stolnm=b' };
			assert.deepEqual(await of(script, { registers: 'stolnm_1 stolnm_2' }), { stolnm: { 1: 'a', 2: 'b' } });
		});

		it('puts what was not asked for aside, and names what is no number', async () => {
			const script = { 'GET /register/imcrac': 'imcrac_1=1,5&ssstat=0&curr_page=2&result=OK' };
			const { payload, facts } = await reading(script, { registers: 'imcrac' });
			assert.deepEqual(payload, { imcrac: { 1: '1,5' } });
			assert.deepEqual(facts.extra, { ssstat: 0, curr_page: '2' });
			assert.deepEqual(facts.unparsed, ['imcrac_1']);
		});

		it('asks for a register that no table knows', async () => {
			assert.deepEqual(await of({ 'GET /register/newreg': 'newreg=07' }, { registers: 'newreg' }), {
				newreg: '07',
			});
		});

		it('reaches units behind the databus', async () => {
			for (const unit of [27, '27', ' 65535 ']) {
				const path = `/databus/${String(unit).trim()}/register/stdvnm`;
				const outcome = await reading({ [`GET ${path}`]: 'stdvnm=Rack' }, { registers: 'stdvnm', unit });
				assert.deepEqual([outcome.payload, outcome.unit], [{ stdvnm: 'Rack' }, Number(unit)]);
			}
			for (const unit of [0, '0', '', null]) {
				await of({ 'GET /register/stdvnm': 'stdvnm=Rack' }, { registers: 'stdvnm', unit });
			}
		});

		const ABSENT: readonly [registers: string, body: string][] = [
			['stdvnm', 'other=1'],
			['stolnm_30', 'stolnm_3=a'],
			['imcrac', 'imcracs_1=1'],
			['imcrac', 'imcrac_x=1&imcrac_0=1'],
			['stdvnm', 'result=OK'],
		];
		for (const [registers, body] of ABSENT) {
			it(`misses ${registers} in ${body}`, async () => {
				const script = { [`GET /register/${registers}`]: body };
				const params = { device: 'rack', request: `GET /register/${registers}` };
				await assert.rejects(of(script, { registers }), coded('hpdu-bad-response', params));
			});
		}

		it('tells which of several it misses, and asks no further', async () => {
			const script = { 'GET /register/stdvnm': 'other=1', 'GET /register/ssstat': 'ssstat=3' };
			const params = { request: 'GET /register/stdvnm', reason: 'stdvnm is missing' };
			await assert.rejects(of(script, { registers: 'stdvnm ssstat' }), coded('hpdu-bad-response', params));
			assert.deepEqual(pdu.signed, ['GET /register/stdvnm']);
		});

		it('leaves out those that the PDU does not know, and names them', async () => {
			const script = { 'GET /register/stdvnm': 'stdvnm=a', 'GET /register/imcrac': 'imcrac_1=1' };
			const { payload, facts } = await reading(script, { registers: 'stdvnm exolnm stolnm_30 imcrac' });
			assert.deepEqual(payload, { stdvnm: 'a', imcrac: { 1: 1 } });
			assert.deepEqual(facts.missing, ['exolnm', 'stolnm_30']);
		});

		it('is an error where the PDU knows none of them', async () => {
			const error = coded('hpdu-not-found', { request: 'GET /register/stolnm_30' });
			await assert.rejects(of({}, { registers: 'stolnm_30 newreg' }), error);
			assert.deepEqual(pdu.signed, ['GET /register/stolnm_30', 'GET /register/newreg']);
		});

		it('sends one request for a register and channels of it', async () => {
			const script = { 'GET /register/stolnm': 'stolnm_1=a&stolnm_2=b&stolnm_3=c' };
			assert.deepEqual(await of(script, { registers: 'stolnm_1, stolnm_2 stolnm' }), {
				stolnm: { 1: 'a', 2: 'b', 3: 'c' },
			});
			assert.deepEqual(pdu.signed, ['GET /register/stolnm']);
		});

		it('ends with the first that fails', async () => {
			const script = { 'GET /register/stdvnm': status(403), 'GET /register/ssstat': 'ssstat=3' };
			await assert.rejects(of(script, { registers: 'stdvnm ssstat' }), coded('hpdu-forbidden'));
			assert.deepEqual(pdu.signed, ['GET /register/stdvnm']);
		});

		const SECRETS = ['iarc4k', 'sncmpb', 'sncmpr', 'sncmtr'];
		for (const mnemonic of SECRETS) {
			it(`keeps ${mnemonic} to itself`, async () => {
				const says = {
					[`GET /register/${mnemonic}`]: `${mnemonic}=foobarfizz&iarc4k=foobar&password=foobar`,
				};
				for (const format of ['values', 'flat', 'value'] as const) {
					const outcome = await reading(says, { registers: mnemonic, format });
					assert.ok(!inspect(outcome, { depth: 9 }).includes('foobar'));
				}
			});
		}
	});

	describe('a register of several channels', () => {
		const COUNTED = { 'GET /register/imcrac/3': 'imcrac_1=1&imcrac_2=2&imcrac_3=3' };

		it('is asked for with their number where the bare form is not found, and from then on', async () => {
			pdu = new ScriptedPdu(COUNTED);
			const client = pdu.client();
			const wish = { ...WISH, registers: 'imcrac' };
			const first = await read(client, wish);
			assert.deepEqual(first.payload, { imcrac: { 1: 1, 2: 2, 3: 3 } });
			assert.deepEqual(first.requests, ['GET /register/imcrac', 'GET /register/imcrac/3']);
			assert.deepEqual((await read(client, wish)).requests, ['GET /register/imcrac/3']);
			pdu.script = { 'GET /register/imcrac': 'imcrac_1=4' };
			const bare = ['GET /register/imcrac/3', 'GET /register/imcrac'];
			assert.deepEqual((await read(client, wish)).requests, bare);
			assert.deepEqual((await read(client, wish)).requests, ['GET /register/imcrac']);
		});

		it('is asked for with their number where the bare form is not understood', async () => {
			const script = { 'GET /register/imcrac': status(400), ...COUNTED };
			assert.deepEqual(await of(script, { registers: 'imcrac' }), { imcrac: { 1: 1, 2: 2, 3: 3 } });
		});

		it('is asked for with the number of unextended ones', async () => {
			const script = { 'GET /register/stolnm/27': 'stolnm_54=a' };
			assert.deepEqual(await of(script, { registers: 'stolnm' }), { stolnm: { 54: 'a' } });
		});

		it('is not there when neither form is found, and nothing is learned from it', async () => {
			pdu = new ScriptedPdu();
			const client = pdu.client();
			for (let turn = 0; turn < 2; turn++) {
				const error = coded('hpdu-not-found', { request: 'GET /register/imcrac/3' });
				await assert.rejects(read(client, { ...WISH, registers: 'imcrac' }), error);
			}
			const both = ['GET /register/imcrac', 'GET /register/imcrac/3'];
			assert.deepEqual(pdu.signed, [...both, ...both]);
		});

		it('has only one form for one channel, as has a register of one value', async () => {
			for (const registers of ['stolnm_30', 'stdvnm', 'newreg']) {
				await assert.rejects(of({}, { registers }), coded('hpdu-not-found'));
				assert.deepEqual(pdu.signed, [`GET /register/${registers}`]);
			}
		});

		it('is not asked for twice when it is forbidden', async () => {
			await assert.rejects(
				of({ 'GET /register/imcrac': status(403), ...COUNTED }, { registers: 'imcrac' }),
				coded('hpdu-forbidden'),
			);
			assert.equal(pdu.signed.length, 1);
		});
	});

	describe('groups', () => {
		it('come as they are', async () => {
			const script = { 'GET /group/identification': 'idfwvs=251&idchip_1=42534&idchip_2=6129&idchip_3=0' };
			const outcome = await reading(script, { read: 'group', group: 'identification' });
			assert.deepEqual(outcome.payload, { idfwvs: 251, idchip: { 1: 42534, 2: 6129, 3: 0 } });
			assert.deepEqual(outcome.requests, ['GET /group/identification']);
		});

		it('come of units, flat where that is wanted, and without secrets', async () => {
			const script = { 'GET /databus/27/group/all': 'imcrac_1=0.5&iarc4k=foobarfizzzbuzzz' };
			const outcome = await reading(script, { read: 'group', group: 'all', unit: 27, format: 'flat' });
			assert.deepEqual(outcome.payload, { imcrac_1: 0.5 });
			assert.ok(!inspect(outcome, { depth: 9 }).includes('foobar'));
		});

		it('fail where the answer is partial or empty', async () => {
			const wish = { read: 'group', group: 'all' } as const;
			const partial = { 'GET /group/all': 'idfwvs=251&result=ERR_PARTIAL' };
			await assert.rejects(of(partial, wish), coded('hpdu-partial'));
			await assert.rejects(of({ 'GET /group/all': '' }, wish), coded('hpdu-bad-response'));
		});
	});

	describe('rights', () => {
		for (const kind of ['readable', 'writable'] as const) {
			it(`are what is ${kind}, sorted`, async () => {
				const script = { [`GET /${kind}`]: 'stdvnm=true&idaddr=true&ssstat=false&result=OK&a%2Fb=true' };
				const outcome = await reading(script, { read: kind });
				assert.deepEqual(outcome.payload, ['idaddr', 'stdvnm']);
				assert.deepEqual(outcome.requests, [`GET /${kind}`]);
			});

			it(`are those of a unit, when it is ${kind} there`, async () => {
				const script = { [`GET /databus/3/${kind}`]: 'stdvnm=true' };
				assert.deepEqual(await of(script, { read: kind, unit: 3 }), ['stdvnm']);
			});
		}

		it('may be none at all', async () => {
			for (const none of [form(''), status(200)]) {
				assert.deepEqual(await of({ 'GET /writable': none }, { read: 'writable' }), []);
			}
		});

		it('are not what a proxy says', async () => {
			const html: Says = { ...form('<html>'), mediaType: 'text/html' };
			await assert.rejects(of({ 'GET /writable': html }, { read: 'writable' }), coded('hpdu-bad-response'));
		});
	});

	describe('bad arguments', () => {
		const BAD: readonly [argument: string, wish: Partial<ReadWish>][] = [
			['unit', { registers: 'stdvnm', unit: 70_000 }],
			['unit', { registers: 'stdvnm', unit: -1 }],
			['unit', { registers: 'stdvnm', unit: '1.5' }],
			['unit', { registers: 'stdvnm', unit: '1/../2' }],
			['unit', { registers: 'stdvnm', unit: {} }],
			['registers', { registers: '' }],
			['registers', { registers: [] }],
			['registers', { registers: [7] }],
			['registers', { registers: 'stdvnm ssstat', format: 'value' }],
			['../group', { registers: '../group' }],
			['stolnm_55', { registers: 'stolnm_55' }],
			['stdvnm_2', { registers: 'stdvnm_2' }],
			['stolnm_0', { registers: 'stolnm_0' }],
			['group', { read: 'group', group: '' }],
			['group', { read: 'group', group: 'a/b' }],
			['group', { read: 'group', group: '..' }],
		];
		for (const [argument, wish] of BAD) {
			it(`are told, and nothing is sent, for ${inspect(wish)}`, async () => {
				await assert.rejects(of({}, wish), coded('hpdu-bad-argument', { argument }));
				assert.deepEqual(pdu.lines, []);
			});
		}
	});

	describe('of who a PDU is', () => {
		const SCRIPT = {
			'GET /register/stdvnm': 'stdvnm=SP_Rack_5',
			'GET /register/idfwvs': 'idfwvs=250',
			'GET /register/idsnbr': 'idsnbr=SPNL0001',
			'GET /readable': 'stdvnm=true&idfwvs=true',
			'GET /writable': '',
		};

		it('tells name, firmware, serial number and how much its user may', async () => {
			assert.deepEqual(await identify(new ScriptedPdu(SCRIPT).client()), {
				...{ name: 'SP_Rack_5', firmware: '2.50', serial: 'SPNL0001', readable: 2, writable: 0 },
			});
		});

		it('finds out a wrong password', async () => {
			pdu = new ScriptedPdu(SCRIPT);
			await assert.rejects(identify(pdu.client({ password: 'other' })), coded('hpdu-unauthorized'));
		});
	});
});
