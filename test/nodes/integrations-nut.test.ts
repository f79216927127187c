/** The example for NUT with NUT itself: Debian's dummy-ups and upsd serve the file of the flow, upsc reads it. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { patience } from '../patience.js';
import { Example, edited, FILES } from './example.js';
import { ALL_NODES, makeTempDir, type RunningNodeRed, removeDir, startNodeRed } from './harness/index.js';
import { occupyPort } from './kit.js';
import { HURRIED, KEY, standIn } from './ups-kit.js';

const DRIVER = '/lib/nut/dummy-ups';
const SERVER = '/lib/nut/upsd';
const CLIENT = '/usr/bin/upsc';
const HAS_NUT = [DRIVER, SERVER, CLIENT].every((file) => existsSync(file));

/** NUT's driver and server over one file, at a port of their own. */
class Nut {
	private readonly processes: ChildProcess[] = [];

	private constructor(
		private readonly folder: string,
		private readonly port: number,
	) {}

	/** @param file the file that the driver reads; it must exist */
	static async start(folder: string, file: string): Promise<Nut> {
		const { port, free } = await occupyPort();
		await free();
		const nut = new Nut(folder, port);
		nut.configure(file);
		nut.run(DRIVER, ['-a', 'ups', '-D', '-u', 'root']);
		nut.run(SERVER, ['-D', '-u', 'root']);
		return nut;
	}

	private configure(file: string): void {
		mkdirSync(join(this.folder, 'state'));
		const files = {
			'ups.conf': `[ups]\n\tdriver = dummy-ups\n\tport = ${file}\n\tmode = dummy-loop\n`,
			'upsd.conf': `LISTEN 127.0.0.1 ${this.port}\n`,
			'upsd.users': '[monuser]\n\tpassword = secret\n\tupsmon secondary\n',
			'nut.conf': 'MODE=netserver\n',
		};
		for (const [name, text] of Object.entries(files)) {
			writeFileSync(join(this.folder, name), text, { mode: 0o600 });
		}
	}

	private run(program: string, args: string[]): void {
		const state = join(this.folder, 'state');
		const env = {
			...process.env,
			NUT_CONFPATH: this.folder,
			NUT_STATEPATH: state,
			NUT_ALTPIDPATH: state,
		};
		this.processes.push(spawn(program, args, { env, stdio: 'ignore' }));
	}

	/** What a client is told now; an empty object while the server has no data. */
	async read(): Promise<Record<string, string>> {
		try {
			const { stdout } = await promisify(execFile)(CLIENT, [`ups@127.0.0.1:${this.port}`]);
			return Object.fromEntries(stdout.split('\n').map((line) => line.split(': ', 2)));
		} catch {
			return {};
		}
	}

	/** Resolves with what a client is told, once it has this status. */
	async until(status: string | undefined): Promise<Record<string, string>> {
		for (;;) {
			const values = await this.read();
			if (values['ups.status'] === status) return values;
			await wait(200);
		}
	}

	async stop(): Promise<void> {
		for (const child of this.processes) {
			if (child.exitCode !== null || child.signalCode !== null) continue;
			child.kill('SIGKILL');
			await once(child, 'exit');
		}
	}
}

describe('the example for NUT', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let folder: string;
	let nut: Nut | undefined;
	let last = 0;
	before(async () => {
		nr = await startNodeRed({ settings: ALL_NODES });
	});
	after(() => nr?.stop());
	beforeEach(() => {
		folder = makeTempDir();
		chmodSync(folder, 0o755);
	});
	afterEach(async () => {
		await nut?.stop();
		nut = undefined;
		await nr.deploy([]);
		nr.forget();
		removeDir(folder);
	});

	async function start(): Promise<{ example: Example; ups: UpsDevice }> {
		const deviceId = `nut-${++last}`;
		const changes = edited(FILES.nut, 'Write the file', '/var/lib/wattpost', folder);
		const device = { ...HURRIED, deviceId, credentials: { httpKey: KEY } };
		const example = await Example.start(FILES.nut, nr, { ...changes, 'My UPS': device });
		return { example, ups: standIn(deviceId) };
	}

	async function report(example: Example, ups: UpsDevice): Promise<string> {
		assert.equal((await postOnce(ups, nr.url)).result, 'ok');
		return String(await example.next('Write the file'));
	}

	it('writes plain lines of what the UPS says, and leaves no other file', async () => {
		const { example, ups } = await start();
		const lines = (await report(example, ups)).split('\n');
		assert.ok(lines.includes('ups.mfr: Web3 Pi'));
		assert.ok(lines.includes(`ups.serial: nut-${last}`));
		assert.ok(lines.includes('battery.runtime: ""'), 'what is not known is removed');
		accessSync(join(folder, 'ups.dev'));
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('keeps the file of a UPS that is silent on its battery, and deletes it on mains', async () => {
		const { example, ups } = await start();
		await report(example, ups);
		const offline = (onBattery: boolean): Promise<void> =>
			nr.inject(example.id('Write the file'), {
				topic: 'x',
				payload: { event: 'offline', ...(onBattery && { onBattery }) },
			});
		await offline(true);
		assert.deepEqual(await example.sent('Write the file'), []);
		assert.ok(existsSync(join(folder, 'ups.dev')));
		await offline(false);
		await example.next('Write the file');
		assert.ok(!existsSync(join(folder, 'ups.dev')));
	});

	it('says where the file cannot be written', async () => {
		const { example, ups } = await start();
		removeDir(folder);
		assert.equal((await postOnce(ups, nr.url)).result, 'ok');
		await nr.error(({ from }) => from === example.id('Write the file'));
	});

	(HAS_NUT || process.env.CI ? it : it.skip)(
		'is followed by NUT through an outage, to a low battery and back',
		async () => {
			const { example, ups } = await start();
			await report(example, ups);
			nut = await Nut.start(folder, join(folder, 'ups.dev'));
			const onMains = await nut.until('OL').catch(() => ({}) as Record<string, string>);
			assert.deepEqual(
				[onMains['ups.mfr'], onMains['ups.model'], onMains['ups.serial']],
				['Web3 Pi', 'UPS', `nut-${last}`],
			);
			assert.match(String(onMains['battery.charge']), /^\d+$/);
			ups.setMains(false);
			await report(example, ups);
			await nut.until('OB DISCHRG');
			await nr.inject(example.id('Write the file'), {
				topic: `nut-${last}`,
				payload: { firmware: 'é"', power: { mainsPresent: false, batteryLow: true, batteryLevel: 4 } },
				ups: {},
			});
			const low = await nut.until('OB DISCHRG LB');
			assert.deepEqual(
				[low['battery.charge'], low['ups.firmware'], low['input.voltage']],
				['4', '__', undefined],
			);
			ups.setMains(true);
			await report(example, ups);
			assert.match(String((await nut.until('OL'))['input.voltage']), /^\d/);
		},
	);
});
