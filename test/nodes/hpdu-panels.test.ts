import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { ask, askedOf, env, pduDevice, registerRead, SUPER } from './hpdu-kit.js';
import { freePort, TAB } from './kit.js';

/** Who may look, who may do everything, and who nothing. */
const SETTINGS = {
	adminAuth: {
		type: 'credentials',
		users: [],
		tokens: (token: string) => {
			const permissions: Record<string, string> = { reader: 'read', editor: '*', nobody: 'flows.read' };
			const found = permissions[token];
			return Promise.resolve(found === undefined ? null : { username: token, permissions: found });
		},
	},
};

/** With its body, and what somebody gets who may only look. */
const ROUTES = [
	['GET /wattpost/hpdu/registers', undefined, 200],
	['GET /wattpost/hpdu/pdu/rights', undefined, 200],
	['GET /wattpost/hpdu/pdu/display', undefined, 200],
	['POST /wattpost/hpdu/test', {}, 401],
] as const;

interface Failure {
	readonly error: { readonly code: string; readonly message: string };
}

describe('what panels may ask of a PDU', () => {
	let nr: RunningNodeRed;
	let pdu: HpduServer;
	let nobody: number;
	before(async () => {
		pdu = await HpduServer.start({ name: 'SP_Rack_5' });
		nobody = await freePort();
		const wrong = { credentials: { username: 'super', password: 'soup' } };
		const login = { credentials: { username: env('PDU_USER'), password: env('PDU_USER') } };
		const ofEnv = { ...login, port: env('PDU_PORT') };
		const disabled: FlowNode = { ...pduDevice('disabled', pdu), d: true };
		nr = await startNodeRed({
			settings: SETTINGS,
			env: { PDU_PORT: String(pdu.port), PDU_USER: 'super' },
			flows: [
				...[TAB, pduDevice('pdu', pdu, { name: 'Rack 5' }), pduDevice('wrong', pdu, wrong), disabled],
				...[pduDevice('broken', pdu, { host: '' }), pduDevice('of-env', pdu, ofEnv)],
				pduDevice('of-unset', pdu, { timeout: env('UNSET') }),
				...[registerRead('read', { registers: 'ssstat' })],
			],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});

	async function call(route: string, body?: unknown, token = 'editor'): Promise<Response> {
		const [method = '', path = ''] = route.split(' ');
		const headers = {
			'content-type': 'application/json',
			...(token && { authorization: `Bearer ${token}` }),
		};
		const sent = body === undefined ? {} : { body: JSON.stringify(body) };
		return fetch(`${nr.url}${path}`, { method, headers, ...sent });
	}

	async function json<T>(route: string, body?: unknown): Promise<T> {
		const answer = await call(route, body);
		assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store']);
		assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
		return (await answer.json()) as T;
	}

	/** Asks to test a connection, with what stands in an open panel. */
	function test<T = Failure>(fields: object): Promise<T> {
		const port = String(pdu.port);
		const panel = { id: 'pdu', host: '127.0.0.1', port, tls: '', timeout: '', ...SUPER, ...fields };
		return json<T>('POST /wattpost/hpdu/test', panel);
	}

	describe('permissions', () => {
		for (const [route, body, ofReader] of ROUTES) {
			it(route, async () => {
				for (const [token, status] of [
					...['', 'stranger', 'nobody'].map((name) => [name, 401] as const),
					['reader', ofReader] as const,
				]) {
					assert.equal((await call(route, body, token)).status, status, `"${token}"`);
				}
			});
		}
	});

	describe('the tables', () => {
		interface Tables {
			readonly registers: Record<string, unknown>[];
			readonly groups: string[];
			readonly saveGroups: { name: string; keys: string[]; optional: string[] }[];
		}

		it('all registers and groups, without a PDU', async () => {
			const asked = pdu.requests.length;
			const { registers, groups, saveGroups } = await json<Tables>('GET /wattpost/hpdu/registers');
			const current = registers.find(({ mnemonic }) => mnemonic === 'imcrac');
			const { description, ...facts } = current ?? {};
			assert.equal(typeof description, 'string');
			assert.deepEqual(facts, {
				...{ mnemonic: 'imcrac', name: 'inputActualCurrent', unit: 'A', type: 'fixed', length: 2 },
				...{ group: 'input_measures', channels: 3, readable: true, writable: false, secret: false },
			});
			assert.deepEqual([registers.length, groups.at(-1), groups.includes('snmp')], [170, 'all', true]);
			assert.deepEqual(saveGroups.map(({ name }) => name).sort(), [
				...['ethernet', 'ethernet/access', 'ethernet/mode', 'http', 'ipapi', 'modbus'],
				...['snmp', 'snmp/traps', 'user'],
			]);
			assert.equal(pdu.requests.length, asked);
		});
	});

	describe('the rights', () => {
		it('of a PDU that was deployed', async () => {
			const rights = await json<Record<string, string[]>>('GET /wattpost/hpdu/pdu/rights');
			assert.deepEqual([rights.readable?.length, rights.writable?.length], [154, 88]);
			assert.ok(rights.writable?.includes('stdvnm'));
		});

		it('under a wrong password', async () => {
			const { error } = await json<Failure>('GET /wattpost/hpdu/wrong/rights');
			assert.equal(error.code, 'hpdu-unauthorized');
			assert.match(error.message, /Check username and password/);
		});

		for (const what of ['rights', 'display']) {
			it(`or the display of none (${what})`, async () => {
				for (const id of ['gone', 'disabled', 'read', '__proto__', 'constructor']) {
					const { error } = await json<Failure>(`GET /wattpost/hpdu/${id}/${what}`);
					assert.equal(error.code, 'config-missing', id);
					assert.match(error.message, /deploy/);
				}
				const { error } = await json<Failure>(`GET /wattpost/hpdu/broken/${what}`);
				assert.deepEqual([error.code, /"host"/.test(error.message)], ['hpdu-bad-argument', true]);
			});
		}
	});

	describe('a test of the connection', () => {
		const FOUND = {
			name: 'SP_Rack_5',
			firmware: '2.51',
			serial: 'SB2400042534',
			readable: 154,
			writable: 88,
		};

		it('with what stands in the panel, deployed or not', async () => {
			assert.deepEqual(await test({}), FOUND);
			assert.deepEqual(await test({ id: 'not-deployed-yet' }), FOUND);
			const viewer = await test<typeof FOUND>({ username: 'viewer', password: 'viewer' });
			assert.ok(viewer.writable < FOUND.writable);
		});

		it('with the password that is stored', async () => {
			assert.deepEqual(await test({ password: '__PWRD__' }), FOUND);
			assert.equal((await test({ id: 'wrong', password: '__PWRD__' })).error.code, 'hpdu-unauthorized');
			// There is none, or it is another's.
			assert.equal((await test({ id: 'gone', password: '__PWRD__' })).error.code, 'hpdu-bad-argument');
		});

		it('with the password that is stored only where it is used already', async () => {
			for (const elsewhere of [{ host: 'localhost' }, { port: '9' }, { host: '::1' }]) {
				const { error } = await test({ ...elsewhere, password: '__PWRD__' });
				assert.equal(error.code, 'hpdu-password-needed');
			}
		});

		it('with environment variables, as a deploy takes them', async () => {
			const open = { id: 'of-env', port: env('PDU_PORT'), username: env('PDU_USER'), password: '__PWRD__' };
			assert.deepEqual(await test(open), FOUND);
			assert.deepEqual(await test({ ...open, password: env('PDU_USER') }), FOUND);
			const { error } = await test({ id: 'of-unset', timeout: env('UNSET') });
			assert.deepEqual([error.code, error.message.includes(env('UNSET'))], ['config-invalid', true]);
		});

		it('never with an environment variable that the deployed node does not have in this field', async () => {
			for (const [field, fields] of [
				['host', { id: 'of-env', host: env('PDU_USER') }] as const,
				['port', { id: 'pdu', port: env('PDU_PORT') }] as const,
				['username', { id: 'of-env', username: env('PDU_PORT') }] as const,
				['password', { id: 'gone', password: env('PDU_USER') }] as const,
				['username', { id: '', username: env('HOME') }] as const,
			]) {
				const { error } = await test(fields);
				assert.deepEqual([error.code, error.message.includes(`"${field}"`)], ['variable-not-deployed', true]);
			}
		});

		it('with a login from the environment only where it is used already', async () => {
			const spy = await HpduServer.start();
			const open = { id: 'of-env', username: env('PDU_USER'), password: 'known' };
			for (const elsewhere of [{ port: String(spy.port) }, { port: env('PDU_PORT'), host: 'localhost' }]) {
				const { error } = await test({ ...open, ...elsewhere });
				assert.equal(error.code, 'hpdu-password-needed');
			}
			assert.deepEqual([spy.connections, spy.requests], [0, []]);
			await spy.close();
		});

		for (const [what, fields, code, says] of [
			['a wrong password', { password: 'soup' }, 'hpdu-unauthorized', /Check username and password/] as const,
			['no password', { password: '' }, 'hpdu-bad-argument', /"password"/] as const,
			['a user of 17 bytes', { username: 'superintendent-17' }, 'hpdu-bad-argument', /"username"/] as const,
			['no host', { host: '' }, 'hpdu-bad-argument', /"host"/] as const,
			['a port in words', { port: 'http' }, 'config-invalid', /^(Wrong value|Not chosen): port\b/] as const,
			[
				'a timeout of 1 ms',
				{ timeout: '1' },
				'config-invalid',
				/^(Wrong value|Not chosen): timeout\b/,
			] as const,
			[
				'a tls-config that is gone',
				{ tls: 'gone' },
				'config-missing',
				/^(Wrong value|Not chosen): tls\b/,
			] as const,
		]) {
			it(`${what}: ${code}`, async () => {
				const { error } = await test(fields);
				assert.equal(error.code, code);
				assert.match(error.message, says);
			});
		}

		it('a port that nobody listens at, and a server that is no PDU', async () => {
			const { error } = await test({ port: String(nobody) });
			const says = /^Connection refused: .*Check the port/;
			assert.deepEqual([error.code, says.test(error.message)], ['hpdu-unreachable', true]);
			const other = await test({ port: String(nr.port) });
			assert.equal(other.error.code, 'hpdu-bad-response');
			const place = `No hPDU answers at 127.0.0.1:${nr.port}: something else does (404)`;
			assert.equal(other.error.message.slice(0, place.length), place);
		});

		it('without anything in it', async () => {
			const { error } = await json<Failure>('POST /wattpost/hpdu/test', {});
			assert.equal(error.code, 'hpdu-bad-argument');
			assert.equal((await json<Failure>('POST /wattpost/hpdu/test', [])).error.code, 'hpdu-bad-argument');
		});

		it('shares connection and queue with the flows, and leaves both as they were', async () => {
			const before = pdu.connections;
			await Promise.all([test({}), ask(nr, 'read'), test({}), ask(nr, 'read')]);
			await ask(nr, 'read');
			assert.deepEqual([pdu.maxInFlight, pdu.connections > before + 1, pdu.open], [1, false, 1]);
		});
	});

	describe('the display', () => {
		it('as the panel would show it', async () => {
			pdu.device.display.turnTo(2);
			const before = pdu.requests.length;
			const query = 'bitOrder=msb-top&rotate=90&invert=true&scale=2';
			const { image, ...rest } = await json<{ image: string }>(`GET /wattpost/hpdu/pdu/display?${query}`);
			assert.deepEqual(rest, { currentPage: 3, pages: 11, backlight: 'on' });
			const png = Buffer.from(image.replace('data:image/png;base64,', ''), 'base64');
			assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [128, 256]);
			const asked = ['GET /ui/status', 'GET /ui/framebuffer'];
			assert.deepEqual(askedOf(pdu, before), asked);
		});

		it('not in a way that there is not', async () => {
			const { error } = await json<Failure>('GET /wattpost/hpdu/pdu/display?scale=17');
			assert.deepEqual([error.code, /"scale".*1\.\.16/.test(error.message)], ['hpdu-bad-argument', true]);
			const twice = await json<Failure>('GET /wattpost/hpdu/pdu/display?rotate=90&rotate=0');
			assert.equal(twice.error.code, 'hpdu-bad-argument');
		});
	});
});
