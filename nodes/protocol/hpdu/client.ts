/** Signed requests to one PDU in the name of one user. */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import type { Clock } from '../common/time.js';
import { type Asked, badResponse, hasStatus, readForm, wholeNumber } from './answer.js';
import { encodeForm } from './form.js';
import type { PduWay } from './hosts.js';
import type { RequestHeaders } from './http-head.js';
import { PduClock } from './pdu-clock.js';
import type { PduEvent, PresenceSubscription } from './presence.js';
import { RegisterPaths } from './register-paths.js';
import { checkLogin, isUserId, type Login, tokenFor } from './token.js';
import { type PduAnswer, TransportError, type TransportFailure } from './transport.js';
import type { Turns } from './turns.js';

/** How one PDU is asked. Times in milliseconds. */
export interface PduSettings extends Login {
	/** What errors call it. */
	readonly label: string;
	/** What messages and events call it; the label where it is left out. */
	readonly device?: string;
	readonly timeout: number;
	/** Least time between the start of two requests. */
	readonly minInterval: number;
}

/** One request to a resource. */
export interface Order {
	readonly method: 'GET' | 'POST';
	readonly path: string;
	readonly form?: Iterable<readonly [name: string, value: string]>;
	/** Milliseconds that it may take at least, for what is slow by nature. */
	readonly patience?: number;
}

const FAILURES: Readonly<Record<TransportFailure, ErrorCode>> = {
	timeout: 'hpdu-timeout',
	unreachable: 'hpdu-unreachable',
	'bad-response': 'hpdu-bad-response',
};

/** Requests that may wait for a PDU. */
const MOST_WAITING = 1000;
/** How long one may wait for its turn, milliseconds; where requests are paced, so many of their intervals more. */
const LONGEST_WAIT = 60_000;
const WAITS = 10;

/** An event of a PDU, as a flow is given it. */
export interface PduEventMessage extends PduEvent {
	readonly device: string;
}

const FORM_TYPE = { 'Content-type': 'application/x-www-form-urlencoded' };

export class PduClient {
	/** Which paths this PDU takes. */
	readonly paths = new RegisterPaths();
	private readonly way: PduWay;
	private readonly time: PduClock;
	private userId = 0;
	private readonly closing = new AbortController();
	/** The header of the second for which it was made. */
	private signed = { second: -1, header: '' };

	/**
	 * @param join takes part in what everybody shares who asks this PDU
	 * @throws ProtocolError `hpdu-bad-argument` for a name or password that no PDU can have
	 */
	constructor(
		readonly settings: PduSettings,
		join: () => PduWay,
		private readonly clock: Clock,
	) {
		checkLogin(settings);
		this.way = join();
		this.time = new PduClock(clock);
	}

	/** A request as errors and messages name it. */
	asked({ method, path }: Order): Asked {
		return { device: this.settings.label, request: `${method} ${path}` };
	}

	/**
	 * Asks, signed. A 401 makes it learn the PDU's time anew and ask once more: the PDU may have started since. Nothing
	 * else is ever sent twice, unless it is a reading whose connection was closed before it was looked at.
	 * @throws ProtocolError `hpdu-unauthorized`, `hpdu-timeout`, `hpdu-unreachable`, `hpdu-bad-response`. Every other status
	 * is an answer.
	 */
	ask(order: Order): Promise<PduAnswer> {
		return this.inTurn(this.way.line.requests, async () => {
			const answer = await this.sendSigned(order);
			if (!hasStatus(answer, 401)) return answer;
			await this.learnTime();
			const second = await this.sendSigned(order);
			if (!hasStatus(second, 401)) return second;
			const { device, request } = this.asked(order);
			throw new ProtocolError('hpdu-unauthorized', { device, request });
		});
	}

	/**
	 * Subscribes to what happens to the PDU, whoever asks it.
	 * @param listener is called with `online`, `offline` (three failures in a row, or a minute without an answer) and
	 * `restarted` (its uptime fell)
	 */
	subscribe(listener: (event: PduEventMessage) => void): PresenceSubscription {
		const { label, device = label } = this.settings;
		return this.way.presence.subscribe(({ event, time, reason }) =>
			listener({ event, device, time, ...(reason && { reason }) }),
		);
	}

	/** Does something with the display that nobody else's requests may come between. */
	atDisplay<T>(job: () => Promise<T>): Promise<T> {
		return this.inTurn(this.way.line.display, job);
	}

	/**
	 * Waits its turn, unless so many wait already that the PDU cannot keep up, or it takes too long: what is written late
	 * may be wrong by then.
	 * @throws ProtocolError `hpdu-busy`; nothing was sent
	 */
	private inTurn<T>(turns: Turns, job: () => Promise<T>): Promise<T> {
		const since = this.clock.monotonic();
		const patience = LONGEST_WAIT + WAITS * this.settings.minInterval;
		const busy = () => new ProtocolError('hpdu-busy', { device: this.settings.label });
		if (turns.length >= MOST_WAITING) return Promise.reject(busy());
		return turns.take(() => {
			if (this.clock.monotonic() - since > patience) throw busy();
			return job();
		});
	}

	/** Monotonic milliseconds. */
	now(): number {
		return this.clock.monotonic();
	}

	/**
	 * Waits between two requests.
	 * @param delay milliseconds
	 * @throws ProtocolError `hpdu-unreachable` once the client is closed
	 */
	async pause(delay: number): Promise<void> {
		const { signal } = this.closing;
		if (!signal.aborted) await this.way.line.pause(delay, signal);
		const { label: device } = this.settings;
		if (signal.aborted) throw new ProtocolError('hpdu-unreachable', { device, reason: 'closed' });
	}

	/** Ends what is in progress; whatever is asked afterwards, or still waits, fails with `hpdu-unreachable`. */
	async close(): Promise<void> {
		this.closing.abort();
		await this.way.release();
	}

	/** Source: WEBAPI, chapter 4.3.1, "POST /userid". It answers anybody, so it says nothing about the password. */
	private async learnTime(): Promise<void> {
		const order: Order = { method: 'POST', path: '/userid', form: [['user', this.settings.username]] };
		await this.ready();
		const sentAt = this.clock.monotonic();
		const { userId, time } = this.readTime(await this.send(order, {}, true), this.asked(order));
		this.way.presence.answered();
		this.way.presence.heardUptime(time);
		this.userId = userId;
		this.time.set(time, sentAt);
		this.signed = { second: -1, header: '' };
	}

	/** Whatever else answers at the PDU's address is no PDU. */
	private readTime(answer: PduAnswer, asked: Asked): { readonly userId: number; readonly time: number } {
		try {
			const form = readForm(answer, asked);
			const [userId, time] = [wholeNumber(form.get('userid')), wholeNumber(form.get('time'))];
			if (userId === undefined || !isUserId(userId)) throw badResponse(asked, 'userid');
			if (time === undefined) throw badResponse(asked, 'time');
			return { userId, time };
		} catch (error) {
			this.way.presence.failed('bad-response');
			throw error;
		}
	}

	/** Tokens are good for seconds, so one is made only when the request may really be sent. */
	private async sendSigned(order: Order): Promise<PduAnswer> {
		if (this.settings.minInterval > 0) await this.ready();
		if (!this.time.isSure) {
			await this.learnTime();
			await this.ready();
		}
		const answer = await this.send(order, { Authorization: this.authorization() }, order.method === 'GET');
		this.way.presence.answered();
		return answer;
	}

	/** Waits until a request may be sent. */
	private async ready(): Promise<void> {
		const { minInterval } = this.settings;
		if (minInterval > 0) await this.way.line.ready(minInterval, this.closing.signal);
	}

	private async send(order: Order, headers: RequestHeaders, isRepeatable: boolean): Promise<PduAnswer> {
		const { method, path, form, patience = 0 } = order;
		const timeout = Math.max(this.settings.timeout, patience);
		const { signal } = this.closing;
		if (signal.aborted) throw this.explain(new TransportError('unreachable', 'closed'), order, timeout);
		this.way.line.begin();
		this.way.presence.sent();
		try {
			return await this.way.transport.send({
				...{ method, path, timeout, isRepeatable, signal },
				headers: method === 'POST' ? { ...FORM_TYPE, ...headers } : headers,
				...(method === 'POST' && { body: encodeForm(form ?? []) }),
			});
		} catch (error) {
			if (signal.aborted) this.way.presence.withdrawn();
			else if (error instanceof TransportError) this.way.presence.failed(error.failure);
			throw this.explain(error, order, timeout);
		}
	}

	private authorization(): string {
		const second = this.time.seconds;
		if (this.signed.second !== second) {
			this.signed = { second, header: `hPDU-auth-v1 ${tokenFor(this.settings, this.userId, second)}` };
		}
		return this.signed.header;
	}

	private explain(error: unknown, order: Order, timeout: number): unknown {
		if (!(error instanceof TransportError)) return error;
		const { reason } = error;
		return new ProtocolError(FAILURES[error.failure], { ...this.asked(order), reason, timeout }, error);
	}
}
