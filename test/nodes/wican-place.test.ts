import assert from 'node:assert/strict';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, endpoint, freePort, listening, TAB } from './kit.js';
import { ACCEPTED, eventsOf, nextSnapshot, send, UNAUTHORIZED, wicanIn } from './wican-kit.js';

const BODY = { autopid_data: { SOC: 62.35 } };
/** How a field names an environment variable. */
const env = (name: string): string => `\${${name}}`;

const NOT_FOUND = '404 {"error":"not-found"}';

async function post(url: string, path: string, token?: string): Promise<string> {
	const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
	return answerOf(await send(url, { path, body: BODY, headers }));
}

describe('the place at which wican-https-in receives', () => {
	let nr: RunningNodeRed;
	let port: number;
	before(async () => {
		const variables = { CAR_TOKEN: 'from the environment', CAR_PATH: '/variable', CAR_SILENCE: '600' };
		nr = await startNodeRed({ env: variables });
		port = await freePort();
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	it("is Node-RED's own server at /wican where nothing is filled in, or what an environment variable says", async () => {
		const credentials = { token: env('CAR_TOKEN') };
		const named = wicanIn('named', { path: env('CAR_PATH'), offlineAfter: env('CAR_SILENCE'), credentials });
		await nr.deploy([TAB, wicanIn('in', { path: '' }), wicanIn('bare', { path: 'no/slash' }), named]);
		assert.equal(await post(nr.url, '/variable', 'from the environment'), ACCEPTED);
		assert.equal((await nextSnapshot(nr, 'named')).topic, '/variable');
		assert.equal(await post(nr.url, '/wican'), ACCEPTED);
		assert.equal((await nextSnapshot(nr)).topic, '/wican');
		assert.equal(await post(nr.url, '/no/slash'), ACCEPTED);
		assert.equal((await nextSnapshot(nr, 'bare')).topic, '/no/slash');
	});

	it('does not depend on case, doubled slashes and one at the end', async () => {
		const at = wicanIn('in', { endpoint: 'ep', path: '/My/Car' });
		await nr.deploy([TAB, endpoint('ep', { path: '/site/' }), at]);
		const answers: Record<string, string> = {};
		const paths = ['/site/My/Car', '/SITE/my/car', '/site/My/Car/', '//site//My/Car', '/site/My/Car?a=1'];
		for (const path of [...paths, '/My/Car', '/site', '/site/My/Car/x', '/site/My%2FCar']) {
			answers[path] = (await post(nr.url, path)).slice(0, 3);
		}
		assert.deepEqual(answers, {
			...Object.fromEntries(paths.map((path) => [path, '200'])),
			...{ '/My/Car': '404', '/site': '404', '/site/My/Car/x': '404', '/site/My%2FCar': '404' },
		});
	});

	it('may be one of several at an endpoint, each with a token of its own', async () => {
		const own = endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port), path: '/cars' });
		const car = (name: string) =>
			wicanIn(name, { endpoint: 'ep', vehicle: name, credentials: { token: name } });
		await nr.deploy([TAB, own, car('van'), car('truck')]);
		await listening(nr, 'ep');
		const url = `http://127.0.0.1:${port}`;
		assert.equal(await post(url, '/cars/van', 'van'), ACCEPTED);
		assert.equal(await post(url, '/cars/truck', 'truck'), ACCEPTED);
		assert.equal(await post(url, '/cars/truck', 'van'), UNAUTHORIZED);
		assert.equal(await post(url, '/cars/bus', 'van'), NOT_FOUND);
		assert.equal(await post(nr.url, '/cars/van', 'van').then((answer) => answer.slice(0, 3)), '404');
		assert.equal((await nextSnapshot(nr, 'van')).topic, 'van');
		assert.equal((await nextSnapshot(nr, 'truck')).topic, 'truck');
		const [online, refused] = await eventsOf(nr, 'truck');
		assert.deepEqual([online?.event, refused?.event, refused?.vehicle], ['online', 'refused', 'truck']);
		assert.deepEqual(nr.untakenMessages({ port: 0 }), []);
	});

	it('has one owner: a second one is red and says so, the first goes on and leaves its place at last', async () => {
		await nr.deploy([
			TAB,
			CATCH,
			wicanIn('in', { name: 'Family car' }),
			wicanIn('twin', { path: '/IN/', credentials: { token: 'x' } }),
		]);
		const { from, catchable, message } = await nr.error('endpoint-path-taken');
		assert.deepEqual([from, catchable], ['twin', true]);
		assert.ok(message.includes(`Family car (${TAB.label}, in)`), message);
		assert.equal((await nr.status('twin', ({ fill }) => fill === 'red')).text, 'path taken');
		const { error } = await nr.message({ from: 'errors' });
		assert.equal((error as { code: string }).code, 'endpoint-path-taken');
		assert.equal(await post(nr.url, '/in'), ACCEPTED);
		assert.equal(await post(nr.url, '/in', 'x'), UNAUTHORIZED);
		await nextSnapshot(nr);
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'twin' }), []);
		nr.forget();
		await nr.deploy([TAB, CATCH, wicanIn('twin', { path: '/IN/', credentials: { token: 'x' } })], 'nodes');
		assert.equal(await post(nr.url, '/in', 'x'), ACCEPTED);
		await nextSnapshot(nr, 'twin');
		await nr.status('twin', ({ fill }) => fill !== undefined && fill !== 'red');
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('is free for a dozen nodes, of which Node.js does not suspect a leak', async () => {
		await nr.run(() => {
			Object.assign(globalThis, { warnings: [] });
			process.on('warning', ({ message }) => Reflect.get(globalThis, 'warnings').push(message));
		});
		await nr.deploy([TAB, ...Array.from({ length: 12 }, (_, n) => wicanIn(`car${n}`))]);
		assert.equal(await post(nr.url, '/car11'), ACCEPTED);
		assert.deepEqual(await nr.run(() => Reflect.get(globalThis, 'warnings')), []);
	});

	it('changes hands within one deploy, of any kind', async () => {
		const flow = (first: string, second: string) => [
			...[TAB, wicanIn('one', { path: first, vehicle: '1' }), wicanIn('two', { path: second, vehicle: '2' })],
		];
		await nr.deploy(flow('/a', '/b'));
		for (const [index, type] of (['full', 'nodes', 'flows'] as const).entries()) {
			const [first, second] = index % 2 === 0 ? (['/b', '/a'] as const) : (['/a', '/b'] as const);
			await nr.deploy(flow(first, second), type);
			assert.equal(await post(nr.url, first), ACCEPTED);
			assert.equal((await nextSnapshot(nr, 'one')).topic, '1');
			assert.equal(await post(nr.url, second), ACCEPTED);
			assert.equal((await nextSnapshot(nr, 'two')).topic, '2');
		}
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('cannot be what no device could ask for, nor an endpoint that is gone', async () => {
		const broken = [wicanIn('blanks', { path: '/my car' }), wicanIn('lost', { endpoint: 'gone' })];
		await nr.deploy([TAB, CATCH, ...broken, wicanIn('in')]);
		assert.equal((await nr.error('config-invalid')).from, 'blanks');
		assert.equal((await nr.error('config-missing')).from, 'lost');
		for (const id of ['blanks', 'lost']) await nr.status(id, ({ fill }) => fill === 'red');
		assert.equal(await post(nr.url, '/in'), ACCEPTED);
	});
});

describe('the place below httpNodeRoot', () => {
	it('begins with it, and there is none without it', async () => {
		const settings = { httpAdminRoot: '/admin', httpNodeRoot: '/node' };
		const nr = await startNodeRed({ settings, flows: [TAB, wicanIn('in')] });
		try {
			assert.equal(await post(nr.url, '/node/in'), ACCEPTED);
			assert.equal((await nextSnapshot(nr)).topic, '/in');
			assert.equal((await post(nr.url, '/in')).slice(0, 3), '404');
		} finally {
			await nr.stop();
		}
	});

	it('is none where it is switched off, which a Catch node is told', async () => {
		const nr = await startNodeRed({ settings: { httpNodeRoot: false }, flows: [TAB, CATCH, wicanIn('in')] });
		try {
			assert.equal((await nr.error('endpoint-disabled')).from, 'in');
			const { error } = await nr.message({ from: 'errors' });
			assert.equal((error as { code: string }).code, 'endpoint-disabled');
			assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
		} finally {
			await nr.stop();
		}
	});
});
