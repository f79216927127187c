import assert from 'node:assert/strict';
import { answerSignature, postOnce } from '../devices/ups/index.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, endpoint, headerNames, nextEvent, nowSeconds, ON_TAB, TAB } from './kit.js';
import {
	commandOut,
	httpIn,
	KEY,
	makePost,
	nextState,
	nonce,
	send,
	standIn,
	telemetryPath,
	upsDevice,
} from './ups-kit.js';

const BODY = JSON.stringify({
	ts: 1700000000,
	fw_ver: 'esp32:0.8.17-1nce',
	uptime_s: 4000,
	power: {
		...{ version: 2, flags: 31, charge_state: 2, vbus_in_mv: 19870, pd_in_mv: 20000, pd_in_ma: 3000 },
		...{ vbus_out_mv: 5092, vout_set_mv: 5100, vout_read_mv: 5096, iout_limit_ma: 5000 },
		...{ pd_out_mv: 5000, pd_out_ma: 5000, vbat_mv: 7900, ibat_ma: 850, vsys_mv: 8080, iin_ma: 690 },
		...{ temp_lm_dc: 321, temp_mp_dc: null, temp_dc: 321, faults: 0x101, uptime_s: 259_200 },
	},
	host: { eth_state: 0x2d, cpu_temp_dc: 541, mem_pct: 47, disk_pct: 61, load_x100: 118, uptime_s: 172_800 },
	net: { state: 4, rssi_dbm: -71, rsrp_dbm: -98, rsrq_db: 0, sinr_db: 9, bytes_tx: 1234, bytes_rx: 567 },
	acks: ['an-id-of-nobody'],
	rejected: [{ id: 'another', reason: 'bad_id' }],
	resp_dropped: { bytes: 2100, max: 2047 },
	from_the_future: { x: 1 },
});

const PAYLOAD = {
	time: 1_700_000_000_000,
	firmware: 'esp32:0.8.17-1nce',
	uptime: 4000,
	power: {
		version: 2,
		chargeState: 'fast-charge',
		mainsPresent: true,
		inputEnabled: true,
		outputEnabled: true,
		batteryPresent: true,
		usbPdAttached: true,
		inputVoltage: 19.87,
		pdInputVoltage: 20,
		pdInputCurrent: 3,
		outputVoltage: 5.092,
		outputSetVoltage: 5.1,
		outputReadVoltage: 5.096,
		outputCurrentLimit: 5,
		pdOutputVoltage: 5,
		pdOutputCurrent: 5,
		batteryVoltage: 7.9,
		batteryCurrent: 0.85,
		systemVoltage: 8.08,
		chargerInputCurrent: 0.69,
		boardTemperature: 32.1,
		chargerTemperature: null,
		temperature: 32.1,
		batteryLevel: 94,
		batteryLow: false,
		faults: ['battery-ntc', 'output-short'],
		uptime: 259_200,
	},
	host: {
		services: { execution: 'running', consensus: 'failed', validator: 'stopped' },
		cpuTemperature: 54.1,
		memoryUsed: 47,
		diskUsed: 61,
		load: 1.18,
		uptime: 172_800,
	},
	network: {
		state: 'uplink-up',
		rssi: -71,
		rsrp: -98,
		rsrq: null,
		sinr: 9,
		bytesSent: 1234,
		bytesReceived: 567,
	},
};

describe('ups-http-in', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	/** Lets a UPS report, so that it is none that never has. */
	async function reportsOnce(deviceId: string, ...nodes: readonly FlowNode[]): Promise<void> {
		await nr.deploy([TAB, upsDevice(deviceId), ...nodes]);
		await send(makePost(nr.url, deviceId));
		await nextEvent(nr, 'online');
	}

	it('makes one message of an accepted POST and answers with a signature over its nonce', async () => {
		await nr.deploy([TAB, upsDevice('U1'), httpIn('in')]);
		const earliest = Date.now();
		const post = makePost(nr.url, 'U1', { body: BODY });
		const outcome = await send(post);
		assert.equal(answerOf(outcome), '200 {"commands":[]}');
		assert.deepEqual(
			outcome.answer?.headers.find(([name]) => name === 'X-W3PUPS-Sig'),
			['X-W3PUPS-Sig', answerSignature(KEY, post.nonce, Buffer.from('{"commands":[]}'))],
		);
		const { ups, ...msg } = await nr.message({ from: 'in', port: 0 });
		assert.deepEqual(msg, { topic: 'U1', payload: PAYLOAD, telemetry: JSON.parse(BODY) });
		const { receivedAt, clockOffset, ...facts } = ups as { receivedAt: number; clockOffset: number };
		assert.ok(earliest <= receivedAt && receivedAt <= Date.now());
		assert.equal(clockOffset, Number(post.ts) - Math.floor(receivedAt / 1000));
		assert.deepEqual(facts, {
			deviceId: 'U1',
			name: 'Name of U1',
			remoteAddress: '127.0.0.1',
			acks: ['an-id-of-nobody'],
			rejected: [{ id: 'another', reason: 'bad_id' }],
			responseDropped: { bytes: 2100, max: 2047 },
			sent: [],
			pending: 0,
		});
	});

	it('sends no header that the device does not need', async () => {
		await nr.deploy([TAB, upsDevice('U1'), httpIn('in')]);
		const headers = ['Content-Length', 'X-W3PUPS-Sig'];
		assert.deepEqual(headerNames(await send(makePost(nr.url, 'U1'))), headers);
		const closing = await send(makePost(nr.url, 'U1', { headers: { Connection: 'close' } }));
		assert.deepEqual(headerNames(closing), ['Connection', ...headers]);
		const refused = await send(makePost(nr.url, 'U1', { key: 'WRONGWRONGWRONG1' }));
		assert.deepEqual(headerNames(refused), ['Connection', 'Content-Length', 'Content-Type']);
	});

	it('leaves out what the device left out, and names what had the wrong type', async () => {
		await nr.deploy([TAB, upsDevice('U1'), httpIn('in')]);
		const odd = { ts: 1700000000, fw_ver: 7, uptime_s: '12', power: [], net: { state: 9, rssi_dbm: 'x' } };
		assert.equal(
			answerOf(await send(makePost(nr.url, 'U1', { body: JSON.stringify(odd) }))).slice(0, 3),
			'200',
		);
		const msg = await nr.message({ from: 'in', port: 0 });
		assert.deepEqual(msg.payload, { time: 1_700_000_000_000, network: { state: 9 } });
		const names = (msg.ups as { odd: string[] }).odd;
		assert.deepEqual([...names].sort(), ['fw_ver', 'net.rssi_dbm', 'power', 'uptime_s']);
		assert.deepEqual(msg.telemetry, odd);
	});

	it('does not decode power of version 1 from firmware that is known to get it wrong', async () => {
		await nr.deploy([TAB, upsDevice('U1'), httpIn('in')]);
		const power = { charge_state: 1, vbus_in_mv: 15000, vbus_out_mv: 5100, ibus_out_ma: 900, vbat_mv: 7900 };
		const posts = [
			['esp32:0.8.8', power, { version: 1, distrusted: true }],
			['esp32:0.9.0', { version: 3, x: 1 }, { version: 3, undecoded: true }],
		] as const;
		for (const [fw_ver, given, expected] of posts) {
			const body = JSON.stringify({ ts: 1, fw_ver, uptime_s: 1, power: given, acks: [] });
			await send(makePost(nr.url, 'U1', { body }));
			const { power: decoded } = (await nr.message({ from: 'in', port: 0 })).payload as { power: unknown };
			assert.deepEqual(decoded, expected);
		}
	});

	it('tells edges, one event per change', async () => {
		await nr.deploy([TAB, upsDevice('E1'), httpIn('in')]);
		const ups = standIn('E1');
		const tell = async (): Promise<unknown[]> => {
			await postOnce(ups, nr.url);
			await nr.message({ from: 'in', port: 0 });
			await nr.sync();
			const events = nr.untakenMessages({ from: 'in', port: 1 });
			nr.forget();
			return events.map(({ topic, payload }) => {
				const { event, deviceId, time, ...details } = payload as Record<string, unknown>;
				assert.deepEqual([topic, deviceId, typeof time], ['E1', 'E1', 'number']);
				return Object.keys(details).length > 0 ? { event, ...details } : event;
			});
		};
		assert.deepEqual(await tell(), ['online']);
		assert.deepEqual(await tell(), []);
		ups.setMains(false);
		ups.setFaults(1 << 8);
		assert.deepEqual(await tell(), [
			{ event: 'mains-lost', inputVoltage: 0.12, inputTooLow: false },
			{ event: 'fault', faults: ['output-short'] },
		]);
		ups.setFaults((1 << 8) | (1 << 10));
		assert.deepEqual(await tell(), [{ event: 'fault', faults: ['output-short', 'output-overvoltage'] }]);
		ups.setMains(true);
		ups.setFaults(0);
		assert.deepEqual(await tell(), ['mains-restored', 'fault-cleared']);
		ups.rebootEsp32();
		assert.deepEqual(await tell(), ['restarted']);
	});

	it('tells what becomes of the output and of the host', async () => {
		await nr.deploy([TAB, upsDevice('E4'), httpIn('in')]);
		const start = nowSeconds() - 200;
		const events = async (second: number, flags: number, hostUptime?: number): Promise<unknown[]> => {
			const host = hostUptime === undefined ? {} : { host: { uptime_s: hostUptime } };
			const facts = { ts: start + second, uptime_s: 1000 + second, power: { version: 2, flags }, ...host };
			const body = JSON.stringify(facts);
			await send(makePost(nr.url, 'E4', { ts: String(start + second), body }));
			await nr.message({ from: 'in', port: 0 });
			await nr.sync();
			const told = nr.untakenMessages({ from: 'in', port: 1 });
			nr.forget();
			return told.map(({ payload }) => (payload as { event: string }).event);
		};
		assert.deepEqual(await events(0, 0b11101, 500), ['online', 'output-off']);
		assert.deepEqual(await events(30, 0b11111, 530), ['output-on']);
		assert.deepEqual(await events(60, 0b11111, 12), ['host-restarted']);
		assert.deepEqual(await events(90, 0b11111), ['host-down']);
		assert.deepEqual(await events(120, 0b11111), []);
		assert.deepEqual(await events(150, 0b11111, 20), ['host-up']);
	});

	it('tells events that nobody saw because the flow was away, once, after a restart too', async () => {
		await nr.deploy([TAB, upsDevice('E2'), httpIn('in')]);
		const ups = standIn('E2');
		await postOnce(ups, nr.url);
		await nextEvent(nr, 'online');
		await nr.restart();
		nr.forget();
		ups.setMains(false);
		await postOnce(ups, nr.url);
		assert.equal((await nextEvent(nr, 'mains-lost')).deviceId, 'E2');
		await nr.restart();
		await postOnce(ups, nr.url);
		await nr.message({ from: 'in', port: 0, where: (msg) => msg.topic === 'E2' });
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'in', port: 1 }), []);
	});

	it('tells that a UPS is silent, once, without any request', async () => {
		await reportsOnce('E3', httpIn('in'));
		await nr.deploy([TAB, upsDevice('E3', { offlineAfter: '1' }), httpIn('in')]);
		await nextEvent(nr, 'offline');
		const { fill, shape, text } = await nr.status('in', (badge) => badge.fill === 'red');
		assert.deepEqual([fill, shape, /__/.test(text ?? '')], ['red', 'ring', false]);
		await send(makePost(nr.url, 'E3'));
		await nextEvent(nr, 'online');
	});

	it('shows after a restart that a UPS is silent, though no report and no event tells', async () => {
		await reportsOnce('E5', httpIn('in'));
		await nr.deploy([TAB, upsDevice('E5', { offlineAfter: '1' }), httpIn('in')]);
		await nextEvent(nr, 'offline');
		nr.forget();
		await nr.restart();
		assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'ring');
		assert.deepEqual(nr.untakenMessages({ from: 'in' }), []);
	});

	it('lets only news through where that is wanted', async () => {
		await nr.deploy([TAB, upsDevice('U1'), httpIn('in', { emit: 'changes' })]);
		const level = async (vbat_mv: number, uptime_s: number): Promise<void> => {
			const power = { version: 2, flags: 31, vbat_mv, uptime_s };
			const net = { state: 4, bytes_tx: uptime_s };
			const body = JSON.stringify({ ts: nowSeconds(), uptime_s, power, net, acks: [] });
			assert.equal(answerOf(await send(makePost(nr.url, 'U1', { body }))), '200 {"commands":[]}');
		};
		await level(7900, 10);
		await level(7900, 40);
		await level(7800, 70);
		const volts = async (): Promise<unknown> => {
			const { payload } = await nr.message({ from: 'in', port: 0 });
			return (payload as { power: { batteryVoltage: number } }).power.batteryVoltage;
		};
		assert.deepEqual([await volts(), await volts()], [7.9, 7.8]);
		assert.deepEqual(nr.untakenMessages({ from: 'in', port: 0 }), []);
	});

	it('gives a message to the node of every UPS and to that of this UPS', async () => {
		const nodes = [httpIn('in'), httpIn('one', { device: 'ups-U1' })];
		await nr.deploy([TAB, upsDevice('U1'), upsDevice('U2'), ...nodes]);
		await send(makePost(nr.url, 'U1', { body: BODY }));
		const all = await nr.message({ from: 'in', port: 0 });
		const one = await nr.message({ from: 'one', port: 0 });
		assert.deepEqual(one, all);
		await send(makePost(nr.url, 'U2'));
		assert.equal((await nr.message({ from: 'in', port: 0 })).topic, 'U2');
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'one', port: 0 }), []);
	});

	it('knows no other UPS than the one that it names', async () => {
		await nr.deploy([TAB, upsDevice('U1'), upsDevice('U2'), httpIn('in', { device: 'ups-U1' })]);
		assert.equal(answerOf(await send(makePost(nr.url, 'U2'))), '401 {"error":"unauthorized"}');
		const { reason, deviceId } = await nextEvent(nr, 'refused');
		assert.deepEqual([reason, deviceId], ['unknown-device', 'U2']);
	});

	it('gives messages and events to every node at one path, as many as there are', async () => {
		const nodes = [
			httpIn('in'),
			httpIn('in2'),
			httpIn('one', { device: 'ups-U1' }),
			httpIn('one2', { device: 'ups-U1' }),
		];
		await nr.deploy([TAB, upsDevice('U1'), CATCH, ...nodes]);
		await send(makePost(nr.url, 'U1'));
		for (const from of ['in', 'in2', 'one', 'one2']) {
			await nr.message({ from, port: 0 });
			await nr.message({ from, port: 1 });
		}
		assert.deepEqual(nr.untakenMessages({ from: 'errors' }), []);
	});

	it('tells events at the endpoint of the last report alone, after a restart too', async () => {
		const elsewhere = [endpoint('at', { path: '/elsewhere' }), httpIn('there', { endpoint: 'at' })];
		await reportsOnce('S1', ...elsewhere, httpIn('in'));
		await nr.deploy([TAB, upsDevice('S1', { offlineAfter: '1' }), ...elsewhere, httpIn('in')]);
		await nextEvent(nr, 'offline');
		await nr.restart();
		await send(makePost(nr.url, 'S1'));
		await nextEvent(nr, 'online');
		await nextEvent(nr, 'offline');
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'there' }), []);
	});

	it('refuses the second of two UPSes with one id, and goes on with the first', async () => {
		const twin = upsDevice('U1', { id: 'twin', name: 'Twin' }, 'ZZZZZZZZZZZZZZZZ');
		await nr.deploy([TAB, upsDevice('U1'), twin, httpIn('in')]);
		const { from } = await nr.error('ups-duplicate-device');
		assert.equal(from, 'twin');
		assert.equal((await nr.status('twin')).fill, 'red');
		assert.equal(answerOf(await send(makePost(nr.url, 'U1'))), '200 {"commands":[]}');
	});

	it('says what is missing, to Catch and Status nodes too, where its UPS or endpoint cannot be used', async () => {
		const watch = { id: 'watch', type: 'status', ...ON_TAB, scope: null, wires: [[]] };
		await nr.deploy([TAB, CATCH, watch, upsDevice('U1', {}, 'short'), httpIn('in', { device: 'ups-U1' })]);
		const reporters = [(await nr.error('ups-bad-key')).from, (await nr.error('ups-bad-key')).from];
		assert.deepEqual(reporters.sort(), ['in', 'ups-U1']);
		const codes = [await nr.message({ from: 'errors' }), await nr.message({ from: 'errors' })].map(
			(msg) => (msg.error as { code: string }).code,
		);
		assert.deepEqual(codes, ['ups-bad-key', 'ups-bad-key']);
		const where = ({ status }: Record<string, unknown>) => (status as { fill: string }).fill === 'red';
		await nr.message({ from: 'watch', where });
	});

	it('matches paths without regard to case, doubled leading slashes and a trailing slash, ids exactly', async () => {
		await nr.deploy([
			TAB,
			upsDevice('U1'),
			endpoint('ep', { path: '/site' }),
			httpIn('in', { endpoint: 'ep' }),
		]);
		const answers: Record<string, string> = {};
		for (const path of [
			`/site${telemetryPath('U1')}`,
			`//site${telemetryPath('U1')}`,
			`/site/${telemetryPath('U1')}`,
			`/site${telemetryPath('U1')}/`,
			'/SITE/API/V1/Devices/U1/Telemetry',
			`/site${telemetryPath('U1')}?x=1`,
			`/site${telemetryPath('u1')}`,
			`/site${telemetryPath('%551')}`,
			telemetryPath('U1'),
		]) {
			answers[path] = answerOf(await send(makePost(nr.url, 'U1', { path }))).slice(0, 3);
		}
		assert.deepEqual(answers, {
			'/site/api/v1/devices/U1/telemetry': '200',
			'//site/api/v1/devices/U1/telemetry': '200',
			'/site//api/v1/devices/U1/telemetry': '200',
			'/site/api/v1/devices/U1/telemetry/': '200',
			'/SITE/API/V1/Devices/U1/Telemetry': '200',
			'/site/api/v1/devices/U1/telemetry?x=1': '200',
			'/site/api/v1/devices/u1/telemetry': '401',
			'/site/api/v1/devices/%551/telemetry': '401',
			'/api/v1/devices/U1/telemetry': '404',
		});
	});

	it('tells an outage at a 5 V supply, and one fault whose number changes', async () => {
		await nr.deploy([TAB, upsDevice('V1'), httpIn('in')]);
		let uptime_s = 1000;
		const tell = async (power: object) => {
			const record = { version: 2, vbus_in_mv: 5150, vbat_mv: 8000, uptime_s, ...power };
			uptime_s += 30;
			await send(makePost(nr.url, 'V1', { body: JSON.stringify({ uptime_s, power: record }) }));
			const { payload } = await nr.message({ from: 'in', port: 0 });
			await nr.sync();
			const events = nr
				.untakenMessages({ from: 'in', port: 1 })
				.map((msg) => (msg.payload as { event: string }).event);
			nr.forget();
			const { mainsPresent, inputTooLow, batteryLow } = (payload as { power: Record<string, unknown> }).power;
			return [events.join(' '), mainsPresent, inputTooLow, batteryLow];
		};
		assert.deepEqual(await tell({ flags: 22, faults: 1 }), ['online mains-lost fault', false, true, false]);
		for (const vbus_in_mv of [5001, 5000, 4999, 5100, 4900, 9000])
			assert.deepEqual(await tell({ flags: 22, vbus_in_mv, faults: 2 }), ['', false, true, false]);
		assert.deepEqual(await tell({ flags: 22, faults: 0x12 }), ['fault', false, true, false]);
		assert.deepEqual(await tell({ flags: 22, faults: 0x22 }), ['', false, true, false]);
		assert.deepEqual(await tell({ flags: 22, vbat_mv: 6200, faults: 0 }), [
			'battery-low fault-cleared',
			false,
			true,
			true,
		]);
		assert.deepEqual(await tell({ flags: 31, vbus_in_mv: 15_000, vbat_mv: 6400 }), [
			...['mains-restored battery-ok', true, undefined, false],
		]);
	});

	it('goes on with a UPS whose clock was set back, by its uptime', async () => {
		const out = commandOut('out', { device: 'ups-B1', command: 'ui.beep' });
		await nr.deploy([TAB, upsDevice('B1'), httpIn('in'), out]);
		const report = (ahead: number, uptime_s: number, flags: number) => {
			const body = JSON.stringify({ uptime_s, power: { version: 2, flags } });
			return send(makePost(nr.url, 'B1', { ts: String(nowSeconds() + ahead), body }));
		};
		await report(120, 100, 31);
		await nextEvent(nr, 'online');
		await nr.inject('out');
		const { id } = await nextState(nr);
		assert.match(answerOf(await report(0, 130, 6)), new RegExp(`^200 .*"id":"${id}"`));
		await nextEvent(nr, 'mains-lost');
		await report(0, 160, 6);
		await report(0, 190, 31);
		await nextEvent(nr, 'mains-restored');
	});

	it('answers a POST that is late, but learns nothing from it and gives it no command', async () => {
		await nr.deploy([TAB, upsDevice('L1'), httpIn('in')]);
		const now = nowSeconds();
		const body = (flags: number): string =>
			JSON.stringify({ ts: now, uptime_s: 50, power: { version: 2, flags }, acks: [] });
		await send(makePost(nr.url, 'L1', { ts: String(now), body: body(31) }));
		await nextEvent(nr, 'online');
		const late = makePost(nr.url, 'L1', { ts: String(now - 30), body: body(6), nonce: nonce() });
		assert.equal(answerOf(await send(late)), '200 {"commands":[]}');
		await nr.message({ from: 'in', port: 0 });
		const { ups } = await nr.message({ from: 'in', port: 0 });
		assert.equal(Math.abs((ups as { clockOffset: number }).clockOffset + 30) <= 1, true);
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'in', port: 1 }), []);
	});
});
