import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { get as getSecure } from 'node:https';
import { join } from 'node:path';
import { HpduServer, SCENARIOS } from './index.js';
import { authorization } from './test-client.js';

const CLI = join(__dirname, 'cli.js');
const FIXTURES = join(__dirname, '../../../../test/fixtures/tls');
const SECRET = 'Neuntoeter-4711';

interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	readonly out: string;
	readonly err: string;
}

/** Runs the command line; `use` is called once it listens, and then it is told to end. */
function run(args: readonly string[], use?: (url: string) => Promise<void>, env: NodeJS.ProcessEnv = {}) {
	return new Promise<Ended>((resolve, reject) => {
		const child = spawn(process.execPath, [CLI, ...args], {
			env: { ...process.env, HPDU_USER: undefined, HPDU_PASSWORD: undefined, ...env },
		});
		let out = '';
		let err = '';
		let used = false;
		child.stdout.on('data', (chunk) => {
			out += chunk;
			const url = / is at (\S+)\n/.exec(out)?.[1];
			if (use && url && !used) {
				used = true;
				use(url)
					.catch(reject)
					.finally(() => child.kill('SIGTERM'));
			}
		});
		child.stderr.on('data', (chunk) => {
			err += chunk;
		});
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({ code, signal, out, err }));
	});
}

/** Logs in and reads a register; gives status and body. */
async function read(url: string, path: string, name: string, password: string): Promise<string> {
	const login = await fetch(`${url}/userid`, { method: 'POST', body: new URLSearchParams({ user: name }) });
	const said = new URLSearchParams(await login.text());
	const token = authorization(name, password, Number(said.get('userid')), Number(said.get('time')));
	const answer = await fetch(url + path, { headers: { Authorization: token } });
	return `${answer.status} ${await answer.text()}`;
}

describe('stand-in hPDU from the command line', () => {
	it('is the PDU that it is told to be, tells of each request, and ends on SIGTERM', async () => {
		const args = ['--port', '0', '--outlets', '54', '--units', '1', '--name', 'Rack 7', '--user', 'me'];
		const { code, signal, out, err } = await run([...args, '--password', SECRET], async (url) => {
			assert.equal(await read(url, '/register/stdvnm', 'me', SECRET), '200 stdvnm=Rack+7');
			assert.equal(await read(url, '/register/cfnrno', 'me', SECRET), '200 cfnrno=54');
			assert.equal(await read(url, '/register/honruf', 'admin', 'admin'), '200 honruf=2');
		});
		assert.deepEqual({ code, signal, err }, { code: 0, signal: null, err: '' });
		assert.match(out, /^An hPDU with 54 outlets and 1 more units is at http:\/\/127\.0\.0\.1:\d+$/m);
		assert.match(out, /^\d{4}-\S+Z {2}connection 1 {2}POST \/userid {2}200 {2}\d+ ms$/m);
		assert.match(out, /^\d{4}-\S+Z {2}connection \d {2}GET \/register\/stdvnm {2}200 {2}\d+ ms$/m);
		assert.doesNotMatch(out, /Neuntoeter|hPDU-auth/);
	});

	it('takes the super user from the environment', async () => {
		const { code } = await run(
			['--port', '0'],
			async (url) => {
				assert.equal(await read(url, '/register/ssstat', 'root', SECRET), '200 ssstat=0');
				assert.equal(await read(url, '/register/ssstat', 'super', 'super'), '401 ');
			},
			{ HPDU_USER: 'root', HPDU_PASSWORD: SECRET },
		);
		assert.equal(code, 0);
	});

	it('speaks HTTPS', async () => {
		const file = (name: string) => join(FIXTURES, name);
		const { out } = await run(
			['--port', '0', '--cert', file('server.pem'), '--key', file('server.key')],
			(url) =>
				new Promise((resolve, reject) => {
					const asked = getSecure(`${url}/scan`, { rejectUnauthorized: false }, (answer) => {
						answer.resume().on('end', resolve);
					});
					asked.on('error', reject);
				}),
		);
		assert.match(out, / is at https:\/\//);
		assert.match(out, /GET \/scan {2}405/);
	});

	for (const [name, args, expected] of [
		['a port that is none', ['--port', '70000'], /^--port is a whole number up to 65535, not "70000"/],
		['too many outlets', ['--outlets', '55'], /^--outlets is a whole number up to 54/],
		['a time that is none', ['--scan-time', 'x'], /^--scan-time needs a number, not "x"/],
		['a time that is missing', ['--reboot-time', ''], /^--reboot-time needs a number/],
		['a password that is too long', ['--password', 'x'.repeat(17)], /^A name and a password have at most 16/],
		['a certificate alone', ['--cert', 'x'], /^HTTPS needs both --cert and --key/],
		['a missing file', ['--cert', join(__dirname, 'nope'), '--key', 'x'], /^ENOENT/],
		['an unknown scenario', ['--scenario', 'toString'], /^There is no scenario "toString"/],
		['an unknown option', ['--nope'], /^Unknown option '--nope'/],
	] as const) {
		it(`refuses ${name} in a line`, async () => {
			const { code, out, err } = await run(args);
			assert.deepEqual({ code, out }, { code: 2, out: '' });
			assert.match(err, expected);
			assert.equal(err.trimEnd().split('\n').length, 1);
		});
	}

	it('says so when its port is taken', async () => {
		const other = await HpduServer.start();
		const { code, err } = await run(['--port', String(other.port)]);
		await other.close();
		assert.equal(code, 2);
		assert.match(err, /^listen EADDRINUSE/);
	});

	it('names every scenario in its help', async () => {
		const { code, out } = await run(['--help']);
		assert.equal(code, 0);
		for (const name of Object.keys(SCENARIOS)) assert.match(out, new RegExp(`^ {8}${name} `, 'm'));
	});
});
