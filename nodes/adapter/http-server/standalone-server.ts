import { ProtocolError } from '../../protocol/common/errors.js';
import { EndpointContext } from './endpoint-context.js';
import type { Limits } from './limits.js';
import { Listener, type Owner, tlsOf } from './listener.js';
import type { RequestContext } from './request-handler.js';
import { Router } from './router.js';
import type { Runtime } from './runtime.js';
import type { EndpointSettings } from './settings.js';
import { type EndpointState, StateHolder } from './state.js';

function failure(error: NodeJS.ErrnoException, { host, port }: EndpointSettings): EndpointState {
	if (error.code === 'EADDRINUSE') {
		return { name: 'port-in-use', error: new ProtocolError('endpoint-port-in-use', { host, port }, error) };
	}
	const reason = error.code ?? error.name;
	const params = { host, port, reason };
	return { name: 'failed', error: new ProtocolError('endpoint-listen-failed', params, error) };
}

/** Keeps an own listener open: tries again, quietly, for as long as it cannot be opened. */
export class StandaloneServer implements Owner {
	readonly state: StateHolder;
	readonly host: EndpointContext;
	private readonly own: Listener | undefined;
	private attempts = 0;
	private timer: NodeJS.Timeout | undefined;
	private closed: Promise<void> | undefined;

	constructor(
		private readonly runtime: Runtime,
		private readonly settings: EndpointSettings,
		private readonly limits: Limits,
	) {
		const place = JSON.stringify([settings.host, settings.port]);
		const left = runtime.handovers.take(place);
		// Where the listener itself can't be taken over, requests that wait there are served all the same.
		const routes =
			left?.routes ?? new Router<RequestContext>(limits.routeGracePeriod, runtime.onFlowsStarted);
		this.host = new EndpointContext(runtime, settings, routes, settings.path);
		this.state = new StateHolder(
			{ name: 'opening' },
			(error) => settings.report(error),
			(error) => runtime.problem(error),
		);
		try {
			const tls = tlsOf(settings);
			if (left?.speaks(tls)) this.own = left;
			else void left?.close();
			this.own ??= new Listener(place, tls, limits, routes, this);
			this.own.owner = this;
			if (this.own.listening) this.opened();
			else this.open();
		} catch (error) {
			left?.giveUp();
			const known = error instanceof ProtocolError ? { name: 'failed' as const, error } : undefined;
			this.state.set(known ?? failure(error as Error, settings));
		}
	}

	/** The port in use, undefined while there is none. */
	get port(): number | undefined {
		return this.own?.owner === this ? this.own.port : undefined;
	}

	/**
	 * Leaves an open listener to the endpoint that comes next; any other is closed. Resolves when that is done, which
	 * for a listener means that its last connection has gone. A second call waits for the first.
	 */
	close(): Promise<void> {
		this.closed ??= this.end();
		return this.closed;
	}

	private async end(): Promise<void> {
		clearTimeout(this.timer);
		this.state.set({ name: 'closed' });
		const { own, settings, limits } = this;
		// Any free port is none that somebody could ask for.
		const left = own?.listening && settings.port !== 0;
		if (left) this.runtime.handovers.leave(own, limits.listenerReuse);
		else await own?.close();
		this.host.releaseAll();
	}

	private open(): void {
		const { host, port } = this.settings;
		const { backlog } = this.limits;
		this.own?.listen({ port, backlog, ...(host !== '' && { host }) });
	}

	opened(): void {
		// The name of the bind address may have been looked up while the endpoint was closed.
		if (this.closed) return void this.own?.close();
		this.attempts = 0;
		this.state.set({ name: 'listening' });
	}

	failed(error: NodeJS.ErrnoException): void {
		if (this.closed) return;
		// An open listener has errors of single connections too, such as too many open files.
		if (this.own?.listening) this.host.problem(error);
		else this.tryAgain(error);
	}

	private tryAgain(error: NodeJS.ErrnoException): void {
		this.attempts++;
		// A listener that is left at all addresses is in the way of one at a single address.
		this.runtime.handovers.giveUp(this.settings.port);
		const quiet = error.code === 'EADDRINUSE' && this.attempts <= this.limits.quietAttempts;
		if (!quiet) this.state.set(failure(error, this.settings));
		this.timer = setTimeout(() => this.open(), quiet ? this.limits.quietPause : this.limits.retryPause);
		this.timer.unref();
	}
}
