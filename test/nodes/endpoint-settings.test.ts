import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerValues, postOnce, type TlsOptions, type UpsDevice } from '../devices/ups/index.js';
import { type FlowNode, type NodeRedOptions, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, endpoint, freePort, listening, ON_TAB, occupyPort, TAB } from './kit.js';
import { commandOut, HURRIED, httpIn, makePost, nextState, send, standIn, upsDevice } from './ups-kit.js';

const OK = '200 {"commands":[]}';
const FIXTURES = join(__dirname, '../../../test/fixtures/tls');
const file = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

const UPS = upsDevice('U1', HURRIED);
const OUT = commandOut('out', { device: 'ups-U1', command: 'ui.beep' });

/** A flow whose UPS posts at an endpoint, or (blank) at Node-RED's own server. */
function flow(at: string, ...more: FlowNode[]): FlowNode[] {
	return [TAB, UPS, httpIn('in', { endpoint: at }), OUT, ...more];
}

/** Telemetry goes up, a command comes down, its ack goes up. */
async function works(nr: RunningNodeRed, ups: UpsDevice, url: string, tls?: TlsOptions): Promise<void> {
	const options = tls === undefined ? {} : { tls };
	const executed = ups.executed.length;
	assert.equal((await postOnce(ups, url, options)).result, 'ok');
	assert.equal((await nr.message({ from: 'in', port: 0 })).topic, 'U1');
	await nr.inject('out');
	const told = [(await nextState(nr)).state];
	assert.equal((await postOnce(ups, url, options)).result, 'ok');
	assert.equal((await postOnce(ups, url, options)).result, 'ok');
	told.push((await nextState(nr)).state, (await nextState(nr)).state);
	assert.deepEqual(told, ['queued', 'sent', 'acked']);
	assert.equal(ups.executed.length, executed + 1);
}

async function using(
	options: NodeRedOptions,
	test: (nr: RunningNodeRed, ups: UpsDevice) => Promise<void>,
): Promise<void> {
	const nr = await startNodeRed(options);
	try {
		await test(nr, standIn('U1'));
	} finally {
		await nr.stop();
	}
}

describe("a UPS at Node-RED's own server", () => {
	for (const version of [5, 4] as const) {
		it(`works with default settings of Node-RED ${version}, beside an http in that is given its JSON parsed`, async () => {
			const core: FlowNode[] = [
				{ id: 'echo', type: 'http in', ...ON_TAB, url: '/echo', method: 'post', wires: [['reply']] },
				{ id: 'reply', type: 'http response', ...ON_TAB, wires: [] },
			];
			await using({ version, flows: flow('', ...core) }, async (nr, ups) => {
				await works(nr, ups, nr.url);
				await works(nr, ups, `${nr.url}/`);
				const headers = { 'content-type': 'application/json' };
				const answer = await fetch(`${nr.url}/echo`, { method: 'POST', headers, body: '{"a":1}' });
				assert.deepEqual(await answer.json(), { a: 1 });
			});
		});
	}

	it('works below httpNodeRoot, with another root for the editor', async () => {
		const settings = { httpAdminRoot: '/admin', httpNodeRoot: '/node' };
		await using({ settings, flows: flow('') }, async (nr, ups) => {
			await works(nr, ups, `${nr.url}/node`);
			await works(nr, ups, `${nr.url}/node/`);
			assert.equal((await send(makePost(nr.url, 'U1'))).answer?.status, 404);
		});
	});

	it('is behind httpNodeAuth, which a UPS cannot satisfy: an own listener is', async () => {
		// "password", as in Node-RED's documentation.
		const pass = '$2a$08$zZWtXTja0fB1pzD4sHCMyOCMYz2Z6dNbM6tl8sJogENOMcxWV9DN.';
		const settings = { httpNodeAuth: { user: 'me', pass } };
		await using({ settings, flows: flow('') }, async (nr, ups) => {
			assert.equal((await postOnce(ups, nr.url)).result, 'unauthorized');
			assert.equal((await send(makePost(`${nr.url}/`, 'U1'))).answer?.status, 401);
			const Authorization = `Basic ${Buffer.from('me:password').toString('base64')}`;
			assert.equal(answerOf(await send(makePost(nr.url, 'U1', { headers: { Authorization } }))), OK);
			const port = await freePort();
			await nr.deploy(flow('ep', endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port) })));
			await listening(nr, 'ep');
			nr.forget();
			await works(nr, ups, `http://127.0.0.1:${port}`);
		});
	});

	it('passes httpNodeMiddleware first, whose headers do not reach the UPS', async () => {
		interface Request {
			readonly headers: Record<string, string | undefined>;
		}
		interface Response {
			setHeader(name: string, value: string): void;
			statusCode: number;
			end(text: string): void;
		}
		const httpNodeMiddleware = (request: Request, response: Response, next: () => void): void => {
			response.setHeader('X-Passed', 'yes');
			response.statusCode = 418;
			if (request.headers['x-stop'] === undefined) next();
			else response.end('stopped');
		};
		await using({ settings: { httpNodeMiddleware }, flows: flow('') }, async (nr, ups) => {
			await works(nr, ups, nr.url);
			const { answer } = await send(makePost(nr.url, 'U1'));
			assert.deepEqual(headerValues(answer?.headers ?? [], 'x-passed'), []);
			assert.equal(
				answerOf(await send(makePost(nr.url, 'U1', { headers: { 'X-Stop': '1' } }))),
				'418 stopped',
			);
		});
	});

	it('says so where a middleware has read the body', async () => {
		const httpNodeMiddleware = (
			request: NodeJS.ReadableStream,
			_response: unknown,
			next: () => void,
		): void => {
			request.on('end', next).resume();
		};
		await using({ settings: { httpNodeMiddleware }, flows: flow('') }, async (nr) => {
			assert.equal(answerOf(await send(makePost(nr.url, 'U1'))), '500 {"error":"internal"}');
			await nr.logged(/Body read too early/);
		});
	});

	it('says that it cannot be, with httpNodeRoot false, to a Catch node too', async () => {
		const settings = { httpNodeRoot: false };
		await using({ settings, flows: flow('', CATCH) }, async (nr, ups) => {
			assert.equal((await nr.error('endpoint-disabled')).from, 'in');
			const { error } = await nr.message({ from: 'errors' });
			assert.equal((error as { code: string }).code, 'endpoint-disabled');
			assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
			const port = await freePort();
			await nr.deploy(flow('ep', endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port) })));
			await listening(nr, 'ep');
			nr.forget();
			await works(nr, ups, `http://127.0.0.1:${port}`);
		});
	});
});

describe('a UPS at a listener of its own', () => {
	let nr: RunningNodeRed;
	let port: number;
	let url: string;
	const ups = standIn('U1');
	before(async () => {
		nr = await startNodeRed();
		port = await freePort();
		url = `127.0.0.1:${port}`;
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	const certificates = (): FlowNode => ({
		id: 'tls',
		type: 'tls-config',
		name: '',
		cert: join(FIXTURES, 'server.pem'),
		key: join(FIXTURES, 'server.key'),
		ca: join(FIXTURES, 'ca.pem'),
		verifyservercert: true,
	});

	async function deploy(more: Record<string, unknown>, ...nodes: FlowNode[]): Promise<void> {
		const own = endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port), ...more });
		await nr.deploy(flow('ep', own, CATCH, ...nodes));
	}

	async function open(more: Record<string, unknown>, ...nodes: FlowNode[]): Promise<void> {
		await deploy(more, ...nodes);
		await listening(nr, 'ep');
	}

	it('works over http, below a path, and answers 404 for anything else', async () => {
		await open({ path: '/site' });
		await works(nr, ups, `http://${url}/site`);
		assert.equal(answerOf(await send(makePost(`http://${url}`, 'U1'))), '404 {"error":"not-found"}');
		assert.equal((await fetch(`http://${url}/`)).status, 404);
	});

	it('works over https', async () => {
		await open({ tls: 'tls' }, certificates());
		await works(nr, ups, `https://${url}`, { ca: file('ca.pem') });
	});

	it('works over https with a client certificate, and does not without', async () => {
		await open({ tls: 'tls', clientCert: 'required' }, certificates());
		const ca = file('ca.pem');
		const stranger = { ca, cert: file('stranger.pem'), key: file('stranger.key') };
		for (const tls of [{ ca }, stranger]) {
			const { answer } = await send(makePost(`https://${url}`, 'U1'), { tls });
			assert.equal(answer, undefined);
		}
		await works(nr, ups, `https://${url}`, { ca, cert: file('client.pem'), key: file('client.key') });
	});

	it('is not opened without the certificate that it should have', async () => {
		await deploy({ tls: 'tls' }, { id: 'tls', type: 'tls-config', name: '', cert: '', key: '', ca: '' });
		const { error } = await nr.message({ from: 'errors' });
		assert.equal((error as { code: string }).code, 'endpoint-tls-invalid');
		assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
		assert.equal((await send(makePost(`http://${url}`, 'U1'))).error, 'unreachable');
	});

	for (const [what, more, code] of [
		['was deleted', { useTls: true, tls: '' }, 'config-invalid'],
		['is disabled', { useTls: true, tls: 'tls' }, 'endpoint-tls-invalid'],
	] as const) {
		it(`is closed, and never speaks plain http, once its certificate ${what}`, async () => {
			await open({ useTls: true, tls: 'tls' }, certificates());
			await works(nr, ups, `https://${url}`, { ca: file('ca.pem') });
			nr.forget();
			await deploy(more, { ...certificates(), d: true });
			const { error } = await nr.message({ from: 'errors' });
			assert.equal((error as { code: string }).code, code);
			assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
			for (const scheme of ['http', 'https']) {
				const { error } = await send(makePost(`${scheme}://${url}`, 'U1'), { tls: { ca: file('ca.pem') } });
				assert.equal(error, 'unreachable', scheme);
			}
		});
	}

	it('is not replaced by the server of Node-RED once it was deleted', async () => {
		await open({});
		await works(nr, ups, `http://${url}`);
		const orphan = httpIn('in', { server: 'endpoint', endpoint: '' });
		nr.forget();
		await nr.deploy([TAB, upsDevice('U1'), orphan, CATCH]);
		const { error } = await nr.message({ from: 'errors' });
		assert.equal((error as { code: string }).code, 'config-invalid');
		assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
		for (const place of [nr.url, `http://${url}`]) {
			const { answer, error } = await send(makePost(place, 'U1'));
			assert.ok(answer?.status === 404 || error === 'unreachable', place);
		}
	});

	it('is red while its port is in use, says so once, and recovers when the port is free', async () => {
		const taken = await occupyPort();
		const { port: free } = taken;
		await deploy({ port: String(free) });
		assert.equal((await nr.error('endpoint-port-in-use')).from, 'ep');
		assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
		nr.forget();
		await taken.free();
		await nr.status('in', ({ fill }) => fill !== 'red');
		await works(nr, ups, `http://127.0.0.1:${free}`);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('is shared by two flows', async () => {
		const tab2 = { id: 'tab2', type: 'tab', label: 'Second' };
		const second = httpIn('in2', { z: 'tab2', endpoint: 'ep', device: 'ups-U1' });
		await open({}, tab2, second);
		await works(nr, ups, `http://${url}`);
		await nr.message({ from: 'in2', port: 0 });
	});

	it('moves to another port with a deploy, and leaves the old one', async () => {
		await open({});
		const other = await freePort();
		const before = port;
		port = other;
		await open({});
		port = before;
		await works(nr, ups, `http://127.0.0.1:${other}`);
		assert.equal((await send(makePost(`http://${url}`, 'U1'))).error, 'unreachable');
	});
});
