import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readBody } from '../../../nodes/protocol/wican/body.js';
import {
	type Reading,
	SAFE_STATUS_NAMES,
	type SnapshotMessage,
} from '../../../nodes/protocol/wican/index.js';
import { isTooDeep } from '../../../nodes/protocol/wican/json.js';
import { MessageMaker } from '../../../nodes/protocol/wican/messages.js';
import { type Report, readReport } from '../../../nodes/protocol/wican/report.js';
import { numberOf } from '../../../nodes/protocol/wican/values.js';
import { ADDRESS, Garage, requestOf, START } from './garage.js';

/** The same runs every time; what fails is printed with its seed. */
const RUNS = { numRuns: 300, seed: 20_261_120 };

const NAMES = [
	...[
		'autopid_data',
		'config',
		'status',
		'gps',
		'schema',
		'timestamp',
		'utc',
		'SOC',
		'HV_V',
		'pids',
		'filters',
	],
	...['groups', 'parameters', 'name', 'unit', 'class', 'device_id', 'uptime', 'batt_voltage', 'ecu_status'],
	...[
		'gps_latitude',
		'gps_longitude',
		'latitude',
		'longitude',
		'speed',
		'__proto__',
		'constructor',
		'toString',
		'',
	],
];
const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...NAMES) }, fc.string({ maxLength: 40 }));
const scalar = fc.oneof(
	fc.double(),
	fc.integer(),
	fc.boolean(),
	fc.constant(null),
	fc.string({ maxLength: 8 }),
	fc.constantFrom(
		'12.5',
		'-3',
		'0x10',
		'12E4',
		'14.1V',
		'N/A',
		'00:00:41',
		'online',
		'none',
		Number.POSITIVE_INFINITY,
		1_795_200_781,
	),
);

/** An object as its text: names may be twice in it, and numbers too large for JSON.stringify. */
const objectOf = (member: fc.Arbitrary<string>) =>
	fc
		.array(fc.tuple(name, member), { maxLength: 8 })
		.map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`);
const { json } = fc.letrec<{ json: string; record: string }>((tie) => ({
	json: fc.oneof(
		{ maxDepth: 5, withCrossShrink: true },
		scalar.map((value) => (value === Number.POSITIVE_INFINITY ? '1e999' : JSON.stringify(value))),
		tie('record'),
		fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
	),
	record: objectOf(tie('json')),
}));
const body = objectOf(json);

const reportOf = (text: string, form = false) => readReport({ text, value: JSON.parse(text), form });
const isReport = (report: Report | string): report is Report => typeof report === 'object';

describe('any JSON', () => {
	it('is a report or refused, and what it holds is of the types that are promised', () => {
		fc.assert(
			fc.property(fc.oneof(body, json), fc.boolean(), (text, form) => {
				const report = reportOf(text, form);
				if (!isReport(report)) return assert.equal(report, 'bad-body');
				const { config = [], status, position = {}, sampledAt, duplicates, odd } = report;
				assert.ok(
					config.every((words) => words.length === 3 && words.every((word) => typeof word === 'string')),
				);
				assert.ok(
					Object.keys(status?.safe ?? {}).every((one) => (SAFE_STATUS_NAMES as string[]).includes(one)),
				);
				assert.ok(Object.values(status?.safe ?? {}).every(isPlain));
				assert.ok(Object.values(position).every(Number.isFinite));
				assert.ok(sampledAt === undefined || !Number.isNaN(new Date(sampledAt).getTime()));
				assert.ok([...duplicates, ...odd].every((one) => typeof one === 'string'));
			}),
			RUNS,
		);
	});

	it('gives a payload of own, finite and typed values that can be copied', () => {
		fc.assert(
			fc.property(body, (data) => {
				const report = reportOf(`{"autopid_data":${data}}`);
				assert.ok(isReport(report));
				const { payload } = report;
				assert.equal(Object.getPrototypeOf(payload), Object.prototype);
				for (const key of Object.keys(payload)) {
					const value = payload[key];
					assert.ok(isPlain(value) || Array.isArray(value), key);
					if (typeof value === 'string') assert.equal(numberOf(value), undefined);
				}
				assert.equal(isTooDeep(payload), false);
			}),
			RUNS,
		);
	});

	it('is accepted and shown, or refused, whatever the settings', async () => {
		const settings = fc.record({
			emit: fc.constantFrom('snapshot' as const, 'parameters' as const),
			changedOnly: fc.boolean(),
			statusFields: fc.constantFrom('safe' as const, 'all' as const, 'none' as const),
		});
		await fc.assert(
			fc.asyncProperty(
				settings,
				fc.array(fc.oneof(body, json), { maxLength: 4 }),
				async (messages, texts) => {
					const garage = new Garage({ messages });
					for (const text of texts) assert.ok([200, 400].includes(await garage.post(text)));
					assert.deepEqual([garage.problems, garage.failures], [[], []]);
					await garage.receiver.close();
				},
			),
			{ ...RUNS, numRuns: 150 },
		);
	});
});

const isPlain = (value: unknown) =>
	typeof value === 'string' ||
	typeof value === 'boolean' ||
	(typeof value === 'number' && Number.isFinite(value));

describe('any bytes', () => {
	it('are read or refused', () => {
		const bytes = fc.oneof(
			fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
			fc.tuple(body, fc.nat()).map(([text, cut]) => Buffer.from(text).subarray(0, cut % (text.length + 1))),
			fc.tuple(body, fc.nat()).map(([text, cut]) => gzipSync(text).subarray(0, cut % 60)),
		);
		const headers = fc.constantFrom<Record<string, string>>(
			{},
			{ 'content-encoding': 'gzip' },
			{ 'content-encoding': 'deflate' },
			{ 'content-encoding': 'br' },
			{ 'content-type': 'application/x-www-form-urlencoded' },
		);
		fc.assert(
			fc.property(bytes, headers, (rawBody, head) => {
				const read = readBody(requestOf(rawBody, { headers: head }));
				const result = typeof read === 'string' ? read : readReport(read);
				assert.ok(isReport(result) || ['bad-json', 'bad-body', 'too-large'].includes(result));
			}),
			RUNS,
		);
	});
});

describe('messages of only what changed', () => {
	const reading = (text: string): Reading => {
		const report = reportOf(text);
		assert.ok(isReport(report));
		return {
			...{ report, vehicle: 'Niro', deviceId: undefined, firmware: undefined, config: [], stale: false },
			...{ receivedAt: START, query: {}, remoteAddress: ADDRESS },
		};
	};
	/** Few names and values, so that some come again. */
	const data = fc.dictionary(
		fc.constantFrom('SOC', 'T', '__proto__', 'toString', 'gps_latitude', 'gps_longitude'),
		fc.constantFrom<unknown>(0, 1, '1', 'on', true, null, ['P0420'], [[1]]),
	);

	const maker = (changedOnly: boolean) =>
		new MessageMaker({ emit: 'snapshot', changedOnly, statusFields: 'safe' });

	it('say together what all messages say, and nothing twice', () => {
		fc.assert(
			fc.property(fc.array(data, { maxLength: 12 }), (bodies) => {
				const [whole, changes] = [maker(false), maker(true)];
				const [seen, rebuilt] = [new Map<string, unknown>(), new Map<string, unknown>()];
				for (const one of bodies) {
					const text = JSON.stringify({ autopid_data: one });
					for (const message of whole.messages(reading(text))) replay(message as SnapshotMessage, seen);
					for (const message of changes.messages(reading(text))) {
						assert.ok(replay(message as SnapshotMessage, rebuilt));
					}
					assert.deepEqual(rebuilt, seen);
				}
			}),
			RUNS,
		);
	});
});

/** @returns whether all that the message has was new, and that was something */
function replay({ payload, position }: SnapshotMessage, state: Map<string, unknown>): boolean {
	const members = [...Object.entries(payload), ...(position ? [['the position', position] as const] : [])];
	const news = members.filter(([key, value]) => !isDeepStrictEqual(state.get(key), value));
	for (const [key, value] of members) state.set(key, value);
	return members.length > 0 && news.length === members.length;
}
