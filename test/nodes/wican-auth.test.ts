import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type Auth, type FirmwareName, postOnce, WicanDevice } from '../devices/wican/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, endpoint, headerNames, nextEvent, TAB } from './kit.js';
import { ACCEPTED, eventsOf, nextSnapshot, type Sent, send, UNAUTHORIZED, wicanIn } from './wican-kit.js';

/** As a user types it: what firmware 4 sends as it is, though it means something in a query, and what only others may send. */
const RAW = 'a+b&c=d%41/?';
const KEY = `${RAW}ü# `;
const OTHERS = { 'X-Forwarded-For': '203.0.113.9' };
const PLACE = endpoint('ep', { trustProxy: true });

function node(auth: string, credentials: Record<string, string>, more: object = {}): FlowNode {
	return wicanIn(auth, { auth, credentials, endpoint: 'ep', ...more });
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
const authorization = (value: string | null): Partial<Sent> => ({ headers: { Authorization: value } });
const header = (name: string, value: string): Partial<Sent> => ({
	headers: { Authorization: null, [name]: value },
});
const query = (text: string): Partial<Sent> => ({ ...authorization(null), path: `/api-key-query?${text}` });

const NODES = [
	node('none', {}),
	node('bearer', { token: ' secret-token ' }),
	node('api-key-header', { token: 'secret-key' }),
	wicanIn('named-header', {
		...{ auth: 'api-key-header', authName: 'X-My-Key', endpoint: 'ep', credentials: { token: 'secret-key' } },
	}),
	node('api-key-query', { token: 'secret-key' }),
	node('basic', { username: 'me', password: 'pass:word' }),
];

/** What a node with this kind of authentication accepts, and what it refuses. */
const KINDS: Record<string, { accepted: Partial<Sent>[]; refused: Partial<Sent>[] }> = {
	none: { accepted: [authorization(null), authorization('Bearer whatever')], refused: [] },
	bearer: {
		accepted: ['Bearer secret-token', 'bearer  secret-token', 'APIKEY secret-token'].map(authorization),
		refused: [
			...['Bearer secret-tokeN', 'Bearer secret-token-', 'Bearer secret-toke', 'Bearer', 'secret-token'],
			...['Basic secret-token', 'Bearer ', '', null],
		].map(authorization),
	},
	'api-key-header': {
		accepted: [header('x-api-key', 'secret-key'), header('X-API-KEY', 'secret-key')],
		refused: [
			...[header('x-api-key', 'Secret-key'), header('x-api-key', ''), header('x-my-key', 'secret-key')],
			...[authorization('Bearer secret-key'), authorization(null)],
		],
	},
	'named-header': {
		accepted: [header('x-my-key', 'secret-key')],
		refused: [header('x-api-key', 'secret-key'), authorization(null)],
	},
	'api-key-query': {
		accepted: [query('api_key=secret-key'), query('a=1&api_key=secret%2Dkey&b=2')],
		refused: [query('api_key=secret-kez'), query('api_key='), query('key=secret-key'), query('')],
	},
	basic: {
		accepted: [basic('me:pass:word'), `basic ${basic('me:pass:word').slice(6)}`].map(authorization),
		refused: [
			...[basic('me:pass'), basic('me:'), basic('You:pass:word'), basic('me'), 'Basic', 'Basic %%%', null],
			'Bearer pass:word',
		].map(authorization),
	},
};

describe('how a WiCAN proves who it is', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({ flows: [TAB, PLACE, ...NODES] });
	});
	after(() => nr.stop());
	afterEach(async () => {
		await nr.sync();
		nr.forget();
	});

	for (const [id, { accepted, refused }] of Object.entries(KINDS)) {
		it(`${id}: the right credential is accepted, any other refused with an event`, async () => {
			const body = { autopid_data: { SOC: 1 } };
			for (const request of accepted) {
				const outcome = await send(nr.url, { path: `/${id}`, body, ...request });
				assert.equal(answerOf(outcome), ACCEPTED, inspect(request));
				await nextSnapshot(nr, id);
			}
			await nextEvent(nr, 'online', id);
			for (const request of refused) {
				const headers = { ...request.headers, ...OTHERS };
				const outcome = await send(nr.url, { path: `/${id}`, body, ...request, headers });
				assert.equal(answerOf(outcome), UNAUTHORIZED, inspect(request));
				const { time, ...event } = await nextEvent(nr, 'refused', id);
				const address = { remoteAddress: '203.0.113.9' };
				const expected = {
					event: 'refused',
					vehicle: `/${id}`,
					reason: 'unauthorized',
					status: 401,
					...address,
				};
				assert.deepEqual([event, typeof time], [expected, 'number']);
			}
			await nr.sync();
			assert.deepEqual(nr.untakenMessages({ from: id }), []);
		});
	}

	it('is not told by a 401, which has a length, ends the connection and asks for nothing', async () => {
		const outcome = await send(nr.url, {
			path: '/bearer',
			body: {},
			headers: { Authorization: null, ...OTHERS },
		});
		assert.deepEqual(headerNames(outcome), ['Connection', 'Content-Length', 'Content-Type']);
		assert.deepEqual(
			outcome.answer?.headers.find(([name]) => name === 'Connection'),
			['Connection', 'close'],
		);
		assert.equal(outcome.answer?.complete, true);
	});

	it('is asked before the body is looked at', async () => {
		for (const body of ['{', Buffer.alloc(2_000_000)]) {
			const outcome = await send(nr.url, {
				path: '/bearer',
				body,
				headers: { Authorization: null, ...OTHERS },
			});
			assert.equal(answerOf(outcome), UNAUTHORIZED);
		}
	});

	it('many wrong ones from an address become 429, told once; the right one from there is still taken', async () => {
		const headers = { 'X-Forwarded-For': '203.0.113.77', Authorization: 'Bearer wrong' };
		const answers: string[] = [];
		for (let count = 0; count < 65; count++) {
			answers.push(answerOf(await send(nr.url, { path: '/bearer', body: {}, headers })));
		}
		assert.deepEqual(answers, [
			...Array(60).fill(UNAUTHORIZED),
			...Array(5).fill('429 {"error":"rate-limited"}'),
		]);
		const right = { ...headers, Authorization: 'Bearer secret-token' };
		assert.equal(answerOf(await send(nr.url, { path: '/bearer', body: {}, headers: right })), ACCEPTED);
		await nextSnapshot(nr, 'bearer');
		const events = await eventsOf(nr, 'bearer');
		const limited = events.filter(({ reason }) => reason === 'rate-limited');
		assert.deepEqual(
			limited.map(({ status, remoteAddress }) => [status, remoteAddress]),
			[[429, '203.0.113.77']],
		);
		assert.equal(events.filter(({ reason }) => reason === 'unauthorized').length, 60);
	});

	/** The device of a firmware with a credential, at a node with the same. */
	const devices: readonly [FirmwareName, Auth, Record<string, string>, string?][] = [
		['4.51', { kind: 'bearer', token: KEY }, { token: KEY }],
		['4.51', { kind: 'api-key-header', token: 'k' }, { token: 'k' }],
		['4.51', { kind: 'api-key-query', token: RAW }, { token: RAW }],
		['6', { kind: 'api-key-query', token: KEY }, { token: KEY }],
		['6', { kind: 'api-key-query', token: KEY, name: 'schl%C3%BCssel' }, { token: KEY }, 'schlüssel'],
		['4.51', { kind: 'basic', user: 'mé', password: 'p:ß' }, { username: 'mé', password: 'p:ß' }],
	];
	for (const [index, [firmware, auth, credentials, authName = '']] of devices.entries()) {
		it(`a WiCAN ${firmware} sends ${inspect(auth)}`, async () => {
			const id = `device${index}`;
			await nr.deploy([TAB, PLACE, wicanIn(id, { auth: auth.kind, authName, credentials, endpoint: 'ep' })]);
			const more = { query: 'source=my+car&c=2' };
			const right = new WicanDevice({ firmware, auth, ...more });
			assert.equal((await postOnce(right, `${nr.url}/${id}`)).result, 'ok');
			const message = await nextSnapshot(nr, id);
			assert.deepEqual(message.wican.query, { source: 'my+car', c: '2' });
			const said = inspect([message, await eventsOf(nr, id), nr.log], { depth: 9 });
			for (const secret of Object.values(credentials).filter(({ length }) => length > 3)) {
				for (const form of [secret, encodeURIComponent(secret)]) assert.equal(said.includes(form), false);
			}
			const wrong = auth.kind === 'basic' ? { ...auth, password: 'x' } : { ...auth, token: 'x' };
			const refused = await postOnce(new WicanDevice({ firmware, auth: wrong }), `${nr.url}/${id}`);
			assert.equal(refused.status, 401);
		});
	}

	it('a name that no device can send is a wrong configuration, and nothing else', async () => {
		const names = {
			'api-key-header': ['X-Key:', 'X Key', 'Schlüssel'],
			'api-key-query': ['a b', 'a&b', 'a=b'],
		};
		for (const [auth, wrong] of Object.entries(names)) {
			for (const authName of wrong) {
				await nr.deploy([TAB, CATCH, wicanIn('wrong-name', { auth, authName }), wicanIn('in')]);
				const { from, catchable, message } = await nr.error('config-invalid');
				assert.deepEqual([from, catchable, message.includes(authName)], ['wrong-name', true, true]);
				await nr.status('wrong-name', ({ fill }) => fill === 'red');
				assert.equal(answerOf(await send(nr.url, { path: '/in', body: {} })), ACCEPTED);
				nr.forget();
			}
		}
	});

	it('a credential that no device can send is a wrong configuration, and is not repeated', async () => {
		const wrong = [
			{ auth: 'basic', credentials: { username: 'van:3', password: 'a-password-of-the-tests' } },
			{ auth: 'bearer', credentials: { token: 'first line\nsecond line' } },
		];
		for (const one of wrong) {
			await nr.deploy([TAB, CATCH, wicanIn('unsendable', one)]);
			const { from, message } = await nr.error('config-invalid');
			assert.equal(from, 'unsendable');
			for (const secret of Object.values(one.credentials)) assert.equal(message.includes(secret), false);
			await nr.status('unsendable', ({ fill }) => fill === 'red');
			nr.forget();
		}
	});

	it('without a credential to compare with, nobody can: it says so and refuses all', async () => {
		const blank = [
			node('bearer', {}),
			node('api-key-header', { token: '  ' }),
			node('api-key-query', { token: '' }),
			node('basic', { username: 'me', password: '' }),
			node('client-cert', {}),
		];
		await nr.deploy([TAB, CATCH, PLACE, ...blank]);
		for (const { id } of blank) {
			const { from, catchable } = await nr.error(
				({ code, from: by }) => code === 'wican-no-credential' && by === id,
			);
			assert.deepEqual([from, catchable], [id, true]);
			const { text, fill } = await nr.status(id, (status) => status.fill === 'red');
			assert.deepEqual([text, fill], ['no credential', 'red']);
			const source = (msg: { error?: unknown }): boolean =>
				(msg.error as { source: { id: string } }).source.id === id;
			const { error } = await nr.message({ from: 'errors', where: source });
			assert.equal((error as { code: string }).code, 'wican-no-credential');
			for (const request of [
				authorization('Bearer '),
				header('x-api-key', ''),
				authorization(basic('me:')),
			]) {
				for (const path of [`/${id}`, `/${id}?api_key=`]) {
					const outcome = await send(nr.url, { body: {}, ...request, path });
					assert.equal(answerOf(outcome), UNAUTHORIZED);
				}
			}
		}
	});
});
