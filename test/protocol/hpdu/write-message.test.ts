import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ErrorCode } from '../../../nodes/protocol/common/errors.js';
import { type Outcome, type WriteWish, write } from '../../../nodes/protocol/hpdu/index.js';
import { TransportError } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { form, type Says, type Script, ScriptedPdu, status } from './scripted-pdu.js';

const WISH: WriteWish = {
	...{ write: 'registers', register: undefined, value: undefined, payload: undefined },
	...{ saveGroup: undefined, hardwareId: undefined, unitAddress: undefined, unit: undefined },
	onMismatch: 'error',
};
/** The PDU stores what it is sent. */
const echo: Says = ({ body = '' }) => body;

const numbered = (from: number, to: number): number[] =>
	Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('hpdu writing', () => {
	let pdu: ScriptedPdu;
	let written: string[];

	async function writing(script: Script, wish: Partial<WriteWish>): Promise<Outcome> {
		pdu = new ScriptedPdu(script);
		written = [];
		return write(pdu.client(), { ...WISH, ...wish }, (key) => void written.push(key));
	}

	describe('registers', () => {
		it('sends one, and tells what the PDU now holds', async () => {
			const wish = { register: 'stdvnm', value: 'SP_Rack_5' };
			assert.deepEqual(await writing({ 'POST /register/stdvnm': echo }, wish), {
				payload: { stdvnm: 'SP_Rack_5' },
				unit: 0,
				requests: ['POST /register/stdvnm'],
				facts: { written: ['stdvnm'], accepted: true, differences: {}, result: 'OK', extra: {} },
			});
			assert.deepEqual(pdu.signed, ['POST /register/stdvnm stdvnm=SP_Rack_5']);
			assert.deepEqual(written, ['stdvnm']);
		});

		it('sends several, each alone and in their order, to the unit that is meant', async () => {
			const script = {
				'POST /databus/27/register/stdvnm': echo,
				'POST /databus/27/register/stinnm_2': echo,
				'POST /databus/27/register/stpsav': echo,
			};
			const payload = { stpsav: 60, stdvnm: 'a b', stinnm_2: 'L2' };
			const outcome = await writing(script, { payload, unit: '27' });
			assert.deepEqual([outcome.payload, outcome.unit], [payload, 27]);
			assert.deepEqual(pdu.signed, [
				'POST /databus/27/register/stpsav stpsav=60',
				'POST /databus/27/register/stdvnm stdvnm=a+b',
				'POST /databus/27/register/stinnm_2 stinnm_2=L2',
			]);
		});

		it('sends all channels of a register together, by their number as the vendor does it', async () => {
			const outcome = await writing(
				{ 'POST /register/stinnm/3': echo },
				{ register: 'stinnm', value: ['L1', 'L2', 'L3'] },
			);
			assert.deepEqual(outcome.payload, { stinnm: { 1: 'L1', 2: 'L2', 3: 'L3' } });
			assert.deepEqual(pdu.signed, ['POST /register/stinnm/3 stinnm_1=L1&stinnm_2=L2&stinnm_3=L3']);
		});

		it('sends some channels of a register each alone, and touches no other', async () => {
			const script = { 'POST /register/stinnm_1': echo, 'POST /register/stinnm_3': echo };
			const outcome = await writing(script, { payload: { stinnm: { 1: 'L1', 3: 'L3' } } });
			assert.deepEqual(outcome.payload, { stinnm: { 1: 'L1', 3: 'L3' } });
			assert.deepEqual(pdu.signed, [
				'POST /register/stinnm_1 stinnm_1=L1',
				'POST /register/stinnm_3 stinnm_3=L3',
			]);
		});

		it('sends the extended channels of a register each alone', async () => {
			const base = numbered(1, 27);
			const extended = numbered(28, 54);
			const script = Object.fromEntries([
				['POST /register/stolnm/27', echo],
				...extended.map((n) => [`POST /register/stolnm_${n}`, echo]),
			]);
			const stolnm = Object.fromEntries([...base, ...extended].map((n) => [n, 'x']));
			assert.deepEqual((await writing(script, { payload: { stolnm } })).payload, { stolnm });
			assert.deepEqual(pdu.signed, [
				`POST /register/stolnm/27 ${base.map((n) => `stolnm_${n}=x`).join('&')}`,
				...extended.map((n) => `POST /register/stolnm_${n} stolnm_${n}=x`),
			]);
		});

		it('understands channels that are all echoed under the bare mnemonic', async () => {
			const bare: Says = ({ body = '' }) => body.replace(/_\d/, '');
			const script = { 'POST /register/stinnm_1': bare, 'POST /register/stinnm_3': bare };
			const outcome = await writing(script, { payload: { stinnm_1: 'L1', stinnm_3: 'L3' } });
			assert.deepEqual(outcome.payload, { stinnm_1: 'L1', stinnm_3: 'L3' });
		});

		const SINGLY = { 'POST /register/stinnm_1': echo, 'POST /register/stinnm_2': echo };
		for (const code of [400, 404, 405]) {
			it(`sends channels in the next form after ${code}: nothing was written then`, async () => {
				const unknown = {
					'POST /register/stinnm/3': status(code),
					'POST /register/stinnm': status(code),
				};
				const whole = ['POST /register/stinnm/3', 'POST /register/stinnm'];
				const wish = { register: 'stinnm', value: ['a', 'b', 'c'] };
				const bare = await writing({ ...unknown, 'POST /register/stinnm': echo }, wish);
				assert.deepEqual([bare.requests, written], [whole, ['stinnm_1', 'stinnm_2', 'stinnm_3']]);
				const script = { ...unknown, ...SINGLY, 'POST /register/stinnm_3': echo };
				const { requests } = await writing(script, wish);
				const singly = [1, 2, 3].map((n) => `POST /register/stinnm_${n}`);
				assert.deepEqual(requests, [...whole, ...singly]);
			});
		}

		it('remembers in which form a PDU takes all channels', async () => {
			pdu = new ScriptedPdu({ ...SINGLY, 'POST /register/stinnm_3': echo });
			const client = pdu.client();
			const wish = { ...WISH, register: 'stinnm', value: ['a', 'b', 'c'] };
			assert.equal((await write(client, wish, () => undefined)).requests.length, 5);
			assert.equal((await write(client, wish, () => undefined)).requests.length, 3);
		});

		for (const failure of [status(403), status(500), new TransportError('timeout', '5000')]) {
			it(`sends channels in no other form after ${inspect(failure).slice(0, 40)}`, async () => {
				const script = { 'POST /register/stinnm/3': failure, 'POST /register/stinnm': echo, ...SINGLY };
				await assert.rejects(writing(script, { register: 'stinnm', value: ['a', 'b', 'c'] }));
				assert.deepEqual([pdu.signed.length, written], [1, []]);
			});
		}

		it('tells the whole characters of a text that the PDU has cut', async () => {
			const script = { 'POST /register/newreg': 'newreg=K%C3%BCche+%C3' };
			const wish = { register: 'newreg', value: 'Küche ä', onMismatch: 'pass' as const };
			const { payload, facts } = await writing(script, wish);
			assert.deepEqual(payload, { newreg: 'Küche ' });
			assert.deepEqual(facts.differences, { newreg: { sent: 'Küche ä', stored: 'Küche ' } });
		});

		it('tells what else changed', async () => {
			const script = { 'POST /register/stdvnm': 'stdvnm=Rack&ssstat=3&iarc4k=foobarfizzzbuzzz' };
			const { facts } = await writing(script, { register: 'stdvnm', value: 'Rack' });
			assert.deepEqual(facts.extra, { ssstat: 3 });
		});

		const FAILURES: readonly [says: Says, code: ErrorCode][] = [
			[status(403), 'hpdu-forbidden'],
			[status(422), 'hpdu-rejected'],
			['stdvnm=b&result=ERR_PARTIAL', 'hpdu-partial'],
			['other=1', 'hpdu-bad-response'],
			[new TransportError('unreachable', 'ECONNRESET'), 'hpdu-unreachable'],
			[new TransportError('timeout', '5000'), 'hpdu-timeout'],
		];
		for (const [says, code] of FAILURES) {
			it(`ends with ${code} in the middle, tells what was written, and sends nothing twice`, async () => {
				const script = { 'POST /register/stinnm_1': echo, 'POST /register/stdvnm': says };
				const payload = { stinnm_1: 'a', stdvnm: 'b', stpsav: 60 };
				await assert.rejects(writing({ ...script, 'POST /register/stpsav': echo }, { payload }), coded(code));
				const [first, second] = ['POST /register/stinnm_1 stinnm_1=a', 'POST /register/stdvnm stdvnm=b'];
				const isSilent = says === 'other=1';
				assert.deepEqual(pdu.signed.slice(0, 2), [first, second]);
				assert.deepEqual(written, isSilent ? ['stinnm_1', 'stdvnm', 'stpsav'] : ['stinnm_1']);
				assert.equal(pdu.signed.length, isSilent ? 3 : 2);
			});
		}
	});

	describe('what is stored otherwise', () => {
		const CUT = { 'POST /register/stdvnm': 'stdvnm=SP_Rack', 'POST /register/stpsav': 'stpsav=60' };
		const payload = { stdvnm: 'SP_Rack_5', stpsav: 60 };

		it('is an error with both values, after everything was written', async () => {
			const differences = 'stdvnm "SP_Rack_5" > "SP_Rack"';
			const error = coded('hpdu-mismatch', { device: 'rack', differences });
			await assert.rejects(writing(CUT, { payload }), error);
			assert.deepEqual(written, ['stdvnm', 'stpsav']);
		});

		it('is told where it may pass', async () => {
			const outcome = await writing(CUT, { payload, onMismatch: 'pass' });
			assert.deepEqual(outcome.payload, { stdvnm: 'SP_Rack', stpsav: 60 });
			assert.deepEqual(outcome.facts, {
				written: ['stdvnm', 'stpsav'],
				accepted: false,
				differences: { stdvnm: { sent: 'SP_Rack_5', stored: 'SP_Rack' } },
				result: 'OK',
				extra: {},
			});
		});
	});

	describe('save groups', () => {
		it('are not accepted where the PDU does not say what it stored', async () => {
			const payload = { mbtcen: 1, mbtcpo: 503, mbtcro: 0 };
			const wish = { write: 'save', saveGroup: 'modbus', payload } as const;
			const answer = { 'POST /save/modbus': 'mbtcen=1&mbtcpo=503&result=OK' };
			await assert.rejects(writing(answer, wish), { code: 'hpdu-bad-response' });
		});

		const GROUPS: readonly [group: string, values: object, body: string][] = [
			[
				'ethernet',
				{
					...{ etdhen: 1, etdhfb: 0, etdhfd: 30, etsip4: '192.168.1.10', etsnm4: '255.255.255.0' },
					...{ etsgw4: '192.168.1.1', etsdn1: '9.9.9.9', etsdn2: '1.1.1.1', etshnm: 'pdu-5' },
				},
				'etdhen=1&etdhfb=0&etdhfd=30&etsip4=192.168.1.10&etsnm4=255.255.255.0' +
					'&etsgw4=192.168.1.1&etsdn1=9.9.9.9&etsdn2=1.1.1.1&etshnm=pdu-5',
			],
			[
				'ethernet/access',
				{ etaips: ['10.0.0.0', '10.1.0.0', '10.2.0.0'], etaipm: { 1: 8, 2: 16, 3: 24 } },
				'etaips_1=10.0.0.0&etaips_2=10.1.0.0&etaips_3=10.2.0.0&etaipm_1=8&etaipm_2=16&etaipm_3=24',
			],
			['ethernet/mode', { ethmod: 7 }, 'ethmod=7'],
			[
				'snmp/traps',
				{
					...{ sntrds: 1, sntrta: 1, sntric: 1, sntroc: 1, sntrod: 1 },
					...{ sntrid: 1, sntraf: 1, sntrnc: 1, sntrsc: 1, sntrrc: 0 },
				},
				'sntrds=1&sntrta=1&sntric=1&sntroc=1&sntrod=1&sntrid=1&sntraf=1&sntrnc=1&sntrsc=1&sntrrc=0',
			],
			['modbus', { mbtcen: 1, mbtcpo: 502, mbtcro: 0 }, 'mbtcen=1&mbtcpo=502&mbtcro=0'],
			['http', { hthpen: 1, hthppo: 80, hthsen: 0, hthspo: 443 }, 'hthpen=1&hthppo=80&hthsen=0&hthspo=443'],
			['user', { userid: 5, username: 'guest' }, 'userid=5&username=guest'],
		];
		for (const [group, values, body] of GROUPS) {
			it(`sends ${group} whole`, async () => {
				const script = { [`POST /save/${group}`]: `${body}&result=OK` };
				const { payload, requests, facts } = await writing(script, {
					...{ write: 'save', saveGroup: group, payload: values },
				});
				assert.deepEqual(pdu.signed, [`POST /save/${group} ${body}`]);
				assert.deepEqual(Object.keys(payload as object), Object.keys(values));
				assert.deepEqual(requests, [`POST /save/${group}`]);
				assert.deepEqual([facts.accepted, facts.result], [true, 'OK']);
			});
		}

		const SNMP = {
			...{ snmpv1: 1, snmplp: 161, snmptp: 162, sntrap: 1, sndst1: '10.0.0.1', sndst2: '10.0.0.2' },
			...{ snmpro: 0, sncmpb: 'hidden-pub', sncmpr: 'hidden-priv', sncmtr: 'hidden-trap' },
		};
		const SECRETS: readonly [group: string, values: object, shown: object][] = [
			['ipapi', { iaenab: 1, iarc4k: 'hiddenhiddenhid!' }, { iaenab: 1 }],
			[
				'snmp',
				SNMP,
				{ snmpv1: 1, snmplp: 161, snmptp: 162, sntrap: 1, sndst1: '10.0.0.1', sndst2: '10.0.0.2', snmpro: 0 },
			],
			[
				'user',
				{ userid: 2, username: 'admin', chpasswd: true, password: 'hidden-pass' },
				{ userid: 2, username: 'admin', chpasswd: 1 },
			],
		];
		for (const [group, values, shown] of SECRETS) {
			const wish = { write: 'save', saveGroup: group, payload: values } as const;

			it(`keeps the secrets of ${group} to itself`, async () => {
				const outcome = await writing({ [`POST /save/${group}`]: echo }, wish);
				assert.match(pdu.signed[0] ?? '', /hidden/);
				assert.deepEqual(outcome.payload, shown);
				assert.ok(!inspect(outcome, { depth: 9 }).includes('hidden'));
			});

			const ANSWERS: readonly Says[] = [
				({ body = '' }) => `${body}x`,
				({ body = '' }) => body.replaceAll('hidden', 'hidden-other'),
				({ body = '' }) => `${body}&result=ERR_WOULDLOCKOUT`,
				({ body = '' }) => form(body, 422),
				({ body = '' }) => ({ ...form(body), mediaType: 'text/html' }),
				new TransportError('timeout', '5000'),
			];
			for (const [nth, says] of ANSWERS.entries()) {
				it(`keeps them out of errors, too (${nth + 1})`, async () => {
					const told = await writing({ [`POST /save/${group}`]: says }, wish).catch((error) => error);
					assert.ok(!inspect(told, { depth: 9, showHidden: true }).includes('hidden'), inspect(told));
				});
			}
		}

		const REFUSALS: readonly [result: string, code: ErrorCode][] = [
			['ERR_WOULDLOCKOUT', 'hpdu-would-lock-out'],
			['ERR_IPAPI_KEY_LENGTH_16', 'hpdu-ipapi-key-length'],
		];
		for (const [result, code] of REFUSALS) {
			it(`may be refused with ${result}, and then nothing was written`, async () => {
				const script = { 'POST /save/ethernet/mode': `ethmod=5&result=${result}` };
				const wish = { write: 'save', saveGroup: 'ethernet/mode', payload: { ethmod: 7 } } as const;
				await assert.rejects(writing(script, wish), coded(code));
				assert.deepEqual(written, []);
			});
		}

		it('may be stored otherwise', async () => {
			const script = { 'POST /save/modbus': 'mbtcen=1&mbtcpo=503&mbtcro=0&result=OK' };
			const payload = { mbtcen: 1, mbtcpo: 502, mbtcro: 0 };
			const wish = { write: 'save', saveGroup: 'modbus', payload } as const;
			const differences = 'mbtcpo 502 > 503';
			await assert.rejects(writing(script, wish), coded('hpdu-mismatch', { differences }));
			const { facts } = await writing(script, { ...wish, onMismatch: 'pass' });
			assert.deepEqual(facts.differences, { mbtcpo: { sent: 502, stored: 503 } });
		});
	});

	describe('bad arguments', () => {
		const save = (saveGroup: unknown, payload: unknown): Partial<WriteWish> => ({
			...{ write: 'save', saveGroup, payload },
		});
		const MODBUS = { mbtcen: 1, mbtcpo: 502, mbtcro: 0 };
		const BAD: readonly [argument: string, wish: Partial<WriteWish>][] = [
			['stdvnm', { register: 'stdvnm', value: 'x'.repeat(65) }],
			['stinnm_1', { register: 'stinnm_1', value: 'é'.repeat(16) }],
			['stpsav', { register: 'stpsav', value: 'soon' }],
			['stpsav', { register: 'stpsav', value: undefined }],
			['stinnm_4', { register: 'stinnm_4', value: 'a' }],
			['stinnm', { register: 'stinnm', value: 'a' }],
			['std/vnm', { register: 'std/vnm', value: 'a' }],
			['payload', { payload: 'stdvnm' }],
			['payload', { payload: {} }],
			['stpsav', { payload: { stdvnm: 'good', stpsav: -1 } }],
			['iarc4k', { register: 'iarc4k', value: 'x'.repeat(15) }],
			['unit', { register: 'stdvnm', value: 'a', unit: 70_000 }],
			['unit', { ...save('modbus', MODBUS), unit: 27 }],
			['saveGroup', save('', MODBUS)],
			['saveGroup', save('modbus/../http', MODBUS)],
			['mbtcro', save('modbus', { mbtcen: 1, mbtcpo: 502 })],
			['stdvnm', save('modbus', { ...MODBUS, stdvnm: 'a' })],
			['mbtcpo', save('modbus', { ...MODBUS, mbtcpo: 70_000 })],
			['iarc4k', save('ipapi', { iaenab: 1, iarc4k: 'x'.repeat(17) })],
			['userid', save('user', { userid: 0, username: 'a' })],
			['chpasswd', save('user', { userid: 1, username: 'a', password: 'b' })],
		];
		for (const [argument, wish] of BAD) {
			it(`are told, and nothing is sent, for ${inspect(wish, { breakLength: 200 })}`, async () => {
				await assert.rejects(writing({}, wish), coded('hpdu-bad-argument', { argument }));
				assert.deepEqual(pdu.lines, []);
				assert.deepEqual(written, []);
			});
		}
	});
});
