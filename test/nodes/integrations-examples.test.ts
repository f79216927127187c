/** The examples that hand values to other programs, each with a receiver on a real socket that is as strict as the program. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { HpduServer } from '../devices/hpdu/index.js';
import { postOnce } from '../devices/ups/index.js';
import { type Changes, Example, FILES } from './example.js';
import { ALL_NODES, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { SUPER } from './hpdu-kit.js';
import { letTimePass } from './kit.js';
import { MqttBroker } from './mqtt-broker.js';
import { HURRIED, KEY, standIn } from './ups-kit.js';

const TOKEN = 'a token of the tests';
const MINUTE = 60_000;

interface Received {
	readonly url: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

describe('the examples for other programs', () => {
	let nr: RunningNodeRed;
	let pdu: HpduServer;
	let last = 0;
	before(async () => {
		nr = await startNodeRed({ settings: ALL_NODES });
		pdu = await HpduServer.start({ name: 'SP_Rack_5', phases: 1, outlets: 2, measured: 2 });
		for (const [key, value] of [['imcrac_1', '1.20'] as const, ['omcrac_2', '1.18'] as const]) {
			pdu.device.self.set(key, value);
		}
	});
	after(async () => {
		await nr?.stop();
		await pdu?.close();
	});
	beforeEach(() => {
		last++;
	});
	afterEach(async () => {
		await nr.deploy([]);
		nr.forget();
	});

	const BY_HAND = { repeat: '', once: false };

	/** What is asked in turns is asked by hand. Each test has devices of its own. */
	function start(file: string, changes: Changes = {}): Promise<Example> {
		return Example.start(file, nr, {
			'Every minute': BY_HAND,
			'Every 10 seconds': BY_HAND,
			'Every 15 seconds': BY_HAND,
			'My UPS': { ...HURRIED, deviceId: `other-${last}`, credentials: { httpKey: KEY } },
			'My PDU': { host: '127.0.0.1', port: String(pdu.port), credentials: SUPER },
			'My car': {
				...{ id: `other-car-${last}`, vehicle: `car ${last}`, path: `/other/${last}` },
				credentials: { token: TOKEN },
			},
			...changes,
		});
	}

	async function drive(values: object, config: object = {}): Promise<void> {
		const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
		const body = JSON.stringify({ config, status: { device_id: 'x' }, autopid_data: values });
		const answer = await fetch(`${nr.url}/other/${last}`, { method: 'POST', headers, body });
		assert.equal(answer.status, 200);
	}

	async function reportUps(): Promise<void> {
		assert.equal((await postOnce(standIn(`other-${last}`), nr.url)).result, 'ok');
	}

	/** A program that takes requests, and answers what it is to answer next. */
	class Receiver {
		readonly received: Received[] = [];
		answer: (request: Received) => { status: number; body?: string } = () => ({ status: 204 });
		private server!: Server;

		async listen(): Promise<number> {
			this.server = createServer(async (request, response) => {
				const got = { url: String(request.url), headers: request.headers, body: await text(request) };
				this.received.push(got);
				const { status, body = '' } = this.answer(got);
				response.writeHead(status, { 'content-type': 'application/json' }).end(body);
			}).listen(0, '127.0.0.1');
			await once(this.server, 'listening');
			return (this.server.address() as AddressInfo).port;
		}

		close(): void {
			this.server.closeAllConnections();
			this.server.close();
		}
	}

	describe('23', () => {
		/** Line protocol: measurement, tags, fields that are floats, milliseconds. */
		const LINE =
			/^(ups|car|pdu)(?:,[a-z]+=(?:[^ ,=\\]|\\[ ,=])+)+ (?:[^ ,=\\]|\\[ ,=])+=-?[\d.e+-]+(?:,(?:[^ ,=\\]|\\[ ,=])+=-?[\d.e+-]+)* \d{13}$/;
		let influx: Receiver;
		let example: Example;
		beforeEach(async () => {
			influx = new Receiver();
			influx.answer = ({ url, headers, body }) => {
				const login = `Basic ${Buffer.from('someone:api-token').toString('base64')}`;
				if (headers.authorization !== login) return { status: 401 };
				if (!url.startsWith('/write?db=wattpost&precision=ms')) return { status: 404 };
				const wrong = body.split('\n').find((line) => !LINE.test(line));
				return wrong === undefined ? { status: 204 } : { status: 400, body: `unable to parse ${wrong}` };
			};
			const port = await influx.listen();
			example = await start(FILES.influx, {
				'Write to InfluxDB': {
					url: `http://127.0.0.1:${port}/write?db=wattpost&precision=ms`,
					credentials: { user: 'someone', password: 'api-token' },
				},
			});
		});
		afterEach(() => influx.close());

		/** Lets what waits be written, and gives the status of the answer. */
		async function write(): Promise<unknown> {
			await nr.inject(example.id('Keep until written'), {});
			return (await nr.message({ from: example.id('Write to InfluxDB') })).statusCode;
		}

		/** Resolves when so many lines wait. */
		async function waiting(count: RegExp): Promise<void> {
			const keeps = example.id('Keep until written');
			while (!count.test(String(nr.badge(keeps)?.text))) await nr.sync();
		}

		async function driveAt(SOC: number): Promise<void> {
			await drive({ SOC });
			await waiting(SOC === 61 ? /^1 / : /^2 /);
		}

		const lines = (): string[] => influx.received.flatMap(({ body }) => body.split('\n'));

		it('writes numbers of all devices, and of each channel of a PDU', async () => {
			await reportUps();
			await drive({ 'State of, charge': 62.5, GEAR: 'D', CHARGING: 'on', 'a\\=b': 1 });
			await nr.inject(example.id('Loads'));
			await waiting(/^4 /);
			assert.equal(await write(), 204);
			const [ups = '', car = ''] = lines();
			assert.match(ups, new RegExp(`^ups,id=other-${last} .*\\bmainsPresent=1\\b.*batteryLevel=[\\d.]+`));
			assert.match(
				car,
				new RegExp(`^car,id=car\\\\ ${last} State\\\\ of\\\\,\\\\ charge=62\\.5,a_\\\\=b=1 \\d{13}$`),
			);
			assert.match(lines().join('\n'), /^pdu,id=My\\ PDU,channel=1 .*imcrac=1\.2\b/m);
			assert.match(lines().join('\n'), /^pdu,id=My\\ PDU,channel=2 .*omcrac=1\.18\b/m);
			assert.deepEqual(nr.untakenErrors(), []);
		});

		it('keeps what InfluxDB did not take, and writes it once it does', async () => {
			const usual = influx.answer;
			influx.answer = () => ({ status: 503 });
			await driveAt(61);
			assert.equal(await write(), 503);
			await driveAt(62);
			influx.answer = usual;
			assert.equal(await write(), 204);
			assert.match(String(influx.received.at(-1)?.body), /SOC=61 \d+\n.*SOC=62 \d+$/);
			await waiting(/^0 waiting$/);
		});

		it('does not send again what InfluxDB refuses as wrong', async () => {
			influx.answer = () => ({ status: 400, body: 'partial write' });
			await driveAt(61);
			assert.equal(await write(), 400);
			await waiting(/^0 waiting, 400$/);
		});
	});

	describe('24', () => {
		interface Metrics {
			readonly types: Map<string, string>;
			readonly samples: Map<string, number>;
		}

		/** Reads the text format as Prometheus does: a metric in one piece, known names, no sample twice. */
		async function scrape(): Promise<Metrics> {
			const answer = await fetch(`${nr.url}/metrics`);
			assert.match(String(answer.headers.get('content-type')), /^text\/plain;(?=.*version=0\.0\.4)/);
			const page = await answer.text();
			assert.ok(page === '' || page.endsWith('\n'));
			const types = new Map<string, string>();
			const samples = new Map<string, number>();
			let current = '';
			for (const line of page.split('\n').slice(0, -1)) {
				const [, named, type] = /^# TYPE ([a-zA-Z_:][\w:]*) (gauge|counter)$/.exec(line) ?? [];
				if (named !== undefined) {
					assert.ok(!types.has(named), `${named} stands in two places`);
					types.set(named, String(type));
					current = named;
					continue;
				}
				const [, name, labels, value] =
					/^([a-zA-Z_:][\w:]*)(\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+\}) (-?[\d.e+-]+)$/.exec(line) ?? [];
				assert.equal(name, current, line);
				const key = `${name}${labels}`;
				assert.ok(!samples.has(key), `${key} twice`);
				samples.set(key, Number(value));
			}
			return { types, samples };
		}

		it('shows UPS, car and PDU with units in the names', async () => {
			const example = await start(FILES.prometheus);
			assert.equal((await scrape()).samples.size, 0);
			await reportUps();
			const units = { SOC: { unit: '%', class: 'battery' }, SPEED: { unit: 'km/h' }, X: { unit: 'k"\\' } };
			await drive({ SOC: 62.5, SPEED: 50, soc: 1, 'a"\\\nb': 2, GEAR: 'D', X: 3 }, units);
			await nr.inject(example.id('Loads'));
			await nr.status(example.id('Keep the values'), ({ text }) => String(text).startsWith('My PDU'));
			const { types, samples } = await scrape();
			const id = `id="other-${last}"`;
			assert.equal(samples.get(`wattpost_ups_mains_present{${id}}`), 1);
			assert.ok(Number(samples.get(`wattpost_ups_battery_volts{${id}}`)) > 5);
			const car = `id="car ${last}"`;
			assert.equal(samples.get(`wattpost_car_soc_percent{${car},parameter="SOC"}`), 62.5);
			assert.equal(samples.get(`wattpost_car_speed_kilometers_per_hour{${car},parameter="SPEED"}`), 50);
			assert.equal(samples.get(`wattpost_car_a_b{${car},parameter="a\\"\\\\\\nb"}`), 2);
			assert.equal(samples.get('wattpost_pdu_input_amperes{id="My PDU",channel="1"}'), 1.2);
			assert.equal(samples.get('wattpost_pdu_outlet_amperes{id="My PDU",channel="2"}'), 1.18);
			assert.equal(samples.has('wattpost_pdu_outlet_amperes{id="My PDU",channel="3"}'), false);
			assert.equal(types.get('wattpost_pdu_input_kilowatt_hours_total'), 'counter');
			assert.deepEqual(nr.untakenErrors(), []);
		});

		it('leaves a silent UPS out after five minutes, and says since when it is silent', async () => {
			const example = await start(FILES.prometheus);
			await reportUps();
			await drive({ SOC: 62.5 });
			await nr.status(example.id('Keep the values'), ({ text }) => text === `car ${last}: 1`);
			await letTimePass(nr, 6 * MINUTE);
			const names = [...(await scrape()).types.keys()];
			assert.deepEqual(names, ['wattpost_last_report_timestamp_seconds', 'wattpost_car_soc']);
		});
	});

	describe('25', () => {
		let broker: MqttBroker;
		let example: Example;
		beforeEach(async () => {
			broker = new MqttBroker();
			const port = await broker.listen();
			example = await start(FILES.evcc, { 'My broker': { broker: '127.0.0.1', port: String(port) } });
			const isConnected = (badge?: { fill?: string }): boolean => badge?.fill === 'green';
			const publish = example.id('Publish');
			if (!isConnected(nr.badge(publish))) await nr.status(publish, isConnected);
		});
		afterEach(async () => {
			await nr.deploy([]);
			await broker.close();
		});

		const told = async (count: number): Promise<Record<string, string>> => {
			const messages = await Promise.all(Array.from({ length: count }, () => broker.next()));
			assert.ok(messages.every(({ retain }) => retain));
			return Object.fromEntries(messages.map(({ topic, payload }) => [topic, payload]));
		};

		it('tells battery, range, odometer and state as plain retained values, in kilometres', async () => {
			const units = { RANGE: { unit: 'mi' } };
			await drive({ SOC: 62.5, RANGE: 100, ODOMETER: 12345.6, CHARGING: 1, CHARGER_CONNECTED: 1 }, units);
			assert.deepEqual(await told(4), {
				'wattpost/car/soc': '62.5',
				'wattpost/car/range': '161',
				'wattpost/car/odometer': '12346',
				'wattpost/car/status': 'C',
			});
			await drive({ SOC: 63, CHARGING: 'off', CHARGER_CONNECTED: 'on' });
			assert.deepEqual(await told(2), { 'wattpost/car/soc': '63', 'wattpost/car/status': 'B' });
			await drive({ SOC: 63, CHARGER_CONNECTED: 0 });
			assert.deepEqual(await told(2), { 'wattpost/car/soc': '63', 'wattpost/car/status': 'A' });
		});

		it('tells no level of a car that sleeps or says nonsense, and no state that is not known', async () => {
			for (const SOC of [0, 255, 'n/a']) {
				await drive({ SOC, SPEED: 3 });
				await nr.message({ from: example.id('My car') });
			}
			assert.deepEqual(await example.sent('For evcc'), []);
			await drive({ SOC: 50 });
			assert.deepEqual(await told(1), { 'wattpost/car/soc': '50' });
		});
	});

	describe('26', () => {
		let abrp: Receiver;
		let example: Example;
		const secrets = { ABRP_TOKEN: 'token of the user', ABRP_API_KEY: 'key-of-the-app' };
		beforeEach(async () => {
			abrp = new Receiver();
			abrp.answer = ({ url, headers, body }) => {
				const form = new URLSearchParams(body);
				const isKnown =
					headers.authorization === `APIKEY ${secrets.ABRP_API_KEY}` &&
					form.get('token') === secrets.ABRP_TOKEN;
				const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
				const isRight = url === '/1/tlm/send' && isForm && isKnown;
				return { status: isRight ? 200 : 401, body: `{"status":"${isRight ? 'ok' : 'error'}"}` };
			};
		});
		afterEach(() => abrp.close());

		async function startPlanner(credentials: object): Promise<void> {
			const url = `http://127.0.0.1:${await abrp.listen()}/1/tlm/send`;
			example = await start(FILES.planner, {
				tab: { credentials },
				'Send to ABRP': { url },
			});
		}

		it('tells the planner what it can use, at most every 10 seconds', async () => {
			await startPlanner(secrets);
			const place = { gps_latitude: 52.1, gps_longitude: 5.1 };
			await drive({ SOC: 62.4, HV_W: -7200, SPEED: 0, CHARGING: 1, ...place }, { HV_W: { unit: 'W' } });
			await nr.message({ from: example.id('Send to ABRP') });
			await drive({ SOC: 62.5 });
			const [request] = abrp.received;
			const { utc, ...telemetry } = JSON.parse(String(new URLSearchParams(request?.body).get('tlm')));
			assert.ok(Math.abs(utc - Date.now() / 1000) < 1200, 'clocks of earlier tests');
			assert.deepEqual(telemetry, { soc: 62.4, power: -7.2, speed: 0, lat: 52.1, lon: 5.1, is_charging: 1 });
			await nr.status(example.id('Was it taken?'), ({ text }) => text === 'sent');
			await nr.sync();
			assert.equal(abrp.received.length, 1);
			await letTimePass(nr, 11_000);
			await drive({ SOC: 63 });
			await nr.message({ from: example.id('Send to ABRP') });
			assert.match(String(new URLSearchParams(abrp.received[1]?.body).get('tlm')), /"soc":63\}$/);
		});

		it('says that ABRP did not take it, without a secret', async () => {
			await startPlanner({ ...secrets, ABRP_TOKEN: 'another token' });
			await drive({ SOC: 62.4 });
			const said = await nr.message({ from: example.id('Was it taken?') });
			assert.equal(said.payload, 'ABRP did not take it: 401 error');
			assert.doesNotMatch(JSON.stringify(said), /another token|key-of-the-app/);
		});

		it('sends nothing without a token', async () => {
			await startPlanner({});
			await drive({ SOC: 62.4 });
			await nr.status(example.id('For the planner'), ({ text }) => text === 'enter the token and the key');
			assert.deepEqual(abrp.received, []);
		});
	});
});
