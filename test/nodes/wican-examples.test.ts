import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { postOnce, WicanDevice } from '../devices/wican/index.js';
import { type Changes, Example, FILES } from './example.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { letTimePass } from './kit.js';
import { MqttBroker } from './mqtt-broker.js';

const TOKEN = 'a token of the tests';
const MINUTE = 60_000;

/** What a WiCAN posts after it woke up. */
const FIRST = {
	config: {
		COOLANT_TMP: { class: 'temperature', unit: '°C' },
		SPEED: { class: 'speed', unit: 'km/h' },
		'GEAR #/+': { class: 'none', unit: 'none' },
	},
	status: { device_id: '0123456789ab', fw_version: '4.51', ecu_status: 'online' },
	autopid_data: { COOLANT_TMP: 90, SPEED: 50, timestamp: 1_730_000_000 },
};

/** What it posts from then on. */
const later = (values: object): object => ({ autopid_data: values });

/** A function node as far as it remembers something. */
interface WithContext {
	context(): { flow: { get(name: string): Record<string, unknown> } };
}

describe('the examples for cars', () => {
	let nr: RunningNodeRed;
	let last = 0;
	before(async () => {
		// Beside the other tests this one needs Dashboard 2.
		nr = await startNodeRed({ settings: { nodesExcludes: [] } });
	});
	after(() => nr.stop());
	// What a flow remembers goes with the flow.
	afterEach(async () => {
		await nr.deploy([]);
		nr.forget();
	});

	/** Each test has a node of its own, which remembers nothing of the test before. */
	function start(file: string, changes: Changes = {}, more: object = {}): Promise<Example> {
		const id = `car-${++last}`;
		const car = { id, vehicle: `car ${last}`, path: `/wican/${last}`, credentials: { token: TOKEN } };
		return Example.start(file, nr, { ...changes, 'My car': { ...car, ...more } });
	}

	async function post(body: object, path = `/wican/${last}`, token = TOKEN): Promise<number> {
		const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
		const answer = await fetch(nr.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
		return answer.status;
	}

	async function report(body: object): Promise<void> {
		assert.equal(await post(body), 200);
	}

	describe('05', () => {
		/** The cells of the page's table, without the time of the change. */
		async function page(): Promise<{ html: string; rows: string[][] }> {
			const answer = await fetch(`${nr.url}/car`);
			assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
			const html = await answer.text();
			const rows = [
				...html.matchAll(/<tr><td>(.*)<\/td><td class="value">(.*)<\/td><td>(.*)<\/td><td>.*<\/td>/g),
			];
			return { html, rows: rows.map(([, ...cells]) => cells) };
		}

		it('shows a table of values, units and when they changed', async () => {
			const example = await start(FILES.table);
			await report(FIRST);
			const first = (await example.next('Live table')) as { changed: string }[];
			await report(later({ COOLANT_TMP: 90, SPEED: 51 }));
			const second = (await example.next('Live table')) as { changed: string }[];
			assert.deepEqual(
				second.map((row) => ({ ...row, changed: first.some(({ changed }) => changed === row.changed) })),
				[
					{ name: 'COOLANT_TMP', value: 90, unit: '°C', changed: true },
					{ name: 'SPEED', value: 51, unit: 'km/h', changed: false },
				],
			);
			await report(later({ SPEED: 51 }));
			assert.deepEqual(await example.sent('Live table'), []);
			const { html, rows } = await page();
			assert.deepEqual(rows, [
				['COOLANT_TMP', '90', '°C'],
				['SPEED', '51', 'km&#x2F;h'],
			]);
			assert.match(html, /Last report: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d</);
			assert.match(html, new RegExp(`<h1>car ${last}</h1>`));
		});

		for (const firmware of ['4.40', '4.51', '6', 'ha6'] as const) {
			it(`shows what firmware ${firmware} sends`, async () => {
				const example = await start(FILES.table);
				await nr.inject(example.id('Empty the table'));
				const car = new WicanDevice({ firmware, car: 'petrol', auth: { kind: 'bearer', token: TOKEN } });
				for (let n = 0; n < 2; n++) {
					assert.equal((await postOnce(car, `${nr.url}/wican/${last}`)).status, 200);
				}
				const { rows } = await page();
				assert.equal(rows.length, 21);
				const shown = new Map(rows.map(([name, ...cells]) => [name, cells]));
				assert.deepEqual(shown.get('FUEL')?.[1], '%');
				assert.match(String(shown.get('FUEL')?.[0]), /^62\.3\d{0,2}$/);
				assert.deepEqual(shown.get('TestCustom'), ['127.5', '']);
			});
		}

		it('has a page before any report, and again after the table was emptied', async () => {
			const example = await start(FILES.table);
			await nr.inject(example.id('Empty the table'));
			await example.next('Forget the values');
			const empty = await page();
			assert.match(empty.html, /<h1>No car has reported yet<\/h1>/);
			assert.deepEqual(empty.rows, []);
			await report(FIRST);
			assert.equal((await page()).rows.length, 2);
			await nr.inject(example.id('Empty the table'));
			await example.next('Forget the values');
			assert.deepEqual((await page()).rows, []);
		});

		it('shows names, values and units that hold HTML as text', async () => {
			const example = await start(FILES.table);
			await nr.inject(example.id('Empty the table'));
			await report({
				config: { '<b>': { unit: '"><script>alert(1)</script>', class: 'none' } },
				status: {},
				autopid_data: JSON.parse('{ "<b>": "<img src=x onerror=alert(1)>", "__proto__": 1, "{{topic}}": 2 }'),
			});
			const { html, rows } = await page();
			assert.deepEqual(rows, [
				['__proto__', '1', ''],
				['{{topic}}', '2', ''],
				[
					'&lt;b&gt;',
					'&lt;img src&#x3D;x onerror&#x3D;alert(1)&gt;',
					'&quot;&gt;&lt;script&gt;alert(1)&lt;&#x2F;script&gt;',
				],
			]);
			assert.doesNotMatch(html, /<script|<img|<b>/);
		});
	});

	describe('06', () => {
		const TELL = 0;
		const BLIND = 1;
		const heat = (COOLANT_TMP: number, more: object = {}): Promise<void> =>
			report(later({ COOLANT_TMP, ...more }));

		it('tells once that the coolant is hot, and again only after it has cooled down', async () => {
			const example = await start(FILES.alarm);
			const watch = example.id('Watch the coolant');
			await report(FIRST);
			assert.equal((await nr.status(watch)).text, '90 °C');
			await heat(110);
			await heat(111);
			assert.equal(await example.next('Watch the coolant', TELL), `car ${last}: COOLANT_TMP is 111 °C`);
			for (const value of [115, 105, 112, 100, 120]) await heat(value);
			assert.deepEqual(await example.sent('Watch the coolant'), []);
			assert.equal(nr.badge(watch)?.fill, 'red');
			for (const value of [99.5, 110.5]) await heat(value);
			assert.equal(await example.next('Watch the coolant', TELL), `car ${last}: COOLANT_TMP is 110.5 °C`);
			assert.deepEqual(await example.sent('Watch the coolant'), []);
		});

		it('knows what other cars call it, and lets other values pass', async () => {
			const example = await start(FILES.alarm);
			await report(later({ '05-EngineCoolantTemp': 130, COOLANT_TMP: 'on', SPEED: 200 }));
			assert.equal(await example.next('Watch the coolant'), `car ${last}: 05-EngineCoolantTemp is 130`);
			await report(later({ SPEED: 201 }));
			await report(later({}));
			assert.deepEqual(await example.sent('Watch the coolant'), []);
		});

		it('says that the values stand still, and judges none until they move again', async () => {
			const example = await start(FILES.alarm, {}, { offlineAfter: '100' });
			await report(FIRST);
			for (let minute = 0; minute < 2; minute++) {
				await letTimePass(nr, MINUTE);
				await heat(90, { SPEED: 50 });
			}
			const blind = `car ${last}: the coolant is not watched (values unchanged)`;
			assert.equal(await example.next('Watch the coolant', BLIND), blind);
			await heat(150);
			assert.equal(
				await example.next('Watch the coolant', BLIND),
				`car ${last}: the coolant is watched again`,
			);
			assert.equal(await example.next('Watch the coolant', TELL), `car ${last}: COOLANT_TMP is 150 °C`);
		});

		it('says that the car is out of reach, and that it is back', async () => {
			const example = await start(FILES.alarm, {}, { offlineAfter: '1' });
			await report(FIRST);
			const blind = `car ${last}: the coolant is not watched (offline)`;
			assert.equal(await example.next('Watch the coolant', BLIND), blind);
			await heat(91);
			const back = `car ${last}: the coolant is watched again`;
			assert.equal(await example.next('Watch the coolant', BLIND), back);
		});

		it('says so once for several reasons, and not for other events', async () => {
			const example = await start(FILES.alarm);
			const event = (name: string): Promise<void> =>
				nr.inject(example.id('Watch the coolant'), { topic: 'my car', payload: { event: name } });
			for (const name of ['online', 'stale', 'offline', 'online']) await event(name);
			const blind = 'my car: the coolant is not watched (values unchanged)';
			assert.equal(await example.next('Watch the coolant'), blind);
			assert.deepEqual(await example.sent('Watch the coolant'), []);
			await event('fresh');
			assert.equal(await example.next('Watch the coolant'), 'my car: the coolant is watched again');
			for (const name of ['started', 'ecu-offline', 'refused']) await event(name);
			assert.deepEqual(await example.sent('Watch the coolant'), []);
		});
	});

	describe('07', () => {
		let broker: MqttBroker;
		let port: number;
		beforeEach(async () => {
			broker = new MqttBroker();
			port = await broker.listen();
		});
		afterEach(async () => {
			await nr.deploy([]);
			await broker.close();
		});

		it('publishes each value that has changed under a topic that MQTT allows', async () => {
			const example = await start(FILES.mqtt, { 'My broker': { broker: '127.0.0.1', port: String(port) } });
			const isConnected = (badge?: { fill?: string }): boolean => badge?.fill === 'green';
			const publish = example.id('Publish');
			if (!isConnected(nr.badge(publish))) await nr.status(publish, isConnected);
			const next = async (): Promise<object> => {
				const { payload, ...rest } = await broker.next();
				const { time, ...said } = JSON.parse(payload);
				assert.equal(typeof time, 'number');
				return { ...rest, ...said };
			};
			await report(FIRST);
			const retain = true;
			const coolant = { topic: `car/car ${last}/COOLANT_TMP`, retain, value: 90, unit: '°C' };
			assert.deepEqual(await next(), coolant);
			assert.deepEqual(await next(), { topic: `car/car ${last}/SPEED`, retain, value: 50, unit: 'km/h' });
			await report(later({ COOLANT_TMP: 90, SPEED: 50, 'GEAR #/+': 3, 'a\u0000b': 'on', '': 1 }));
			assert.deepEqual(await next(), { topic: `car/car ${last}/GEAR ___`, retain, value: 3 });
			assert.deepEqual(await next(), { topic: `car/car ${last}/a_b`, retain, value: 'on' });
			assert.deepEqual(await next(), { topic: `car/car ${last}/_`, retain, value: 1 });
			await report(later({ COOLANT_TMP: 91, SPEED: 50 }));
			assert.deepEqual(await next(), { ...coolant, value: 91 });
			assert.deepEqual(nr.untakenErrors(), []);
		});
	});

	it('08 tells several cars apart, each with a token of its own', async () => {
		const car = (token: string) => ({ credentials: { token } });
		const tokens = { 'Family car': car('one'), Van: car('two'), 'Sports car': car('three') };
		const example = await Example.start(FILES.cars, nr, tokens);
		assert.equal(await post(FIRST, '/cars/family', 'one'), 200);
		assert.equal(await post(later({ SPEED: 80 }), '/cars/van', 'two'), 200);
		assert.equal(await post(later({ SPEED: 130 }), '/cars/sports', 'three'), 200);
		assert.equal(await post(later({ SPEED: 51 }), '/cars/family', 'one'), 200);
		let rows: { lastReport: string }[] = [];
		for (let report = 0; report < 4; report++) {
			rows = (await example.next('All cars')) as { lastReport: string }[];
		}
		assert.deepEqual(
			rows.map(({ lastReport: _, ...row }) => row),
			[
				{ car: 'family', reports: 2, firmware: '4.51', values: { COOLANT_TMP: 90, SPEED: 51 } },
				{ car: 'van', reports: 1, firmware: '', values: { SPEED: 80 } },
				{ car: 'sports', reports: 1, firmware: '', values: { SPEED: 130 } },
			],
		);
		const [FAMILY, VAN, SPORTS] = [0, 1, 2];
		assert.deepEqual(await example.next('Which car?', VAN), { SPEED: 80 });
		assert.deepEqual(await example.next('Which car?', SPORTS), { SPEED: 130 });
		assert.deepEqual(await example.next('Which car?', FAMILY), { COOLANT_TMP: 90, SPEED: 50 });
		assert.equal(await post(later({ SPEED: 0 }), '/cars/van', 'one'), 401);
		const where = ({ payload }: { payload?: unknown }) => (payload as { event: string }).event === 'refused';
		const refused = await nr.message({ from: example.id('Van'), port: 1, where });
		assert.equal(refused.topic, 'van');
	});

	describe('16', () => {
		const told = (example: Example): Promise<unknown[]> => example.sent('Charged?');

		it('tells once that the car is charged, and again only after it was used', async () => {
			const example = await start(FILES.charged);
			let [level, charging] = [78, 1];
			const auth = { kind: 'bearer', token: TOKEN } as const;
			const parameters = [
				{ name: 'SOC', class: 'battery', unit: '%', read: () => level },
				{ name: 'CHARGING', read: () => charging },
			];
			const car = new WicanDevice({ driving: false, auth, parameters });
			const at = async (percent: number, isCharging: boolean): Promise<void> => {
				[level, charging] = [percent, Number(isCharging)];
				assert.equal((await postOnce(car, `${nr.url}/wican/${last}`)).status, 200);
			};
			await at(78, true);
			await at(79.9, true);
			assert.deepEqual(await told(example), []);
			await at(80.2, true);
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 80.2 %`);
			for (const percent of [81, 79, 80]) await at(percent, true);
			await at(70, false);
			assert.deepEqual(await told(example), []);
			await at(79, true);
			await at(80, true);
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 80 %`);
		});

		it('tells it of a car that stops charging by itself at that level', async () => {
			const example = await start(FILES.charged);
			await report(later({ SOC: 79, CHARGING: 'on' }));
			await report(later({ SOC: 80, CHARGING: 'off' }));
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 80 %`);
		});

		it('knows that a car charges, which does not say so, by its level', async () => {
			const example = await start(FILES.charged);
			for (const SOC of [79, 79.5]) await report(later({ SOC, SPEED: 0 }));
			await report(later({ SOC: 81, SPEED: 60 }));
			assert.deepEqual(await told(example), [], 'a car gains a little downhill');
			await report(later({ SOC: 82, SPEED: 0 }));
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 82 %`);
		});

		it('remembers what firmware does not repeat that sends only what has changed', async () => {
			const example = await start(FILES.charged);
			await report(later({ SOC: 79, CHARGING: 0, SPEED: 50 }));
			await report(later({ SOC: 80.5 }));
			assert.deepEqual(await told(example), []);
			await report(later({ SOC: 79, CHARGING: 1, SPEED: 0 }));
			await report(later({ SOC: 80 }));
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 80 %`);
		});

		/** Reports one after the other, each with its level and what else the car says. */
		const levels = async (soc: readonly number[], more: object = {}): Promise<void> => {
			for (const SOC of soc) await report(later({ SOC, ...more }));
		};

		/** Nothing was charged in these, whatever the car says beside its level. */
		const NOT_CHARGED: Readonly<Record<string, readonly number[]>> = {
			'a wrong reading': [85, 16.5, 85, 85],
			'a wrong reading that comes twice': [85, 16.5, 16.4, 85, 85, 85.5],
			'a wrong reading at the very first': [16.5, 85, 85, 85],
			'a wrong reading too high': [62, 95, 62, 62.5, 127.5, 62],
			'a control unit that sleeps': [85, 0, 85],
			'a control unit that sleeps for long': [85, 0, 0, 0, 0, 0, 85, 85.5],
			'some metres downhill': [74, 77, 79.5, 80],
			'a hill, and what it takes to leave it': [74, 77, 79.5, 80, 79, 77, 74, 77, 80],
		};
		for (const [name, soc] of Object.entries(NOT_CHARGED)) {
			it(`does not take for charged: ${name}`, async () => {
				const example = await start(FILES.charged);
				await levels(soc);
				assert.deepEqual(await told(example), []);
				assert.deepEqual(nr.untakenErrors(), []);
			});
		}
		for (const [name, more] of Object.entries({
			'says that it does not charge': { CHARGING: 0, CHARGING_DC: 0 },
			'says that it drives': { VehicleSpeed: 30 },
		})) {
			it(`does not take a car for charged that ${name}`, async () => {
				const example = await start(FILES.charged);
				for (const soc of Object.values(NOT_CHARGED)) await levels(soc, more);
				await levels([60, 65, 70, 75, 80, 85], more);
				assert.deepEqual(await told(example), []);
			});
		}

		it('does not take a wrong reading or a control unit that sleeps for charged, though the car charges', async () => {
			const example = await start(FILES.charged);
			for (const soc of [
				[85, 16.5, 85, 86],
				[86, 0, 0, 86],
				[62, 62.5],
				[62, 95, 62.5],
			])
				await levels(soc, { CHARGING: 1 });
			assert.deepEqual(await told(example), []);
		});

		it('does not take a drive for charging whose odometer goes on', async () => {
			const example = await start(FILES.charged);
			for (const [km, SOC] of [60, 64, 68, 72, 76, 80, 84].entries())
				await report(later({ SOC, ODOMETER: 5000 + km }));
			assert.deepEqual(await told(example), []);
		});

		/** What cars say that charge from 60 to 90 %, beside their level. */
		const CHARGED: Readonly<Record<string, object>> = {
			'says that it charges': { CHARGING: 1, CHARGING_DC: 0 },
			'says so in another word': { Charging: 'on' },
			'says that it is plugged in': { AC_PLUG: 1 },
			'says that it stands': { 'Vehicle Speed': 0 },
			'has an odometer': { ODOMETER: 5000 },
			'says nothing beside its level': {},
		};
		for (const [name, more] of Object.entries(CHARGED)) {
			it(`tells once that a car is charged that ${name}`, async () => {
				const example = await start(FILES.charged);
				await levels([60, 62, 65, 16.5, 65.5, 68, 0, 70, 72.5, 75, 78, 79.9], more);
				assert.deepEqual(await told(example), []);
				await levels([80.1, 81, 85, 90, 90, 0, 90], more);
				assert.equal(await example.next('Charged?'), `car ${last} is charged to 80.1 %`);
				assert.deepEqual(await told(example), []);
				await levels([60, 61, 65, 70, 75, 79, 82, 85], more);
				assert.deepEqual(
					await told(example),
					[`car ${last} is charged to 82 %`],
					'and again after it was used',
				);
			});
		}

		it('tells it of a car that was charged while it reported nothing', async () => {
			const example = await start(FILES.charged);
			await levels([52, 51.5, 51]);
			await letTimePass(nr, 8 * 60 * MINUTE);
			await levels([90, 90]);
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 90 %`);
		});

		it('tells it of a car that charges slowly for the last few percent', async () => {
			const example = await start(FILES.charged);
			for (const SOC of [77, 78, 79, 80]) {
				await levels([SOC]);
				await letTimePass(nr, 20 * MINUTE);
			}
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 80 %`);
		});

		it('takes the level of one name, though another may come first or alone', async () => {
			const example = await start(FILES.charged);
			await report(later({ SOC_D: 84, CHARGING: 1 }));
			for (const SOC of [77, 78, 79]) await report(later({ SOC }));
			await report(later({ SOC_D: 85 }));
			assert.deepEqual(await told(example), []);
			await report(later({ SOC: 80 }));
			assert.equal(await example.next('Charged?'), `car ${last} is charged to 80 %`);
		});

		it('lets a full battery pass that was never seen below, and reports without a level', async () => {
			const example = await start(FILES.charged);
			for (const SOC of [90, 91]) await report(later({ SOC, CHARGING: 1 }));
			for (const values of [{}, { SOC: 'on' }, { SPEED: 3 }, { SOC: null, CHARGING: null }]) {
				await report(later(values));
			}
			assert.deepEqual(await told(example), []);
			assert.deepEqual(nr.untakenErrors(), []);
		});

		describe('with a server for messages', () => {
			let server: Server;
			beforeEach(async () => {
				server = createServer().listen(0, '127.0.0.1');
				await once(server, 'listening');
			});
			afterEach(() => {
				server.close();
			});

			it('sends the text there', async () => {
				const address = server.address();
				const port = typeof address === 'object' ? address?.port : undefined;
				await start(FILES.charged, { 'Push message': { d: false, url: `http://127.0.0.1:${port}/topic` } });
				await report(later({ SOC: 79, CHARGING: 1 }));
				const [asked] = await Promise.all([once(server, 'request'), report(later({ SOC: 80, CHARGING: 1 }))]);
				const [request, response] = asked;
				assert.equal(await text(request), `car ${last} is charged to 80 %`);
				response.end();
			});
		});
	});

	describe('17', () => {
		const at = (latitude: number, longitude: number, speed = 0): Promise<void> =>
			report(later({ gps_latitude: latitude, gps_longitude: longitude, gps_speed: speed }));
		const page = async (): Promise<string> => (await fetch(`${nr.url}/where`)).text();
		const state = async (example: Example): Promise<string> =>
			String(await example.next('Home and words', 0)).replace(/^car \d+: (drives|parked).*, /, '$1, ');
		const map = (latitude: number, longitude: number): string =>
			`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;

		for (const firmware of ['6', 'ha6'] as const) {
			it(`tells when a car with firmware ${firmware} drives off and parks, and how far from home`, async () => {
				const example = await start(FILES.where);
				const auth = { kind: 'bearer', token: TOKEN } as const;
				const car = new WicanDevice({ firmware, gps: true, auth });
				const post = async (): Promise<void> => {
					assert.equal((await postOnce(car, `${nr.url}/wican/${last}`)).status, 200);
				};
				for (let n = 0; n < 3; n++) await post();
				assert.match(await state(example), /^drives, 1\.9 km from home https:/);
				assert.match(await page(), /<strong>drives at \d+ km&#x2F;h<\/strong>, \d\.\d km from home/);
				car.park();
				for (let n = 0; n < 2; n++) await post();
				await letTimePass(nr, 4 * MINUTE);
				await post();
				assert.match(await state(example), /^parked, \d\.\d km from home https:/);
				car.drive();
				await post();
				assert.match(await state(example), /^drives, /);
				await nr.sync();
				assert.deepEqual(nr.untakenMessages({ from: example.id('Home and words'), port: 0 }), []);
			});
		}

		it('shows on a page where the car is, with a link to a map', async () => {
			const example = await start(FILES.where);
			assert.match(await page(), /No car has told its position yet/);
			await at(52.5163, 13.3777);
			assert.equal(await state(example), `parked, at home ${map(52.5163, 13.3777)}`);
			const html = await page();
			assert.match(html, new RegExp(`<h1>car ${last}</h1>`));
			assert.match(html, /<strong>parked since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d<\/strong>, at home/);
			const [, link = ''] = /href="([^"]*)"/.exec(html) ?? [];
			const plain = link.replaceAll('&#x2F;', '/').replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');
			assert.equal(plain, map(52.5163, 13.3777));
		});

		it('takes neither the wavering of GPS for driving, nor a receiver without satellites for a place', async () => {
			const example = await start(FILES.where);
			await at(52.5163, 13.3777);
			await state(example);
			await at(52.5167, 13.3779);
			await at(0, 0);
			await report(later({ gps_latitude: null, SPEED: 3 }));
			await report(later({}));
			assert.deepEqual(await example.sent('Home and words'), []);
			await at(52.5263, 13.3777);
			assert.match(await state(example), /^drives, 1\.1 km from home /);
			assert.deepEqual(nr.untakenErrors(), []);
		});

		it('says of a car that has fallen silent on its way since when it stands', async () => {
			const example = await start(FILES.where, {}, { offlineAfter: '1' });
			await at(52.5163, 13.3777, 30);
			assert.match(await state(example), /^drives, /);
			assert.match(await state(example), /^parked, at home /);
			const { parkedSince, changed } = await nr.run(
				(RED, id) => (RED.nodes.getNode(id) as unknown as WithContext).context().flow.get('where'),
				example.id('Remember where'),
			);
			assert.equal(parkedSince, changed);
		});
	});

	describe('for the dashboard', () => {
		const open = (): Promise<Example> => start('dashboard/Car on a dashboard.json');
		/** What shows the result has the same name. */
		const functionNamed = (example: Example, name: string): string => example.id(name, 'function');

		it('shows watts and miles of some cars in kW and km', async () => {
			const example = await open();
			const readings = functionNamed(example, 'Readings');
			const config = {
				HV_W: { class: 'power', unit: 'W' },
				RANGE: { class: 'distance', unit: 'mi' },
				HV_V: { class: 'voltage', unit: 'V' },
			};
			await report({ config, status: {}, autopid_data: { HV_W: -20_500, RANGE: 200, HV_V: 361.2 } });
			const first = { voltage: 361.2, power: -20.5, range: 321.9 };
			assert.deepEqual((await nr.message({ from: readings, port: 0 })).payload, first);
			await report(later({ HV_W: 7000 }));
			assert.deepEqual((await nr.message({ from: readings, port: 0 })).payload, { ...first, power: 7 });
		});

		it('says what the car does, also by what firmware has not repeated, and why a report was refused', async () => {
			const example = await open();
			const state = functionNamed(example, 'State in words');
			// An event has a message of its own.
			await report(later({ 'Vehicle Speed': 30, Charging: 'off' }));
			const isOnline = ({ payload }: { payload?: unknown }): boolean =>
				(payload as { rows: { text: string }[] }).rows[1]?.text === 'online';
			for (let message = 0; message < 2; message++) await nr.message({ from: state, where: isOnline });
			const headline = async (values: object): Promise<unknown> => {
				await report(later(values));
				return ((await nr.message({ from: state })).payload as { headline: string }).headline;
			};
			assert.equal(await headline({ 'Vehicle Speed': 31 }), 'Driving');
			assert.equal(await headline({ 'Vehicle Speed': 0 }), 'Parked');
			assert.equal(await headline({ Charging: 'on' }), 'Charging');
			assert.equal(await headline({ 'Vehicle Speed': 0 }), 'Charging');
			assert.equal(await post(later({}), `/wican/${last}`, 'wrong'), 401);
			const text = 'A report was refused: wrong token or login';
			const where = ({ payload }: { payload?: unknown }): boolean =>
				Array.isArray(payload) && payload[0]?.text === text;
			await nr.message({ from: functionNamed(example, 'Timeline'), where });
		});
	});
});
