import type { Socket } from 'node:net';

/** Calls back after so many milliseconds, unless it is taken back before. */
export type Alarm = (ms: number, ring: () => void) => () => void;

/** An alarm in real time. */
export const realAlarm: Alarm = (ms, ring) => {
	const timer = setTimeout(ring, ms);
	return () => clearTimeout(timer);
};

/** Answers that wait for their time. */
export class Waits {
	readonly #alarm: Alarm;
	readonly #ends = new Set<() => void>();

	constructor(alarm: Alarm) {
		this.#alarm = alarm;
	}

	/** Resolves after so many milliseconds, or when the connection is gone, or when all is over. */
	for(ms: number, socket: Socket): Promise<void> {
		return new Promise((resolve) => {
			const end = () => {
				cancel();
				socket.off('close', end);
				this.#ends.delete(end);
				resolve();
			};
			const cancel = this.#alarm(ms, end);
			this.#ends.add(end);
			socket.once('close', end);
			if (socket.destroyed) {
				end();
			}
		});
	}

	end(): void {
		for (const end of this.#ends) {
			end();
		}
	}
}
