import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTempDir, removeDir } from '../nodes/harness/index.js';
import { type Report, row } from './report.js';
import { median, quantile } from './statistics.js';

const SERVERS = ['floor', 'plain flow', 'own listener', "Node-RED's server"];
const RATIOS = [
	'own listener / floor, POST/s',
	'own listener / floor, main thread',
	'own listener / plain flow, POST/s',
	'own listener / plain flow, p99',
	'own listener / plain flow, main thread',
	"Node-RED's server / plain flow, POST/s",
	"Node-RED's server / plain flow, p99",
	"Node-RED's server / plain flow, main thread",
];
const ROWS = [
	...RATIOS.map((name) => `new connections: ${name}`),
	...RATIOS.map((name) => `kept alive: ${name}`),
	'memory with 20 UPSes above an empty Node-RED, RSS',
	'memory with 20 UPSes above an empty Node-RED, heap and buffers',
	'20 UPSes / one UPS, time per POST',
	'20 UPSes / one UPS, main thread',
	'time added to the start of Node-RED, one UPS',
];

describe('benchmark', () => {
	it('compares everything in one run and shows it', async function () {
		this.timeout(90_000);
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
			const names = [
				...['new connections', 'kept alive'].flatMap((load) => SERVERS.map((server) => `${server}, ${load}`)),
				...['one UPS', '20 UPSes'],
			];
			assert.deepEqual(
				measured.map(({ name }) => name),
				names,
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
