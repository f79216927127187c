/**
 * A second process on the store, for the tests: `store-child.js <folder> <what>`.
 *
 * - `count`: commits 1, 2, 3... to the entry `state` of `counter`, each with a token, and sends each number once it
 *   is kept
 * - `own`: sends `ready` when it owns the store, and then the outcome of one commit for every message, flushed
 *   where the message is `flush`
 * - `steal`: takes the files over by a clock that is a minute ahead, and sends `stolen` once it has written
 */
import { openStore } from '../../nodes/adapter/store/index.js';
import type { ProtocolError } from '../../nodes/protocol/common/errors.js';
import { claiming, setting } from './store-kit.js';

const what = process.argv[3];
const store = openStore({
	directory: process.argv[2],
	now: () => Date.now() + (what === 'steal' ? 60_000 : 0),
	timers: {
		set: (callback, delay) => setTimeout(callback, delay),
		clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
	},
	report: (error) => process.send?.(error.code),
});

async function count(): Promise<void> {
	let { version } = await store.read('counter');
	for (let number = 1; ; number++, version++) {
		const token = `${process.pid}-${number}`;
		await store.commit({
			...claiming('counter', version, token, number),
			...setting('counter', version, number),
		});
		process.send?.(number);
	}
}

async function own(): Promise<void> {
	await store.ready;
	process.send?.('ready');
	process.on('message', async (message) => {
		const { version } = await store.read('owner');
		const result = store.commit({ ...setting('owner', version, version + 1), flush: message === 'flush' });
		process.send?.(await result.catch((error: ProtocolError) => error.code));
	});
}

async function steal(): Promise<void> {
	const { version } = await store.read('ups');
	await store.commit(setting('ups', version, 'stolen'));
	process.send?.('stolen');
}

void ({ count, own, steal } as Record<string, () => Promise<void>>)[what ?? '']?.();
