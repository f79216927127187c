import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { pduDevice, registerWrite } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

const PASSWORD = 'secret of super';
const KEY = 'sixteen letters!';

/** Who may do what in the editor, by access token. */
const ADMIN_AUTH = {
	type: 'credentials',
	users: [],
	tokens: (token: string) =>
		Promise.resolve(
			{
				editor: { username: 'editor', permissions: '*' },
				reader: { username: 'reader', permissions: 'read' },
				stranger: { username: 'stranger', permissions: 'flows.read' },
			}[token] ?? null,
		),
};

/** What a panel is told of registers. */
interface Answer {
	readonly payload: unknown;
	readonly elapsed: number;
}

describe('what the editor may ask about PDUs', () => {
	let nr: RunningNodeRed;
	let pdu: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({ users: [{ role: 'super', name: 'super', password: PASSWORD }] });
		const credentials = { username: 'super', password: PASSWORD };
		nr = await startNodeRed({
			settings: { adminAuth: ADMIN_AUTH },
			flows: [TAB, CATCH, pduDevice('pdu', pdu, { credentials }), registerWrite('write', { write: 'save' })],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});

	const ask = (path: string, token?: string, body?: object): Promise<Response> =>
		fetch(`${nr.url}/wattpost/hpdu/${path}`, {
			method: body ? 'POST' : 'GET',
			headers: {
				'content-type': 'application/json',
				...(token !== undefined && { authorization: `Bearer ${token}` }),
			},
			...(body && { body: JSON.stringify(body) }),
		});
	/** What stands in an open panel whose password was not touched. */
	const form = () => ({
		...{ id: 'pdu', host: '127.0.0.1', port: String(pdu.port), tls: '', timeout: '', username: 'super' },
		password: '__PWRD__',
	});

	const READS = ['registers', 'pdu/rights', 'pdu/display', 'pdu/values?registers=stdvnm'];

	for (const path of READS) {
		it(`${path}: whoever may read, and nobody else`, async () => {
			const asked = pdu.requests.length;
			for (const token of [undefined, 'nobody', 'stranger'])
				assert.equal((await ask(path, token)).status, 401, token);
			assert.equal(pdu.requests.length, asked);
			for (const token of ['reader', 'editor']) {
				const answer = await ask(path, token);
				const text = await answer.text();
				assert.equal(answer.status, 200);
				assert.equal('error' in JSON.parse(text), false, text);
				assert.equal(answer.headers.get('cache-control'), 'no-store');
				assert.equal(text.includes(PASSWORD), false);
			}
		});
	}

	it('values: what a node would read, and no secret', async () => {
		const values = async (query: string) => (await ask(`pdu/values?${query}`, 'reader')).json();
		const { elapsed: _, ...answer } = (await values('registers=stextn,iarc4k+abcxyz&format=flat')) as Answer;
		assert.deepEqual(answer, {
			payload: { stextn: 1 },
			registers: { stextn: { name: 'extendedNames', unit: '', type: 'int' } },
			...{ extra: {}, missing: ['abcxyz'], withheld: ['iarc4k'] },
		});
		assert.deepEqual(((await values('read=scan')) as Answer).payload, [
			{ unitAddress: 1, hardwareId: '42534-6129-0' },
		]);
	});

	const BAD_VALUES: Readonly<Record<string, string>> = {
		'': 'hpdu-bad-argument',
		'registers=std-vnm': 'hpdu-bad-argument',
		'registers=stdvnm&unit=-1': 'hpdu-bad-argument',
		'registers=stdvnm+imcrac&format=value': 'hpdu-bad-argument',
		'read=everything': 'config-invalid',
	};
	for (const [query, code] of Object.entries(BAD_VALUES)) {
		it(`values?${query}: ${code}, and nothing is sent`, async () => {
			const asked = pdu.requests.length;
			const { error } = (await (await ask(`pdu/values?${query}`, 'reader')).json()) as {
				error: { code: string };
			};
			assert.equal(error.code, code);
			assert.equal(pdu.requests.length, asked);
		});
	}

	it('test: whoever may change the PDU, and nobody else', async () => {
		const asked = pdu.requests.length;
		for (const token of [undefined, 'nobody', 'stranger', 'reader'])
			assert.equal((await ask('test', token, form())).status, 401, token);
		assert.equal(pdu.requests.length, asked);
		const text = await (await ask('test', 'editor', form())).text();
		assert.deepEqual(Object.keys(JSON.parse(text)), ['name', 'firmware', 'serial', 'readable', 'writable']);
	});

	it('test: says what went wrong, without the password', async () => {
		const passwords = [PASSWORD.toUpperCase(), 'x'.repeat(17)];
		for (const password of passwords) {
			const text = await (await ask('test', 'editor', { ...form(), password })).text();
			assert.match(JSON.parse(text).error.code, /^hpdu-(unauthorized|bad-argument)$/);
			assert.equal(text.includes(password), false);
		}
	});

	it('a PDU that is not deployed: says so', async () => {
		for (const id of ['nowhere', 'write', '__proto__']) {
			const { error } = (await (await ask(`${id}/rights`, 'editor')).json()) as { error: { code: string } };
			assert.equal(error.code, 'config-missing');
		}
	});

	it('and no secret is in a message, an error or a badge of what is written', async () => {
		const payload = { iaenab: 1, iarc4k: KEY };
		await nr.inject('write', { saveGroup: 'ipapi', payload: { ...payload } });
		const told = await nr.message({ from: 'write' });
		await nr.inject('write', { saveGroup: 'ipapi', payload: { ...payload, iarc4k: `${KEY}!` } });
		const { message, code } = await nr.error(({ from }) => from === 'write');
		const said = JSON.stringify([told, message, code, nr.log]);
		assert.equal(code, 'hpdu-bad-argument');
		for (const secret of [KEY, PASSWORD]) assert.equal(said.includes(secret), false, said);
	});
});
