import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { postOnce, type TlsOptions, WicanDevice } from '../devices/wican/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { endpoint, freePort, listening, nextEvent, TAB } from './kit.js';
import { eventsOf, nextSnapshot, TOKEN, wicanIn } from './wican-kit.js';

const FIXTURES = join(__dirname, '../../../test/fixtures/tls');
const file = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');
const CA = { ca: file('ca.pem') };

/** What a car may show: a certificate of the authority that the endpoint trusts, or another, or none. */
const CAR_1 = { ...CA, cert: file('client.pem'), key: file('client.key') };
const LOCALHOST = { ...CA, cert: file('server.pem'), key: file('server.key') };
/** Signed by itself, with the name of the car. */
const IMPOSTOR = { ...CA, cert: file('impostor.pem'), key: file('impostor.key') };
const STRANGER = { ...CA, cert: file('stranger.pem'), key: file('stranger.key') };

/** Node-RED's own configuration of certificates, with files by their paths, or with what was uploaded. */
const PATHS: FlowNode = {
	...{ id: 'tls', type: 'tls-config', name: '', verifyservercert: true },
	cert: join(FIXTURES, 'server.pem'),
	key: join(FIXTURES, 'server.key'),
	ca: join(FIXTURES, 'ca.pem'),
};
const UPLOADED: FlowNode = {
	...{ id: 'tls', type: 'tls-config', name: '', verifyservercert: true, cert: '', key: '', ca: '' },
	...{ certname: 'server.pem', keyname: 'server.key', caname: 'ca.pem' },
	credentials: { certdata: file('server.pem'), keydata: file('server.key'), cadata: CA.ca },
};

const car = (id: string, authName: string): FlowNode =>
	wicanIn(id, { endpoint: 'ep', auth: 'client-cert', authName, credentials: {} });

describe('mutual TLS with a WiCAN', () => {
	let nr: RunningNodeRed;
	let port: number;
	before(async () => {
		nr = await startNodeRed();
		port = await freePort();
	});
	after(() => nr.stop());
	afterEach(async () => {
		await nr.sync();
		nr.forget();
	});

	async function open(tls: FlowNode, clientCert: string, ...nodes: FlowNode[]): Promise<void> {
		const own = { server: 'own', host: '127.0.0.1', port: String(port), tls: 'tls', clientCert };
		await nr.deploy([TAB, tls, endpoint('ep', own), ...nodes]);
		await listening(nr, 'ep');
	}

	/** What a car that shows this gets: a status, or why there is no answer at all. */
	async function post(id: string, tls: TlsOptions, token?: string): Promise<unknown> {
		const auth = token === undefined ? ({ kind: 'none' } as const) : ({ kind: 'bearer', token } as const);
		const device = new WicanDevice({ auth });
		const { status, outcome } = await postOnce(device, `https://127.0.0.1:${port}/${id}`, { tls });
		return status ?? outcome.error;
	}

	for (const [how, tls] of [['paths', PATHS] as const, ['uploaded files', UPLOADED] as const]) {
		it(`required, certificates from ${how}: the right one is accepted, none and a stranger's get no answer`, async () => {
			await open(tls, 'required', car('in', 'car-1'));
			assert.equal(await post('in', CAR_1), 200);
			const { topic, units } = await nextSnapshot(nr);
			assert.deepEqual([topic, units.SPEED], ['3c84279a51e0', 'km/h']);
			await eventsOf(nr);
			for (const shown of [CA, STRANGER, IMPOSTOR]) assert.equal(await post('in', shown), 'closed');
			assert.equal(await post('in', LOCALHOST), 401);
			const { reason, status } = await nextEvent(nr, 'refused');
			assert.deepEqual([reason, status], ['unauthorized', 401]);
			await nr.sync();
			assert.deepEqual(nr.untakenMessages({ from: 'in', port: 0 }), []);
		});
	}

	it("optional: whoever shows none or a stranger's is answered, and refused", async () => {
		await open(PATHS, 'optional', car('in', 'car-1'), wicanIn('open', { endpoint: 'ep' }));
		assert.equal(await post('in', CAR_1), 200);
		for (const shown of [CA, STRANGER, IMPOSTOR, LOCALHOST]) assert.equal(await post('in', shown), 401);
		for (const shown of [CA, STRANGER, CAR_1]) assert.equal(await post('open', shown, TOKEN), 200);
		assert.equal(await post('open', CAR_1), 401);
	});

	it('not asked for: no certificate counts', async () => {
		await open(PATHS, 'none', car('in', 'car-1'));
		for (const shown of [CA, CAR_1]) assert.equal(await post('in', shown), 401);
	});

	it('tells cars of one authority apart, by the whole name', async () => {
		await open(
			PATHS,
			'required',
			car('one', 'car-1'),
			car('two', 'localhost'),
			car('three', 'car-'),
			car('four', 'CAR-1'),
		);
		const answers: Record<string, unknown> = {};
		for (const id of ['one', 'two', 'three', 'four']) {
			answers[id] = [await post(id, CAR_1), await post(id, LOCALHOST)];
		}
		assert.deepEqual(answers, { one: [200, 401], two: [401, 200], three: [401, 401], four: [401, 401] });
	});

	it('goes together with a token: who has a certificate still needs it', async () => {
		await open(PATHS, 'required', wicanIn('in', { endpoint: 'ep' }));
		assert.deepEqual(
			[await post('in', CAR_1), await post('in', CAR_1, TOKEN), await post('in', CA, TOKEN)],
			[401, 200, 'closed'],
		);
	});

	it('is nothing that a listener without TLS could ask for', async () => {
		await nr.deploy([TAB, { ...car('in', 'car-1'), endpoint: '' }]);
		const { status } = await postOnce(new WicanDevice(), `${nr.url}/in`);
		assert.equal(status, 401);
	});
});
