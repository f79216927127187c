import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RawServer, startRawServer } from '../common/raw-server.js';
import { FIRMWARES, SCENARIOS } from './index.js';

const CLI = join(__dirname, 'cli.js');
const FIXTURES = join(__dirname, '../../../../test/fixtures/tls');
const OK = { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}' };
const SECRET = 'T0K-Neuntoeter';

interface Ended {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

interface RunOptions {
	readonly env?: NodeJS.ProcessEnv;
	/** Is told everything printed so far, and can end it. */
	readonly onOutput?: (out: string, end: (signal: NodeJS.Signals) => void) => void;
}

function run(args: readonly string[], { env = {}, onOutput = () => undefined }: RunOptions = {}) {
	return new Promise<Ended>((resolve, reject) => {
		const child = spawn(process.execPath, [CLI, ...args], {
			env: { ...process.env, WICAN_TOKEN: undefined, WICAN_PASSWORD: undefined, ...env },
		});
		let out = '';
		let err = '';
		child.stdout.on('data', (chunk) => {
			out += chunk;
			onOutput(out, (signal) => child.kill(signal));
		});
		child.stderr.on('data', (chunk) => {
			err += chunk;
		});
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, err }));
	});
}

const ONCE = ['--first', '0', '--count', '1'];

describe('stand-in WiCAN from the command line', () => {
	let server: RawServer;

	beforeEach(async () => {
		server = await startRawServer(() => OK);
	});

	afterEach(() => server.close());

	const head = (n = 0) => server.requests[n]?.head.split('\r\n') ?? [];

	it('posts to a URL, a line per POST, and stops after so many', async () => {
		const args = ['--first', '0', '--period', '0', '--count', '3', '--token', SECRET];
		const { code, out, err } = await run(['--url', `${server.url}/in?car=1`, ...args]);
		assert.deepEqual({ code, err }, { code: 0, err: '' });
		assert.match(out, /^\d{4}-\S+ {2}200 ok {2}full, \d+ bytes {2}boot 1, drives$/m);
		assert.equal(out.match(/^\d{4}-\S+ {2}200 ok {2}values, \d+ bytes {2}boot 1, drives$/gm)?.length, 2, out);
		assert.equal(server.requests.length, 3);
		assert.deepEqual([head()[0], head()[4]], ['POST /in?car=1 HTTP/1.1', `Authorization: Bearer ${SECRET}`]);
		assert.doesNotMatch(out, new RegExp(SECRET));
	});

	for (const [name, args, env, expected] of [
		['nothing', [], {}, undefined],
		['a token of the environment', [], { WICAN_TOKEN: SECRET }, `Authorization: Bearer ${SECRET}`],
		['no token for none', ['--auth', 'none'], { WICAN_TOKEN: SECRET }, undefined],
		[
			'a header',
			['--auth', 'api-key-header', '--auth-name', 'X-Car', '--token', SECRET],
			{},
			`X-Car: ${SECRET}`,
		],
		[
			'a key in the query',
			['--auth', 'api-key-query', '--token', SECRET],
			{},
			`POST /?api_key=${SECRET} HTTP/1.1`,
		],
		['basic', ['--auth', 'basic', '--user', 'u', '--password', 'p'], {}, 'Authorization: Basic dTpw'],
		[
			'basic of the environment',
			['--auth', 'basic', '--user', 'u'],
			{ WICAN_PASSWORD: 'p' },
			'Authorization: Basic dTpw',
		],
		['the ABRP form', ['--form', 'abrp', '--token', SECRET], {}, `Authorization: APIKEY ${SECRET}`],
	] as const) {
		it(`sends ${name}, and does not print it`, async () => {
			const { code, out, err } = await run(['--url', server.url, ...ONCE, ...args], { env });
			assert.deepEqual({ code, err }, { code: 0, err: '' });
			const found = head().filter((line) => /Neuntoeter|^Authorization/.test(line));
			assert.deepEqual(found, expected === undefined ? [] : [expected]);
			assert.doesNotMatch(out, /Neuntoeter|dTpw/);
		});
	}

	it('is the device that it is told to be', async () => {
		const args = ['--firmware', '6', '--car', 'electric', '--large', '--gps', '--device-id', 'a1b2c3d4e5f6'];
		await run(['--url', server.url, ...ONCE, ...args]);
		const { status, autopid_data: values } = JSON.parse(server.requests[0]?.body.toString() ?? '');
		assert.deepEqual([head()[1], status.device_id], ['User-Agent: WiCAN/6', 'a1b2c3d4e5f6']);
		assert.ok('HV_C_V_192' in values && 'gps_latitude' in values && values.timestamp > 1_600_000_000);
	});

	it('is a webhook of Home Assistant', async () => {
		const args = ['--firmware', 'ha4', '--mode', 'full'];
		await run(['--url', server.url, ...ONCE, ...args]);
		assert.deepEqual(Object.keys(JSON.parse(server.requests[0]?.body.toString() ?? '')), [
			'config',
			'status',
			'autopid_data',
		]);
	});

	it('shows its client certificate', async () => {
		const pem = (name: string) => readFileSync(join(FIXTURES, name));
		const secure = await startRawServer(() => OK, {
			tls: {
				key: pem('server.key'),
				cert: pem('server.pem'),
				ca: pem('ca.pem'),
				requestCert: true,
				rejectUnauthorized: true,
			},
		});
		const file = (name: string) => join(FIXTURES, name);
		const identity = ['--cert', file('client.pem'), '--cert-key', file('client.key')];
		const { out } = await run(['--url', secure.url, ...ONCE, '--ca', file('ca.pem'), ...identity]);
		await secure.close();
		assert.match(out, / {2}200 ok {2}/);
	});

	for (const signal of ['SIGTERM', 'SIGINT'] as const) {
		it(`ends cleanly on ${signal}, in the middle of a pause`, async () => {
			const args = ['--url', server.url, '--first', '0', '--period', '3600'];
			const { code, err } = await run(args, {
				onOutput: (out, end) => {
					if (out.includes('200 ok')) end(signal);
				},
			});
			assert.deepEqual({ code, err }, { code: 0, err: '' });
		});
	}

	it('tells what went wrong, and goes on', async () => {
		await server.close();
		const args = ['--first', '0', '--period', '0', '--count', '2', '--token', SECRET];
		const { code, out } = await run(['--url', `${server.url}/?k=${SECRET}`, ...args]);
		assert.equal(code, 0);
		assert.equal(out.match(/ {2}--- unreachable \(connect ECONNREFUSED /g)?.length, 2, out);
		assert.doesNotMatch(out, /Neuntoeter/);
	});

	for (const [name, args, expected] of [
		['a number that is none', ['--period', 'x'], /^--period needs a number, not "x"/],
		['a number that is missing', ['--count', ''], /^--count needs a number/],
		['a pace of 0', ['--pace', '0'], /^--pace needs a number above 0/],
		['an unknown firmware', ['--firmware', 'toString'], /^--firmware is one of .*4\.40.*, not "toString"/],
		['an unknown car', ['--car', 'diesel'], /^--car is one of petrol, electric/],
		['an unknown credential', ['--auth', 'digest'], /^--auth is one of none, bearer/],
		['bearer without a token', ['--auth', 'bearer'], /^This --auth needs --token/],
		['basic without a user', ['--auth', 'basic', '--password', 'p'], /^This --auth needs --user/],
		['an unknown form', ['--form', 'xml'], /^--form is one of json, abrp/],
		['a position before v6', ['--gps'], /^Only the firmwares 6 and ha6/],
		['cells in a petrol car', ['--large'], /^Only an electric car/],
		['an id that is none', ['--device-id', 'car-1'], /^A device id has 12/],
		['an unknown scenario', ['--scenario', 'toString'], /^There is no scenario "toString"/],
		['an unknown option', ['--nope'], /^Unknown option '--nope'/],
		['a missing file', ['--ca', join(__dirname, 'nope.pem')], /^ENOENT/],
	] as const) {
		it(`refuses ${name} in a line`, async () => {
			const { code, out, err } = await run(args);
			assert.deepEqual({ code, out }, { code: 2, out: '' });
			assert.match(err, expected);
			assert.equal(err.trimEnd().split('\n').length, 1);
		});
	}

	it('names every firmware and every scenario in its help', async () => {
		const { code, out } = await run(['--help']);
		assert.equal(code, 0);
		for (const name of Object.keys(SCENARIOS)) assert.match(out, new RegExp(`^ {8}${name} `, 'm'));
		for (const name of Object.keys(FIRMWARES)) assert.match(out, new RegExp(`--firmware.* ${name}[, ]`));
	});
});
