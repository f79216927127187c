import assert from 'node:assert/strict';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { endpoint, ON_TAB, TAB } from './kit.js';
import { httpIn, upsDevice } from './ups-kit.js';
import { wicanIn } from './wican-kit.js';

const env = (name: string): string => `\${${name}}`;

const KEY = 'ABCDEFGHJKMNPQRS';
const SHORT_KEY = 'ABCDEFGHJ';
const TOKEN = 'a token of a car in the tests';
const LOGIN = { username: 'rack', password: 'sixteen letters.' };

function pdu(id: string, credentials: object): FlowNode {
	const fields = { name: '', host: '192.0.2.1', port: '', tls: '', timeout: '5000', minInterval: '0' };
	return { id, type: 'hpdu-device', ...fields, credentials } as FlowNode;
}

const FLOWS: FlowNode[] = [
	TAB,
	{ id: 'off', type: 'tab', label: 'Off', disabled: true },
	endpoint('listener'),
	upsDevice('good'),
	upsDevice('short', {}, SHORT_KEY),
	upsDevice('none', {}, ''),
	upsDevice('variable', {}, env('GOOD_KEY')),
	upsDevice('short-variable', {}, env('SHORT_KEY')),
	upsDevice('disabled', { d: true }, SHORT_KEY),
	httpIn('in'),
	wicanIn('car', { path: '/car' }),
	wicanIn('bare', { path: '/bare', credentials: {} }),
	wicanIn('login', { path: '/login', credentials: { username: 'a:b', password: ' ' } }),
	wicanIn('two-lines', {
		path: '/two',
		credentials: { token: env('TWO_LINES'), username: 'a\tb', password: 'a\nb' },
	}),
	wicanIn('elsewhere', { ...ON_TAB, z: 'off', path: '/elsewhere', credentials: { token: TOKEN } }),
	pdu('pdu', LOGIN),
	pdu('long', { username: 'rack', password: 'seventeen letters' }),
];

/** Who may do what in the editor, by access token. */
const ADMIN_AUTH = {
	type: 'credentials',
	users: [],
	tokens: (token: string) =>
		Promise.resolve(
			{
				reader: { username: 'reader', permissions: 'read' },
				cars: { username: 'cars', permissions: 'wican-https-in.read' },
				stranger: { username: 'stranger', permissions: 'flows.read' },
			}[token] ?? null,
		),
};

/** What the runtime tells, by type. A car uses one of its credentials only: the panel knows which. */
const TOLD = {
	'ups-device': {
		'ups-good': {},
		'ups-short': { httpKey: 'malformed' },
		'ups-none': { httpKey: 'missing' },
		'ups-variable': {},
		'ups-short-variable': { httpKey: 'malformed' },
		'ups-disabled': { httpKey: 'malformed' },
	},
	'wican-https-in': {
		car: { username: 'missing', password: 'missing' },
		bare: { token: 'missing', username: 'missing', password: 'missing' },
		login: { token: 'missing', username: 'malformed', password: 'missing' },
		'two-lines': { token: 'malformed', password: 'malformed' },
		elsewhere: { username: 'missing', password: 'missing' },
	},
	'hpdu-device': { pdu: {}, long: { password: 'malformed' } },
} as const;

describe('which deployed nodes have no credentials, or wrong ones', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({
			settings: { adminAuth: ADMIN_AUTH },
			env: { GOOD_KEY: KEY, SHORT_KEY, TWO_LINES: `${TOKEN}\n${TOKEN}` },
			flows: FLOWS,
		});
	});
	after(() => nr.stop());

	const ask = (type: string, token?: string): Promise<Response> =>
		fetch(`${nr.url}/wattpost/credentials/${type}`, {
			headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
		});

	for (const [type, nodes] of Object.entries(TOLD)) {
		it(`is told of ${type}, without a credential`, async () => {
			const answer = await ask(type, 'reader');
			const text = await answer.text();
			assert.equal(answer.status, 200);
			assert.equal(answer.headers.get('cache-control'), 'no-store');
			assert.deepEqual(JSON.parse(text), { nodes });
			for (const secret of [KEY, SHORT_KEY, TOKEN, 'a:b', 'rack', 'letters'])
				assert.equal(text.includes(secret), false, secret);
		});
	}

	it('is told to who may read the nodes of that type, and to nobody else', async () => {
		for (const token of [undefined, 'nobody', 'stranger'])
			for (const type of Object.keys(TOLD)) assert.equal((await ask(type, token)).status, 401, token);
		assert.equal((await ask('wican-https-in', 'cars')).status, 200);
		assert.equal((await ask('ups-device', 'cars')).status, 401);
	});

	it('is told of no node that has no credentials', async () => {
		for (const type of ['wattpost-endpoint', 'ups-http-in', '__proto__'])
			assert.equal((await ask(type, 'reader')).status, 404, type);
	});
});
