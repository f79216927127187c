import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SCENARIOS } from './index.js';
import { startRawServer } from './raw-server.js';

const CLI = join(__dirname, 'cli.js');

interface Ended {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

/** Runs the command line; `onOutput` is told everything printed so far and can end it. */
function run(args: string[], onOutput: (out: string, interrupt: () => void) => void = () => undefined) {
	return new Promise<Ended>((resolve, reject) => {
		const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, UPS_KEY: undefined } });
		let out = '';
		let err = '';
		child.stdout.on('data', (chunk) => {
			out += chunk;
			onOutput(out, () => child.kill('SIGINT'));
		});
		child.stderr.on('data', (chunk) => {
			err += chunk;
		});
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, err }));
	});
}

describe('stand-in UPS from the command line', () => {
	it('posts to a URL, a line per POST, and stops after so many', async () => {
		const server = await startRawServer(() => ({ bytes: 'HTTP/1.1 204 No Content\r\n\r\n' }));
		const args = [
			'--device-id',
			'my-ups',
			'--key',
			'abcd-efgh jkmn-pqrs',
			'--first',
			'0',
			'--period',
			'0',
			'--count',
			'3',
		];
		const { code, out, err } = await run(['--url', `${server.url}/`, ...args]);
		await server.close();
		assert.deepEqual({ code, err }, { code: 0, err: '' });
		assert.equal(out.match(/^\d{4}-.*204 ok {2}mains 100 %, Pi running, no acks$/gm)?.length, 3, out);
		assert.equal(server.requests.length, 3);
		assert.match(
			server.requests[2]?.bytes.toString() ?? '',
			/^POST \/\/api\/v1\/devices\/my-ups\/telemetry /,
		);
		assert.doesNotMatch(out, /PQRS/i);
	});

	it('ends cleanly when it is interrupted, and shows a key that it made up', async () => {
		const server = await startRawServer(() => ({ bytes: 'HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n' }));
		const { code, out, err } = await run(['--url', server.url, '--first', '0'], (soFar, interrupt) => {
			if (soFar.includes('unauthorized')) {
				interrupt();
			}
		});
		await server.close();
		assert.deepEqual({ code, err }, { code: 0, err: '' });
		assert.match(out, /^HTTP Key: ([0-9A-HJKMNP-TV-Z]{4}(?: (?!$)|$)){4}$/m);
	});

	for (const [name, args, expected] of [
		['a number that is none', ['--period', 'x'], /^--period needs a number/],
		['a key that is none', ['--key', 'abc'], /^The key needs 16/],
		['an unknown scenario', ['--scenario', 'toString'], /^There is no scenario "toString"/],
		['an unknown option', ['--nope'], /^Unknown option '--nope'/],
		['a missing file', ['--ca', join(__dirname, 'nope.pem')], /^ENOENT/],
	] as const) {
		it(`refuses ${name} in a line`, async () => {
			const { code, out, err } = await run([...args]);
			assert.deepEqual({ code, out }, { code: 2, out: '' });
			assert.match(err, expected);
			assert.equal(err.trimEnd().split('\n').length, 1);
		});
	}

	it('names every scenario in its help', async () => {
		const { code, out } = await run(['--help']);
		assert.equal(code, 0);
		for (const name of Object.keys(SCENARIOS)) {
			assert.match(out, new RegExp(`^ {8}${name} `, 'm'));
		}
	});
});
