/** How many bytes the reports of one UPS make the system write to its disk. Counted by Linux, so there are no rows elsewhere. */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { exchange, UpsDevice } from '../../devices/ups/index.js';
import type { Comparison, Plan } from '../plan.js';
import { atMost, row } from '../report.js';
import type { Server } from '../servers.js';
import { deviceId, deviceKey } from './fleet.js';
import { startUpses } from './servers.js';

const KILOBYTE = 1000;

/** Milliseconds between two reports, far fewer than those of a UPS. */
const PERIOD = 400;

const NOTES = [
	`UPS report, written to the disk: what Linux counts for the process (write_bytes in /proc/self/io), in pages of 4096 bytes, while one UPS reports every ${PERIOD} ms. Synced alone: every file of the store is flushed to the disk after each report. With a folder for temporary files in memory (tmpfs) both are zero.`,
];

const KINDS = [
	{ name: 'one every 0.4 s', isSynced: false, target: atMost(4) },
	{ name: 'each synced alone', isSynced: true, target: atMost(8) },
] as const;

/** Flushes the files of the store, as a file system does that keeps nothing back. */
function sync(userDir: string): void {
	const folder = join(userDir, 'wattpost');
	for (const name of readdirSync(folder)) {
		const file = openSync(join(folder, name), 'r');
		fsyncSync(file);
		closeSync(file);
	}
}

/** Kilobytes for each report. */
async function written(
	{ child, to, userDir }: Server,
	device: UpsDevice,
	count: number,
	isSynced: boolean,
): Promise<number> {
	const before = await child.call<number>('written');
	for (let report = 0; report < count; report++) {
		device.advanceToPost();
		const made = device.buildPost(`http://127.0.0.1:${to.port}`);
		device.takeAnswer(made, await exchange(made));
		await wait(PERIOD);
		if (isSynced && userDir !== undefined) sync(userDir);
	}
	return ((await child.call<number>('written')) - before) / count / KILOBYTE;
}

/** Reports that come so quickly that several are synced at once, and reports that are synced alone. */
export async function compareDisk({ rounds, diskReports, tell, ...options }: Plan): Promise<Comparison> {
	if (!existsSync('/proc/self/io')) return { rows: [], measured: [] };
	const server = await startUpses('own', 1, options);
	const device = new UpsDevice({ deviceId: deviceId(0), key: deviceKey(0), wallClock: Date.now });
	const perRound: number[][] = KINDS.map(() => []);
	try {
		await written(server, device, 1, true);
		for (let round = 0; round < rounds; round++) {
			for (const [index, { isSynced }] of KINDS.entries())
				perRound[index]?.push(await written(server, device, diskReports, isSynced));
			tell(`round ${round + 1} of ${rounds}`);
		}
	} finally {
		await server.stop();
	}
	const rows = KINDS.map(({ name, target }, index) =>
		row(`UPS report, ${name}: written to the disk`, 'kB', perRound[index] ?? [], target),
	);
	return { rows, measured: [], notes: NOTES };
}
