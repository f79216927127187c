import type { Clock, Timers } from '../common/time.js';
import { canonicalHost } from './host.js';
import { HttpTransport, type PduAddress } from './http-transport.js';
import { PduLine } from './line.js';
import { ChangedLogins } from './login-change.js';
import { PanelQuestions } from './panel-questions.js';
import { PduPresence } from './presence.js';
import type { Login } from './token.js';
import type { Transport } from './transport.js';

/** What hosts need from outside. */
export interface HostEnvironment {
	readonly clock: Clock;
	readonly timers: Timers;
	/** Is given what goes wrong outside of any request. */
	readonly report?: (error: unknown) => void;
}

/** The way to a PDU, shared by all who ask it. */
export interface PduWay {
	readonly line: PduLine;
	readonly transport: Transport;
	readonly presence: PduPresence;
	/** Gives it back; resolves when the connection is closed, should nobody else use it. */
	release(): Promise<void>;
}

/** A connection, whether it is answered, and how many use it. */
interface Connection {
	readonly transport: Transport;
	readonly presence: PduPresence;
	users: number;
}

interface Shared {
	readonly line: PduLine;
	readonly connections: Map<string, Connection>;
}

/** Milliseconds. */
const PROBE_TIMEOUT = 3_000;

/** The PDUs that are asked from this process. */
export class PduHosts {
	readonly clock: Clock;
	/** Tests of connections that panels have asked for. */
	readonly tests = new PanelQuestions();
	private readonly hosts = new Map<string, Shared>();
	/** Also of PDUs that nobody asks at the moment. */
	private readonly logins = new Map<string, ChangedLogins>();

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
	 * @param tlsKey tells TLS settings apart; blank for plain HTTP
	 */
	join(address: PduAddress, tlsKey = ''): PduWay {
		const key = keyOf(address);
		// A certificate is for the name as it is written.
		const connectionKey = tlsKey === '' ? '' : `${tlsKey} ${address.host.toLowerCase()}`;
		const shared = this.hosts.get(key) ?? this.add(key);
		const connection = shared.connections.get(connectionKey) ?? this.connect(address);
		shared.connections.set(connectionKey, connection);
		connection.users++;
		const { transport, presence } = connection;
		let isHeld = true;
		const release = async (): Promise<void> => {
			if (!isHeld) return;
			isHeld = false;
			if (--connection.users > 0) return;
			shared.connections.delete(connectionKey);
			if (shared.connections.size === 0 && this.hosts.get(key) === shared) this.hosts.delete(key);
			presence.end();
			await transport.close();
		};
		return { line: shared.line, transport, presence, release };
	}

	/** As `join`, for the test of a connection: how that goes does not make the PDU online or offline for its nodes. */
	joinForTest(address: PduAddress, tlsKey = ''): PduWay {
		const { clock, timers } = this.environment;
		return { ...this.join(address, tlsKey), presence: new PduPresence(clock, timers) };
	}

	/** The login that a PDU takes now in place of a configured one that a request has changed. */
	presentLogin(address: PduAddress, login: Login): Login {
		return this.loginsAt(keyOf(address)).of(login);
	}

	/** Whether anything answers by HTTP there, whoever it is. */
	async speaksHttp(address: PduAddress): Promise<boolean> {
		const { line, transport, release } = this.join(address, 'probe');
		const { signal } = new AbortController();
		const request = { method: 'GET', path: '/', headers: {}, timeout: PROBE_TIMEOUT, signal } as const;
		try {
			await line.requests.take(() => transport.send({ ...request, isRepeatable: false }), 'panel');
			return true;
		} catch {
			return false;
		} finally {
			await release();
		}
	}

	private connect(address: PduAddress): Connection {
		const { clock, timers, report } = this.environment;
		return {
			transport: this.open(address),
			presence: new PduPresence(clock, timers, report),
			users: 0,
		};
	}

	private loginsAt(key: string): ChangedLogins {
		const logins = this.logins.get(key) ?? new ChangedLogins();
		this.logins.set(key, logins);
		return logins;
	}

	private add(key: string): Shared {
		const { clock, timers } = this.environment;
		const shared: Shared = { line: new PduLine(clock, timers, this.loginsAt(key)), connections: new Map() };
		this.hosts.set(key, shared);
		return shared;
	}
}

/** One for all spellings of a host. */
function keyOf({ host, port }: PduAddress): string {
	return `${canonicalHost(host)} ${port}`;
}
