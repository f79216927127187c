/** What npm run ups, wican and hpdu start. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type RawServer, startRawServer } from './common/raw-server.js';
import * as hpdu from './hpdu/index.js';
import { authorization } from './hpdu/test-client.js';
import * as ups from './ups/index.js';
import * as wican from './wican/index.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}';
const SECRET = 'T0K-Neuntoeter';
/** What the variables of the environment hold where a test does not say. */
const NO_SECRETS = {
	...{ UPS_KEY: undefined, WICAN_TOKEN: undefined, WICAN_PASSWORD: undefined },
	...{ HPDU_USER: undefined, HPDU_PASSWORD: undefined },
};

interface RunOptions {
	readonly env?: NodeJS.ProcessEnv;
	/** Is told everything printed so far, and can end it. */
	readonly onOutput?: (out: string, end: (signal: NodeJS.Signals) => void) => void;
}

function run(device: string, args: readonly string[], { env = {}, onOutput }: RunOptions = {}) {
	return new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
		const child = spawn(process.execPath, [join(__dirname, device, 'cli.js'), ...args], {
			env: { ...process.env, ...NO_SECRETS, ...env },
		});
		let [out, err] = ['', ''];
		child.stdout.on('data', (chunk) => {
			out += chunk;
			onOutput?.(out, (signal) => child.kill(signal));
		});
		child.stderr.on('data', (chunk) => {
			err += chunk;
		});
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, err }));
	});
}

describe('simulators from the command line', () => {
	let server: RawServer;
	beforeEach(async () => {
		server = await startRawServer(() => ({ bytes: OK }));
	});
	afterEach(() => server.close());

	it('a UPS posts to a URL, a line per POST, and stops after so many', async () => {
		const args = ['--device-id', 'my-ups', '--key', 'abcd-efgh jkmn-pqrs', '--first', '0', '--period', '0'];
		const { code, out, err } = await run('ups', ['--url', `${server.url}/`, ...args, '--count', '3']);
		assert.deepEqual({ code, err }, { code: 0, err: '' });
		assert.equal(out.match(/^\d{4}-.*200 .*mains 100 %, Pi running, no acks$/gm)?.length, 3, out);
		assert.match(String(server.requests[2]?.bytes), /^POST \/\/api\/v1\/devices\/my-ups\/telemetry /);
		assert.doesNotMatch(out, /PQRS/i);
	});

	it('a car posts to a URL, a line per POST, and stops after so many', async () => {
		const args = ['--first', '0', '--period', '0', '--count', '3'];
		const env = { WICAN_TOKEN: SECRET };
		const { code, out, err } = await run('wican', ['--url', `${server.url}/in?car=1`, ...args], { env });
		assert.deepEqual({ code, err }, { code: 0, err: '' });
		assert.match(out, /^\d{4}-\S+ {2}200 ok {2}full, \d+ bytes {2}boot 1, drives$/m);
		assert.equal(out.match(/^\d{4}-\S+ {2}200 ok {2}values, \d+ bytes {2}boot 1, drives$/gm)?.length, 2, out);
		const head = server.requests[0]?.head.split('\r\n') ?? [];
		assert.deepEqual([head[0], head[4]], ['POST /in?car=1 HTTP/1.1', `Authorization: Bearer ${SECRET}`]);
		assert.doesNotMatch(out, /Neuntoeter/);
	});

	it('a car is the device that it is told to be', async () => {
		const args = ['--firmware', '6', '--car', 'electric', '--large', '--gps', '--device-id', 'a1b2c3d4e5f6'];
		await run('wican', ['--url', server.url, '--first', '0', '--count', '1', ...args]);
		const { status, autopid_data: values } = JSON.parse(server.requests[0]?.body.toString() ?? '');
		assert.equal(status.device_id, 'a1b2c3d4e5f6');
		assert.ok('HV_C_V_192' in values && 'gps_latitude' in values && values.timestamp > 1_600_000_000);
	});

	it('a PDU is the one that it is told to be, and tells of each request', async () => {
		let answer = '';
		const read = async (url: string): Promise<void> => {
			const login = await fetch(`${url}/userid`, { method: 'POST', body: 'user=me' });
			const said = new URLSearchParams(await login.text());
			const token = authorization('me', SECRET, Number(said.get('userid')), Number(said.get('time')));
			answer = await (await fetch(`${url}/register/cfnrno`, { headers: { Authorization: token } })).text();
		};
		let isUsed = false;
		const { code, out, err } = await run('hpdu', ['--port', '0', '--outlets', '54'], {
			env: { HPDU_USER: 'me', HPDU_PASSWORD: SECRET },
			onOutput: (soFar, end) => {
				const url = / is at (\S+)\n/.exec(soFar)?.[1];
				if (url === undefined || isUsed) return;
				isUsed = true;
				void read(url).finally(() => end('SIGTERM'));
			},
		});
		assert.deepEqual({ code, err, answer }, { code: 0, err: '', answer: 'cfnrno=54' });
		assert.match(out, /^\d{4}-\S+Z {2}connection \d {2}GET \/register\/cfnrno {2}200 {2}\d+ ms$/m);
		assert.doesNotMatch(out, /Neuntoeter|hPDU-auth/);
	});

	for (const device of ['ups', 'wican']) {
		it(`${device} ends cleanly when it is interrupted in the middle of a pause`, async () => {
			const args = ['--url', server.url, '--first', '0', '--period', '3600'];
			const { code, err } = await run(device, args, {
				onOutput: (out, end) => {
					if (out.includes(' 200 ')) end('SIGINT');
				},
			});
			assert.deepEqual({ code, err }, { code: 0, err: '' });
		});
	}

	for (const [device, args, expected] of [
		['ups', ['--period', 'x'], /^--period needs a number/],
		['ups', ['--key', 'abc'], /^The key needs 16/],
		['ups', ['--scenario', 'toString'], /^There is no scenario "toString"/],
		['wican', ['--pace', '0'], /^--pace needs a number above 0/],
		['wican', ['--firmware', 'toString'], /^--firmware is one of .*4\.40.*, not "toString"/],
		['wican', ['--auth', 'bearer'], /^This --auth needs --token/],
		['wican', ['--gps'], /^Only the firmwares 6 and ha6/],
		['wican', ['--ca', join(__dirname, 'nope.pem')], /^ENOENT/],
		['hpdu', ['--port', '70000'], /^--port is a whole number up to 65535, not "70000"/],
		['hpdu', ['--cert', 'x'], /^HTTPS needs both --cert and --key/],
		['hpdu', ['--nope'], /^Unknown option '--nope'/],
	] as const) {
		it(`${device} refuses ${args.join(' ').slice(0, 30)} in a line`, async () => {
			const { code, out, err } = await run(device, args);
			assert.deepEqual({ code, out }, { code: 2, out: '' });
			assert.match(err, expected);
			assert.equal(err.trimEnd().split('\n').length, 1);
		});
	}

	for (const [device, { SCENARIOS }] of Object.entries({ hpdu, ups, wican })) {
		it(`${device} names every scenario in its help`, async () => {
			const { code, out } = await run(device, ['--help']);
			assert.equal(code, 0);
			for (const name of Object.keys(SCENARIOS)) assert.match(out, new RegExp(`^ {8}${name} `, 'm'));
		});
	}
});
