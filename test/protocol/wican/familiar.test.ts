import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readBody } from '../../../nodes/protocol/wican/body.js';
import { Changes } from '../../../nodes/protocol/wican/changes.js';
import { BodyReader } from '../../../nodes/protocol/wican/familiar.js';
import { readReport } from '../../../nodes/protocol/wican/report.js';
import { requestOf } from './garage.js';

function inFull(body: string | Buffer): unknown {
	const readable = readBody(requestOf(body));
	return typeof readable === 'string' ? readable : readReport(readable);
}

/** Reads bodies one after the other, each as if none had come before, and tells which were familiar. */
function familiarOnes(bodies: readonly (string | Buffer)[]): boolean[] {
	const reader = new BodyReader();
	return bodies.map((body) => {
		const report = reader.read(requestOf(body));
		const { numbers, ...rest } = typeof report === 'string' ? { numbers: undefined } : report;
		const expected = inFull(body);
		assert.deepEqual(typeof report === 'string' ? report : rest, expected);
		if (typeof report !== 'string' && typeof expected === 'object' && expected !== null) {
			const { payload } = expected as { payload: object };
			assert.deepEqual(Object.keys(report.payload), Object.keys(payload));
			const named = Object.fromEntries(
				numbers?.names.map((name, place) => [name, numbers.values[place]]) ?? [],
			);
			for (const name of Object.keys(named)) assert.equal(named[name], report.payload[name]);
		}
		return numbers !== undefined;
	});
}

describe('familiar bodies', () => {
	it('are read as any other, whatever numbers they hold', () => {
		const bodies = [
			'1',
			'-0',
			'0.5',
			'-12.34',
			'62.3529422028',
			'123456789012345678',
			'0.1234567890123456789',
			'12',
		].map(
			(number) => `{"autopid_data":{"SOC":${number},"A \\"}{°":7,"on":"on","SOC":2,"timestamp":1790000000}}`,
		);
		assert.deepEqual(familiarOnes(bodies), [false, true, true, true, true, true, true, true]);
	});

	it('leave out what is said of the age of values', () => {
		const body = '{"autopid_data":{"SOC":1,"_meta":5,"HV_V":2}}';
		assert.deepEqual(familiarOnes([body, body.replace('1', '3')]), [false, true]);
	});

	it('have a time where that is text, too', () => {
		const body = '{"autopid_data":{"SOC":1,"timestamp":"1795200781"}}';
		assert.deepEqual(familiarOnes([body, body.replace('1', '2')]), [false, true]);
	});

	it('are told from those that only look alike', () => {
		const first = '{"autopid_data":{"SOC":1,"HV_V":2}}';
		const others = [
			...[
				'{"autopid_data":{"SOC":1,"HV_W":2}}',
				'{"autopid_data":{"SOC":1,"HV_V":2}} ',
				'{"autopid_data":{"SOC":1}}',
			],
			...[
				'{"autopid_data":{"SOC":01,"HV_V":2}}',
				'{"autopid_data":{"SOC":1.,"HV_V":2}}',
				'{"autopid_data":{"SOC":-,"HV_V":2}}',
			],
			...[
				'{"autopid_data":{"SOC":1e400,"HV_V":2}}',
				'{"autopid_data":{"SOC":null,"HV_V":2}}',
				'{"autopid_data":{"SOC":"1","HV_V":2}}',
			],
			...[
				'{"autopid_data":{"SOC":1,"HV_V":2},"status":{}}',
				'{"autopid_data":{"SOC":1,"HV_V":2}',
				'{"autopid_data":{"SOC":{"a":1},"HV_V":2}}',
			],
		];
		for (const other of others) assert.deepEqual(familiarOnes([first, other]), [false, false], other);
	});

	it('are read as any other with a byte changed anywhere', () => {
		const text =
			'{"autopid_data":{"SOC":12.5,"gps_latitude":48.1,"gps_longitude":11.5,"timestamp":1790000000}}';
		fc.assert(
			fc.property(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 }), (index, byte) => {
				const changed = Buffer.from(text);
				changed[index] = byte;
				familiarOnes([text, changed]);
			}),
			{ numRuns: 2000 },
		);
	});

	it('keep the config that came before, and only that', () => {
		const first = (config: string, rest: string) => `{"config":${config}${rest}}`;
		const rest = ',"status":{"device_id":"34b7da61c0e8"},"autopid_data":{"SOC":1}';
		const config = '{"SOC":{"class":"battery","unit":"}\\"{%"},"SOC":{"class":"battery","unit":"%"}}';
		familiarOnes([
			...[first(config, rest), first(config, rest.replace('1', '2')), first(config, ''), first(config, ',')],
			...[first(config, `${rest},"SOC":1`), first(config, `${rest},"config":{}`), first(`${config}}`, rest)],
			...[first(config.replace('%', 'V'), rest), first(config, rest), '{"autopid_data":{"SOC":3}}'],
		]);
	});

	it('do not keep a config beside which another one stands', () => {
		const other = '{"SOC":{"unit":"V"}}';
		for (const config of ['{"SOC":{"unit":"%"}}', 'null', '7', '[]', '"}"', '{}']) {
			const both = `{"config":${config},"autopid_data":{"SOC":1},"conf\\u0069g":${other}}`;
			familiarOnes([both, `{"config":${config},"autopid_data":{"SOC":2}}`, both]);
		}
	});
});

describe('values of familiar bodies', () => {
	it('are compared with those of the body before, familiar or not', () => {
		const names = ['SOC', 'HV_V'];
		const payloadOf = (values: readonly number[]) =>
			Object.fromEntries(names.map((name, at) => [name, values[at]]));
		const [quick, slow] = [new Changes(), new Changes()];
		const steps: readonly (readonly [values: readonly number[], familiar: boolean])[] = [
			...([
				[[1, 2], false],
				[[1, 2], true],
				[[1, 3], true],
				[[1, 3], true],
				[[1, 3], false],
			] as const),
			...([
				[[1, 4], true],
				[[1, 3], false],
				[[2, 3], true],
				[[2, 3], true],
			] as const),
		];
		for (const [values, familiar] of steps) {
			const changed = quick.hasAny(payloadOf(values), familiar ? { names, values, others: [] } : undefined);
			assert.equal(changed, slow.hasAny(payloadOf(values)), String(values));
			assert.equal(quick.describe(), slow.describe());
		}
	});
});

describe('cars of one model', () => {
	const body = (soc: number) => `{"autopid_data":{"SOC":${soc},"PLUG":"on","RPM":0}}`;
	const read = (reader: BodyReader, soc: number) => {
		const report = reader.read(requestOf(body(soc)));
		return typeof report === 'string' ? assert.fail(report) : report;
	};

	it('share the names of their values, and not the values', () => {
		const [one, other] = [new BodyReader(), new BodyReader()];
		for (const [reader, soc] of [
			[one, 1],
			[other, 2],
		] as const)
			read(reader, soc);
		const [first, second] = [read(one, 11), read(other, 12)];
		assert.ok(first.numbers !== undefined && first.numbers.names === second.numbers?.names);
		assert.deepEqual([first.payload.SOC, second.payload.SOC], [11, 12]);
		assert.deepEqual(
			[first.numbers.values, second.numbers.values],
			[
				[11, 0],
				[12, 0],
			],
		);
	});

	it('take nothing from a body that tells its config twice', () => {
		const config = '"config":{"SOC":{"unit":"kWh","class":"energy"}}';
		const twice = `{${config},"autopid_data":{"SOC":1},"config":{"SOC":{"unit":"%"}}}`;
		const once = `{${config},"autopid_data":{"SOC":1}}`;
		const [spoiler, reader] = [new BodyReader(), new BodyReader()];
		spoiler.read(requestOf(twice));
		for (let count = 0; count < 3; count++) {
			const report = reader.read(requestOf(once));
			assert.deepEqual(typeof report === 'string' ? report : report.config, [['SOC', 'kWh', 'energy']]);
		}
	});

	it('keep their values apart, though a switch of one is flipped', () => {
		const reader = new BodyReader();
		const changes = new Changes();
		const post = (soc: number, plug: string) => {
			const report = reader.read(requestOf(body(soc).replace('on', plug)));
			return typeof report === 'string'
				? assert.fail(report)
				: changes.hasAny(report.payload, report.numbers);
		};
		const moved = ['on', 'on', 'on', 'off', 'off', 'off', 'on'].map((plug) => post(50, plug));
		assert.deepEqual(moved, [true, false, false, true, false, false, true]);
		assert.equal(changes.describe(), '[["PLUG","on"],["RPM",0],["SOC",50]]');
	});
});
