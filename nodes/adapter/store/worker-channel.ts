/** Requests to a worker thread, answered in their order. */
import { Worker } from 'node:worker_threads';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { TimerHandle, Timers } from '../../protocol/common/time.js';
import type { Reply, Request } from './sqlite-messages.js';

/** How long a disk may take, milliseconds. A UPS has its answer within 5 s. */
export const TIMEOUT = 3_000;

export class WorkerChannel {
	private worker: Worker | undefined;
	private readonly waiting = new Map<number, (reply: Reply) => void>();
	private lastId = 0;

	/**
	 * @param file the worker's program
	 * @param path of the database, for the worker
	 */
	constructor(
		private readonly file: string,
		private readonly path: string,
		private readonly timers: Timers,
	) {}

	/** Whether the worker has not answered everything yet. */
	get isBusy(): boolean {
		return this.waiting.size > 0;
	}

	/**
	 * Asks the worker.
	 * @param answered is called once, however late, also when the worker ends before
	 * @param late is called when there is no answer yet after `TIMEOUT`
	 */
	ask(request: Request, answered: (reply: Reply) => void, late: () => void): void {
		const id = ++this.lastId;
		const timer: TimerHandle = this.timers.set(late, TIMEOUT);
		this.waiting.set(id, (reply) => {
			this.timers.clear(timer);
			answered(reply);
		});
		try {
			this.started().postMessage({ id, request });
		} catch (error) {
			this.ended(error);
		}
	}

	/** Ends the worker, whatever it does. */
	terminate(): void {
		this.worker?.terminate().catch(() => undefined);
		this.ended(new ProtocolError('store-unavailable', { reason: 'closed' }));
	}

	private started(): Worker {
		if (this.worker !== undefined) return this.worker;
		// Node.js 22 warns of node:sqlite in the log of whoever has done nothing wrong.
		const execArgv = ['--disable-warning=ExperimentalWarning'];
		const worker = new Worker(this.file, { workerData: { path: this.path }, execArgv });
		this.worker = worker;
		worker.unref();
		worker.on('message', (reply: Reply) => {
			const resolve = this.waiting.get(reply.id);
			this.waiting.delete(reply.id);
			resolve?.(reply);
		});
		const end = (error: unknown): void => {
			if (this.worker === worker) this.ended(error);
		};
		worker.on('error', end);
		worker.on('exit', (code) => end(new Error(`the worker ended with ${code}`)));
		return worker;
	}

	private ended(error: unknown): void {
		this.worker = undefined;
		const reason = error instanceof Error ? error.message : String(error);
		const failure = { code: 'store-unavailable', reason } as const;
		for (const [id, resolve] of [...this.waiting]) {
			this.waiting.delete(id);
			resolve({ id, failure, isLost: true });
		}
	}
}
