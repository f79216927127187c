import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import { headerValues } from '../devices/common/answer.js';
import { postOnce, WicanDevice, type WicanOptions } from '../devices/wican/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, endpoint, nextEvent, TAB } from './kit.js';
import { ACCEPTED, nextSnapshot, type Sent, type Snapshot, send, TOKEN, wicanIn } from './wican-kit.js';

const MEBIBYTE = 1 << 20;
const BAD_JSON = '400 {"error":"bad-json"}';
const BAD_BODY = '400 {"error":"bad-body"}';
const TOO_LARGE = '413 {"error":"too-large"}';

const padded = (length: number): Buffer => Buffer.alloc(length, '{"autopid_data":{}}'.padEnd(length));
const packed = (encoding: string, body: Buffer): Partial<Sent> => ({
	body,
	headers: { 'Content-Encoding': encoding },
});
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** The body in pieces, without a word of its length before. */
function chunked(body: Buffer): Partial<Sent> {
	const head = Buffer.from(`${body.length.toString(16)}\r\n`);
	const headers = { 'Content-Length': null, 'Transfer-Encoding': 'chunked' };
	return { headers, body: Buffer.concat([head, body, Buffer.from('\r\n0\r\n\r\n')]) };
}

/** What is refused, and with which answer. */
const REFUSED: Record<string, readonly [Partial<Sent>, string]> = {
	nothing: [{ body: '' }, BAD_JSON],
	'no JSON': [{ body: 'token=1&x=2' }, BAD_JSON],
	'JSON cut short': [{ body: '{"autopid_data":{"SOC":62.3' }, BAD_JSON],
	'NaN in words': [{ body: '{"autopid_data":{"SOC":NaN}}' }, BAD_JSON],
	'two bodies in one': [{ body: '{}{}' }, BAD_JSON],
	'a list': [{ body: '[{"SOC":1}]' }, BAD_BODY],
	null: [{ body: 'null' }, BAD_BODY],
	'a form without telemetry': [
		{ body: 'token=1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
		BAD_BODY,
	],
	'a template 33 levels deep': [{ body: `{"x":${nested(32)}}` }, BAD_BODY],
	'a template 400,000 levels deep': [{ body: `{"x":${nested(400_000)}}` }, BAD_BODY],
	'1 MiB and one byte': [{ body: padded(MEBIBYTE + 1) }, TOO_LARGE],
	'1 MiB and one byte in chunks': [chunked(padded(MEBIBYTE + 1)), TOO_LARGE],
	'1 MiB and one byte, compressed': [packed('gzip', gzipSync(padded(MEBIBYTE + 1))), TOO_LARGE],
	'a gzip bomb': [packed('gzip', gzipSync(Buffer.alloc(100 * MEBIBYTE))), TOO_LARGE],
	'a gzip bomb in a deflate': [packed('deflate', deflateSync(Buffer.alloc(20 * MEBIBYTE))), TOO_LARGE],
	'broken gzip': [packed('gzip', gzipSync('{}').subarray(0, 12)), BAD_BODY],
	'gzip that is none': [packed('gzip', Buffer.from('{}')), BAD_BODY],
	'an unknown encoding': [packed('br', Buffer.from('{}')), BAD_BODY],
};

describe('what wican-https-in refuses', () => {
	let nr: RunningNodeRed;
	before(async () => {
		const cars = [wicanIn('in', { endpoint: 'ep' }), wicanIn('neighbour', { endpoint: 'ep' })];
		nr = await startNodeRed({ flows: [TAB, endpoint('ep', { trustProxy: true }), ...cars] });
		await isNeighbourServed();
	});
	after(() => nr.stop());

	/** An answer that every firmware understands: complete, with a length, and no redirect. */
	async function answer(request: Partial<Sent>, address: string): Promise<string> {
		const headers = { 'X-Forwarded-For': address, ...request.headers };
		const outcome = await send(nr.url, { path: '/in', ...request, headers });
		const found = outcome.answer;
		assert.equal(found?.complete, true);
		assert.equal(headerValues(found.headers, 'content-length')[0], String(found.body.length));
		assert.notEqual(Math.floor(found.status / 100), 3);
		return answerOf(outcome);
	}

	async function isNeighbourServed(): Promise<void> {
		const body = { autopid_data: { SOC: 1 } };
		assert.equal(answerOf(await send(nr.url, { path: '/neighbour', body })), ACCEPTED);
		await nextSnapshot(nr, 'neighbour');
	}

	for (const [index, [what, [request, expected]]] of Object.entries(REFUSED).entries()) {
		it(`${what}, with an event; the neighbour is served`, async () => {
			const remoteAddress = `203.0.113.${index}`;
			assert.equal(await answer(request, remoteAddress), expected);
			const { time, ...event } = await nextEvent(nr, 'refused');
			const status = Number(expected.slice(0, 3));
			const { error: reason } = JSON.parse(expected.slice(4)) as { error: string };
			assert.deepEqual(event, { event: 'refused', vehicle: '/in', reason, status, remoteAddress });
			assert.equal(typeof time, 'number');
			await isNeighbourServed();
			assert.deepEqual(nr.untakenMessages({ from: 'in' }), []);
		});
	}

	it('other methods and other paths, without an event', async () => {
		const answers: string[] = [];
		for (const method of ['GET', 'PUT', 'DELETE']) {
			const outcome = await send(nr.url, { path: '/in', method, headers: { 'Content-Length': null } });
			answers.push(String(outcome.answer?.status));
		}
		assert.deepEqual(answers, ['405', '405', '405']);
		assert.equal((await send(nr.url, { path: '/in/x', body: {} })).answer?.status, 404);
		await isNeighbourServed();
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'in' }), []);
	});
});

describe('what wican-https-in puts up with', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({ flows: [TAB, wicanIn('in'), wicanIn('all', { statusFields: 'all' })] });
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	async function accepted(
		body: string | Buffer | object,
		more: Partial<Sent> = {},
		from = 'in',
	): Promise<Snapshot> {
		assert.equal(answerOf(await send(nr.url, { path: '/in', body, ...more })), ACCEPTED);
		return nextSnapshot(nr, from);
	}

	async function sent(options: WicanOptions): Promise<Snapshot> {
		const car = new WicanDevice({ auth: { kind: 'bearer', token: TOKEN }, pollTakes: 0, ...options });
		assert.equal((await postOnce(car, `${nr.url}/in`)).result, 'ok');
		return nextSnapshot(nr);
	}

	it('exactly 1 MiB, compressed too, and a mark in front of the text', async () => {
		await accepted(padded(MEBIBYTE));
		await accepted('', packed('gzip', gzipSync(padded(MEBIBYTE))));
		const { payload } = await accepted('\ufeff{"autopid_data":{"SOC":1}}');
		assert.deepEqual(payload, { SOC: 1 });
	});

	it('bytes of Latin-1 in a unit, a class and a name', async () => {
		const body = '{"config":{"T\xfcr":{"class":"\xe4","unit":"\xb0C"}},"autopid_data":{"T\xfcr":"\xdf"}}';
		const { payload, units, classes } = await accepted(Buffer.from(body, 'latin1'));
		assert.deepEqual(
			[payload, units, classes],
			[...[{ 'T\ufffdr': '\ufffd' }, { 'T\ufffdr': '\ufffdC' }, { 'T\ufffdr': '\ufffd' }]],
		);
	});

	it('a name that was cut inside a character, whose unit is known all the same', async () => {
		const name = `${'A'.repeat(30)}Öltemperatur`;
		const parameters = [{ name, unit: '°C', class: 'temperature', read: () => 91 }];
		const { payload, units, classes } = await sent({ firmware: '6', parameters });
		const cut = `${'A'.repeat(30)}\ufffd`;
		assert.deepEqual([payload[cut], units[cut], classes[cut]], [91, '°C', 'temperature']);
	});

	it('100 KB of tables with 246 parameters of a car and the whole standard set', async () => {
		const car = { firmware: '6', car: 'electric', large: true, standardSet: true } as const;
		assert.ok(new WicanDevice({ ...car, pollTakes: 0 }).fullBody().length > 80_000);
		const { payload, units, wican } = await sent(car);
		assert.ok(Object.keys(payload).length > 200);
		assert.deepEqual([units.HV_C_V_001, units.SOC, wican.odd], ['V', '%', undefined]);
	});

	it('10,000 parameters', async () => {
		const names = Array.from({ length: 10_000 }, (_, n) => `PARAMETER_${n}`);
		const body = {
			config: Object.fromEntries(names.map((name) => [name, { class: 'battery', unit: 'V' }])),
			autopid_data: Object.fromEntries(names.map((name, n) => [name, n])),
		};
		const { payload, units } = await accepted(body);
		assert.deepEqual([Object.keys(payload).length, Object.keys(units).length], [10_000, 10_000]);
		assert.deepEqual([payload.PARAMETER_9999, units.PARAMETER_9999], [9999, 'V']);
	});

	it('names that every object has', async () => {
		const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];
		const all = (value: string): string => `{${names.map((name) => `"${name}":${value}`).join()}}`;
		const unit = '{"unit":"V","class":"battery","polluted":1}';
		const text = `{"config":${all(unit)},"status":${all(unit)},"autopid_data":${all('1')}}`;
		const message = await accepted(text, { path: '/in?__proto__=1&constructor=2' });
		for (const [part, value] of [
			[message.payload, 1] as const,
			[message.units, 'V'] as const,
			[message.classes, 'battery'] as const,
		]) {
			assert.deepEqual(Object.keys(part).sort(), [...names].sort());
			assert.deepEqual(
				names.map((name) => Object.getOwnPropertyDescriptor(part, name)?.value),
				names.map(() => value),
			);
		}
		assert.deepEqual(Object.keys(message.wican.query), ['__proto__', 'constructor']);
		assert.equal(await nr.run(() => (({}) as { polluted?: number }).polluted), undefined);
	});

	it('null where there is no number, volts as text, a clock that is not set', async () => {
		const { payload } = await sent({ firmware: '4.40', notANumber: ['FUEL'] });
		assert.deepEqual(['FUEL' in payload, typeof payload.SPEED], [false, 'number']);
		const status = async (batt_voltage: unknown) => (await accepted({ status: { batt_voltage } })).wican;
		assert.deepEqual((await status('12.5V')).status, { batt_voltage: 12.5 });
		const { status: shown, odd } = await status('full');
		assert.deepEqual([shown, odd], [{}, ['status.batt_voltage']]);
		const { wican } = await sent({ clockSetAfter: Number.POSITIVE_INFINITY });
		assert.deepEqual([wican.sampledAt, wican.status.time_synced], [undefined, false]);
		assert.ok(Number(wican.status.timestamp) < 1000);
	});

	it('parts of the wrong type, which are named', async () => {
		const { payload, wican } = await accepted({
			config: 5,
			status: 'driving',
			autopid_data: [1, 2],
			more: 1,
		});
		assert.deepEqual([payload, wican.odd?.toSorted()], [{}, ['autopid_data', 'config', 'more', 'status']]);
		const inside = await accepted({
			config: { WRONG: 5, ODD: { unit: 7 } },
			status: { device_id: 7, uptime: [] },
			autopid_data: { WRONG: true, ODD: 1 },
		});
		assert.deepEqual([inside.payload, inside.units], [{ WRONG: true, ODD: 1 }, {}]);
		assert.deepEqual(inside.wican.odd?.toSorted(), [
			...['config.ODD.unit', 'config.WRONG', 'status.device_id', 'status.uptime'],
		]);
	});

	it('a query that means nothing', async () => {
		const { wican } = await accepted({}, { path: '/in?&&=1&a=%zz&b=%ff&c&d=1=2&d=3' });
		assert.deepEqual(wican.query, { a: '%zz', b: '\ufffd', c: '', d: '3' });
	});

	it('parts nested 400,000 levels deep, which are left out', async () => {
		const deep = nested(400_000);
		for (const [part, odd] of [
			['autopid_data', 'autopid_data.x'] as const,
			['config', 'config.x'] as const,
			['status', 'status.x'] as const,
		]) {
			const { payload, wican } = await accepted(`{"${part}":{"x":${deep},"y":1}}`, { path: '/all' }, 'all');
			assert.deepEqual(payload, part === 'autopid_data' ? { y: 1 } : {});
			assert.deepEqual([part, 'x' in wican.status, wican.odd?.includes(odd)], [part, false, true]);
		}
		const { wican } = await accepted(
			{ status: { bits: { wifi: true }, list: [[1]] } },
			{ path: '/all' },
			'all',
		);
		assert.deepEqual(wican.status, { bits: { wifi: true }, list: [[1]] });
		assert.deepEqual(nr.untakenErrors(), []);
	});
});
