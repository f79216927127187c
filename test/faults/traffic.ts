/** Devices of the scenarios, which live by the real time, and ports that they can call while nobody listens there. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { UpsDevice } from '../devices/ups/index.js';
import type { RunningNodeRed } from '../nodes/harness/index.js';
import { letTimePass } from '../nodes/kit.js';
import { standIn } from '../nodes/ups-kit.js';

/** The time of the devices, which goes on when a scenario lets that of Node-RED go on. */
export class Time {
	private ahead = 0;

	readonly now = (): number => Date.now() + this.ahead;

	/** Lets time pass here and there, so that everything is over that has a deadline. */
	async pass(nr: RunningNodeRed, milliseconds: number): Promise<void> {
		await letTimePass(nr, milliseconds);
		this.ahead += milliseconds;
	}
}

/**
 * A UPS that can post as often as it likes: its clock is right, though its own time passes faster than ours, so that
 * the effect of a command shows within a few POSTs.
 */
export function eagerUps(deviceId: string, time: Time): UpsDevice {
	const pace = { clockSetAfter: 0, firstPostAfter: 0, pauseAfterPost: 3000 };
	return standIn(deviceId, { wallClock: time.now, ...pace });
}

/**
 * A free port below those that systems give to outgoing connections: a client that calls such a port while nobody
 * listens there may get itself, and keep the port from the server that comes back.
 */
export async function steadyPort(random: () => number): Promise<number> {
	for (;;) {
		const port = 20_000 + Math.floor(random() * 10_000);
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
