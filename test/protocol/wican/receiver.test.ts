import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { settled } from '../manual-time.js';
import { ADDRESS, deepObject, Garage, ID, requestOf, SECOND, START } from './garage.js';

const BEARER = { auth: { kind: 'bearer', token: 'right' } } as const;
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const FIRST = { config: { SOC: { unit: '%' } }, status: { device_id: ID }, autopid_data: { SOC: 62 } };

describe('who posts', () => {
	it('is decided by the head alone', () => {
		const { receiver } = new Garage(BEARER);
		const admit = (token: string) => receiver.admit(requestOf('', withToken(token)));
		assert.equal(admit('right'), undefined);
		assert.deepEqual(admit('wrong'), { refused: 'unauthorized', status: 401 });
		assert.deepEqual(receiver.admit(requestOf('')), { refused: 'unauthorized', status: 401 });
		assert.equal(new Garage().receiver.admit(requestOf('')), undefined);
	});

	it('is nobody where no credential is set', () => {
		for (const kind of ['bearer', 'api-key-header', 'api-key-query', 'basic', 'client-cert'] as const) {
			const { receiver } = new Garage({ auth: { kind } });
			const head = { ...requestOf('', withToken('')), query: 'api_key=', clientName: '' };
			assert.deepEqual(receiver.admit(head), { refused: 'unauthorized', status: 401 });
		}
	});
});

describe('an accepted POST', () => {
	it('is answered with JSON that says so', async () => {
		const garage = new Garage();
		const decision = await garage.receive(requestOf(FIRST));
		assert.deepEqual(
			{ ...decision, after: undefined },
			{
				status: 200,
				headers: { 'Content-Type': 'application/json' },
				body: '{"status":"ok"}',
				after: undefined,
			},
		);
		assert.deepEqual(garage.messages, [
			{
				topic: ID,
				payload: { SOC: 62 },
				units: { SOC: '%' },
				classes: {},
				wican: {
					vehicle: ID,
					deviceId: ID,
					first: true,
					receivedAt: START,
					query: {},
					remoteAddress: ADDRESS,
					status: { device_id: ID },
				},
			},
		]);
	});

	it('is shown only after it was answered', async () => {
		const garage = new Garage();
		const decision = await garage.receiver.handle(requestOf(FIRST));
		await settled();
		assert.deepEqual(garage.journal, []);
		if ('status' in decision && 'after' in decision) decision.after?.();
		await settled();
		assert.deepEqual(garage.journal, ['message', 'online', 'started']);
	});

	it('has its time of receipt, not that of the answer', async () => {
		const garage = new Garage();
		garage.store.delaying = true;
		const posted = garage.post(FIRST);
		await garage.time.advance(SECOND);
		garage.store.release();
		await posted;
		assert.deepEqual([garage.snapshot.wican.receivedAt, garage.events[0]?.time], [START, START]);
	});

	it('has its query without the key', async () => {
		const garage = new Garage({ auth: { kind: 'api-key-query', token: 'a+b c' } });
		await garage.post({}, { query: 'source=car 1&api_key=a+b c&__proto__=x&toString=y' });
		assert.equal(
			JSON.stringify(garage.snapshot.wican.query),
			'{"source":"car 1","__proto__":"x","toString":"y"}',
		);
		assert.equal(JSON.stringify(garage.messages).includes('a+b c'), false);
	});

	it('for A Better Routeplanner has its query without the login there, and its values without the token', async () => {
		const garage = new Garage({ auth: { kind: 'bearer', token: 'right' } });
		const headers = { authorization: 'APIKEY right' };
		const query = 'api_key=a-secret&token=a-secret&car=3';
		const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
		assert.equal(await garage.post('token=a-secret&tlm=%7B%22soc%22%3A62%7D', { query, headers: form }), 200);
		assert.equal(await garage.post({ token: 'a-secret', tlm: { soc: 62 } }, { query, headers }), 200);
		for (const { payload, wican } of garage.messages) {
			assert.deepEqual([payload, wican.query], [{ soc: 62 }, { car: '3' }]);
		}
		assert.equal(garage.messages.length, 2);
		assert.equal(
			JSON.stringify([garage.messages, garage.events, garage.remembered]).includes('a-secret'),
			false,
		);
	});

	it('has no login at A Better Routeplanner in its query, where that holds telemetry or the body does', async () => {
		const garage = new Garage();
		for (const [query, body] of [
			['Token=a-secret&api_key=a-secret&car=3', { tlm: { soc: 62 }, car: 'van' }],
			['token=a-secret&tlm=%7B%22soc%22%3A62%7D', {}],
		] as const) {
			assert.equal(await garage.post(body, { query }), 200);
		}
		const queries = garage.messages.map(({ wican }) => wican.query);
		assert.deepEqual(queries, [{ car: '3' }, { tlm: '{"soc":62}' }]);
	});

	it('that could not be kept is answered 503 if the device would not send it again', async () => {
		const garage = new Garage();
		garage.store.failing = true;
		const decision = await garage.receive(requestOf(FIRST));
		assert.deepEqual(
			{ ...decision, after: undefined },
			{
				status: 503,
				headers: { 'Content-Type': 'application/json' },
				body: '{"error":"not-stored"}',
				after: undefined,
			},
		);
		assert.deepEqual(garage.journal, ['message']);
		assert.equal(garage.failures.length, 1);
	});

	it('is answered while the device waits, though the store takes longer, and shown in the end', async () => {
		const garage = new Garage();
		garage.store.delaying = true;
		const answered: unknown[] = [];
		for (const [what, body] of Object.entries({ later: { autopid_data: { SOC: 62 } }, first: FIRST })) {
			void garage.receiver.handle(requestOf(body)).then((decision) => {
				const answer = 'status' in decision ? decision.status : decision;
				answered.push([what, answer, garage.time.monotonic() / SECOND]);
				if ('after' in decision) decision.after?.();
			});
		}
		await settled();
		await garage.time.advance(3000);
		assert.deepEqual(answered, [
			['later', 200, 1],
			['first', 503, 1.5],
		]);
		assert.equal(garage.messages.length, 0);
		garage.store.release();
		await settled();
		assert.deepEqual(
			garage.messages.map(({ wican }) => wican.first),
			[undefined, true],
		);
		assert.equal(await garage.post(FIRST), 200);
		assert.deepEqual([garage.failures, garage.problems], [[], []]);
	});

	it('stays accepted when the flow behind throws', async () => {
		const garage = new Garage();
		garage.messages.push = () => {
			throw new Error('flow');
		};
		assert.equal(await garage.post(FIRST), 200);
		assert.deepEqual([garage.problems.length, garage.eventNames], [1, ['online', 'started']]);
		await garage.receiver.close();
	});
});

describe('a refused POST', () => {
	const rows: readonly (readonly [string, string | Buffer, object, string, number])[] = [
		['no JSON', 'SOC=1', {}, 'bad-json', 400],
		['an empty body', '', {}, 'bad-json', 400],
		['a list', '[]', {}, 'bad-body', 400],
		['a template too deep', deepObject(500_000), {}, 'bad-body', 400],
		['unknown packing', '{}', { headers: { 'content-encoding': 'br' } }, 'bad-body', 400],
		[
			'too much unpacked',
			gzipSync(' '.repeat(200)),
			{ headers: { 'content-encoding': 'gzip' }, maxBody: 100 },
			'too-large',
			413,
		],
		[
			'a form without telemetry',
			'token=x',
			{ headers: { 'content-type': 'application/x-www-form-urlencoded' } },
			'bad-body',
			400,
		],
	];
	for (const [what, body, parts, reason, code] of rows) {
		it(`is an event and nothing else: ${what}`, async () => {
			const garage = new Garage({ vehicle: { name: 'Niro' } });
			assert.deepEqual(await garage.receive(requestOf(body, parts)), { refused: reason, status: code });
			assert.deepEqual(garage.events, [
				{ event: 'refused', vehicle: 'Niro', time: START, reason, status: code, remoteAddress: ADDRESS },
			]);
			assert.deepEqual([garage.messages, garage.store.commits], [[], []]);
			assert.deepEqual(garage.vehicle.view, {
				seen: false,
				online: false,
				stale: false,
				count: undefined,
				refused: { reason, status: code },
			});
		});
	}

	it('shows in the badge until one is accepted, also when the car falls silent meanwhile', async () => {
		const garage = new Garage(BEARER);
		await garage.post(FIRST, withToken('right'));
		await garage.post(FIRST, withToken('wrong'));
		assert.deepEqual([garage.vehicle.view.online, garage.vehicle.view.refused?.status], [true, 401]);
		await garage.time.advance(600 * SECOND);
		assert.deepEqual([garage.vehicle.view.online, garage.vehicle.view.refused?.status], [false, 401]);
		await garage.post(FIRST, withToken('right'));
		assert.deepEqual([garage.vehicle.view.online, garage.vehicle.view.refused], [true, undefined]);
	});

	it('shows why it was refused, and not that there were too many refusals', async () => {
		const garage = new Garage(BEARER);
		const tooMany = { reason: 'rate-limited', status: 429, remoteAddress: ADDRESS, subject: '' };
		garage.receiver.refused(tooMany);
		assert.equal(garage.vehicle.view.refused?.reason, 'rate-limited');
		await garage.post(FIRST, withToken('wrong'));
		garage.receiver.refused(tooMany);
		assert.equal(garage.vehicle.view.refused?.reason, 'unauthorized');
	});

	it('is told of when the endpoint refuses it', async () => {
		const garage = new Garage();
		garage.receiver.refused({ reason: 'rate-limited', status: 429, remoteAddress: '192.0.2.9', subject: '' });
		assert.deepEqual(garage.events, [
			{
				event: 'refused',
				vehicle: '/wican',
				time: START,
				reason: 'rate-limited',
				status: 429,
				remoteAddress: '192.0.2.9',
			},
		]);
	});

	it('does not tell what was in it', async () => {
		const garage = new Garage();
		await garage.post('{"status":{"sta_pass":"geheim"');
		assert.equal(JSON.stringify([garage.events, garage.problems, garage.failures]).includes('geheim'), false);
	});
});

describe('a place that is given up', () => {
	it('is closed when all that it has accepted was shown', async () => {
		const garage = new Garage();
		garage.store.delaying = true;
		const posts = [garage.post(FIRST), garage.post({ autopid_data: { SOC: 1 } })];
		let isClosed = false;
		const closed = garage.receiver.close().then(() => {
			isClosed = true;
		});
		await settled();
		assert.equal(isClosed, false);
		garage.store.release();
		await Promise.all([...posts, closed]);
		assert.deepEqual(garage.journal.filter((what) => what === 'message').length, 2);
	});

	it('is closed at once when nothing is under way, also after refusals', async () => {
		const garage = new Garage();
		await garage.post('x');
		await garage.post(FIRST);
		await Promise.all([garage.receiver.close(), garage.receiver.close()]);
	});
});
