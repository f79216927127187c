import assert from 'node:assert/strict';
import { unmatchedRequests } from '../../../nodes/adapter/http-server/index.js';
import { RawClient, startOwn } from './kit.js';

const HOUR = 3_600_000;

describe('POSTs to paths that nobody has', () => {
	let own: Awaited<ReturnType<typeof startOwn>>;
	before(async () => {
		own = await startOwn();
	});
	after(() => own.endpoint.close());

	/** Sends a POST, and gives what is told of all of them after it was answered. */
	async function told(target: string, later = 0): Promise<[path: string, count: number][]> {
		const client = await RawClient.open(own.port);
		client.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
		assert.match(await client.until('}'), /^HTTP\/1\.1 404 /);
		client.end();
		return unmatchedRequests(own.red, Date.now() + later).map(({ path, count }) => [path, count]);
	}

	it('are told without their query, which may hold a credential', async () => {
		assert.deepEqual(await told('/wican?token=secret'), [['/wican', 1]]);
		assert.deepEqual(await told('/wican?token=other'), [['/wican', 2]]);
	});

	it('are told with no more than 200 characters of the path', async () => {
		assert.deepEqual((await told(`/${'a'.repeat(1000)}`))[0], [`/${'a'.repeat(199)}`, 1]);
	});

	it('are the sixteen newest', async () => {
		for (let number = 0; number < 20; number++) await told(`/made-up-${number}`);
		const paths = (await told('/last')).map(([path]) => path);
		assert.deepEqual([paths.length, paths[0], paths.at(-1)], [16, '/last', '/made-up-5']);
	});

	it('are forgotten after an hour', async () => {
		assert.equal((await told('/last', HOUR - 60_000)).length, 16);
		assert.deepEqual(await told('/last', HOUR + 60_000), []);
	});
});
