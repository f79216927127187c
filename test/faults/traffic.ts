/** Devices of the scenarios, their pace, and ports that they can call while nobody listens there. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { UpsDevice } from '../devices/ups/index.js';
import { standIn } from '../nodes/ups-kit.js';

/**
 * A UPS of which more happens than in life: between two POSTs, which may follow each other at once, its own time goes
 * on by some seconds. So it runs ahead of this machine's clock, and has to be configured with `HURRIED`.
 */
export function eagerUps(deviceId: string): UpsDevice {
	return standIn(deviceId, { clockSetAfter: 0, firstPostAfter: 0, pauseAfterPost: 2000 });
}

/** Repeats something at this pace, in milliseconds, until it is stopped. */
export class Pace {
	private running: Promise<void> | undefined;
	private stopped = false;

	constructor(
		private readonly pause: number,
		private readonly act: () => Promise<unknown>,
	) {}

	start(): void {
		this.stopped = false;
		this.running ??= this.run();
	}

	/** Resolves when the last one is over. */
	async stop(): Promise<void> {
		this.stopped = true;
		await this.running;
		this.running = undefined;
	}

	private async run(): Promise<void> {
		while (!this.stopped) {
			const started = performance.now();
			await this.act();
			await wait(Math.max(0, this.pause - (performance.now() - started)));
		}
	}
}

/**
 * A free port below those that systems give to outgoing connections: a client that calls such a port while nobody
 * listens there may get itself, and keep the port from the server that comes back.
 */
export async function steadyPort(): Promise<number> {
	for (;;) {
		// Not of the seed: several runs at a time must not want the same.
		const port = randomInt(10_000, 32_000);
		if (await isFree(port)) return port;
	}
}

async function isFree(port: number): Promise<boolean> {
	const server = createServer().listen(port, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch {
		return false;
	}
	server.close();
	await once(server, 'close');
	return true;
}
