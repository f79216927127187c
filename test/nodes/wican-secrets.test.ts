import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { OWNER, postOnce, SECRET_VALUES, WicanDevice } from '../devices/wican/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { CATCH, nextEvent, ON_TAB, TAB } from './kit.js';
import { nextSnapshot, send, wicanIn } from './wican-kit.js';

/** What a user enters in the nodes; each is found by searching for it. */
const CREDENTIALS = {
	token: 'token-Wiedehopf-2203',
	key: 'key-Neuntoeter-7719',
	username: 'user-Kernbeisser-1104',
	password: 'pass-Blaukehlchen-6021',
};
/** What somebody sends who has an old or mistyped credential. */
const WRONG = 'wrong-Grauammer-4404';

const encodings = (value: string): string[] => [
	value,
	encodeURIComponent(value),
	Buffer.from(value).toString('base64').replace(/=+$/, ''),
	Buffer.from(value).toString('hex'),
];

const BASIC = Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64');

/** The credentials, in any form; SSIDs, passwords and all else that firmware 4.40 tells of its owner. */
const FORBIDDEN: ReadonlySet<string> = new Set([
	...Object.values(CREDENTIALS).flatMap(encodings),
	...[...encodings(WRONG), BASIC.slice(0, -4)],
	...SECRET_VALUES,
]);

const { token, key, username, password } = CREDENTIALS;
const BEARER = { kind: 'bearer', token } as const;
const QUERY = { kind: 'api-key-query', token: key } as const;

const NODES: FlowNode[] = [
	TAB,
	CATCH,
	{ id: 'statuses', type: 'status', ...ON_TAB, scope: null, wires: [[]] },
	wicanIn('in', { credentials: { token } }),
	wicanIn('twin', { path: '/in', credentials: { token } }),
	wicanIn('keyed', { auth: 'api-key-query', emit: 'parameters', credentials: { token: key } }),
	wicanIn('basic', { auth: 'basic', statusFields: 'none', credentials: { username, password } }),
	wicanIn('broken', { offlineAfter: 'never', credentials: { token } }),
];

/** The secrets that a text holds. */
function foundIn(text: string): string[] {
	return [...FORBIDDEN].filter((value) => text.includes(value));
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((name) => join(folder, name))
		.filter((path) => !path.includes('node_modules') && statSync(path).isFile());
}

/** What everything that a node has said or shown so far looks like. */
async function said(nr: RunningNodeRed): Promise<string> {
	await nr.sync();
	const ids = NODES.map(({ id }) => nr.badge(id));
	return inspect([nr.untakenMessages(), nr.untakenErrors(), nr.log, ids], {
		depth: 12,
		maxArrayLength: null,
	});
}

function assertFilesHoldNone(nr: RunningNodeRed): void {
	const files = filesBelow(nr.userDir);
	assert.ok(files.some((path) => path.endsWith('.db')));
	for (const path of files) assert.deepEqual(foundIn(readFileSync(path, 'latin1')), [], path);
}

describe('what a WiCAN tells of its owner, and how it proves who it is', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({ flows: NODES });
		for (const [id, auth] of [
			['in', BEARER] as const,
			['keyed', QUERY] as const,
			['basic', { kind: 'basic', user: username, password }] as const,
		]) {
			const car = new WicanDevice({ firmware: '4.40', auth });
			const body = car.fullBody().toString();
			for (const value of Object.values(OWNER).slice(0, 8)) {
				assert.ok(body.includes(JSON.stringify(value).slice(1, -1)), value);
			}
			for (let n = 0; n < 2; n++) assert.equal((await postOnce(car, `${nr.url}/${id}`)).result, 'ok');
		}
		await refuseAll();
		await nr.error('endpoint-path-taken');
		await nr.error('config-invalid');
	});
	after(() => nr.stop());

	/** Everything that may be answered with a refusal, with secrets in it. */
	async function refuseAll(): Promise<void> {
		const cut = new WicanDevice({ firmware: '4.40' }).fullBody().subarray(0, -5);
		const odd = { status: { ...OWNER, mqtt_url: [OWNER.mqtt_url], [OWNER.sta_pass]: 1, device_id: 7 } };
		const right = { Authorization: `Bearer ${token}` };
		const statuses = [
			await send(nr.url, { path: '/in', body: cut, headers: right }),
			await send(nr.url, { path: '/in', body: [OWNER], headers: right }),
			await send(nr.url, { path: '/in', body: odd, headers: right }),
			await send(nr.url, { path: '/in', body: odd, headers: { Authorization: `Bearer ${WRONG}` } }),
			await send(nr.url, { path: `/keyed?api_key=${WRONG}`, body: odd, headers: { Authorization: null } }),
			await send(nr.url, { path: `/keyed?api_key=${WRONG}&api_key=${key}&a=1`, body: odd }),
			await send(nr.url, { path: '/in', method: 'GET', headers: right }),
			await send(nr.url, { path: `/nobody?api_key=${WRONG}`, body: odd, headers: right }),
		];
		assert.deepEqual(
			statuses.map(({ answer }) => answer?.status),
			[400, 400, 200, 401, 401, 200, 405, 404],
		);
		for (const { answer } of statuses) assert.deepEqual(foundIn(String(answer?.body)), []);
	}

	it('is in no message, event, status text, error or line of the log', async () => {
		const text = await said(nr);
		for (const word of ['3c84279a51e0', 'unauthorized', 'bad-json', 'SPEED'])
			assert.ok(text.includes(word), word);
		assert.deepEqual(foundIn(text), []);
	});

	it('is in no answer of the admin API and in no export', async () => {
		const ids = ['in', 'keyed', 'broken'];
		for (const path of [
			...[
				'/flows',
				'/flow/tab',
				'/nodes',
				'/settings',
				'/context/global',
				'/context/flow/tab',
				'/diagnostics',
			],
			...ids.flatMap((id) => [`/credentials/wican-https-in/${id}`, `/context/node/${id}`]),
		]) {
			const answer = await fetch(`${nr.url}${path}`, { headers: { accept: 'application/json' } });
			if (path !== '/diagnostics') assert.equal(answer.status, 200, path);
			assert.deepEqual(foundIn(await answer.text()), [], path);
		}
		// A user name is shown to whoever edits the node.
		const credentials = await fetch(`${nr.url}/credentials/wican-https-in/basic`);
		assert.deepEqual(await credentials.json(), { has_token: false, username, has_password: true });
	});

	it('is in messages alone where all of the status is wanted', async () => {
		nr.forget();
		nr.log.splice(0);
		await nr.deploy([TAB, CATCH, wicanIn('open', { statusFields: 'all', credentials: { token } })]);
		const car = new WicanDevice({ firmware: '4.40', auth: BEARER });
		await postOnce(car, `${nr.url}/open`);
		const { status } = (await nextSnapshot(nr, 'open')).wican;
		for (const name of ['sta_ssid', 'sta_pass', 'mqtt_url', 'mqtt_user', 'batt_alert_url'] as const) {
			assert.equal(status[name], OWNER[name]);
		}
		await postOnce(car, `${nr.url}/open`);
		assert.deepEqual((await nextSnapshot(nr, 'open')).wican.status, {});
		await send(nr.url, {
			path: '/open',
			body: '{"status":{"sta_pass":"',
			headers: { Authorization: `Bearer ${token}` },
		});
		await nextEvent(nr, 'refused', 'open');
		assert.deepEqual(foundIn(await said(nr)), []);
	});

	it('is in no file of the user directory, while Node-RED runs, after a kill and after a stop', async () => {
		assertFilesHoldNone(nr);
		await nr.kill('SIGKILL');
		assertFilesHoldNone(nr);
		await nr.start();
		await nr.kill('SIGTERM');
		assertFilesHoldNone(nr);
	});
});
