import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WicanDevice } from '../devices/wican/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, endpoint, freePort, listening, ON_TAB, TAB } from './kit.js';
import { ACCEPTED, type Sent, send, UNAUTHORIZED, wicanIn } from './wican-kit.js';

const FIXTURES = join(__dirname, '../../../test/fixtures/tls');

/** So many nodes get each message, and a copy of it. */
const BEHIND = Array.from({ length: 300 }, (_, n): FlowNode => {
	return { id: `behind${n}`, type: 'function', ...ON_TAB, func: 'return null;', outputs: 0, wires: [] };
});
const ALL = BEHIND.map(({ id }) => id);

const TLS: FlowNode = {
	...{ id: 'tls', type: 'tls-config', name: '', ca: '' },
	cert: join(FIXTURES, 'server.pem'),
	key: join(FIXTURES, 'server.key'),
};

const own = (id: string, port: number, tls: string): FlowNode =>
	endpoint(id, { server: 'own', host: '127.0.0.1', port: String(port), tls });
const car = (id: string, at: string): FlowNode => wicanIn(id, { endpoint: at, wires: [ALL, ALL] });

interface Hooks {
	add(name: string, handler: () => void): void;
	remove(name: string): void;
}

describe('a flow that takes its time', () => {
	let nr: RunningNodeRed;
	let [plain, secure] = [0, 0];
	let last = 0;
	before(async () => {
		[plain, secure] = [await freePort(), await freePort()];
		nr = await startNodeRed({
			flows: [
				...[TAB, TLS, own('plain', plain, ''), own('secure', secure, 'tls'), ...BEHIND],
				...[car('node-red', ''), car('own', 'plain'), car('own-tls', 'secure')],
			],
		});
		await Promise.all([listening(nr, 'plain'), listening(nr, 'secure')]);
	});
	after(() => nr.stop());

	const places = (): Record<string, string> => ({
		'node-red': nr.url,
		own: `http://127.0.0.1:${plain}`,
		'own-tls': `https://127.0.0.1:${secure}`,
	});

	/**
	 * Lets the whole process stand still as soon as a message is on its way, until there is a file; it is made when
	 * the answer has been read. Gives that answer, and whether the process had to go on without it.
	 */
	async function answerBehind(hook: string, id: string, request: Partial<Sent>): Promise<[string, string]> {
		const path = join(nr.userDir, `answered-${++last}`);
		await nr.run(
			(RED, name, file) => {
				const { existsSync } = process.getBuiltinModule('node:fs');
				const hooks = Reflect.get(RED, 'hooks') as Hooks;
				const label = `${name}.slow`;
				const outcome = new Promise((resolve) => {
					hooks.add(label, () => {
						hooks.remove(label);
						const end = Date.now() + 8000;
						while (!existsSync(file) && Date.now() < end);
						resolve(existsSync(file) ? 'answered before' : 'not answered');
					});
				});
				Object.assign(globalThis, { outcome });
			},
			hook,
			path,
		);
		const url = places()[id] ?? '';
		const outcome = await send(url, { path: `/${id}`, ...request }, { tls: { insecure: true } });
		writeFileSync(path, '');
		const when = await nr.run(() => Reflect.get(globalThis, 'outcome') as Promise<string>);
		await nr.sync();
		return [answerOf(outcome), when];
	}

	for (const [hook, when] of [
		['onSend', 'before a message is even copied'] as const,
		['onReceive', 'in the nodes that get it'] as const,
	]) {
		for (const id of ['node-red', 'own', 'own-tls']) {
			it(`${when} delays no answer (${id})`, async () => {
				const first = new WicanDevice({ car: 'electric', large: true, pollTakes: 0 }).fullBody();
				const later = { autopid_data: { SOC: 62.4 } };
				assert.deepEqual(await answerBehind(hook, id, { body: first }), [ACCEPTED, 'answered before']);
				assert.deepEqual(await answerBehind(hook, id, { body: later }), [ACCEPTED, 'answered before']);
				const stranger = { body: later, headers: { Authorization: null } };
				assert.deepEqual(await answerBehind(hook, id, stranger), [UNAUTHORIZED, 'answered before']);
				const broken = { body: '{' };
				const refused = '400 {"error":"bad-json"}';
				assert.deepEqual(await answerBehind(hook, id, broken), [refused, 'answered before']);
			});
		}
	}
});
