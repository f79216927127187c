import type { ProtocolError } from '../../protocol/common/errors.js';

/**
 * `opening`: not yet, and nothing is wrong; `port-in-use` and `failed`: not, and it is tried again (except with an
 * unusable certificate, port number or path); `disabled`: Node-RED has no HTTP server for nodes.
 */
export type EndpointStateName = 'listening' | 'opening' | 'port-in-use' | 'failed' | 'disabled' | 'closed';

/** Whether requests are taken, and what stands in the way. */
export interface EndpointState {
	readonly name: EndpointStateName;
	readonly error?: ProtocolError;
}

export type StateListener = (state: EndpointState) => void;

/** A state that can be watched. Listeners may throw. */
export class StateHolder {
	private state: EndpointState = { name: 'opening' };
	private readonly listeners = new Set<StateListener>();
	private reported: string | undefined;

	/**
	 * @param report is given an error when it first occurs, and again only after something else was the case
	 * @param problem is given what listeners throw; must not throw
	 */
	constructor(
		private readonly report: (error: ProtocolError) => void,
		private readonly problem: (error: unknown) => void,
	) {}

	get(): EndpointState {
		return this.state;
	}

	set(state: EndpointState): void {
		const before = this.state;
		this.state = state;
		if (before.name === state.name && before.error?.message === state.error?.message) return;
		this.reportError(state);
		for (const listener of [...this.listeners]) this.notify(listener);
	}

	/** Calls a listener with the present state at once and with every later one; the result ends that. */
	watch(listener: StateListener): () => void {
		// A listener that is given twice is two listeners.
		const own: StateListener = (state) => listener(state);
		this.listeners.add(own);
		this.notify(own);
		return () => void this.listeners.delete(own);
	}

	private notify(listener: StateListener): void {
		this.guard(() => listener(this.state));
	}

	private reportError({ name, error }: EndpointState): void {
		if (name === 'listening') this.reported = undefined;
		if (error === undefined || error.message === this.reported) return;
		this.reported = error.message;
		this.guard(() => this.report(error));
	}

	private guard(step: () => void): void {
		try {
			step();
		} catch (error) {
			this.problem(error);
		}
	}
}
