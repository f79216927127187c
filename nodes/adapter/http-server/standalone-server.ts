import { ProtocolError } from '../../protocol/common/errors.js';
import { gracePeriod } from '../flows-started.js';
import type { NodeRed } from '../node-red.js';
import { BaseEndpoint } from './endpoint.js';
import { Listener, type ListenerOwner } from './listener.js';
import { Router } from './router.js';
import type { Runtime } from './runtime.js';
import type { EndpointSettings, Limits } from './settings.js';
import type { EndpointState } from './state.js';
import { tlsOptionsOf } from './tls.js';

function failure(error: NodeJS.ErrnoException, { host, port }: EndpointSettings): EndpointState {
	if (error instanceof ProtocolError) return { name: 'failed', error };
	if (error.code === 'EADDRINUSE')
		return { name: 'port-in-use', error: new ProtocolError('endpoint-port-in-use', { host, port }, error) };
	const params = { host, port, reason: error.code ?? error.name };
	return { name: 'failed', error: new ProtocolError('endpoint-listen-failed', params, error) };
}

/** An endpoint with a listener of its own. Tries again, quietly, for as long as the listener cannot be opened. */
export class StandaloneServer extends BaseEndpoint implements ListenerOwner {
	private readonly listener: Listener | undefined;
	private attempts = 0;
	private timer: NodeJS.Timeout | undefined;
	private closed: Promise<void> | undefined;

	constructor(
		RED: NodeRed,
		runtime: Runtime,
		settings: EndpointSettings,
		private readonly limits: Limits,
	) {
		const address = JSON.stringify([settings.host, settings.port]);
		const former = runtime.reusableListeners.take(address);
		// Where the listener itself can't be taken over, requests that wait there are served all the same.
		const router = former?.router ?? new Router(gracePeriod(RED, limits.routeGracePeriod));
		super(runtime, settings, router, settings.path);
		try {
			this.listener = this.listenerAt(address, former);
			if (this.listener.listening) this.opened();
			else this.open();
		} catch (error) {
			former?.giveUp();
			this.status.set(failure(error as Error, settings));
		}
	}

	/** The port in use, undefined while there is none. */
	get port(): number | undefined {
		return this.listener?.owner === this ? this.listener.port : undefined;
	}

	/**
	 * Leaves an open listener to the endpoint that comes next; any other is closed. Resolves when that is done, which
	 * for a listener means that its last connection has gone. A second call waits for the first.
	 */
	close(): Promise<void> {
		this.closed ??= this.end();
		return this.closed;
	}

	opened(): void {
		// The name of the bind address may have been looked up while the endpoint was closed.
		if (this.closed) return void this.listener?.close();
		this.attempts = 0;
		this.status.set({ name: 'listening' });
	}

	failed(error: NodeJS.ErrnoException): void {
		if (this.closed) return;
		// An open listener has errors of single connections too, such as too many open files.
		if (this.listener?.listening) this.problem(error);
		else this.tryAgain(error);
	}

	protected faultOf(): undefined {
		return undefined;
	}

	/** The former listener, where it speaks TLS as it is asked for, else a new one. @throws ProtocolError `endpoint-tls-invalid` */
	private listenerAt(address: string, former: Listener | undefined): Listener {
		const tls = tlsOptionsOf(this.settings);
		if (former?.speaks(tls)) {
			former.owner = this;
			return former;
		}
		void former?.close();
		return new Listener(address, tls, this.limits, this.router, this);
	}

	private async end(): Promise<void> {
		clearTimeout(this.timer);
		this.status.set({ name: 'closed' });
		const { listener, settings, limits } = this;
		// A port of the system's choice is none that a later endpoint could ask for.
		const isReusable = listener?.listening && settings.port !== 0;
		if (isReusable) this.shared.reusableListeners.keep(listener, limits.listenerReuse);
		else await listener?.close();
		this.releaseAll();
	}

	private open(): void {
		const { host, port } = this.settings;
		const { backlog } = this.limits;
		this.listener?.listen({ port, backlog, ...(host !== '' && { host }) });
	}

	private tryAgain(error: NodeJS.ErrnoException): void {
		this.attempts++;
		// A listener that is kept at all addresses is in the way of one at a single address.
		this.shared.reusableListeners.closeAt(this.settings.port);
		const isQuiet = error.code === 'EADDRINUSE' && this.attempts <= this.limits.quietAttempts;
		if (!isQuiet) this.status.set(failure(error, this.settings));
		this.timer = setTimeout(() => this.open(), isQuiet ? this.limits.quietPause : this.limits.retryPause);
		this.timer.unref();
	}
}
