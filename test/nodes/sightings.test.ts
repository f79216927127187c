import assert from 'node:assert/strict';
import type { Presence, UnmatchedRequest } from '../../nodes/protocol/common/presence.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, endpoint, freePort, listening, nowSeconds, TAB } from './kit.js';
import { httpIn, makePost, send, upsDevice } from './ups-kit.js';
import { send as sendCar, UNAUTHORIZED, wicanIn } from './wican-kit.js';

const ADMIN_AUTH = {
	type: 'credentials',
	users: [],
	tokens: (token: string) =>
		Promise.resolve(
			{
				reader: { username: 'reader', permissions: 'read' },
				stranger: { username: 'stranger', permissions: 'flows.read' },
			}[token] ?? null,
		),
};

interface Told {
	readonly now: number;
	readonly device: (Presence & { readonly deviceId?: string; readonly firmware?: string }) | null;
	readonly unknown?: readonly ({ readonly deviceId: string } & UnmatchedRequest)[];
	readonly strays: readonly ({ readonly path: string; readonly server: unknown } & UnmatchedRequest)[];
}

const FIRST = { config: {}, status: { device_id: '60550fc2a6b1', fw_version: '4.51', uptime: '0:00:09' } };

describe('what panels are told of requests', () => {
	let nr: RunningNodeRed;
	let port: number;
	before(async () => {
		port = await freePort();
		nr = await startNodeRed({
			settings: { adminAuth: ADMIN_AUTH },
			flows: [
				TAB,
				endpoint('listener', { server: 'own', host: '127.0.0.1', port: String(port) }),
				upsDevice('A'),
				upsDevice('B'),
				httpIn('in'),
				wicanIn('car'),
				wicanIn('other', { endpoint: 'listener' }),
			],
		});
		await listening(nr, 'listener');
	});
	after(() => nr.stop());

	const asked = (path: string, token = 'reader'): Promise<Response> =>
		fetch(`${nr.url}/wattpost/${path}`, { headers: { authorization: `Bearer ${token}` } });
	const ask = async (path: string): Promise<Told> => (await asked(path)).json() as Promise<Told>;

	it('only to who may read', async () => {
		for (const path of ['ups/sightings?node=ups-A', 'wican/sightings?node=car']) {
			assert.equal((await asked(path, 'stranger')).status, 401, path);
			assert.equal((await asked(path, 'nobody')).status, 401, path);
			const answer = await asked(path);
			assert.equal(answer.headers.get('cache-control'), 'no-store');
		}
	});

	it('of a UPS: when it was seen, and why it was refused', async () => {
		const { device: before } = await ask('ups/sightings?node=ups-A');
		assert.deepEqual(before, { online: false, seen: null, refused: null });
		await send(makePost(nr.url, 'A'));
		await send(makePost(nr.url, 'A', { ts: String(nowSeconds() - 412) }));
		const { now, device } = await ask('ups/sightings?node=ups-A');
		assert.equal(device?.online, true);
		assert.equal(device?.seen?.remoteAddress, '127.0.0.1');
		assert.ok(Number(device?.seen?.at) <= now);
		const { at, clockOffset, ...refused } = device?.refused ?? { at: 0 };
		assert.deepEqual(refused, { reason: 'stale-timestamp', status: 401, remoteAddress: '127.0.0.1' });
		assert.ok(Math.abs(Number(clockOffset) + 412) <= 1, String(clockOffset));
		assert.ok(at <= now);
		assert.deepEqual((await ask('ups/sightings?node=ups-B')).device, before);
	});

	it('who is unknown', async () => {
		for (let count = 0; count < 2; count++) {
			await send(makePost(nr.url, 'nobody-knows-me'));
			await nr.message({ from: 'in', port: 1, where: ({ topic }) => topic === 'nobody-knows-me' });
		}
		const { device, unknown } = await ask('ups/sightings?node=not-deployed');
		assert.equal(device, null);
		assert.deepEqual(
			unknown?.map(({ deviceId, remoteAddress, count }) => ({ deviceId, remoteAddress, count })),
			[{ deviceId: 'nobody-knows-me', remoteAddress: '127.0.0.1', count: 2 }],
		);
	});

	it('of a car', async () => {
		assert.equal((await ask('wican/sightings?node=no-such-node')).device, null);
		const refused = await sendCar(nr.url, { path: '/car', headers: { Authorization: null }, body: {} });
		assert.equal(answerOf(refused), UNAUTHORIZED);
		await sendCar(nr.url, { path: '/car', body: FIRST });
		const { device } = await ask('wican/sightings?node=car');
		assert.deepEqual(
			{ ...device, seen: device?.seen?.remoteAddress, refused: device?.refused?.reason },
			{
				online: true,
				seen: '127.0.0.1',
				refused: 'unauthorized',
				deviceId: '60550fc2a6b1',
				firmware: '4.51',
				count: 0,
				stale: false,
			},
		);
	});

	it('of POSTs to paths that nobody has', async () => {
		await sendCar(nr.url, { path: '/wican2?token=not-to-be-told', body: {} });
		await sendCar(nr.url, { path: '/gone', method: 'GET' });
		await sendCar(`http://127.0.0.1:${port}`, { path: '/api/v2/devices/A/telemetry', body: {} });
		const { strays } = await ask('wican/sightings?node=car');
		assert.deepEqual(
			strays.map(({ path, server, remoteAddress, count }) => ({ path, server, remoteAddress, count })),
			[
				{ path: '/api/v2/devices/A/telemetry', server: port, remoteAddress: '127.0.0.1', count: 1 },
				{ path: '/wican2', server: 'node-red', remoteAddress: '127.0.0.1', count: 1 },
			],
		);
		assert.deepEqual((await ask('ups/sightings?node=ups-A')).strays.length, 2);
	});
});
