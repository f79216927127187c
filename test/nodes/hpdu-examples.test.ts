import assert from 'node:assert/strict';
import { FAULTS, HpduServer, type HpduServerOptions } from '../devices/hpdu/index.js';
import { type Changes, Example, edited, FILES } from './example.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { askedOf, SUPER, spoil } from './hpdu-kit.js';
import { letTimePass } from './kit.js';

const MINUTE = 60_000;

/** An inject that begins nothing by itself. */
const BY_HAND = { repeat: '', once: false };

describe('the examples for a PDU', () => {
	let nr: RunningNodeRed;
	let pdu: HpduServer;
	before(async () => {
		// With Dashboard 2.
		nr = await startNodeRed({ settings: { nodesExcludes: [] } });
	});
	after(() => nr.stop());
	afterEach(async () => {
		await nr.deploy([]);
		await pdu.close();
		nr.forget();
	});

	/** Each test has a PDU of its own, and a flow that remembers nothing of the test before. */
	async function start(
		file: string,
		options: HpduServerOptions = {},
		changes: Changes = {},
	): Promise<Example> {
		pdu = await HpduServer.start({ name: 'SP_Rack_5', ...options });
		const device = { host: '127.0.0.1', port: String(pdu.port), credentials: SUPER };
		const example = await Example.start(file, nr, {
			'Every 10 seconds': BY_HAND,
			'Every minute': BY_HAND,
			...changes,
			'hpdu-device': device,
		});
		return example;
	}

	describe('09', () => {
		/** One phase and two measured outlets of three, whose values stand still. */
		async function startSmall(changes: Changes = {}): Promise<Example> {
			const example = await start(FILES.loads, { phases: 1, outlets: 3, measured: 2 }, changes);
			const values = {
				...{ stextn: '0', stinnm_1: 'Feed A', stolnm_1: 'Router', stolnm_2: '<b>&"' },
				...{ imvoac_1: '231.25', imcrac_1: '1.20', impfac_1: '95.00', imkwht_1: '4711' },
				...{ omvoac_1: '231.25', omcrac_1: '0.02', ompfac_1: '50.00', omkwht_1: '12' },
				...{ omvoac_2: '231.25', omcrac_2: '1.18', ompfac_2: '96.20', omkwht_2: '0' },
			};
			for (const [key, value] of Object.entries(values)) pdu.device.self.set(key, value);
			return example;
		}

		const read = (example: Example): Promise<void> => nr.inject(example.id('Names known?'));

		/** The cells of the page's table. */
		async function page(): Promise<{ html: string; rows: string[][] }> {
			const answer = await fetch(`${nr.url}/pdu-loads`);
			assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
			assert.match(String(answer.headers.get('content-security-policy')), /^default-src 'none'/);
			const html = await answer.text();
			const rows = [...html.matchAll(/<tr>(<td.*<\/td>)<\/tr>/g)].map(([, cells = '']) =>
				[...cells.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => cell),
			);
			return { html, rows };
		}

		it('shows each phase and each measured outlet by its name, with watts finer than those of the PDU', async () => {
			const example = await startSmall();
			await read(example);
			assert.deepEqual(await example.next('Table of loads'), [
				{
					...{ place: 'Input 1', name: 'Feed A', volts: 231.3, amperes: 1.2 },
					...{ powerFactor: 95, watts: 263.6, kilowattHours: 4711 },
				},
				{
					...{ place: 'Outlet 1', name: 'Router', volts: 231.3, amperes: 0.02 },
					...{ powerFactor: 50, watts: 2.3, kilowattHours: 12 },
				},
				{
					...{ place: 'Outlet 2', name: '<b>&"', volts: 231.3, amperes: 1.18 },
					...{ powerFactor: 96.2, watts: 262.5, kilowattHours: 0 },
				},
			]);
			assert.equal(nr.badge(example.id('Table of loads'))?.text, '264 W');
			const { html, rows } = await page();
			assert.match(html, /<h1>SP_Rack_5<\/h1>/);
			assert.deepEqual(rows, [
				['Input 1', 'Feed A', '231.3', '1.20', '95.0', '263.6', '4711'],
				['Outlet 1', 'Router', '231.3', '0.02', '50.0', '2.3', '12'],
				['Outlet 2', '&lt;b&gt;&amp;&quot;', '231.3', '1.18', '96.2', '262.5', '0'],
			]);
			assert.doesNotMatch(html, /<b>/);
		});

		const namesOf = async (example: Example): Promise<string[]> => {
			await read(example);
			return ((await example.next('Table of loads')) as { name: string }[]).map(({ name }) => name);
		};

		it('shows the extended names where the PDU does, and the short one where that is blank', async () => {
			const example = await startSmall();
			const values = { stextn: '1', imname_1: 'Feed A, cellar', exolnm_1: 'Router, 2nd floor', exolnm_2: '' };
			for (const [key, value] of Object.entries(values)) pdu.device.self.set(key, value);
			assert.deepEqual(await namesOf(example), ['Feed A, cellar', 'Router, 2nd floor', '<b>&"']);
		});

		it('shows the names of a PDU whose firmware knows no extended ones', async () => {
			const example = await start(FILES.loads, { phases: 1, outlets: 1, firmware: 239 });
			assert.deepEqual(await namesOf(example), ['L1', 'Outlet1']);
		});

		it('reads what hardly ever changes every ten minutes only', async () => {
			const example = await startSmall();
			const LOADS = ['GET /group/input_measures', 'GET /group/output_measures'];
			const names = 'stdvnm stextn stinnm imname stolnm exolnm cfnrph cfnrmo'.split(' ');
			const NAMES = names.map((name) => `GET /register/${name}`);
			await read(example);
			await example.next('Table of loads');
			assert.deepEqual(askedOf(pdu, 1), [...NAMES, ...LOADS]);
			await read(example);
			await example.next('Table of loads');
			assert.deepEqual(askedOf(pdu, 1 + NAMES.length + LOADS.length), LOADS);
			await letTimePass(nr, 10 * MINUTE);
			await read(example);
			await example.next('Table of loads');
			// To the PDU the leap is one of its client's clock: it refuses the first token.
			const asked = askedOf(pdu, 1 + NAMES.length + 2 * LOADS.length).filter(
				(line) => !line.includes('/userid'),
			);
			assert.deepEqual([...new Set(asked)], [...NAMES, ...LOADS]);
		});

		it('begins by itself, and goes on', async () => {
			const example = await startSmall({ 'Every 10 seconds': { once: true, repeat: '0.2' } });
			for (let round = 0; round < 3; round++) await example.next('Table of loads');
		});

		it('has a page before anything was read, and keeps the table while the PDU fails', async () => {
			const example = await startSmall();
			const empty = await page();
			assert.match(empty.html, /<h1>No PDU has been read yet<\/h1>/);
			assert.deepEqual(empty.rows, []);
			await read(example);
			await example.next('Table of loads');
			spoil(pdu, FAULTS.status(500));
			await read(example);
			const reason = String(await example.next('Keep the reason'));
			assert.match(reason, /My PDU/);
			const failing = await page();
			assert.match(failing.html, /The last attempt failed: .*My PDU/);
			assert.equal(failing.rows.length, 3);
			await read(example);
			await example.next('Table of loads');
			assert.doesNotMatch((await page()).html, /The last attempt failed/);
		});

		it('leaves empty what is no number, and the watts that would follow from it', async () => {
			const example = await startSmall();
			pdu.device.self.set('omvoac_1', 'n/a');
			await read(example);
			await example.next('Table of loads');
			const { rows } = await page();
			assert.deepEqual(rows[1], ['Outlet 1', 'Router', '', '0.02', '50.0', '', '12']);
		});

		it('shows no outlets of a PDU that does not measure them', async () => {
			const example = await start(FILES.loads, { phases: 1, outlets: 3, measured: 0, onlyFitted: true });
			await read(example);
			const rows = (await example.next('Table of loads')) as { place: string }[];
			assert.deepEqual(
				rows.map(({ place }) => place),
				['Input 1'],
			);
		});
	});

	describe('10', () => {
		interface Report {
			readonly written: string[];
			readonly unchanged: string[];
			readonly refused: string[];
			readonly failed: string[];
		}

		async function press(example: Example): Promise<Report> {
			await nr.inject(example.id('The list'));
			return (await example.next('Report')) as Report;
		}

		const OUTLETS = ['Outlet 1: Router', 'Outlet 2: Switch', 'Outlet 3: Server 1', 'Outlet 4: Server 2'];
		const INPUTS = ['Input 1: Feed A', 'Input 2: Feed B', 'Input 3: Feed C'];

		/** A PDU that shows the short names. */
		async function startShort(options: HpduServerOptions = {}, changes: Changes = {}): Promise<Example> {
			const example = await start(FILES.names, options, changes);
			pdu.device.self.set('stextn', '0');
			return example;
		}

		it('writes the names that can be written, and tells which the PDU refuses', async () => {
			const example = await startShort();
			assert.deepEqual(await press(example), {
				written: [
					'PDU: Rack 5 (was: SP_Rack_5)',
					'Location: Cellar (was: Row 4)',
					...INPUTS.map((line, n) => `${line} (was: L${n + 1})`),
				],
				unchanged: [],
				refused: OUTLETS,
				failed: [],
			});
			assert.equal(pdu.device.self.text('stdvnm'), 'Rack 5');
			assert.equal(pdu.device.self.text('stinnm_2'), 'Feed B');
			assert.equal(pdu.device.self.text('stolnm_1'), 'Outlet1');
			const badge = nr.badge(example.id('Report'));
			assert.deepEqual([badge?.fill, badge?.text], ['yellow', '5 written, 0 unchanged, 4 refused, 0 failed']);
		});

		it('writes the extended names of a PDU that shows those', async () => {
			const list = edited(FILES.names, 'The list', 'Feed B', 'Feed B, cellar');
			const example = await start(FILES.names, {}, list);
			const { written, refused, failed } = await press(example);
			assert.deepEqual(written.at(-2), 'Input 2: Feed B, cellar (was: Input phase 2)');
			assert.deepEqual([refused, failed], [OUTLETS, []]);
			assert.equal(pdu.device.self.text('imname_2'), 'Feed B, cellar');
			assert.equal(pdu.device.self.text('stinnm_2'), 'L2');
		});

		it('writes no name a second time', async () => {
			const example = await startShort();
			await press(example);
			const before = pdu.requests.length;
			assert.deepEqual(await press(example), {
				...{ written: [], refused: OUTLETS, failed: [] },
				unchanged: ['PDU: Rack 5', 'Location: Cellar', ...INPUTS],
			});
			const writes = askedOf(pdu, before).filter((line) => line.startsWith('POST'));
			assert.equal(writes.length, OUTLETS.length);
		});

		it('writes those of outlets too where the databus lets them through', async () => {
			const list = edited(FILES.names, 'The list', "const UNIT = '';", 'const UNIT = 7;');
			const example = await startShort({ bridgedWrites: true, address: 7 }, list);
			const { refused, failed, written } = await press(example);
			assert.deepEqual([refused, failed, written.length], [[], [], 9]);
			assert.equal(pdu.device.self.text('stolnm_4'), 'Server 2');
			assert.ok(askedOf(pdu).includes('POST /databus/7/register/stolnm_1 stolnm_1=Router'));
		});

		it('goes on after a name that is too long, and tells why it was not written', async () => {
			const list = edited(FILES.names, 'The list', 'Feed B', 'Feed B of the cellar');
			const example = await startShort({}, list);
			const { written, failed } = await press(example);
			assert.equal(written.length, 4);
			assert.equal(failed.length, 1);
			assert.match(String(failed[0]), /^Input 2: Feed B of the cellar: .*Nothing sent to PDU/);
		});
	});

	describe('11', () => {
		const TELL = 0;
		const NOT_WATCHED = 1;
		const look = (example: Example): Promise<void> => nr.inject(example.id('Alert registers'));
		const tell = (example: Example): Promise<unknown> => example.next('What is new', TELL);

		it('tells once that an alert has begun, and once that it is over', async () => {
			const example = await start(FILES.alerts);
			const { alerts } = pdu.device.self;
			await look(example);
			await nr.status(example.id('What is new'), ({ text }) => text === 'no alert');
			alerts.raise('ssotri', 5);
			await look(example);
			assert.equal(await tell(example), 'My PDU: ALERT: too much current at an outlet (ssotri = 5)');
			alerts.raise('ssvtri', 2);
			await look(example);
			assert.equal(await tell(example), 'My PDU: ALERT: an input lost its voltage (ssvtri = 2)');
			assert.equal(nr.badge(example.id('What is new'))?.text, 'alerts: 2');
			alerts.reset();
			await look(example);
			assert.equal(await tell(example), 'My PDU: over: too much current at an outlet (ssotri)');
			assert.equal(await tell(example), 'My PDU: over: an input lost its voltage (ssvtri)');
			assert.deepEqual(await example.sent('What is new'), []);
		});

		it('tells of an alert that has no words of its own', async () => {
			const example = await start(FILES.alerts);
			pdu.device.self.set('ssstat', '9');
			await look(example);
			assert.equal(await tell(example), 'My PDU: ALERT: another one (ssstat = 9)');
			pdu.device.self.release('ssstat');
			await look(example);
			assert.equal(await tell(example), 'My PDU: over: another one (ssstat)');
		});

		it('tells once that the PDU does not answer, and once that it does again', async () => {
			const example = await start(FILES.alerts);
			pdu.faults.add(FAULTS.status(500), { when: ({ path }) => path !== '/userid' });
			for (let round = 0; round < 2; round++) {
				await look(example);
				await nr.error('hpdu-internal');
			}
			assert.match(
				String(await example.next('What is new', NOT_WATCHED)),
				/^The PDU is not watched: .*My PDU/,
			);
			pdu.faults.clear();
			await look(example);
			assert.equal(await example.next('What is new', NOT_WATCHED), 'My PDU is watched again');
			assert.deepEqual(await example.sent('What is new'), []);
		});

		it('resets the alerts, and looks again at once', async () => {
			const example = await start(FILES.alerts);
			pdu.device.self.alerts.raise('ssttri');
			await look(example);
			assert.equal(await tell(example), 'My PDU: ALERT: a temperature is too high (ssttri = 1)');
			await nr.inject(example.id('Reset'), { payload: 1 });
			assert.equal(await tell(example), 'My PDU: over: a temperature is too high (ssttri)');
		});

		it('begins by itself, and goes on', async () => {
			await start(FILES.alerts, {}, { 'Every 10 seconds': { once: true, repeat: '0.2' } });
			const looks = (): number => askedOf(pdu).filter((line) => line === 'GET /group/system_status').length;
			while (looks() < 3) await nr.sync();
		});
	});

	it('the dashboard says of an alert that it is latched, until it is reset', async () => {
		const times = ['10 minutes', '5 seconds', '2 seconds'];
		const changes = Object.fromEntries(times.map((time) => [`Every ${time}`, BY_HAND]));
		const example = await start('dashboard/PDU on a dashboard.json', {}, changes);
		const state = async (): Promise<unknown> => {
			await nr.inject(example.id('Alerts'));
			const { payload } = await nr.message({ from: example.id('State in words') });
			const { headline, rows } = payload as { headline: string; rows: { name: string; text: string }[] };
			return [headline, ...rows.slice(1).map(({ name, text }) => `${name}: ${text}`)];
		};
		pdu.device.self.alerts.raise('ssotri', 5);
		assert.deepEqual(await state(), [
			'Alert',
			'Alerts: too much current at outlet 5',
			'Latched: It stays until it is reset, also when its cause is gone: press Both below, or at the PDU.',
		]);
		pdu.device.self.alerts.reset();
		assert.deepEqual(await state(), ['No alert', 'Alerts: none']);
	});

	describe('12', () => {
		const url = (): string => `${nr.url}/pdu-display`;

		it('shows every page of the display, and leaves the display at the page that it showed', async () => {
			await start(FILES.display, { outlets: 6 });
			const { display } = pdu.device;
			display.turnTo(2);
			const answer = await fetch(url());
			assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
			const html = await answer.text();
			const pictures = [...html.matchAll(/<img src="([^"]*)" alt="([^"]*)">/g)];
			assert.deepEqual(
				pictures.map(([, , text]) => text),
				Array.from({ length: display.pages }, (_, n) => `Page ${n + 1} of ${display.pages}`),
			);
			const images = pictures.map(([, source = '']) =>
				source.replaceAll('&#x2F;', '/').replaceAll('&#x3D;', '='),
			);
			assert.equal(new Set(images).size, display.pages);
			for (const image of images) assert.deepEqual(sizeOf(image), [256, 128]);
			assert.match(html, /<p>The display is at page 3\. Its light is on\.<\/p>/);
			assert.equal(display.page, 2);
		});

		async function pressOnPage(button: string, headers: Record<string, string> = {}): Promise<Response> {
			const body = new URLSearchParams({ button });
			return fetch(url(), { method: 'POST', redirect: 'manual', headers, body });
		}

		it('presses the buttons of the PDU, and comes back to the page', async () => {
			await start(FILES.display, { outlets: 6 });
			const { display } = pdu.device;
			const answer = await pressOnPage('2', { origin: nr.url });
			assert.deepEqual([answer.status, answer.headers.get('location')], [303, 'pdu-display']);
			assert.equal(display.page, 1);
			await pressOnPage('1');
			assert.equal(display.page, 0);
			assert.ok(askedOf(pdu).includes('POST /ui/buttonpress button_1=1'));
		});

		it('presses nothing for a page of another site, nor a button that a PDU has not', async () => {
			await start(FILES.display);
			assert.equal((await pressOnPage('1', { origin: 'http://elsewhere.example' })).status, 403);
			assert.equal((await pressOnPage('1', { origin: 'null' })).status, 403);
			assert.equal((await pressOnPage('3')).status, 400);
			assert.deepEqual(askedOf(pdu), []);
		});

		it('says in the browser why there is no picture', async () => {
			await start(FILES.display);
			spoil(pdu, FAULTS.status(500));
			const answer = await fetch(url());
			assert.equal(answer.status, 502);
			assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
			assert.match(await answer.text(), /My PDU/);
		});
	});

	describe('13', () => {
		const UNITS = [
			{ address: 27, hardwareId: [42600, 6129, 1] as const },
			{ address: 0, hardwareId: [42700, 6129, 2] as const },
			{ address: 27, hardwareId: [42800, 6129, 3] as const },
		];
		const find = (example: Example): Promise<void> => nr.inject(example.id('Scan'));
		const table = (example: Example): Promise<unknown> => example.next('Table of units');
		const give = (example: Example, hardwareId: string, payload: unknown, more: object = {}): Promise<void> =>
			nr.inject(example.id('Is it safe?'), { hardwareId, payload, replace: false, ...more });
		const whyNot = async (example: Example): Promise<string> =>
			String(await example.next('Is it safe?', 1)).replace(/^Not done: (.*)\.$/, '$1');
		const addresses = (): number[] => pdu.device.units.map(({ address }) => address);
		const shares = 'shares its address with another unit';

		it('finds the units, and tells whose address has to be seen to', async () => {
			const example = await start(FILES.databus, { units: UNITS });
			await find(example);
			assert.deepEqual(await table(example), [
				{ hardwareId: '42700-6129-2', unitAddress: 0, remark: 'has no address' },
				{ hardwareId: '42534-6129-0', unitAddress: 1, remark: '' },
				{ hardwareId: '42600-6129-1', unitAddress: 27, remark: shares },
				{ hardwareId: '42800-6129-3', unitAddress: 27, remark: shares },
			]);
			const badge = nr.badge(example.id('Table of units'));
			assert.deepEqual([badge?.fill, badge?.text], ['yellow', '4 units, 3 to be given an address']);
		});

		it('gives a unit its address, and looks again', async () => {
			const example = await start(FILES.databus, { units: UNITS });
			await find(example);
			await table(example);
			await give(example, '42700-6129-2', 28);
			const after = (await table(example)) as { hardwareId: string; unitAddress: number }[];
			assert.equal(after.find(({ hardwareId }) => hardwareId === '42700-6129-2')?.unitAddress, 28);
			await give(example, '42800-6129-3', 29);
			await table(example);
			assert.deepEqual(addresses(), [1, 27, 28, 29]);
		});

		it('sends nothing that would do harm, and says why', async () => {
			const example = await start(FILES.databus, { units: UNITS });
			await give(example, '42700-6129-2', 28);
			assert.match(await whyNot(example), /^press "Find the units" first/);
			await find(example);
			await table(example);
			for (const [hardwareId, address, reason] of [
				['', 0, /^enter the hardware id and the address/],
				['42700-6129-2', 0, /^the address must be a whole number/],
				['42700-6129-2', '28', /^the address must be a whole number/],
				['42700-6129-2', 65_536, /^the address must be a whole number/],
				['1-2-3', 28, /^no unit 1-2-3 was found$/],
				['42700-6129-2', 1, /^unit 42534-6129-0 has address 1$/],
				['42534-6129-0', 1, /^it has that address already$/],
				['42534-6129-0', 30, /^it has address 1; set "replace"/],
			] as const) {
				await give(example, hardwareId, address);
				assert.match(await whyNot(example), reason);
			}
			await letTimePass(nr, 11 * MINUTE);
			await give(example, '42700-6129-2', 28);
			assert.match(await whyNot(example), /^press "Find the units" first/);
			assert.deepEqual(addresses(), [1, 27, 0, 27]);
			assert.equal(askedOf(pdu).filter((line) => line.includes('/address/')).length, 0);
		});

		it('asks for nothing when its button is pressed as it was imported', async () => {
			const example = await start(FILES.databus);
			await nr.run((RED, id) => RED.nodes.getNode(id)?.receive({}), example.id('Give it the address'));
			assert.match(await whyNot(example), /^enter the hardware id/);
			assert.deepEqual(askedOf(pdu), []);
		});

		it('gives a unit another address where that is wanted', async () => {
			const example = await start(FILES.databus, { units: UNITS });
			await find(example);
			await table(example);
			await give(example, '42534-6129-0', 30, { replace: true });
			await table(example);
			assert.deepEqual(addresses(), [30, 27, 0, 27]);
		});
	});

	describe('14', () => {
		const HOUR = 60 * MINUTE;
		const DAY = 24 * HOUR;
		const OVER = 1;
		type Table = { outlet: number; name: string; kilowattHours: number }[];
		let clock = 0;

		/** Two measured outlets of three, on a noon, since a test must not run over a midnight. */
		async function startSmall(changes: Changes = {}): Promise<Example> {
			const example = await start(FILES.energy, { phases: 1, outlets: 3, measured: 2 }, changes);
			const values = {
				...{ stextn: '0', stolnm_1: 'Router', stolnm_2: '<b>&"' },
				...{ omvoac_1: '230.00', omcrac_1: '0.02', ompfac_1: '50.00', omkwht_1: '4711' },
				...{ omvoac_2: '230.00', omcrac_2: '10.00', ompfac_2: '100.00', omkwht_2: '16777210' },
			};
			for (const [key, value] of Object.entries(values)) pdu.device.self.set(key, value);
			clock = await nr.run(() => Date.now());
			await pass(new Date(clock).setHours(36, 0, 0, 0) - clock);
			return example;
		}

		async function pass(milliseconds: number): Promise<void> {
			clock += milliseconds;
			await letTimePass(nr, milliseconds);
		}

		async function read(example: Example): Promise<number[]> {
			await nr.inject(example.id('Names and loads'));
			const table = (await example.next('Energy of the day', 0)) as Table;
			return table.map(({ kilowattHours }) => kilowattHours);
		}

		async function page(): Promise<{ html: string; rows: string[][] }> {
			const html = await (await fetch(`${nr.url}/pdu-energy`)).text();
			const rows = [...html.matchAll(/<tr>(<t[dh].*<\/t[dh]>)<\/tr>/g)].map(([, cells = '']) =>
				[...cells.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell = '']) => cell),
			);
			return { html, rows };
		}

		it('adds up what small loads use, finer than the counters of the PDU', async () => {
			const example = await startSmall();
			assert.deepEqual(await read(example), [0, 0]);
			await pass(6 * MINUTE);
			const [router, oven] = await read(example);
			assert.deepEqual([router, Math.round(Number(oven) * 100)], [0, 23]);
			await pass(6 * MINUTE);
			assert.equal(Math.round(Number((await read(example))[1]) * 100), 46);
			assert.match(String(nr.badge(example.id('Energy of the day'))?.text), /^today 0\.46 kWh$/);
		});

		it('shows the extended names where the PDU does', async () => {
			const example = await startSmall();
			for (const [key, value] of [['stextn', '1'] as const, ['exolnm_1', 'Router, 2nd floor'] as const]) {
				pdu.device.self.set(key, value);
			}
			await nr.inject(example.id('Names and loads'));
			const table = (await example.next('Energy of the day', 0)) as Table;
			assert.deepEqual(
				table.map(({ name }) => name),
				['Router, 2nd floor', 'Server 2'],
			);
		});

		it('takes the counters for hours in which nothing was read, over their end too', async () => {
			const example = await startSmall();
			await read(example);
			await pass(3 * HOUR);
			pdu.device.self.set('omkwht_2', '1');
			assert.deepEqual(await read(example), [0, 7]);
		});

		it('takes no energy from a counter that was set to zero, or is zero for a moment after a reboot', async () => {
			const example = await startSmall();
			await read(example);
			for (const counter of ['0', '4711', '0', '1', 'n/a', '2']) {
				pdu.device.self.set('omkwht_1', counter);
				await pass(1);
				await read(example);
			}
			pdu.device.self.set('omkwht_1', '5');
			await pass(HOUR);
			// The oven's load is added up over the time that this test itself takes.
			const [router, oven] = await read(example);
			assert.deepEqual([router, Math.round(Number(oven) * 100)], [5, 0]);
		});

		it('tells the table of a day that is over, and shows the days side by side', async () => {
			const example = await startSmall();
			assert.match((await page()).html, /No PDU has been read yet/);
			await read(example);
			await pass(6 * MINUTE);
			await read(example);
			assert.deepEqual(
				nr.untakenMessages({ from: example.id('Energy of the day'), port: OVER }),
				[],
				'the day is not over',
			);
			await pass(DAY);
			assert.deepEqual(await read(example), [0, 0]);
			assert.deepEqual(await example.next('Energy of the day', OVER), [
				{ outlet: 1, name: 'Router', kilowattHours: 0 },
				{ outlet: 2, name: '<b>&"', kilowattHours: 0.23 },
			]);
			const [today, yesterday] = [clock, clock - DAY].map((time) => new Date(time).toLocaleDateString('sv'));
			const { html, rows } = await page();
			assert.match(html, /<h1>SP_Rack_5: kWh per day<\/h1>/);
			assert.deepEqual(rows, [
				['Outlet', 'Name', today, yesterday],
				['1', 'Router', '0.00', '0.00'],
				['2', '&lt;b&gt;&amp;&quot;', '0.00', '0.23'],
				['All', '', '0.00', '0.23'],
			]);
		});

		it('keeps the table while the PDU fails, and says why it is not newer', async () => {
			const example = await startSmall({ 'Every minute': { once: true, repeat: '' } });
			await example.next('Energy of the day', 0);
			spoil(pdu, FAULTS.status(500));
			await nr.inject(example.id('Names and loads'));
			assert.match(String(await example.next('Keep the reason')), /My PDU/);
			const { html, rows } = await page();
			assert.match(html, /The last attempt failed: .*My PDU/);
			assert.equal(rows.length, 4);
		});
	});

	describe('15', () => {
		const [TELL, NOT_WATCHED] = [0, 1];

		/** One phase with voltage, two measured outlets with a load. */
		async function startSmall(phases = 1): Promise<Example> {
			const example = await start(FILES.fuses, { phases, outlets: 3, measured: 2 });
			set({ stextn: '0', imvoac: '230.00', imcrac: '2.00', stinnm_1: 'Feed A', stinnm_2: 'Feed B' });
			set({ omvoac: '230.00', omcrac_1: '1.18', omcrac_2: '0.10', stolnm_1: 'Router', stolnm_2: 'Lamp' });
			return example;
		}

		function set(values: Record<string, string>): void {
			for (const [key, value] of Object.entries(values)) pdu.device.self.set(key, value);
		}

		async function look(example: Example, times = 1): Promise<void> {
			for (let time = 0; time < times; time++) {
				await nr.inject(example.id('Names known?'));
				await nr.status(example.id('Blown?'));
			}
		}

		it('tells once that an outlet draws nothing any more, after several readings, and once that it is over', async () => {
			const example = await startSmall();
			await look(example);
			set({ omcrac_1: '0.00' });
			await look(example, 2);
			assert.deepEqual(await example.sent('Blown?'), []);
			await look(example, 3);
			assert.equal(
				await example.next('Blown?', TELL),
				'My PDU: FUSE? outlet 1 (Router) draws nothing after 1.18 A, and has 230 V',
			);
			assert.equal(nr.badge(example.id('Blown?'))?.text, 'blown: 1');
			set({ omcrac_1: '1.05' });
			await look(example, 2);
			assert.equal(await example.next('Blown?', TELL), 'My PDU: over: outlet 1 (Router) draws 1.05 A again');
			assert.deepEqual(await example.sent('Blown?'), []);
			assert.equal(nr.badge(example.id('Blown?'))?.text, 'all well');
		});

		it('calls an outlet by its extended name where the PDU does', async () => {
			const example = await startSmall();
			set({ stextn: '1', exolnm_1: 'Router, 2nd floor' });
			await look(example);
			set({ omcrac_1: '0.00' });
			await look(example, 3);
			assert.match(String(await example.next('Blown?', TELL)), /FUSE\? outlet 1 \(Router, 2nd floor\) /);
		});

		it('leaves out small loads, what comes back in time, and readings that are no numbers', async () => {
			const example = await startSmall();
			await look(example);
			set({ omcrac_2: '0.00', omcrac_1: '0.00' });
			await look(example, 2);
			set({ omcrac_1: 'n/a', omvoac_1: 'n/a' });
			await look(example, 4);
			set({ omcrac_1: '1.18' });
			await look(example);
			assert.deepEqual(await example.sent('Blown?'), []);
			assert.deepEqual(nr.untakenErrors(), []);
		});

		it('leaves out an outlet that was switched off, and all of them while mains is gone', async () => {
			const example = await startSmall();
			await look(example);
			pdu.device.self.outlets.force(1, false);
			set({ omcrac_1: '0.00' });
			await look(example, 4);
			pdu.device.self.outlets.force(1, true);
			set({ omcrac_1: '1.18' });
			await look(example);
			set({ omcrac_1: '0.00', imcrac_1: '0.00', imvoac_1: '3.00' });
			await look(example, 4);
			assert.deepEqual(await example.sent('Blown?'), []);
		});

		it('tells of a phase that has no voltage while others have, and not of each of its outlets', async () => {
			const example = await startSmall(2);
			await look(example);
			set({ imvoac_2: '0.00', imcrac_2: '0.00', omcrac_1: '0.00', omvoac_1: '0.00' });
			await look(example, 4);
			assert.equal(
				await example.next('Blown?', TELL),
				'My PDU: FUSE? input 2 (Feed B) draws nothing after 2 A, and has no voltage',
			);
			assert.deepEqual(await example.sent('Blown?'), []);
		});

		it('tells once that the PDU does not answer, and once that it does again', async () => {
			const example = await startSmall();
			pdu.faults.add(FAULTS.status(500), { when: ({ path }) => path !== '/userid' });
			await look(example, 2);
			assert.match(String(await example.next('Blown?', NOT_WATCHED)), /^The PDU is not watched: .*My PDU/);
			pdu.faults.clear();
			await look(example);
			assert.equal(await example.next('Blown?', NOT_WATCHED), 'My PDU is watched again');
			assert.deepEqual(await example.sent('Blown?'), []);
		});

		it('reads names every ten minutes only', async () => {
			const example = await startSmall();
			await look(example);
			const before = pdu.requests.length;
			await look(example);
			assert.deepEqual(askedOf(pdu, before), [
				'GET /register/imvoac',
				'GET /register/imcrac',
				'GET /register/omvoac',
				'GET /register/omcrac',
				'GET /register/swocst',
			]);
		});
	});

	describe('20', () => {
		const url = (): string => `${nr.url}/pdu-outlets`;
		const show = async (): Promise<string> => (await fetch(url())).text();

		/** Presses a button of the page, and gives its answer. */
		async function press(
			fields: Record<string, string>,
			headers: Record<string, string> = {},
		): Promise<Response> {
			return fetch(url(), {
				...{ method: 'POST', redirect: 'manual', headers: { origin: nr.url, ...headers } },
				body: new URLSearchParams(fields),
			});
		}

		/** The hidden fields of the question that a button asks. */
		async function question(outlet: number, action: string): Promise<Record<string, string>> {
			const html = await (await press({ outlet: String(outlet), action })).text();
			const fields = [...html.matchAll(/name="(\w+)" value="([^"]*)"/g)];
			return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
		}

		const isOn = (outlet: number): boolean => pdu.device.self.outlets.isOn(outlet);

		const UNIT = { Switch: { unit: '1' } };

		it('shows the chosen outlets with names, states and currents', async () => {
			await start(FILES.switching, { outlets: 3 });
			pdu.device.self.set('omcrac_2', '1.18');
			pdu.device.self.outlets.force(3, false);
			const rows = [...(await show()).matchAll(/<tr>(<td.*<\/td>)<\/tr>/g)].map(([, cells = '']) =>
				[...cells.matchAll(/<td[^>]*>([^<]*)</g)].map(([, cell]) => cell),
			);
			assert.deepEqual(rows[1]?.slice(0, 4), ['2', 'Server 2', 'on', '1.18']);
			assert.deepEqual(rows[2]?.slice(0, 4), ['3', 'Server 3', 'off', '0.00']);
			assert.equal(rows.length, 3);
		});

		it('asks first, switches once it was answered, and says what became of it', async () => {
			const example = await start(FILES.switching, { bridgedWrites: true }, UNIT);
			await show();
			const fields = await question(2, 'off');
			assert.equal(isOn(2), true);
			assert.equal((await press(fields)).status, 303);
			assert.equal(isOn(2), false);
			assert.match(await show(), /Outlet 2 is off\./);
			assert.equal(await example.next('What became of it', 1), 'Outlet 2 is off.');
			// The same answer a second time is only a question again.
			const again = await question(2, 'on');
			await press(again);
			assert.equal(isOn(2), true);
			assert.equal((await press(fields)).status, 200);
			assert.equal(isOn(2), true);
		});

		it('power-cycles an outlet', async () => {
			await start(FILES.switching, { bridgedWrites: true }, UNIT);
			pdu.device.self.set('strebt', '3');
			await show();
			assert.equal((await press(await question(2, 'cycle'))).status, 303);
			assert.match(await show(), /Outlet 2 is on\./);
			assert.ok(askedOf(pdu).includes('POST /databus/1/register/sworeb_2 sworeb_2=1'));
		});

		it('says which ways remain where the PDU refuses', async () => {
			await start(FILES.switching);
			await show();
			await press(await question(2, 'off'));
			const html = await show();
			assert.match(html, /class="bad"/);
			assert.match(html, /7783/);
			assert.equal(isOn(2), true);
		});

		it('switches nothing for a page of another site, nor an outlet that was not chosen, nor for a made-up ticket', async () => {
			await start(FILES.switching, { bridgedWrites: true }, UNIT);
			await show();
			const fields = await question(2, 'off');
			assert.equal((await press(fields, { origin: 'http://elsewhere.example' })).status, 403);
			assert.equal((await press({ ...fields, outlet: '5' })).status, 400);
			assert.equal((await press({ ...fields, action: 'toString' })).status, 400);
			assert.equal((await press({ ...fields, ticket: 'x' })).status, 200);
			assert.deepEqual(
				askedOf(pdu).filter((line) => line.startsWith('POST /databus')),
				[],
			);
		});
	});
});

/** Width and height of a PNG in a data URL. */
function sizeOf(dataUrl: string): number[] {
	const png = Buffer.from(dataUrl.replace('data:image/png;base64,', ''), 'base64');
	assert.equal(png.subarray(1, 4).toString(), 'PNG');
	return [png.readUInt32BE(16), png.readUInt32BE(20)];
}
