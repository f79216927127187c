import assert from 'node:assert/strict';
import { Changes } from '../../../nodes/protocol/wican/changes.js';
import {
	type Meaning,
	MessageMaker,
	type MessageSettings,
	type ParameterMessage,
	type Reading,
	type SnapshotMessage,
} from '../../../nodes/protocol/wican/index.js';
import { fullBody, OWNER, SECRET_VALUES, WicanDevice } from '../../devices/wican/index.js';
import { ADDRESS, Garage, reportOf, START } from './garage.js';

const CONFIG: readonly Meaning[] = [
	['SOC', '%', 'battery'],
	['T', '°C', ''],
	['GEAR', '', 'enum'],
	['HV_V', 'V', 'voltage'],
	['X', '', ''],
];

const readingOf = (body: string | object, changed: Partial<Reading> = {}): Reading => ({
	report: reportOf(body),
	vehicle: 'Niro',
	deviceId: '60550fc2a6b1',
	firmware: '4.51',
	config: CONFIG,
	stale: false,
	receivedAt: START,
	query: {},
	remoteAddress: ADDRESS,
	...changed,
});

const makerOf = (settings: Partial<MessageSettings> = {}) =>
	new MessageMaker({ emit: 'snapshot', changedOnly: false, statusFields: 'safe', ...settings });

const FACTS = {
	vehicle: 'Niro',
	deviceId: '60550fc2a6b1',
	firmware: '4.51',
	receivedAt: START,
	query: {},
	remoteAddress: ADDRESS,
	status: {},
};

function snapshotOf(body: string | object, settings: Partial<MessageSettings> = {}): SnapshotMessage {
	const [message] = makerOf(settings).messages(readingOf(body));
	return message !== undefined && 'units' in message ? message : assert.fail();
}

const DATA = '{"autopid_data":{"SOC":62.35,"T":"20.5","GEAR":"D","Y":1,"timestamp":1795200780}}';

describe('a snapshot', () => {
	it('has all values of a POST, with the units and classes of those alone', () => {
		assert.deepEqual(makerOf().messages(readingOf(DATA)), [
			{
				topic: 'Niro',
				payload: { SOC: 62.35, T: 20.5, GEAR: 'D', Y: 1 },
				units: { SOC: '%', T: '°C' },
				classes: { SOC: 'battery', GEAR: 'enum' },
				wican: { ...FACTS, sampledAt: 1_795_200_780_000 },
			},
		]);
	});

	it('of a body without values is empty', () => {
		for (const body of ['{}', '{"autopid_data":{}}', '{"autopid_data":{"timestamp":41}}']) {
			assert.deepEqual(makerOf().messages(readingOf(body)), [
				{ topic: 'Niro', payload: {}, units: {}, classes: {}, wican: FACTS },
			]);
		}
	});

	it('has no member that is not known', () => {
		const [message] = makerOf().messages(readingOf('{}', { deviceId: undefined, firmware: undefined }));
		assert.deepEqual(Object.keys(message?.wican ?? {}), [
			...['vehicle', 'receivedAt', 'query', 'remoteAddress', 'status'],
		]);
		assert.deepEqual(Object.keys(message ?? {}), ['topic', 'payload', 'units', 'classes', 'wican']);
	});

	it('says that it is a first one on a POST with config or status', () => {
		const isFirst = (body: string) => snapshotOf(body).wican.first;
		assert.equal(isFirst('{"config":{},"autopid_data":{}}'), true);
		assert.equal(isFirst('{"status":{}}'), true);
		assert.equal(isFirst('{"config":{},"status":{},"autopid_data":{}}'), true);
		assert.equal(isFirst('{"config":5,"status":null,"autopid_data":{}}'), undefined);
		assert.equal(isFirst(DATA), undefined);
	});

	it('says what the POST says of the car, where it is, and what was strange about it', () => {
		const message =
			snapshotOf(`{"status":{"ecu_status":"offline","device_id":5},"gps":{"latitude":1,"longitude":2,"speed":3},
			"autopid_data":{"SOC":1,"SOC":2}}`);
		assert.deepEqual(message.position, { latitude: 1, longitude: 2, speed: 3 });
		assert.deepEqual(message.wican, {
			...FACTS,
			first: true,
			ecu: 'offline',
			status: { ecu_status: 'offline' },
			duplicates: ['SOC'],
			odd: ['status.device_id'],
		});
	});

	it('says while the values stand still', () => {
		const [message] = makerOf().messages(readingOf('{}', { stale: true }));
		assert.deepEqual(message?.wican, { ...FACTS, stale: true });
	});

	it('has the query', () => {
		const [message] = makerOf().messages(readingOf('{}', { query: { source: 'car 1' } }));
		assert.deepEqual(message?.wican.query, { source: 'car 1' });
	});

	it('may have names of anything in JavaScript', () => {
		const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
		const data = `{${names.map((name) => `"${name}":1`).join(',')}}`;
		const config = names.map((name): Meaning => [name, 'V', name]);
		const [message] = makerOf().messages(
			readingOf(`{"autopid_data":${data}}`, { config }),
		) as SnapshotMessage[];
		assert.equal(JSON.stringify(message?.payload), data);
		assert.equal(JSON.stringify(message?.units), data.replaceAll('1', '"V"'));
		assert.deepEqual(Object.keys(message?.classes ?? {}), names);
		const [without] = makerOf().messages(readingOf(`{"autopid_data":${data}}`)) as SnapshotMessage[];
		assert.deepEqual([without?.units, without?.classes], [{}, {}]);
	});

	it('finds the unit of a name that was cut', () => {
		const config: Meaning[] = [[`${'x'.repeat(30)}ü`, '°C', 'temperature']];
		const cut = `${'x'.repeat(30)}\ufffd`;
		const [message] = makerOf().messages(
			readingOf({ autopid_data: { [cut]: 5 } }, { config }),
		) as SnapshotMessage[];
		assert.deepEqual([message?.units, message?.classes], [{ [cut]: '°C' }, { [cut]: 'temperature' }]);
	});

	it('has the units of a GPS receiver, which no config names', () => {
		const gps = {
			gps_latitude: 52.5,
			gps_longitude: 13.4,
			gps_altitude: 34,
			gps_speed: 90,
			gps_heading: 271,
		};
		const { units, classes } = snapshotOf({ autopid_data: { ...gps, gps_satellites: 9, gps_accuracy: 4 } });
		assert.deepEqual(units, {
			gps_latitude: '°',
			gps_longitude: '°',
			gps_altitude: 'm',
			gps_speed: 'km/h',
			gps_heading: '°',
			gps_accuracy: 'm',
		});
		assert.deepEqual(classes, {});
		const [first] = makerOf({ emit: 'parameters' }).messages(
			readingOf({ autopid_data: { gps_speed: 90 } }, { config: [['gps_speed', 'mph', 'speed']] }),
		);
		assert.equal((first as ParameterMessage).unit, 'mph');
	});

	/** Spellings that vehicle profiles have. */
	const SPELLINGS: readonly (readonly [name: string, unit: string, className: string])[] = [
		['[VCU] Front motor speed (G6/G9)', 'None', ''],
		['[VCU] Traction motor coolant temperature', '°C', 'temperature'],
		['SOC', '%', 'battery'],
		['SoC', '%', '%'],
		['soc', 'percent', 'percentage'],
		['12vBat', 'V', 'battery'],
		['Insulation', 'kOhm', 'none'],
		['KWH_CHARGED', 'kwh', 'battery'],
		['TYRE_FL', 'PSI', 'pressure'],
		['G_LAT', 'm/s2', 'charger'],
		['YAW', '°/s', ''],
		['ISO', 'kΩ', 'None'],
		['Max_REGEN', 'kW', 'power'],
		['value1', '%', 'battery'],
		['Hour meter', 'hours', 'duration'],
		['AIRBAG', '', ''],
	];
	const NONE = ['', 'none', 'None'];
	const entries = <T>(value: (unit: string, className: string, at: number) => T): Record<string, T> =>
		Object.fromEntries(SPELLINGS.map(([name, unit, word], at) => [name, value(unit, word, at)]));
	const config = entries((unit, className) => ({ class: className, unit }));
	const values = entries((_unit, _className, at) => at);
	const objects = entries((unit, className, value) => ({ value, unit, class: className }));
	const parameters = Object.entries(config).map(([name, words]) => ({ name, ...words, min: 0, max: 1 }));
	const cut = (name: string): string => name.slice(0, 31);
	const shapes: Readonly<Record<string, object>> = {
		'firmware 4': { config, status: {}, autopid_data: values },
		'firmware 6': {
			config: { groups: [{ name: 'fast' }], pids: [{ name: '010C', parameters }], filters: [] },
			autopid_data: Object.fromEntries(Object.entries(values).map(([name, value]) => [cut(name), value])),
		},
		groups: { config: { fast: config }, autopid_data: { fast: values } },
		'groups with labels': { config, autopid_data: [{ group: 'fast', pids: values }] },
		'values that are objects': { autopid_data: objects },
		'lists of values': {
			autopid_data: [
				{ group: 'fast', pids: Object.entries(objects).map(([name, value]) => ({ name, ...value })) },
			],
		},
	};
	for (const [shape, body] of Object.entries(shapes)) {
		it(`has names, units and classes spelled as the vehicle profiles do, from ${shape}`, async () => {
			const garage = new Garage();
			assert.equal(await garage.post(body), 200);
			const { payload, units, classes, wican } = garage.snapshot;
			const nameOf = shape === 'firmware 6' ? cut : (name: string) => name;
			const words = (word: string): string | undefined => (NONE.includes(word) ? undefined : word);
			assert.deepEqual(
				Object.entries(payload).map(([name, value]) => [name, value, units[name], classes[name]]),
				SPELLINGS.map(([name, unit, word], at) => [nameOf(name), at, words(unit), words(word)]),
			);
			assert.deepEqual([wican.odd, wican.duplicates], [undefined, undefined]);
		});
	}

	it('of a template is the template', () => {
		const template = { rpm: 3120.5, car: { soc: '62' }, nothing: null, status: 'driving' };
		assert.deepEqual(snapshotOf(template).payload, template);
	});
});

describe('messages per parameter', () => {
	it('have the name for a topic, and unit and class where there are any', () => {
		assert.deepEqual(makerOf({ emit: 'parameters' }).messages(readingOf(DATA)), [
			{
				topic: 'SOC',
				payload: 62.35,
				unit: '%',
				class: 'battery',
				wican: { ...FACTS, sampledAt: 1_795_200_780_000 },
			},
			{ topic: 'T', payload: 20.5, unit: '°C', wican: { ...FACTS, sampledAt: 1_795_200_780_000 } },
			{ topic: 'GEAR', payload: 'D', class: 'enum', wican: { ...FACTS, sampledAt: 1_795_200_780_000 } },
			{ topic: 'Y', payload: 1, wican: { ...FACTS, sampledAt: 1_795_200_780_000 } },
		]);
	});

	it('are none for a body without values', () => {
		assert.deepEqual(makerOf({ emit: 'parameters' }).messages(readingOf('{}')), []);
	});

	it('share no objects, so that a flow may change one', () => {
		const body = `{"status":{"device_id":"a","bits":{"x":true}},"gps":{"latitude":1,"longitude":2},
			"autopid_data":{"SOC":1,"SOC":2,"T":3,"Z":1e999}}`;
		const settings = { emit: 'parameters', statusFields: 'all' } as const;
		const messages = makerOf(settings).messages(readingOf(body, { query: { a: 'b' } })) as ParameterMessage[];
		assert.equal(messages.length, 2);
		const [one, other] = messages.map((message) => structuredClone(message));
		for (const object of objectsIn(messages[0])) {
			for (const name of Object.keys(object)) delete (object as Record<string, unknown>)[name];
		}
		assert.deepEqual(messages[1], other);
		assert.notDeepEqual(messages[0], one);
	});
});

/** All objects inside a value, itself included. */
function objectsIn(value: unknown): object[] {
	if (typeof value !== 'object' || value === null) return [];
	return [value, ...Object.values(value).flatMap(objectsIn)];
}

describe('a message and what made it', () => {
	it('share nothing but the values, which belong to the message', () => {
		const reading = readingOf(
			'{"status":{"device_id":"a","bits":{"x":1}},"autopid_data":{"SOC":1,"SOC":2,"Z":1e999}}',
			{
				query: { a: 'b' },
			},
		);
		for (const statusFields of ['safe', 'all'] as const) {
			const [message] = makerOf({ statusFields }).messages(reading);
			const [again] = makerOf({ statusFields }).messages(reading);
			const shared = new Set(objectsIn(message?.wican));
			assert.deepEqual(
				objectsIn([again?.wican, reading.query, reading.report.status, reading.report.odd]).filter((one) =>
					shared.has(one),
				),
				[],
			);
		}
	});
});

describe('only what changed', () => {
	const payloads = (settings: Partial<MessageSettings>, bodies: readonly string[]) => {
		const maker = makerOf({ changedOnly: true, ...settings });
		return bodies.map((body) =>
			maker.messages(readingOf(body)).map(({ topic, payload }) => [topic, payload]),
		);
	};
	const data = (values: string) => `{"autopid_data":${values}}`;

	it('is in a snapshot, with its units; without a change there is no message', () => {
		const maker = makerOf({ changedOnly: true });
		const [first] = maker.messages(readingOf(data('{"SOC":62,"T":20,"timestamp":1795200780}')));
		assert.deepEqual(first, {
			topic: 'Niro',
			payload: { SOC: 62, T: 20 },
			units: { SOC: '%', T: '°C' },
			classes: { SOC: 'battery' },
			wican: { ...FACTS, sampledAt: 1_795_200_780_000 },
		});
		assert.deepEqual(maker.messages(readingOf(data('{"SOC":62,"T":20,"timestamp":1795200790}'))), []);
		assert.deepEqual(maker.messages(readingOf(data('{"SOC":62,"T":21}'))), [
			{ topic: 'Niro', payload: { T: 21 }, units: { T: '°C' }, classes: {}, wican: FACTS },
		]);
	});

	it('is a message per parameter', () => {
		assert.deepEqual(
			payloads({ emit: 'parameters' }, [
				data('{"SOC":62,"GEAR":"D"}'),
				data('{"SOC":"62","GEAR":"R"}'),
				data('{"GEAR":"R"}'),
				data('{}'),
				data('{"SOC":61,"GEAR":"D"}'),
			]),
			[
				[
					['SOC', 62],
					['GEAR', 'D'],
				],
				[['GEAR', 'R']],
				[],
				[],
				[
					['SOC', 61],
					['GEAR', 'D'],
				],
			],
		);
	});

	it('is nothing for a value that comes back as it was', () => {
		assert.deepEqual(
			payloads({}, [data('{"A":1}'), data('{"B":1}'), data('{"A":1,"B":1}'), data('{"A":null}'), '{}']),
			[[['Niro', { A: 1 }]], [['Niro', { B: 1 }]], [], [], []],
		);
	});

	it('tells numbers from texts, and nested values by what is in them', () => {
		assert.deepEqual(
			payloads({}, ['{"a":"1","b":null,"c":[1,2]}', '{"a":1,"b":null,"c":[1,2]}', '{"c":[2,1]}', '{"b":0}']),
			[
				[['Niro', { a: '1', b: null, c: [1, 2] }]],
				[['Niro', { a: 1 }]],
				[['Niro', { c: [2, 1] }]],
				[['Niro', { b: 0 }]],
			],
		);
	});

	it('notices a change of what a flow has changed in the message', () => {
		const maker = makerOf({ changedOnly: true });
		const [message] = maker.messages(readingOf('{"car":{"soc":1}}')) as SnapshotMessage[];
		(message?.payload.car as { soc: number }).soc = 2;
		assert.deepEqual(maker.messages(readingOf('{"car":{"soc":1}}')), []);
		assert.equal(maker.messages(readingOf('{"car":{"soc":2}}')).length, 1);
	});

	it('is the position, too', () => {
		const maker = makerOf({ changedOnly: true });
		const at = (speed: number) =>
			`{"gps":{"latitude":1,"longitude":2,"speed":${speed}},"autopid_data":{"SOC":1}}`;
		const shown = [at(1), at(1), at(2), data('{"SOC":1}'), at(2), data('{"SOC":2}'), at(1)].map((body) =>
			maker.messages(readingOf(body)).map(({ payload, position }) => [payload, position?.speed]),
		);
		assert.deepEqual(shown, [
			[[{ SOC: 1 }, 1]],
			[],
			[[{}, 2]],
			[],
			[],
			[[{ SOC: 2 }, undefined]],
			[[{ SOC: 1 }, 1]],
		]);
	});

	it('may have names of anything in JavaScript', () => {
		const [[first = []] = [], second] = payloads({ emit: 'parameters' }, [
			data('{"__proto__":1,"toString":2}'),
			data('{"__proto__":1,"toString":2,"constructor":3}'),
		]);
		assert.deepEqual([first, second], [['__proto__', 1], [['constructor', 3]]]);
	});

	it('is everything again after more names than any car has', () => {
		const changes = new Changes(3);
		assert.deepEqual(changes.among({ a: 1, b: 1, c: 1 }), { a: 1, b: 1, c: 1 });
		assert.deepEqual(changes.among({ a: 1, b: 1, c: 2 }), { c: 2 });
		assert.deepEqual(changes.among({ a: 1, b: 1, c: 2, d: 1 }), { d: 1 });
		assert.deepEqual(changes.among({ a: 1, d: 1 }), { a: 1 });
	});
});

describe('what of status enters a message', () => {
	const BODY =
		'{"status":{"device_id":"a","sta_pass":"geheim","bits":{"x":true},"uptime":null,"batt_voltage":"12.5V"}}';

	it('is what is safe, everything, or nothing', () => {
		const status = (statusFields: MessageSettings['statusFields']) =>
			snapshotOf(BODY, { statusFields }).wican.status;
		assert.deepEqual(status('safe'), { device_id: 'a', batt_voltage: 12.5 });
		assert.deepEqual(status('none'), {});
		assert.deepEqual(status('all'), {
			device_id: 'a',
			sta_pass: 'geheim',
			bits: { x: true },
			uptime: null,
			batt_voltage: 12.5,
		});
	});

	it('is nothing on a POST without one', () => {
		for (const statusFields of ['safe', 'all', 'none'] as const) {
			assert.deepEqual(snapshotOf(DATA, { statusFields }).wican.status, {});
		}
	});

	it('is never a secret by default, though firmware 4.40 sends them all', () => {
		const body = fullBody(new WicanDevice({ firmware: '4.40' })).toString();
		assert.ok(SECRET_VALUES.some((secret) => body.includes(secret)));
		for (const emit of ['snapshot', 'parameters'] as const) {
			for (const statusFields of ['safe', 'none'] as const) {
				const text = JSON.stringify(makerOf({ emit, statusFields }).messages(readingOf(body)));
				assert.deepEqual(
					SECRET_VALUES.filter((secret) => text.includes(secret)),
					[],
				);
			}
		}
		const all = makerOf({ statusFields: 'all' }).messages(readingOf(body))[0]?.wican.status;
		assert.equal(all?.sta_pass, OWNER.sta_pass);
	});
});
