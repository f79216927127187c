import type { Listener } from './listener.js';

interface Left {
	readonly server: Listener;
	/** Nobody waits for the end of its time any more. */
	forget(): void;
}

/**
 * Own listeners whose endpoint has gone a moment ago. At a redeploy the next endpoint comes within milliseconds and
 * takes the listener over with all its connections: whatever closes one of them may hit a request that is on its way,
 * and a listener that is closed resets what the system has accepted for it.
 */
export class ListenerReuse {
	private readonly all = new Map<string, Left>();

	/** @param onFlowsStarted runs something when all endpoints of the next flows are there; the result takes it back */
	constructor(private readonly onFlowsStarted: (run: () => void) => () => void) {}

	/**
	 * Keeps a listener for whoever asks for its place, until the next flows have started.
	 * @param time milliseconds after which nobody is expected any more
	 */
	leave(server: Listener, time: number): void {
		const { place } = server;
		const end = (): void => this.take(place)?.giveUp();
		const timer = setTimeout(end, time);
		timer.unref();
		const forgetStart = this.onFlowsStarted(end);
		const forget = (): void => {
			clearTimeout(timer);
			forgetStart();
		};
		this.all.set(place, { server, forget });
	}

	/** The listener that was left at a place; it is the caller's from now on. */
	take(place: string): Listener | undefined {
		const left = this.all.get(place);
		this.all.delete(place);
		left?.forget();
		return left?.server;
	}

	/** Closes what was left at a port, whatever the address: somebody is kept from it. */
	giveUp(port: number): void {
		for (const [place, { server }] of [...this.all]) if (server.port === port) this.take(place)?.giveUp();
	}
}
