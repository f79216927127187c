/** The worker of the SQLite store on a disk that fails, while the user directory has a file that says how. */
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';

const userDir = dirname((workerData as { directory: string }).directory);
const has = (name: string): boolean => existsSync(join(userDir, name));
const sqlite = require('node:sqlite');
const { prototype } = sqlite.Database ?? sqlite.DatabaseSync;
const { exec } = prototype;
/** Tells the test that the worker hangs. */
const hangs = new BroadcastChannel('hangs');
hangs.unref();

prototype.exec = function (this: unknown, sql: string): void {
	if (has('hang')) {
		hangs.postMessage(userDir);
		const cell = new Int32Array(new SharedArrayBuffer(4));
		while (has('hang')) Atomics.wait(cell, 0, 0, 5);
	}
	if (has('full') && sql === 'COMMIT')
		throw Object.assign(new Error('full'), { errcode: 13, errstr: 'database or disk is full' });
	exec.call(this, sql);
};

parentPort?.on('message', () => {
	if (!has('crash')) return;
	rmSync(join(userDir, 'crash'));
	process.exit(3);
});

require('../../../nodes/adapter/store/sqlite-worker.js');
