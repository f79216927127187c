import assert from 'node:assert/strict';
import type { FlowNode, RunningNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import type { Editor, FieldValue, Panel } from './editor.js';
import { LIGHT_EDITOR } from './light.js';
import { CAR_TOKEN } from './panels.js';
import { withEditor } from './stage.js';

type Fields = Readonly<Record<string, FieldValue>>;

const CAR: FlowNode = {
	id: 'car',
	type: 'wican-https-in',
	z: 'tab',
	name: '',
	endpoint: 'cars',
	path: '/car',
	vehicle: '',
	offlineAfter: '',
	auth: 'bearer',
	authName: '',
	emit: 'snapshot',
	changedOnly: false,
	statusFields: 'safe',
	credentials: { token: CAR_TOKEN },
	x: 200,
	y: 100,
	wires: [[], []],
};

/** A car as somebody has set it up. */
const SAVED = {
	...CAR,
	vehicle: 'van 3',
	offlineAfter: '300',
	emit: 'parameters',
	changedOnly: true,
	statusFields: 'none',
};

/** Every way to authenticate, with what belongs to it. */
const CARS: readonly FlowNode[] = [
	{ id: 'none', auth: 'none', credentials: {} },
	{ id: 'bearer', auth: 'bearer', credentials: { token: 'secret' } },
	{ id: 'header', auth: 'api-key-header', authName: 'X-Car', credentials: { token: 'secret' } },
	{ id: 'query', auth: 'api-key-query', credentials: { token: 'secret' } },
	{ id: 'basic', auth: 'basic', credentials: { username: 'van', password: 'secret' } },
	{ id: 'cert', auth: 'client-cert', authName: 'wican-van-3', credentials: {} },
	{ id: 'blank', auth: 'bearer', credentials: {} },
].map((car) => ({ ...SAVED, ...car, path: `/saved/${car.id}` }));

const FLOWS: FlowNode[] = [
	{ id: 'tab', type: 'tab', label: 'Cars' },
	{
		id: 'cars',
		type: 'wattpost-endpoint',
		name: '',
		server: 'node-red',
		host: '',
		port: '8480',
		path: '/cars',
		tls: '',
		clientCert: 'none',
		maxBody: '1048576',
		trustProxy: false,
	},
	{ id: 'tls', type: 'tls-config', name: 'Cars', cert: '', key: '', ca: '', verifyservercert: true },
	CAR,
	{ ...CAR, id: 'other', path: '/other', credentials: { token: 'of the other' }, y: 200 },
	...CARS,
];

/** What of an endpoint the editor is told to hold: Node-RED's server, or a listener of its own. */
const SHARED = { server: 'node-red', path: '/cars', tls: '', clientCert: 'none' };
const OWN = {
	server: 'own',
	host: '192.0.2.10',
	port: '8443',
	path: '/cars',
	tls: 'tls',
	clientCert: 'none',
};
/** How a URL of that endpoint begins. */
const BASE = 'https://192.0.2.10:8443/cars';
/** A token that nothing is wrong with. */
const GOOD = 'a-token-of-20-letters';

describe('the panel of wican-https-in', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let editor: Editor;
	let panel: Panel;

	withEditor(
		() => ({ settings: { ...LIGHT_EDITOR, httpNodeRoot: '/nodes' }, flows: FLOWS }),
		(stage) => ({ nr, editor } = stage),
	);
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));

	/** Gives the endpoint other properties, in the editor only: nothing is to listen. */
	const withEndpoint = (properties: object): Promise<unknown> =>
		editor.evaluate(`void Object.assign(RED.nodes.node('cars'), ${JSON.stringify(properties)})`);
	const fill = async (fields: Fields): Promise<void> => {
		for (const [name, value] of Object.entries(fields)) await panel.fill(name, value);
	};
	const shown = (selector: string): Promise<string> =>
		editor.evaluate(`$('.wican-https-in-form').find(${JSON.stringify(selector)}).filter(':visible').get()
			.map((element) => element.localName === 'input' ? element.value : element.innerText.trim()).join('; ').replace(/\\s+/g, ' ')`);
	const url = (): Promise<string> => shown('#wican-https-in-url');
	const warnings = (): Promise<string[]> =>
		editor.evaluate(
			"$('.wican-https-in-form [data-warning]:visible').get().map((tip) => tip.dataset.warning)",
		);

	describe('shows what one way to authenticate needs', () => {
		before(async () => {
			panel = await editor.openPanel('car');
		});
		after(() => panel.cancel());

		const WAYS: Readonly<Record<string, { fields: Fields; step: string }>> = {
			none: { fields: {}, step: 'Auth: None' },
			bearer: { fields: { token: 'Token' }, step: 'Auth: Bearer Token and the token.' },
			'api-key-header': {
				fields: { authName: 'Header', token: 'Token' },
				step: 'Auth: API Key (Header) with the name x-api-key and the token. Not as part of the URL.',
			},
			'api-key-query': {
				fields: { authName: 'Parameter', token: 'Token' },
				step: 'Auth: API Key (Query) with the name api_key and the token. Not as part of the URL.',
			},
			basic: {
				fields: { username: 'Username', password: 'Password' },
				step: 'Auth: Basic (User/Pass) with the username and the password.',
			},
			'client-cert': { fields: { authName: 'Common name (CN)' }, step: 'Auth: None' },
		};

		for (const [auth, { fields, step }] of Object.entries(WAYS)) {
			it(auth, async () => {
				await panel.fill('auth', auth);
				const visible: [string, string][] = [];
				for (const name of ['authName', 'token', 'username', 'password']) {
					const label = await shown(`label[for=node-input-${name}]`);
					if (await panel.field(name).isVisible()) visible.push([name, label]);
					else assert.equal(label, '');
				}
				assert.deepEqual(visible, Object.entries(fields));
				assert.equal(await shown('.wattpost-steps > li:nth-child(5)'), step);
			});
		}

		it('with the name that the WiCAN uses where none is entered', async () => {
			const placeholder = async (auth: string): Promise<string | null> => {
				await panel.fill('auth', auth);
				return panel.field('authName').getAttribute('placeholder');
			};
			assert.equal(await placeholder('api-key-header'), 'x-api-key');
			assert.equal(await placeholder('api-key-query'), 'api_key');
			assert.equal(await placeholder('client-cert'), 'e.g. wican-van-3');
		});

		it('and in the query as devices send it', async () => {
			await fill({ auth: 'api-key-query', authName: 'schlüssel' });
			assert.match(await shown('.wattpost-steps'), /with the name schl%C3%BCssel and/);
			assert.deepEqual(await panel.wrongFields(), []);
		});

		it('and the values of this node in the steps', async () => {
			await fill({ auth: 'api-key-header', authName: 'x-van' });
			assert.match(await shown('.wattpost-steps'), /API Key \(Header\) with the name x-van and/);
			await fill({ auth: 'basic', username: 'van-3' });
			assert.match(await shown('.wattpost-steps'), /with the username van-3 and the password/);
		});
	});

	describe('takes the name of one way', () => {
		beforeEach(async () => {
			panel = await editor.openPanel('car');
			await fill({ auth: 'api-key-header', authName: 'x-van' });
		});

		it('for that way alone, and still knows it', async () => {
			await panel.fill('auth', 'client-cert');
			assert.equal(await panel.value('authName'), '');
			assert.deepEqual(await panel.wrongFields(), ['authName']);
			await panel.fill('auth', 'api-key-header');
			assert.equal(await panel.value('authName'), 'x-van');
			assert.deepEqual(await panel.wrongFields(), []);
			await panel.cancel();
		});

		it('and forgets it with a way that has none', async () => {
			await panel.fill('auth', 'bearer');
			await panel.done();
			assert.equal(await editor.property('car', 'authName'), '');
		});
	});

	describe('shows the URL', () => {
		beforeEach(async () => {
			panel = await editor.openPanel('car');
		});
		afterEach(() => panel.cancel());

		it("of Node-RED's own server below httpNodeRoot, with and without an endpoint", async () => {
			await withEndpoint({ ...SHARED, path: '/cars/' });
			await fill({ server: 'endpoint', endpoint: 'cars', path: '/car' });
			assert.equal(await url(), `${nr.url}/nodes/cars/car`);
			await fill({ server: 'node-red' });
			assert.equal(await url(), `${nr.url}/nodes/car`);
			assert.equal(
				await shown('.wattpost-steps > li:nth-child(2)'),
				'Press Add Destination. Type: HTTP POST',
			);
			assert.equal(await shown('.wattpost-steps > li[data-scheme=https]'), '');
		});

		it('of a listener of its own with HTTPS', async () => {
			await withEndpoint(OWN);
			await fill({ server: 'endpoint', endpoint: 'cars', path: '/car/' });
			assert.equal(await url(), `${BASE}/car`);
			assert.equal(
				await shown('.wattpost-steps > li:nth-child(2)'),
				'Press Add Destination. Type: HTTPS POST',
			);
			assert.equal(
				await shown('.wattpost-steps > li[data-scheme=https]'),
				'Cert Set: default or the one with the CA certificate of this server.',
			);
		});

		it('of a listener on every interface, as the browser sees this machine', async () => {
			await withEndpoint({ ...OWN, host: '0.0.0.0', path: '', tls: '' });
			await fill({ server: 'endpoint', endpoint: 'cars', path: '/' });
			assert.equal(await url(), 'http://127.0.0.1:8443/');
			await withEndpoint({ ...OWN, host: 'fd00::1' });
			await fill({ path: '/car' });
			assert.equal(await url(), 'https://[fd00::1]:8443/cars/car');
		});

		it('with letters outside ASCII as devices send them, in the path of the endpoint too', async () => {
			await withEndpoint({ ...SHARED, path: '/Autos-ä' });
			await fill({ server: 'endpoint', endpoint: 'cars', path: '/käfer/日' });
			assert.equal(await url(), `${nr.url}/nodes/Autos-%C3%A4/k%C3%A4fer/%E6%97%A5`);
		});

		it('without the key in its query', async () => {
			await withEndpoint(OWN);
			await fill({
				server: 'endpoint',
				endpoint: 'cars',
				path: '/car',
				auth: 'api-key-query',
				token: 'very-secret',
			});
			assert.equal(await url(), `${BASE}/car`);
			assert.equal((await panel.body.innerText()).includes('very-secret'), false);
		});

		it('to be copied', async () => {
			await panel.body.locator('[data-copy=wican-https-in-url]').click();
			await editor.page.waitForFunction(
				"$('.wican-https-in-form .wattpost-copied').text() === 'Copied'",
				undefined,
				{
					polling: 50,
				},
			);
		});
	});

	describe('asks for a Cert Set with a client certificate', () => {
		const ASKED =
			'Cert Set: one that holds the CA certificate of this server and the client certificate with its key.';
		beforeEach(async () => {
			panel = await editor.openPanel('car');
		});
		afterEach(() => panel.cancel());

		it('where that is the proof', async () => {
			await withEndpoint({ ...OWN, clientCert: 'optional' });
			await fill({ auth: 'client-cert', authName: 'van-3' });
			assert.equal(await shown('.wattpost-steps > li[data-scheme=https]'), ASKED);
		});

		it('where the endpoint lets nobody else in', async () => {
			await withEndpoint({ ...OWN, clientCert: 'required' });
			await fill({ auth: 'bearer' });
			assert.equal(await shown('.wattpost-steps > li[data-scheme=https]'), ASKED);
		});
	});

	describe('warns', () => {
		before(async () => {
			panel = await editor.openPanel('car');
		});
		after(() => panel.cancel());

		const PLAIN = { ...OWN, tls: '' };
		const CASES: readonly {
			title: string;
			endpoint?: object;
			fields?: Fields;
			expected: string[];
		}[] = [
			{ title: 'of a private CA with HTTPS', expected: ['own-ca'] },
			{ title: 'of a token that can be read', endpoint: PLAIN, expected: ['readable'] },
			{
				title: 'of an API key that can be read',
				endpoint: PLAIN,
				fields: { auth: 'api-key-query', token: GOOD },
				expected: ['readable'],
			},
			{
				title: 'of a password that can be read',
				endpoint: PLAIN,
				fields: { auth: 'basic', username: 'van', password: GOOD },
				expected: ['readable'],
			},
			{ title: 'of no authentication', endpoint: PLAIN, fields: { auth: 'none' }, expected: ['none'] },
			{
				title: "of Node-RED's server on this machine's own address",
				fields: { server: 'node-red' },
				expected: ['local', 'readable'],
			},
			{ title: 'of localhost', endpoint: { ...OWN, host: 'localhost' }, expected: ['local', 'own-ca'] },
			{
				title: 'of a variable in the URL',
				endpoint: { ...OWN, host: `\${HOST}` },
				expected: ['variable', 'own-ca'],
			},
			{ title: "of another node's path", fields: { path: '/Other/' }, expected: ['taken', 'own-ca'] },
			{
				title: 'of a certificate that nobody asks for',
				fields: { auth: 'client-cert', authName: 'van-3' },
				expected: ['client-cert', 'own-ca'],
			},
			{
				title: 'of a certificate without HTTPS',
				endpoint: { ...PLAIN, clientCert: 'required' },
				fields: { auth: 'client-cert', authName: 'van-3' },
				expected: ['client-cert'],
			},
			{
				title: 'of no certificate that is asked for',
				endpoint: { ...OWN, clientCert: 'optional' },
				fields: { auth: 'client-cert', authName: 'van-3' },
				expected: ['own-ca'],
			},
			{
				title: 'of a token of 19 characters',
				fields: { token: 'x'.repeat(19) },
				expected: ['short-token', 'own-ca'],
			},
			{ title: 'of no token of 20 characters', fields: { token: 'x'.repeat(20) }, expected: ['own-ca'] },
			{
				title: 'of a password of 19 characters',
				fields: { auth: 'basic', username: 'van', password: 'x'.repeat(19) },
				expected: ['short-token', 'own-ca'],
			},
			{
				title: 'of no token that is not used',
				fields: { token: 'short', auth: 'client-cert', authName: 'van-3' },
				endpoint: { ...OWN, clientCert: 'optional' },
				expected: ['own-ca'],
			},
			{ title: 'of no token of 255 bytes', fields: { token: 'x'.repeat(255) }, expected: ['own-ca'] },
			{
				title: 'of a token of 256 bytes',
				fields: { token: 'x'.repeat(256) },
				expected: ['long-token', 'own-ca'],
			},
			{
				title: 'of 128 letters of two bytes',
				fields: { token: 'ä'.repeat(128) },
				expected: ['long-token', 'odd-token', 'own-ca'],
			},
			{
				title: 'of a token with a space',
				fields: { token: `${GOOD} b` },
				expected: ['odd-token', 'own-ca'],
			},
			{ title: 'of no & in a header', fields: { token: `${GOOD}&b` }, expected: ['own-ca'] },
			{
				title: 'of an & in the query',
				fields: { auth: 'api-key-query', token: `${GOOD}&b` },
				expected: ['odd-token', 'own-ca'],
			},
			{ title: 'of no variable as token', fields: { token: `\${VAN_TOKEN}` }, expected: ['own-ca'] },
			{
				title: 'of no login of 127 bytes',
				fields: { auth: 'basic', username: 'u'.repeat(63), password: 'p'.repeat(63) },
				expected: ['own-ca'],
			},
			{
				title: 'of a login of 128 bytes',
				fields: { auth: 'basic', username: 'u'.repeat(63), password: 'p'.repeat(64) },
				expected: ['long-login', 'own-ca'],
			},
			{
				title: 'of no URL of 255 bytes',
				fields: { path: `/${'p'.repeat(254 - BASE.length)}` },
				expected: ['own-ca'],
			},
			{
				title: 'of a URL of 256 bytes',
				fields: { path: `/${'p'.repeat(255 - BASE.length)}` },
				expected: ['long-url', 'own-ca'],
			},
			{
				title: 'of no path and query of 500 bytes',
				fields: { path: '/car', auth: 'api-key-query', authName: 'n'.repeat(289), token: 't'.repeat(200) },
				expected: ['own-ca'],
			},
			{
				title: 'of a path and query of 501 bytes',
				fields: { path: '/car', auth: 'api-key-query', authName: 'n'.repeat(289), token: 't'.repeat(201) },
				expected: ['long-path', 'own-ca'],
			},
		];

		for (const { title, endpoint = OWN, fields = {}, expected } of CASES) {
			it(title, async () => {
				await withEndpoint(endpoint);
				await fill({ server: 'endpoint', endpoint: 'cars', path: '/car', auth: 'bearer', token: GOOD });
				await fill(fields);
				assert.deepEqual(await warnings(), expected);
			});
		}

		it('how long a token is to be, and how long it is', async () => {
			const length = () => shown('#wican-https-in-hint-token, #wican-https-in-hint-password');
			await fill({ auth: 'bearer', token: '' });
			const asked = await length();
			assert.ok(asked.includes('20'), asked);
			await panel.fill('token', 'x'.repeat(7));
			assert.ok((await length()).startsWith('7 '), await length());
			await panel.fill('token', `\${VAN_TOKEN}`);
			assert.equal(await length(), asked);
			await fill({ auth: 'basic', password: 'x'.repeat(33) });
			assert.ok((await length()).startsWith('33 '), await length());
		});

		it('of everything in the status', async () => {
			assert.equal(await shown('#wican-https-in-warn-all'), '');
			await panel.fill('statusFields', 'all');
			assert.match(await shown('#wican-https-in-warn-all'), /passwords/);
		});

		it('in a place that a screen reader tells', async () => {
			const silent = await editor.evaluate<number>(
				"$('.wican-https-in-form').find('[data-warning], #wican-https-in-warn-all').not('[role=status] *').length",
			);
			assert.equal(silent, 0);
		});
	});

	describe('makes a token', () => {
		const made = (): Promise<string> => shown('#wican-https-in-made');

		before(() => withEndpoint(SHARED));

		it('that is shown until the panel is closed, and is saved', async () => {
			panel = await editor.openPanel('car');
			// Only pages over https and on localhost have it.
			await editor.evaluate("void Object.defineProperty(crypto, 'randomUUID', { value: undefined })");
			assert.equal(await made(), '');
			await panel.body.locator('[data-make=token]').click();
			const first = await made();
			await panel.body.locator('[data-make=token]').click();
			const token = await made();
			assert.match(token, /^[0-9a-f]{32}$/);
			assert.notEqual(token, first);
			assert.equal(await panel.value('token'), token);
			await panel.body.locator('[data-copy=wican-https-in-made]').click();
			await editor.page.waitForFunction(
				"$('.wican-https-in-form .wattpost-copied').text() === 'Copied'",
				undefined,
				{
					polling: 50,
				},
			);
			await panel.done();
			await nr.redeployed(() => editor.deploy());

			assert.equal(await nr.run((RED) => RED.nodes.getNode('car')?.credentials?.token), token);
			const flows = await (await fetch(`${nr.url}/flows`)).text();
			await editor.load();
			panel = await editor.openPanel('car');
			assert.equal(await panel.value('token'), '__PWRD__');
			assert.equal(await made(), '');
			const texts = { flows, page: await editor.page.content(), export: await editor.exportFlows() };
			for (const [where, text] of Object.entries(texts)) assert.equal(text.includes(token), false, where);
			await panel.cancel();
		});

		it('in place of a missing one, and for a password', async () => {
			panel = await editor.openPanel('car');
			await fill({ auth: 'basic', username: 'van-3' });
			assert.deepEqual(await panel.wrongFields(), ['password']);
			await panel.body.locator('[data-make=password]').click();
			assert.deepEqual(await panel.wrongFields(), []);
			assert.equal(await panel.value('password'), await made());
			await panel.fill('password', 'one of my own');
			assert.equal(await made(), '');
			await panel.cancel();
		});
	});

	for (const { id } of CARS) {
		it(`leaves nothing to be deployed where nothing was changed: ${id}`, async () => {
			await editor.evaluate('void RED.nodes.dirty(false)');
			await (await editor.openPanel(id)).done();
			assert.equal(await editor.evaluate('RED.nodes.dirty()'), false);
			await (await editor.openPanel(id)).cancel();
			assert.equal(await editor.evaluate('RED.nodes.dirty()'), false);
		});
	}

	it('marks a path that another node has, and names that node', async () => {
		await withEndpoint(SHARED);
		panel = await editor.openPanel('car');
		await fill({ server: 'endpoint', endpoint: 'cars', path: '/OTHER/' });
		assert.deepEqual(await panel.wrongFields(), ['path']);
		assert.match(await shown('.wattpost-fault'), /^\/other \(Cars\)/);
		await fill({ path: '/another' });
		assert.deepEqual(await panel.wrongFields(), []);
		await fill({ path: '/other', server: 'node-red' });
		assert.deepEqual(await panel.wrongFields(), []);
		await panel.cancel();
	});

	it('calls the outputs telemetry and events', async () => {
		const labels = await editor.evaluate(
			"[0, 1].map((index) => RED.nodes.node('car')._def.outputLabels.call(RED.nodes.node('car'), index))",
		);
		assert.deepEqual(labels, ['telemetry', 'events']);
	});

	it('calls the node by its name, its car or its path', async () => {
		const labelOf = (properties: object): Promise<string> =>
			editor.evaluate(`RED.nodes.node('car')._def.label.call(${JSON.stringify(properties)})`);
		assert.equal(await labelOf({ name: 'Our van', vehicle: 'van 3', path: '/car' }), 'Our van');
		assert.equal(await labelOf({ name: '', vehicle: 'van 3', path: '/car' }), 'van 3');
		assert.equal(await labelOf({ name: '', vehicle: '', path: '/car' }), '/car');
		assert.equal(await labelOf({ name: '', vehicle: '', path: '' }), 'wican https in');
	});
});
