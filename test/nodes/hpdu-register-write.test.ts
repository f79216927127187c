import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, env, fail, pduDevice, registerWrite, requestsOf } from './hpdu-kit.js';
import { complete, type Fields, TAB } from './kit.js';

const KEY = 'foobarfizzzbuzzz';

/** A valid set of values for each save group, and what comes back: no secret. */
const SAVES: Record<string, Record<string, unknown>> = {
	ethernet: {
		...{ etdhen: 0, etdhfb: 1, etdhfd: 30, etsip4: '192.168.9.140', etsnm4: '255.255.255.0' },
		...{ etsgw4: '192.168.9.1', etsdn1: '192.168.9.1', etsdn2: '0.0.0.0', etshnm: 'rack-5' },
	},
	'ethernet/access': {
		...{ etaips_1: '127.0.0.0', etaips_2: '0.0.0.0', etaips_3: '0.0.0.0' },
		...{ etaipm_1: 8, etaipm_2: 0, etaipm_3: 0 },
	},
	'ethernet/mode': { ethmod: 7 },
	'snmp/traps': {
		...{ sntrds: 1, sntrta: 1, sntric: 1, sntroc: 1, sntrod: 0, sntrid: 0, sntraf: 0 },
		...{ sntrnc: 0, sntrsc: 1, sntrrc: 1 },
	},
	snmp: {
		...{ snmpv1: 1, snmplp: 161, snmptp: 162, sntrap: 1, sndst1: '192.168.9.2', sndst2: '' },
		...{ snmpro: 1, sncmpb: 'public', sncmpr: 'private', sncmtr: 'traps' },
	},
	modbus: { mbtcen: 1, mbtcpo: 502, mbtcro: 1 },
	http: { hthpen: 1, hthppo: 80, hthsen: 0, hthspo: 443 },
	ipapi: { iaenab: 0, iarc4k: KEY },
};

describe('hpdu-register-write', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({ units: 1 });
		const typed = (id: string, value: unknown, valueType: string, more: Fields = {}) =>
			registerWrite(id, { register: 'stdvnm', value, valueType, ...more });
		nr = await startFlow({
			env: { NEW_NAME: 'Rack 9' },
			flows: [
				...[TAB, pduDevice('pdu', pdu), registerWrite('blank'), complete('blank')],
				typed('str', 'Rack 2', 'str'),
				typed('of-env', 'NEW_NAME', 'env'),
				typed('jsonata', '"Rack " & payload.number', 'jsonata'),
				typed('msg', 'name', 'msg'),
				typed('num', '5', 'num', { register: 'stdiso' }),
				typed('bool', 'true', 'bool', { register: 'stextn' }),
				typed('json', '{"1":"a","3":"c"}', 'json', { register: 'stinnm' }),
				typed('field', env('NEW_NAME'), 'str', { unit: '2' }),
				registerWrite('pass', { onMismatch: 'pass' }),
				...[registerWrite('save', { write: 'save' }), registerWrite('address', { write: 'address' })],
				registerWrite('saved', { write: 'save', saveGroup: 'modbus' }),
				registerWrite('addressed', { write: 'address', hardwareId: '42535-6129-0', unitAddress: '40' }),
			],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});
	afterEach(() => {
		nr.forget();
		pdu.faults.clear();
	});

	describe('registers', () => {
		it('one, by its name in the message', async () => {
			const msg = { register: 'stdvlc', payload: 'Row 5, left' };
			assert.deepEqual((await ask(nr, 'blank', msg)).payload, { stdvlc: 'Row 5, left' });
			assert.equal(pdu.device.self.text('stdvlc'), 'Row 5, left');
		});

		it('several, one request each, in their order', async () => {
			const payload = { stdvnm: 'Rack 5', stinnm_2: 'L2', stextn: true, stdiso: '1' };
			const requests = await requestsOf(pdu, async () => {
				const { payload: stored, hpdu } = await ask(nr, 'blank', { payload });
				assert.deepEqual(stored, { stdvnm: 'Rack 5', stinnm_2: 'L2', stextn: 1, stdiso: 1 });
				assert.deepEqual(hpdu.written, ['stdvnm', 'stinnm_2', 'stextn', 'stdiso']);
			});
			assert.deepEqual(requests, [
				...['POST /register/stdvnm stdvnm=Rack+5', 'POST /register/stinnm_2 stinnm_2=L2'],
				...['POST /register/stextn stextn=1', 'POST /register/stdiso stdiso=1'],
			]);
		});

		it('channels: all of them in one request, some of them one by one', async () => {
			const one = 'POST /register/stinnm/3 stinnm_1=a&stinnm_2=b&stinnm_3=c';
			for (const stinnm of [{ 1: 'a', 2: 'b', 3: 'c' }, ['a', 'b', 'c']]) {
				const requests = await requestsOf(pdu, async () => {
					const { payload } = await ask(nr, 'blank', { payload: { stinnm } });
					assert.deepEqual(payload, { stinnm: { 1: 'a', 2: 'b', 3: 'c' } });
				});
				assert.deepEqual(requests, [one]);
			}
			const requests = await requestsOf(pdu, async () => {
				const msg = { register: 'stinnm', payload: { 1: 'x', 3: 'z' } };
				assert.deepEqual((await ask(nr, 'blank', msg)).payload, { stinnm: { 1: 'x', 3: 'z' } });
			});
			assert.deepEqual(requests, [
				...['POST /register/stinnm_1 stinnm_1=x', 'POST /register/stinnm_3 stinnm_3=z'],
			]);
			assert.equal(pdu.device.self.text('stinnm_2'), 'b');
		});

		it('the value of a TypedInput', async () => {
			const msg = { name: 'Rack 4', payload: { number: 3 }, register: 'stdvlc', unit: 77 };
			for (const [node, expected] of [
				['str', { stdvnm: 'Rack 2' }] as const,
				['of-env', { stdvnm: 'Rack 9' }] as const,
				['jsonata', { stdvnm: 'Rack 3' }] as const,
				['msg', { stdvnm: 'Rack 4' }] as const,
				['bool', { stextn: 1 }] as const,
				['json', { stinnm: { 1: 'a', 3: 'c' } }] as const,
			]) {
				const { unit: _, ...here } = msg;
				assert.deepEqual((await ask(nr, node, here)).payload, expected, node);
			}
			const { payload, hpdu } = await ask(nr, 'field', msg);
			assert.deepEqual([payload, hpdu.unit], [{ stdvnm: 'Rack 9' }, 2]);
			assert.equal(pdu.device.unit(2)?.text('stdvnm'), 'Rack 9');
			// The table knows no more than one byte of it; the PDU knows four orientations.
			assert.equal((await fail(nr, 'num')).code, 'hpdu-rejected');
		});

		it('one that the table does not know: the PDU decides', async () => {
			const { code, message } = await fail(nr, 'blank', { register: 'zzunkn', payload: 1 });
			assert.equal(code, 'hpdu-not-found');
			assert.match(message, /POST \/register\/zzunkn/);
		});

		it('extends the message, which is then done once', async () => {
			const msg = { _msgid: 'mine', register: 'stdvlc', payload: 'Row 6', topic: 't', more: [1] };
			const { hpdu: _, ...rest } = await ask(nr, 'blank', msg);
			assert.deepEqual(rest, { ...msg, payload: { stdvlc: 'Row 6' } });
			assert.equal((await nr.message({ from: 'finished' }))._msgid, 'mine');
			await nr.sync();
			assert.deepEqual(nr.untakenMessages(), []);
		});
	});

	describe('what the PDU stored otherwise', () => {
		const CUT = { register: 'zzcutt', payload: 'too long' };
		beforeEach(() => {
			pdu.faults.next({ change: (answer) => ({ ...answer, status: 200, body: Buffer.from('zzcutt=too') }) });
		});

		it('is an error that names both values', async () => {
			const { code, message } = await fail(nr, 'blank', CUT);
			assert.equal(code, 'hpdu-mismatch');
			assert.match(message, /zzcutt "too long" > "too"/);
		});

		it('or is told, where the node is to let it pass', async () => {
			const { payload, hpdu } = await ask(nr, 'pass', CUT);
			assert.deepEqual(payload, { zzcutt: 'too' });
			assert.deepEqual(hpdu.differences, { zzcutt: { sent: 'too long', stored: 'too' } });
			assert.deepEqual([hpdu.accepted, hpdu.written], [false, ['zzcutt']]);
		});
	});

	describe('save groups', () => {
		for (const [saveGroup, values] of Object.entries(SAVES)) {
			it(saveGroup, async () => {
				const { payload, hpdu } = await ask(nr, 'save', { saveGroup, payload: values });
				const { iarc4k: _, sncmpb: __, sncmpr: ___, sncmtr: ____, ...open } = values;
				assert.deepEqual(payload, open);
				assert.deepEqual([hpdu.requests, hpdu.accepted], [[`POST /save/${saveGroup}`], true]);
				assert.deepEqual(new Set(hpdu.written), new Set(Object.keys(values)));
				for (const [key, value] of Object.entries(values)) {
					assert.equal(pdu.device.self.text(key), String(value));
				}
			});
		}

		it('user: name and password by their number from 1', async () => {
			const viewer = { userid: 5, username: 'looker', chpasswd: 1, password: 'geheim' };
			const { payload, hpdu } = await ask(nr, 'save', { saveGroup: 'user', payload: viewer });
			assert.deepEqual([payload, hpdu.result], [{ userid: 5, username: 'looker' }, 'OK']);
			const [name, password] = [pdu.device.users.all[4]?.name, pdu.device.users.all[4]?.password];
			assert.deepEqual([name, password], ['looker', 'geheim']);
			await ask(nr, 'save', { saveGroup: 'user', payload: { userid: 5, username: '', password: null } });
			assert.equal(pdu.device.users.all[4]?.name, '');
		});

		it('channels may be given as an object, and the group in the node counts', async () => {
			const access = { etaips: { 1: '127.0.0.0', 2: '0.0.0.0', 3: '0.0.0.0' }, etaipm: [8, 0, 0] };
			const { payload } = await ask(nr, 'save', { saveGroup: 'ethernet/access', payload: access });
			assert.deepEqual(payload, { ...access, etaipm: { 1: 8, 2: 0, 3: 0 } });
			const { hpdu } = await ask(nr, 'saved', { saveGroup: 'http', payload: SAVES.modbus });
			assert.deepEqual(hpdu.requests, ['POST /save/modbus']);
		});
	});

	describe('an address', () => {
		it('by node or by message; a scan tells whether it was given where the PDU says 422', async () => {
			const { payload } = await ask(nr, 'addressed', { hardwareId: '1-2-3', payload: 9 });
			assert.deepEqual(payload, { hardwareId: '42535-6129-0', unitAddress: 40 });
			const { payload: other } = await ask(nr, 'address', { hardwareId: '42535-6129-0', payload: '2' });
			assert.deepEqual(
				[other, pdu.device.unit(2)?.address],
				[{ hardwareId: '42535-6129-0', unitAddress: 2 }, 2],
			);
		});

		it('of a unit that is not there', async () => {
			const { code } = await fail(nr, 'address', { hardwareId: '1-2-3', payload: 9 });
			assert.equal(code, 'hpdu-not-found');
		});

		it('that was not given, although a scan finds the unit', async () => {
			pdu.faults.next({ unheard: true, change: (none) => ({ ...none, manner: 'whole', status: 422 }) });
			const { code, message } = await fail(nr, 'address', { hardwareId: '42535-6129-0', payload: 9 });
			assert.equal(code, 'hpdu-rejected');
			assert.match(message, /POST \/address\/42535-6129-0 \(422, idaddr 2\)/);
		});
	});
});
