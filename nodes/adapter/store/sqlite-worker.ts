/** The worker thread of the SQLite store: does one request after the other, and answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf, isDamage, StoreFile } from './database.js';
import type { Reply, Request } from './sqlite-messages.js';

const file = new StoreFile((workerData as { path: string }).path, Date.now);

function perform(request: Request): Omit<Reply, 'id'> {
	switch (request.kind) {
		case 'open':
			return { finding: file.open() };
		case 'load':
			return { scope: file.load(request.scope) };
		case 'write':
			file.write(request.changes);
			return {};
		case 'check':
			return { finding: file.check() };
		case 'close':
			file.close();
			return {};
	}
}

function answer(request: Request): Omit<Reply, 'id'> {
	try {
		return perform(request);
	} catch (error) {
		// A damaged file is opened anew by the next request to do so, which moves it aside.
		if (isDamage(error)) file.close();
		return { failure: failureOf(error) };
	}
}

parentPort?.on('message', ({ id, request }: { id: number; request: Request }) => {
	parentPort?.postMessage({ id, ...answer(request) });
});
