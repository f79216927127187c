import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { HpduServer } from '../devices/hpdu/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const EVIL = 'https://evil.example';

type Headers = Readonly<Record<string, string>>;

/** Headers of a POST, by who sends it; the host of Node-RED is `HOST`. */
const ANSWERED: readonly (readonly [who: string, headers: Headers])[] = [
	['a panel', { origin: 'http://HOST' }],
	['a program, which has no origin', {}],
	[
		'a panel behind a proxy that passes the host on',
		{ origin: 'https://home.example', host: 'home.example' },
	],
	[
		'a panel behind a proxy that names the port',
		{
			origin: 'https://home.example',
			host: 'home.example:443',
			'content-type': `${JSON_TYPE}; charset=utf-8`,
		},
	],
	[
		'a panel behind a proxy that tells the host',
		{ origin: 'https://home.example:8443', 'x-forwarded-host': 'home.example:8443' },
	],
	[
		'a panel behind several proxies, as in Home Assistant',
		{
			origin: 'http://ha.local:8123',
			'x-forwarded-host': 'ha.local:8123, addon',
			'x-ingress-path': '/api/x',
		},
	],
	['a panel, as browsers mark it', { origin: 'http://HOST', 'sec-fetch-site': 'same-origin' }],
];

const REFUSED: readonly (readonly [who: string, headers: Headers, status: number])[] = [
	['a form of another page', { origin: EVIL, 'content-type': FORM_TYPE }, 403],
	['a script of another page', { origin: EVIL }, 403],
	['a page of the same machine at another port', { origin: 'http://127.0.0.1:1' }, 403],
	['a page without an origin to tell', { origin: 'null' }, 403],
	['another page that makes itself look like a proxy', { origin: EVIL, 'x-forwarded-host': 'x' }, 403],
	[
		'another page that the browser marks',
		{ origin: EVIL, 'x-forwarded-host': 'evil.example', 'sec-fetch-site': 'cross-site' },
		403,
	],
	['a form', { 'content-type': FORM_TYPE }, 415],
	['plain text', { 'content-type': 'text/plain' }, 415],
	['nothing that is named', { 'content-type': '' }, 415],
	['something like JSON', { 'content-type': 'application/jsonp' }, 415],
];

for (const version of [5, 4] as const) {
	describe(`what a panel asks of Node-RED ${version} without a login`, () => {
		let nr: RunningNodeRed;
		let pdu: HpduServer;
		before(async () => {
			pdu = await HpduServer.start({ users: [{ role: 'super', name: 'super', password: 'secret' }] });
			nr = await startNodeRed({ version, settings: { httpAdminRoot: '/admin' } });
		});
		after(async () => {
			await nr.stop();
			await pdu.close();
		});

		function send(method: string, path: string, headers: Headers, body = ''): Promise<IncomingMessage> {
			const own = Object.entries(headers).map(([name, value]) => [
				name,
				value.replace('HOST', `127.0.0.1:${nr.port}`),
			]);
			const url = `${nr.url}/admin/wattpost/hpdu/${path}`;
			return new Promise((resolve, reject) => {
				request(url, { method, headers: Object.fromEntries(own) }, resolve)
					.on('error', reject)
					.end(body);
			});
		}

		const test = (headers: Headers) => {
			const form = { host: '127.0.0.1', port: String(pdu.port), username: 'super', password: 'secret' };
			const isForm = headers['content-type'] === FORM_TYPE;
			const body = isForm ? new URLSearchParams(form).toString() : JSON.stringify(form);
			return send('POST', 'test', { 'content-type': JSON_TYPE, ...headers }, body);
		};

		for (const [who, headers] of ANSWERED) {
			it(`is answered to ${who}`, async () => {
				const answer = await test(headers);
				assert.equal(answer.statusCode, 200);
				assert.equal('name' in JSON.parse(await text(answer)), true);
			});
		}

		for (const [who, headers, status] of REFUSED) {
			it(`is answered ${status} to ${who}, and nothing is sent`, async () => {
				const before = pdu.requests.length;
				const answer = await test(headers);
				assert.equal(answer.statusCode, status);
				assert.equal(JSON.parse(await text(answer)).error.code, 'panel-refused');
				assert.equal(pdu.requests.length, before);
			});
		}

		it('is read by no other page either', async () => {
			const answer = await send('GET', 'registers', { origin: EVIL });
			assert.equal(answer.statusCode, 403);
			assert.equal((await send('GET', 'registers', { origin: 'http://HOST' })).statusCode, 200);
			assert.equal((await send('GET', 'registers', {})).statusCode, 200);
		});
	});
}
