/** Whether a PDU answers: the events of its nodes, and which errors only repeat that it does not. */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import type { Clock, TimerHandle, Timers } from '../common/time.js';
import type { TransportFailure } from './transport.js';

/** What happened to a PDU. */
export interface PduEvent {
	readonly event: 'online' | 'offline' | 'restarted';
	/** Milliseconds since the epoch. */
	readonly time: number;
	/** Why it is offline. */
	readonly reason?: TransportFailure;
}

/** What a subscriber of a PDU's events holds. */
export interface PresenceSubscription {
	/**
	 * Whether an error says only what the subscriber has reported before: that the PDU cannot be reached. False for the
	 * first such error, true for those that follow until the PDU answers again.
	 */
	isRepeated(error: unknown): boolean;
	end(): void;
}

/** Failures in a row that make a PDU offline. */
const FAILURES = 3;
/** How long the oldest request may be without an answer, milliseconds. */
const SILENCE = 60_000;

/** Errors of a PDU that cannot be reached; the queue behind an unanswered request is busy. */
const UNREACHABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	'hpdu-timeout',
	'hpdu-unreachable',
	'hpdu-busy',
]);

/** Uptimes have 29 bits, and then begin anew. */
const UPTIMES = 2 ** 29;
/** Seconds by which an uptime may be less than expected: whole seconds, the way of an answer. */
const TOLERANCE = 10;
/** Seconds that two crystals may part in a second. */
const DRIFT = 0.001;

interface Subscriber {
	readonly listener: (event: PduEvent) => void;
	hasReported: boolean;
}

/** Follows whether one PDU answers. Knows nothing before the first request; nothing is remembered across restarts. */
export class PduPresence {
	private readonly subscribers = new Set<Subscriber>();
	state: 'unknown' | 'online' | 'offline' = 'unknown';
	private failures = 0;
	/** When the oldest request was sent that has no answer, monotonic milliseconds. */
	private silentSince: number | undefined;
	reason: TransportFailure = 'timeout';
	/** When it last answered, milliseconds since the epoch. */
	answeredAt: number | undefined;
	private timer: TimerHandle | undefined;
	private uptime: { readonly seconds: number; readonly monotonic: number } | undefined;

	constructor(
		private readonly clock: Clock,
		private readonly timers: Timers,
		private readonly report: (error: unknown) => void = () => undefined,
	) {}

	/** @param listener is called with each event from now on; what it throws is reported */
	subscribe(listener: (event: PduEvent) => void): PresenceSubscription {
		const subscriber: Subscriber = { listener, hasReported: false };
		this.subscribers.add(subscriber);
		return {
			isRepeated: (error) => {
				if (!(error instanceof ProtocolError) || !UNREACHABLE.has(error.code)) return false;
				const { hasReported } = subscriber;
				subscriber.hasReported = true;
				return hasReported;
			},
			end: () => {
				this.subscribers.delete(subscriber);
				if (this.subscribers.size === 0) this.stopTimer();
			},
		};
	}

	/** A request is sent. */
	sent(): void {
		this.silentSince ??= this.clock.monotonic();
		if (this.subscribers.size === 0 || this.timer !== undefined || this.state === 'offline') return;
		const left = this.silentSince + SILENCE - this.clock.monotonic();
		this.timer = this.timers.set(() => this.goOffline(), Math.max(0, left));
	}

	/** The PDU has answered. */
	answered(): void {
		this.stopTimer();
		this.failures = 0;
		this.silentSince = undefined;
		this.reason = 'timeout';
		this.answeredAt = this.clock.now();
		for (const subscriber of this.subscribers) subscriber.hasReported = false;
		if (this.state !== 'online') this.emit('online');
		this.state = 'online';
	}

	/** A request has failed on the way. */
	failed(reason: TransportFailure): void {
		this.failures++;
		this.reason = reason;
		const silence = this.clock.monotonic() - (this.silentSince ?? Number.POSITIVE_INFINITY);
		if (this.failures >= FAILURES || silence >= SILENCE) this.goOffline();
	}

	/** A request was ended from here, so that its silence says nothing. */
	withdrawn(): void {
		if (this.failures > 0) return;
		this.silentSince = undefined;
		this.stopTimer();
	}

	/** The PDU has told its uptime in seconds. Only a restart makes it less than it was, time passed included. */
	heardUptime(seconds: number): void {
		const monotonic = this.clock.monotonic();
		const known = this.uptime;
		this.uptime = { seconds, monotonic };
		if (known === undefined) return;
		const passed = (monotonic - known.monotonic) / 1000;
		const expected = (known.seconds + passed) % UPTIMES;
		if (expected - seconds > TOLERANCE + passed * DRIFT) this.emit('restarted');
	}

	/** Nobody asks the PDU any more. */
	end(): void {
		this.stopTimer();
		this.subscribers.clear();
	}

	private goOffline(): void {
		this.stopTimer();
		if (this.state === 'offline') return;
		this.state = 'offline';
		this.emit('offline', this.reason);
	}

	private stopTimer(): void {
		this.timers.clear(this.timer);
		this.timer = undefined;
	}

	private emit(event: PduEvent['event'], reason?: TransportFailure): void {
		const message: PduEvent = { event, time: this.clock.now(), ...(reason && { reason }) };
		for (const { listener } of [...this.subscribers]) {
			try {
				listener(message);
			} catch (error) {
				this.report(error);
			}
		}
	}
}
