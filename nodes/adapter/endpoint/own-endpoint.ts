import { ProtocolError } from '../../protocol/common/errors.js';
import type { Host } from './exchange.js';
import { EndpointHost } from './host.js';
import type { Limits } from './limits.js';
import { OwnServer } from './own-listener.js';
import { RouteTable } from './routes.js';
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
export class OwnEndpoint {
	readonly state: StateHolder;
	readonly host: EndpointHost;
	private readonly own: OwnServer | undefined;
	private attempts = 0;
	private timer: NodeJS.Timeout | undefined;
	private closed: Promise<void> | undefined;

	constructor(
		runtime: Runtime,
		private readonly settings: EndpointSettings,
		private readonly limits: Limits,
	) {
		const routes = new RouteTable<Host>(limits.handover);
		this.host = new EndpointHost(runtime, settings, routes, settings.path);
		this.state = new StateHolder(
			{ name: 'opening' },
			(error) => settings.report(error),
			(error) => runtime.problem(error),
		);
		try {
			this.own = new OwnServer(settings, limits, routes, this.host);
			this.own.server.on('listening', () => this.opened());
			this.own.server.on('error', (error) => this.failed(error));
			this.open();
		} catch (error) {
			const known = error instanceof ProtocolError ? { name: 'failed' as const, error } : undefined;
			this.state.set(known ?? failure(error as Error, settings));
		}
	}

	/** The port in use, undefined while there is none. */
	get port(): number | undefined {
		const address = this.own?.server.address();
		return typeof address === 'object' ? address?.port : undefined;
	}

	/** Stops listening at once; resolves when the last connection has gone. A second call waits for the first. */
	close(): Promise<void> {
		this.closed ??= this.end();
		return this.closed;
	}

	private async end(): Promise<void> {
		this.host.closing = true;
		clearTimeout(this.timer);
		this.state.set({ name: 'closed' });
		await this.own?.close();
		this.host.releaseAll();
	}

	private open(): void {
		const { host, port } = this.settings;
		this.own?.server.listen(host === '' ? { port } : { port, host });
	}

	private opened(): void {
		// The name of the bind address may have been looked up while the endpoint was closed.
		if (this.host.closing) return void this.own?.server.close();
		this.attempts = 0;
		this.state.set({ name: 'listening' });
	}

	private failed(error: NodeJS.ErrnoException): void {
		if (this.host.closing) return;
		// An open listener has errors of single connections too, such as too many open files.
		if (this.own?.server.listening) this.host.problem(error);
		else this.tryAgain(error);
	}

	private tryAgain(error: NodeJS.ErrnoException): void {
		this.attempts++;
		const quiet = error.code === 'EADDRINUSE' && this.attempts <= this.limits.quietAttempts;
		if (!quiet) this.state.set(failure(error, this.settings));
		this.timer = setTimeout(() => this.open(), quiet ? this.limits.quietPause : this.limits.retryPause);
		this.timer.unref();
	}
}
