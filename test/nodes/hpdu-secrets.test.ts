import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { FAULTS, type Fault, HpduServer } from '../devices/hpdu/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { ask, fail, pduDevice, registerRead, registerWrite, spoil } from './hpdu-kit.js';
import { freePort, ON_TAB, TAB } from './kit.js';

/** What nobody is to see. Each is at most 16 bytes and found by searching for it. */
const LOGIN = { username: 'Kernbeisser', password: 'Blaukehlchen6021' };
const TYPO = 'Blaukehlchen6O21';
const KEY = 'Wiedehopf-220317';
const OLD_KEY = 'Neuntoeter-77191';
const COMMUNITIES = { sncmpb: 'Grauammer-4404', sncmpr: 'Pirol-5511', sncmtr: 'Zilpzalp-8080' };
const NEW_PASSWORD = 'Ortolan-9316';
const TOO_LONG = 'Ortolan-9316-and-more';

const encodings = (value: string): string[] => [
	...[value, encodeURIComponent(value), Buffer.from(value).toString('hex')],
	Buffer.from(value).toString('base64').replace(/=+$/, ''),
];
const FORBIDDEN: readonly string[] = [
	...[LOGIN.password, TYPO, KEY, OLD_KEY, ...Object.values(COMMUNITIES), NEW_PASSWORD],
	...[`${LOGIN.username}:`, 'hPDU-auth-v1'],
].flatMap(encodings);

const SNMP = {
	...{ snmpv1: 1, snmplp: 161, snmptp: 162, sntrap: 1, sndst1: '', sndst2: '', snmpro: 1, ...COMMUNITIES },
};
const IPAPI = { iaenab: 1, iarc4k: KEY };
const VIEWER = { userid: 5, username: 'viewer', chpasswd: 1, password: NEW_PASSWORD };

const STATUS: FlowNode = { id: 'statuses', type: 'status', ...ON_TAB, scope: null, wires: [[]] };

function foundIn(text: string): string[] {
	return FORBIDDEN.filter((value) => text.includes(value));
}

describe('what nobody is to learn from the nodes of a PDU', () => {
	let nr: RunningNodeRed;
	let pdu: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({
			users: [{ role: 'super', name: LOGIN.username, password: LOGIN.password }],
		});
		for (const [name, value] of Object.entries({ ...COMMUNITIES, iarc4k: OLD_KEY }))
			pdu.device.self.set(name, value);
		const nobody = { port: await freePort() };
		const typo = { credentials: { ...LOGIN, password: TYPO } };
		const long = { credentials: { ...LOGIN, password: `${LOGIN.password}!` } };
		nr = await startNodeRed({
			flows: [
				...[TAB, STATUS, pduDevice('pdu', pdu, { credentials: LOGIN, timeout: '1000' })],
				...[pduDevice('typo', pdu, typo), pduDevice('long', pdu, long)],
				...[
					pduDevice('nobody', nobody, { credentials: LOGIN }),
					registerRead('of-nobody', { device: 'nobody' }),
				],
				...[
					registerRead('read'),
					registerRead('value', { format: 'value' }),
					registerRead('flat', { format: 'flat' }),
				],
				...[registerRead('group', { read: 'group' }), registerRead('of-typo', { device: 'typo' })],
				...[
					registerRead('of-long', { device: 'long' }),
					registerWrite('write'),
					registerWrite('save', { write: 'save' }),
				],
				registerWrite('pass', { write: 'save', onMismatch: 'pass' }),
			],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});

	const isToldNothing = async (node: string, msg: object): Promise<void> => {
		const answer = await ask(nr, node, { ...msg });
		assert.deepEqual(foundIn(inspect(answer, { depth: null, maxArrayLength: null })), [], node);
	};

	it('reading them, alone, in a group, or where they come unasked', async () => {
		const secrets = ['iarc4k', 'sncmpb', 'sncmpr', 'sncmtr'];
		const { payload, hpdu } = await ask(nr, 'read', { registers: ['stdvnm', ...secrets] });
		assert.deepEqual([payload, hpdu.requests?.length], [{ stdvnm: 'SP_Rack_1' }, 5]);
		assert.equal((await ask(nr, 'value', { registers: 'iarc4k' })).payload, undefined);
		for (const group of ['snmp', 'ipapi', 'users', 'all']) await isToldNothing('group', { group });
		spoil(pdu, FAULTS.extraKeys(`iarc4k=${KEY}&password=${NEW_PASSWORD}&uspaswd_1=${TYPO}&sncmpb_1=${KEY}`));
		for (const node of ['read', 'flat']) await isToldNothing(node, { registers: 'stdvnm' });
	});

	it('writing them', async () => {
		for (const [saveGroup, payload] of Object.entries({ snmp: SNMP, ipapi: IPAPI, user: VIEWER }))
			await isToldNothing('save', { saveGroup, payload });
		await isToldNothing('write', { register: 'sncmpb', payload: COMMUNITIES.sncmpb });
		assert.deepEqual(
			[pdu.device.self.text('iarc4k'), pdu.device.users.all[4]?.password],
			[KEY, NEW_PASSWORD],
		);
	});

	it('what the PDU stored in their place', async () => {
		const other = FAULTS.body(`iaenab=1&iarc4k=${OLD_KEY}&result=OK`);
		const msg = { saveGroup: 'ipapi', payload: IPAPI };
		spoil(pdu, other);
		const { hpdu } = await ask(nr, 'pass', msg);
		assert.deepEqual(hpdu.differences, { iarc4k: { sent: '***', stored: '***' } });
		spoil(pdu, other);
		assert.match((await fail(nr, 'save', msg)).message, /iarc4k "\*\*\*" > "\*\*\*"/);
	});

	it('what goes wrong with them', async () => {
		await nr.sync();
		nr.forget();
		const key = { saveGroup: 'ipapi', payload: IPAPI };
		const stdvnm = { registers: 'stdvnm' };
		const user = (fields: object): object => ({ saveGroup: 'user', payload: { ...VIEWER, ...fields } });
		for (const [code, node, msg, fault] of [
			['hpdu-bad-argument', 'save', { ...key, payload: { ...IPAPI, iarc4k: `${KEY}0` } }],
			['hpdu-bad-argument', 'save', user({ password: TOO_LONG })],
			['hpdu-bad-argument', 'save', user({ chpasswd: 0 })],
			['hpdu-bad-argument', 'write', { register: 'sncmpb', payload: `${COMMUNITIES.sncmpb}-and-more` }],
			...[
				['hpdu-unauthorized', 'of-typo', stdvnm] as const,
				['hpdu-bad-argument', 'of-long', stdvnm] as const,
			],
			['hpdu-unreachable', 'of-nobody', stdvnm],
			['hpdu-rejected', 'save', key, FAULTS.body(`iarc4k=${KEY}&result=ERR_MOON`)],
			['hpdu-partial', 'save', key, FAULTS.body(`iarc4k=${KEY}&result=ERR_PARTIAL`)],
			['hpdu-bad-response', 'save', key, FAULTS.cutInChunk()],
			['hpdu-bad-response', 'save', key, FAULTS.mediaType('text/html')],
			['hpdu-unreachable', 'save', key, FAULTS.resetInstead()],
			['hpdu-timeout', 'save', key, FAULTS.silent()],
		] as (readonly [string, string, object, Fault?])[]) {
			if (fault) spoil(pdu, fault);
			const { code: found, inspected } = await fail(nr, node, { ...msg });
			assert.equal(found, code);
			assert.deepEqual(foundIn(inspected), [], code);
		}
	});

	it('what was shown and logged meanwhile', async () => {
		await nr.sync();
		const ids = ['pdu', 'read', 'save', 'write', 'of-typo', 'of-long', 'of-nobody'];
		const text = inspect([nr.log, nr.untakenMessages({ from: 'statuses' }), ids.map((id) => nr.badge(id))], {
			...{ depth: 12, maxArrayLength: null },
		});
		assert.match(text, /login refused/);
		assert.deepEqual(foundIn(text), []);
	});

	it('the admin API, an export and the questions of the panels', async () => {
		const { port } = pdu;
		const open = { id: 'typo', host: '127.0.0.1', port, username: LOGIN.username, password: '__PWRD__' };
		const test = JSON.stringify(open);
		for (const [path, body] of [
			...['/flows', '/flow/global', '/nodes', '/settings', '/credentials/hpdu-device/pdu'],
			...['/wattpost/hpdu/registers', '/wattpost/hpdu/pdu/rights', '/wattpost/hpdu/typo/rights'],
		]
			.map((path) => [path, undefined] as const)
			.concat([['/wattpost/hpdu/test', test]] as never)) {
			const headers = { accept: 'application/json', 'content-type': 'application/json' };
			const answer = await fetch(
				`${nr.url}${path}`,
				body === undefined ? { headers } : { method: 'POST', headers, body },
			);
			assert.equal(answer.status, 200, path);
			assert.deepEqual(foundIn(await answer.text()), [], path);
		}
		// A user name is shown to whoever edits the node.
		const credentials = await fetch(`${nr.url}/credentials/hpdu-device/pdu`);
		assert.deepEqual(await credentials.json(), { username: LOGIN.username, has_password: true });
	});

	it('the files of the user directory', () => {
		const files = readdirSync(nr.userDir, { recursive: true, encoding: 'utf8' })
			.map((name) => join(nr.userDir, name))
			.filter((path) => !path.includes('node_modules') && statSync(path).isFile());
		assert.ok(files.some((path) => path.endsWith('flows.json')));
		for (const path of files) assert.deepEqual(foundIn(readFileSync(path, 'latin1')), [], path);
	});
});
