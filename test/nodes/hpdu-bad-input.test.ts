import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, fail, framebuffer, pduDevice, registerRead, registerWrite, requestsOf } from './hpdu-kit.js';
import { CATCH, type Fields, TAB } from './kit.js';

const IPAPI = { saveGroup: 'ipapi', payload: { iaenab: 1, iarc4k: 'foobarfizzzbuzzz' } };
const MODBUS = { mbtcen: 1, mbtcpo: 502, mbtcro: 1 };
const save = (saveGroup: unknown, payload: unknown): Fields => ({ saveGroup, payload });
const user = (payload: object): Fields => save('user', { userid: 5, username: 'viewer', ...payload });
const address = (hardwareId: unknown, payload: unknown): Fields => ({ hardwareId, payload });
const write = (register: string, payload: unknown): Fields => ({ register, payload });

const press = (button1: unknown): Fields => ({ action: 'press', payload: { button1 } });

/** What a node is told, which argument it says is wrong, and what it says would be right. */
type Case = readonly [msg: Fields, argument: string, expected: string];

const READS: Record<string, Record<string, Case>> = {
	read: {
		'no register': [{ topic: '' }, 'registers', 'stdvnm'],
		'no register at all': [{}, 'registers', 'stdvnm'],
		'a list that is a number': [{ registers: 7 }, 'registers', 'stdvnm'],
		'a path in a name': [{ registers: '../save/http' }, '../save/http', 'stdvnm'],
		'a query in a name': [{ registers: 'stdvnm?x' }, 'stdvnm?x', 'stdvnm'],
		'channel 55': [{ registers: 'stolnm_55' }, 'stolnm_55', 'stolnm_1..54'],
		'channel 0': [{ registers: 'stolnm_0' }, 'stolnm_0', 'stolnm_1..54'],
		'a channel of what has none': [{ registers: 'stdvnm_2' }, 'stdvnm_2', 'stdvnm_1..1'],
		'unit 70000': [{ registers: 'stdvnm', unit: 70_000 }, 'unit', '0..65535'],
		'unit -1': [{ registers: 'stdvnm', unit: -1 }, 'unit', '0..65535'],
		'a unit by its name': [{ registers: 'stdvnm', unit: 'Rack 6' }, 'unit', '0..65535'],
	},
	value: {
		'two registers as one value': [{ registers: 'stdvnm stdvlc' }, 'registers', '1'],
		'two channels as one value': [{ registers: 'imcrac_1 imcrac_2' }, 'registers', '1'],
	},
	group: {
		'no group': [{}, 'group', 'identification'],
		'a path for a group': [{ group: 'a/../../save' }, 'group', 'identification'],
	},
};

const WRITES: Record<string, Record<string, Case>> = {
	write: {
		'text of 17 bytes': [write('stdvnm', 'Rack 5, left side'), 'stdvnm', '0..16 bytes UTF-8'],
		'é sixteen times, which is 32 bytes': [write('stdvnm', 'é'.repeat(16)), 'stdvnm', '0..16 bytes UTF-8'],
		'a line break': [write('stdvnm', 'a\nb'), 'stdvnm', '0..16 bytes UTF-8'],
		'an IPAPI key of 15': [write('iarc4k', 'x'.repeat(15)), 'iarc4k', '16 ASCII'],
		'a number that is too large': [write('stextn', 256), 'stextn', '0..255'],
		'a fraction of a whole number': [write('stdiso', 1.5), 'stdiso', '0..255'],
		'words for a number': [write('stdiso', 'upright'), 'stdiso', '0..255'],
		'an object for a text': [write('stdvnm', { name: 'a' }), 'stdvnm_name', 'stdvnm_1..1'],
		'nothing at all': [write('stdvnm', undefined), 'stdvnm', '0..16 bytes UTF-8'],
		'one value for three channels': [write('stinnm', 'L1'), 'stinnm', 'stinnm_1..3'],
		'channel 4 of 3': [write('stinnm_4', 'L4'), 'stinnm_4', 'stinnm_1..3'],
		'no name, and no object of several': [{ payload: 'Rack 5' }, 'payload', '{ stdvnm: "..." }'],
		'an empty object': [{ payload: {} }, 'payload', '{ stdvnm: "..." }'],
		'one wrong value of several': [{ payload: { stdvnm: 'ok', stinnm_4: 'x' } }, 'stinnm_4', 'stinnm_1..3'],
		'the same channel twice': [{ payload: { stinnm_1: 'a', stinnm: { 1: 'b' } } }, 'stinnm_1', '1'],
		'unit 70000': [{ ...write('stdvnm', 'x'), unit: '70000' }, 'unit', '0..65535'],
	},
	save: {
		'no group': [save('', MODBUS), 'saveGroup', 'ethernet/access'],
		'a group that there is not': [save('ftp', MODBUS), 'saveGroup', 'modbus'],
		'a key missing': [save('modbus', { mbtcen: 1, mbtcpo: 502 }), 'mbtcro', 'mbtcen, mbtcpo, mbtcro'],
		'a key too much': [save('modbus', { ...MODBUS, stdvnm: 'x' }), 'stdvnm', 'mbtcen, mbtcpo, mbtcro'],
		'a channel missing': [save('ethernet/access', { etaips_1: '10.0.0.0' }), 'etaips_2', 'etaipm_3'],
		'no values': [save('modbus', 'on'), 'payload', '{'],
		'a port of 65536': [save('modbus', { ...MODBUS, mbtcpo: 65_536 }), 'mbtcpo', '0..65535'],
		'an IPAPI key of 15': [save('ipapi', { ...IPAPI.payload, iarc4k: 'x'.repeat(15) }), 'iarc4k', '16 ASCII'],
		'an IPAPI key of 17': [save('ipapi', { ...IPAPI.payload, iarc4k: 'x'.repeat(17) }), 'iarc4k', '16 ASCII'],
		'user 0': [user({ userid: 0 }), 'userid', '1..5'],
		'user 6': [user({ userid: 6 }), 'userid', '1..5'],
		'a name of 17 bytes': [user({ username: 'superintendent-17' }), 'username', '0..16 bytes'],
		'a password without its switch': [user({ password: 'x' }), 'chpasswd', '1'],
		'a switch without its password': [user({ chpasswd: 1 }), 'password', 'chpasswd=1'],
		'an empty password': [user({ chpasswd: 1, password: '' }), 'password', '1..16 bytes'],
	},
	address: {
		'a hardware id of words': [address('rubbish', 5), 'hardwareId', '42534-6129-0'],
		'a hardware id of two numbers': [address('42534-6129', 5), 'hardwareId', '42534-6129-0'],
		'no hardware id': [address('', 5), 'hardwareId', '42534-6129-0'],
		'address 0': [address('42534-6129-0', 0), 'unitAddress', '1..65535'],
		'address 65536': [address('42534-6129-0', 65_536), 'unitAddress', '1..65535'],
		'no address': [address('42534-6129-0', undefined), 'unitAddress', '1..65535'],
	},
};

const LOOKS: Record<string, Record<string, Case>> = {
	look: {
		'an action that there is not': [{ action: 'dance' }, 'action', 'image, pages'],
		'a page that is no number': [{ action: 'page', payload: 'next' }, 'page', '0..'],
		'a press that there is not': [press(1), 'button1', 'none, short, long'],
	},
	'look-large': { 'a scale of 17': [{ action: 'pages' }, 'scale', '1..16'] },
};

describe('what no PDU is asked', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	before(async () => {
		pdu = await HpduServer.start();
		nr = await startFlow({
			flows: [
				...[
					TAB,
					CATCH,
					pduDevice('pdu', pdu),
					registerRead('read'),
					registerRead('group', { read: 'group' }),
				],
				...[registerRead('value', { format: 'value' }), registerWrite('write')],
				...[registerWrite('save', { write: 'save' }), registerWrite('address', { write: 'address' })],
				registerWrite('jsonata', { register: 'stdvnm', value: '$nothing(', valueType: 'jsonata' }),
				...[framebuffer('look', { action: '' }), framebuffer('look-large', { action: '', scale: '17' })],
			],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});
	afterEach(() => nr.forget());

	for (const [node, cases] of Object.entries({ ...READS, ...WRITES, ...LOOKS })) {
		describe(node, () => {
			for (const [what, [msg, argument, expected]] of Object.entries(cases)) {
				it(what, async () => {
					const { code, message, catchable } = await fail(nr, node, msg);
					assert.deepEqual([code, catchable], ['hpdu-bad-argument', true]);
					assert.ok(
						message.startsWith(`Nothing sent to PDU: the argument "${argument}" cannot be used`),
						message,
					);
					assert.ok(message.includes(expected), message);
					assert.deepEqual(nr.badge(node), { fill: 'red', shape: 'ring', text: 'wrong input' });
					assert.deepEqual(pdu.requests, []);
				});
			}
		});
	}

	it('an expression that cannot be evaluated', async () => {
		assert.equal((await fail(nr, 'jsonata')).code, 'config-invalid');
		assert.deepEqual(pdu.requests, []);
	});
});

describe('what a PDU does not let its users do', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	let bridged: HpduServer;
	before(async () => {
		pdu = await HpduServer.start();
		bridged = await HpduServer.start({ bridgedWrites: true });
		const viewer = { credentials: { username: 'viewer', password: 'viewer' } };
		nr = await startFlow({
			flows: [
				...[
					TAB,
					CATCH,
					pduDevice('pdu', pdu),
					pduDevice('viewed', pdu, viewer),
					pduDevice('bridge', bridged),
				],
				...[registerRead('read'), registerWrite('write'), registerWrite('save', { write: 'save' })],
				...[
					registerWrite('view', { device: 'viewed' }),
					registerWrite('switch', { device: 'bridge', unit: '1' }),
				],
			],
		});
	});
	after(async () => {
		await nr.stop();
		await Promise.all([pdu.close(), bridged.close()]);
	});

	it('switch an outlet: the table is no gate, the PDU says no, and once', async () => {
		const requests = await requestsOf(pdu, async () => {
			const { code, message } = await fail(nr, 'write', write('swocst_3', 0));
			assert.equal(code, 'hpdu-forbidden');
			for (const way of ['IPAPI', '7783', 'SNMP', 'Modbus']) assert.ok(message.includes(way));
		});
		assert.deepEqual(requests, ['POST /register/swocst_3 swocst_3=0']);
		assert.equal(pdu.device.self.outlets.isOn(3), true);
	});

	it('but where the databus may, it can be done', async () => {
		await ask(nr, 'switch', write('swounl_3', 1));
		const { payload } = await ask(nr, 'switch', write('swocst_3', 0));
		assert.deepEqual([payload, bridged.device.self.outlets.isOn(3)], [{ swocst_3: 0 }, false]);
	});

	it('write under a role that may not, read what can only be written', async () => {
		assert.equal((await fail(nr, 'view', write('stdvnm', 'mine'))).code, 'hpdu-forbidden');
		assert.equal((await fail(nr, 'read', { registers: 'rsboot' })).code, 'hpdu-forbidden');
		assert.equal(pdu.device.self.text('stdvnm'), 'SP_Rack_1');
	});

	it('lock themselves out', async () => {
		const off = save('http', { hthpen: 0, hthppo: 80, hthsen: 0, hthspo: 443 });
		const { code, message } = await fail(nr, 'save', off);
		assert.equal(code, 'hpdu-would-lock-out');
		assert.match(message, /Keep HTTP or HTTPS enabled/);
		const elsewhere = { etaips: ['10.0.0.0', '0.0.0.0', '0.0.0.0'], etaipm: [8, 0, 0] };
		assert.equal((await fail(nr, 'save', save('ethernet/access', elsewhere))).code, 'hpdu-would-lock-out');
	});

	it('write several where one is refused: those before are written, and told', async () => {
		const _msgid = 'several';
		const payload = { stdvlc: 'Row 9', swocst_1: 0, stuser: 'me' };
		assert.equal((await fail(nr, 'write', { _msgid, payload })).code, 'hpdu-forbidden');
		const caught = await nr.message({ from: 'errors', where: (msg) => msg._msgid === _msgid });
		assert.deepEqual(
			[caught.payload, caught.hpdu],
			[payload, { device: 'pdu', written: ['stdvlc'], accepted: false }],
		);
		assert.deepEqual([pdu.device.self.text('stdvlc'), pdu.device.self.text('stuser')], ['Row 9', 'Wattpost']);
	});
});
