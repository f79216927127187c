import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTempDir, removeDir } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { type Report, row } from './report.js';
import { median, quantile } from './statistics.js';
import { firstBody, introductionBody, periodicBody } from './wican/car.js';

const SERVERS = ['bare floor', 'floor in Node-RED', 'plain flow', 'own listener', "Node-RED's server"];
const RATIOS = [
	'own listener / floor in Node-RED, POST/s',
	'own listener / floor in Node-RED, main thread',
	'own listener / bare floor, POST/s',
	'own listener / plain flow, POST/s',
	'own listener / plain flow, p99',
	'own listener / plain flow, main thread',
	"Node-RED's server / plain flow, POST/s",
	"Node-RED's server / plain flow, p99",
	"Node-RED's server / plain flow, main thread",
];
const WICAN_SERVERS = ['plain flow', 'plain flow with a short answer', 'own listener', "Node-RED's server"];
const WICAN_RATIOS = [
	'own listener / plain flow, POST/s',
	"Node-RED's server / plain flow, POST/s",
	'own listener / plain flow with a short answer, POST/s',
	"Node-RED's server / plain flow with a short answer, POST/s",
	'own listener / plain flow, p99',
	"Node-RED's server / plain flow, p99",
	'own listener / plain flow, main thread',
	"Node-RED's server / plain flow, main thread",
];
const HPDU_WAYS = [
	'bare undici',
	'bare undici, dispatch',
	'plain flow',
	'plain flow kept alive',
	'hpdu-register-read',
];
const HPDU_RATIOS = [
	'bare undici, reads/s',
	'plain flow, reads/s',
	'bare undici, dispatch, reads/s',
	'plain flow kept alive, reads/s',
	'bare undici, main thread',
	'plain flow, main thread',
];
const PDUS = ['fast PDU', 'stand-in PDU'];
const POSTS = ['WiCAN periodic post of 4.2 KB', 'WiCAN first post of 100 KB'];
const TRAFFIC = ['new connections', 'kept alive'].flatMap((kind) => POSTS.map((post) => `${post}, ${kind}`));
const memoryOf = (fleet: string): string[] =>
	['RSS', 'heap and buffers'].map((kind) => `memory with ${fleet} above an empty Node-RED, ${kind}`);
const costOf = (fleets: string): string[] =>
	['time per POST', 'main thread'].map((kind) => `${fleets}, ${kind}`);
const ROWS = [
	...RATIOS.map((name) => `new connections: ${name}`),
	...RATIOS.map((name) => `kept alive: ${name}`),
	...['one UPS', '20 UPSes'].flatMap(memoryOf),
	...costOf('20 UPSes / one UPS'),
	'UPS command: message to queued told',
	'UPS command: POST right after queued told, request to answer',
	'UPS command: POST that fetches it / POST without, request to answer',
	'UPS command: POST that acknowledges it / POST without, request to answer',
	...(process.platform === 'linux' ? ['one every 0.4 s', 'each synced alone'] : []).map(
		(kind) => `UPS report, ${kind}: written to the disk`,
	),
	...TRAFFIC.flatMap((traffic) => WICAN_RATIOS.map((name) => `${traffic}: ${name}`)),
	...POSTS.flatMap((post) =>
		['own listener', "Node-RED's server", 'plain flow'].map(
			(server) => `${post}, flow behind blocks for 100 ms: ${server}, request to answer`,
		),
	),
	...['one car', '5 cars'].flatMap(memoryOf),
	...costOf('5 cars / one car'),
	...PDUS.flatMap((pdu) => HPDU_RATIOS.map((ratio) => `hPDU, ${pdu}: hpdu-register-read / ${ratio}`)),
	...['undici request', 'node:http'].map((client) => `hPDU: own transport / ${client}, reads/s`),
	'hPDU: a group of all registers decoded',
	'hPDU: a framebuffer made a PNG, four times scaled',
	'start of Node-RED without the collection',
	...['no flow', 'one UPS'].flatMap((flow) => [
		`time added to the start of Node-RED, ${flow}`,
		`processor time added to the start of Node-RED, ${flow}`,
	]),
	'package: the file that npm downloads',
	'package: unpacked',
	'package: installed with all that it depends on',
];
const MEASURED = [
	...['new connections', 'kept alive'].flatMap((load) => SERVERS.map((server) => `${server}, ${load}`)),
	...['one UPS', '20 UPSes'],
	...TRAFFIC.flatMap((traffic) => WICAN_SERVERS.map((server) => `${server}, ${traffic}`)),
	...['one car', '5 cars'],
	...PDUS.flatMap((pdu) => HPDU_WAYS.map((way) => `${way}, ${pdu}`)),
];

describe('benchmark', () => {
	it('compares everything in one run and shows it', async function () {
		this.timeout(patience(180_000));
		const folder = makeTempDir();
		try {
			const json = join(folder, 'report.json');
			const args = ['--expose-gc', join(__dirname, 'run.js'), '--quick', '--json', json];
			const { stdout } = await promisify(execFile)(process.execPath, args);
			const { rows, measured, checked } = JSON.parse(readFileSync(json, 'utf8')) as Report;
			assert.deepEqual(
				rows.map(({ name }) => name),
				ROWS,
			);
			for (const { name, value } of rows) {
				assert.ok(Number.isFinite(value), `${name}: ${value}`);
				assert.ok(stdout.includes(name), `${name} is not shown in\n${stdout}`);
			}
			assert.deepEqual(
				measured.map(({ name }) => name),
				MEASURED,
			);
			for (const { name, ...values } of measured) {
				assert.ok(
					Object.values(values).every((value) => value > 0),
					`${name}: ${JSON.stringify(values)}`,
				);
			}
			assert.ok(checked > 0);
		} finally {
			removeDir(folder);
		}
	});

	it('posts a car of 246 parameters, in bodies of the announced sizes that differ from post to post', () => {
		const [periodic, first] = [periodicBody(1), firstBody(1)];
		assert.ok(Math.abs(Buffer.byteLength(periodic) - 4200) < 100, String(Buffer.byteLength(periodic)));
		assert.ok(Math.abs(Buffer.byteLength(first) - 100 * 1024) < 2000, String(Buffer.byteLength(first)));
		for (const text of [periodic, introductionBody(1), first]) {
			assert.equal(text.match(/"HV_C_V_168":[\d.]+/g)?.length, 2);
			const { autopid_data } = JSON.parse(text) as { autopid_data: Record<string, number> };
			assert.equal(Object.keys(autopid_data).filter((name) => name !== 'timestamp').length, 245);
		}
		const [before, after] = [1, 2].map((sample) => JSON.parse(periodicBody(sample)).autopid_data);
		const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
		assert.equal(changed.length, Object.keys(before).length);
	});

	it('takes the median of the rounds and holds it against the target', () => {
		assert.deepEqual(row('speed', 'x', [0.5, 0.9, 0.8], { bound: '>=', value: 0.7 }), {
			name: 'speed',
			unit: 'x',
			value: 0.8,
			lowest: 0.5,
			highest: 0.9,
			rounds: 3,
			target: { bound: '>=', value: 0.7 },
			reached: true,
		});
		assert.equal(row('memory', 'MB', [150.1], { bound: '<=', value: 150 }).reached, false);
		assert.equal(row('start', 'ms', [20, 10]).value, 15);
	});

	it('finds medians and quantiles', () => {
		assert.equal(median([3, 1, 2]), 2);
		assert.equal(median([4, 1, 2, 3]), 2.5);
		assert.equal(
			quantile(
				Array.from({ length: 100 }, (_, index) => index + 1),
				0.99,
			),
			99,
		);
		assert.equal(quantile([7], 0.5), 7);
	});
});
