import assert from 'node:assert/strict';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, endpoint, TAB } from './kit.js';
import { ACCEPTED, send, wicanIn } from './wican-kit.js';

const ADMIN_AUTH = {
	type: 'credentials',
	users: (username: string) => Promise.resolve({ username, permissions: '*' }),
	authenticate: (username: string, password: string) =>
		Promise.resolve(password === 'a password' ? { username, permissions: '*' } : null),
};

/** Cars at paths that the editor needs, and one at the root of the server, where the editor only reads. */
const FLOWS = [
	TAB,
	CATCH,
	endpoint('taken', { path: '/settings' }),
	wicanIn('flows', { path: '/flows' }),
	wicanIn('login', { path: '/auth/token' }),
	wicanIn('inject', { path: '/inject/login' }),
	wicanIn('below', { endpoint: 'taken', path: '/user' }),
	wicanIn('root', { path: '/' }),
];

for (const version of [5, 4] as const) {
	describe(`Node-RED ${version} with nodes at paths that its editor needs`, () => {
		let nr: RunningNodeRed;
		before(async () => {
			nr = await startNodeRed({ version, settings: { adminAuth: ADMIN_AUTH }, flows: FLOWS });
		});
		after(() => nr.stop());

		const post = (path: string, body: object, token = '') =>
			fetch(`${nr.url}${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
				body: JSON.stringify(body),
			});

		async function login(): Promise<string> {
			const who = { client_id: 'node-red-admin', grant_type: 'password', scope: '*' };
			const answer = await post('/auth/token', { ...who, username: 'admin', password: 'a password' });
			assert.equal(answer.status, 200);
			return ((await answer.json()) as { access_token: string }).access_token;
		}

		it('refuses each of them, with an error for Catch nodes', async () => {
			for (const from of ['flows', 'login', 'inject', 'below']) {
				const { code } = await nr.error((error) => error.from === from);
				assert.equal(code, 'config-invalid');
				assert.equal((await nr.status(from)).fill, 'red');
			}
			await nr.error((error) => error.from === 'taken' && error.code === 'config-invalid');
		});

		it('lets people log in and deploy, also after a restart', async () => {
			for (const when of ['at first', 'after the restart']) {
				const token = await login();
				const flows = await fetch(`${nr.url}/flows`, { headers: { authorization: `Bearer ${token}` } });
				const deployed = await post('/flows', (await flows.json()) as object, token);
				assert.deepEqual([when, deployed.status], [when, 204]);
				const editor = await fetch(nr.url);
				assert.match(await editor.text(), /<title>Node-RED<\/title>/);
				if (when === 'at first') await nr.restart();
			}
		});

		it('receives a car at the root of its server', async () => {
			const outcome = await send(nr.url, { path: '/', body: { RPM: 1 } });
			assert.equal(answerOf(outcome), ACCEPTED);
		});
	});
}
