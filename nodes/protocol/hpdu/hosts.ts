import type { Clock, Timers } from '../common/time.js';
import { HttpTransport, type PduAddress } from './http-transport.js';
import { PduLine } from './line.js';
import type { Transport } from './transport.js';

/** What hosts need from outside. */
export interface HostEnvironment {
	readonly clock: Clock;
	readonly timers: Timers;
}

/** The way to a PDU, shared by all who ask it. */
export interface PduWay {
	readonly line: PduLine;
	readonly transport: Transport;
	/** Gives it back; resolves when the connection is closed, should nobody else use it. */
	release(): Promise<void>;
}

/** A way and how many use it. */
interface Shared {
	readonly line: PduLine;
	readonly transports: Map<unknown, { readonly transport: Transport; users: number }>;
}

/** The PDUs that are asked from this process. */
export class PduHosts {
	readonly clock: Clock;
	private readonly hosts = new Map<string, Shared>();

	/** @param open makes the connection to a PDU, for a test another one */
	constructor(
		private readonly environment: HostEnvironment,
		private readonly open = (address: PduAddress): Transport =>
			new HttpTransport(address, environment.timers, () => environment.clock.monotonic()),
	) {
		this.clock = environment.clock;
	}

	/**
	 * The way to a host and port: one queue for all who ask there, one connection for those with the same TLS settings.
	 * @param tlsKey tells TLS settings apart; undefined for plain HTTP
	 */
	join(address: PduAddress, tlsKey: unknown): PduWay {
		const key = `${address.host.toLowerCase()} ${address.port}`;
		const shared = this.hosts.get(key) ?? this.add(key);
		const connection = shared.transports.get(tlsKey) ?? { transport: this.open(address), users: 0 };
		shared.transports.set(tlsKey, connection);
		connection.users++;
		const { transport } = connection;
		let isHeld = true;
		const release = async (): Promise<void> => {
			if (!isHeld) return;
			isHeld = false;
			if (--connection.users > 0) return;
			shared.transports.delete(tlsKey);
			if (shared.transports.size === 0 && this.hosts.get(key) === shared) this.hosts.delete(key);
			await transport.close();
		};
		return { line: shared.line, transport, release };
	}

	private add(key: string): Shared {
		const { clock, timers } = this.environment;
		const shared: Shared = { line: new PduLine(clock, timers), transports: new Map() };
		this.hosts.set(key, shared);
		return shared;
	}
}
