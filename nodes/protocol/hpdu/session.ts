/** A user's signed requests to one PDU: its time, the token, and what follows when the PDU refuses it. */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import type { Clock } from '../common/time.js';
import { type Asked, badResponse, hasStatus, readForm, wholeNumber } from './answer.js';
import { type ConnectionProblem, problemOf } from './connection-problems.js';
import { encodeForm } from './form.js';
import type { PduWay } from './hosts.js';
import type { RequestHeaders } from './http-head.js';
import { LoginBackoff } from './login-backoff.js';
import { isSame, loginAfter } from './login-change.js';
import { PduClock } from './pdu-clock.js';
import { checkLogin, isUserId, type Login, tokenFor } from './token.js';
import { type PduAnswer, TransportError, type TransportFailure } from './transport.js';

/** How one PDU is asked. Times in milliseconds. */
export interface PduSettings extends Login {
	/** What errors call it. */
	readonly label: string;
	/** Host and port, for errors; the label where it is left out. */
	readonly address?: string;
	/** What messages and events call it; the label where it is left out. */
	readonly device?: string;
	readonly timeout: number;
	/** Least time between the start of two requests. */
	readonly minInterval: number;
	/** Is called when a request has changed the user's own login, which then holds for the next ones. */
	readonly onLoginChanged?: () => void;
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

const FORM_TYPE = { 'Content-type': 'application/x-www-form-urlencoded' };

/** Its requests must not overlap: whoever uses it holds the turn of the PDU's queue. */
export class PduSession {
	readonly way: PduWay;
	private login: Login;
	private readonly time: PduClock;
	private readonly backoff: LoginBackoff;
	private readonly closing = new AbortController();
	private userId = 0;
	/** The header of the second for which it was made. */
	private signed = { second: -1, header: '' };

	/** @throws ProtocolError `hpdu-bad-argument` for a name or password that no PDU can have */
	constructor(
		readonly settings: PduSettings,
		join: () => PduWay,
		clock: Clock,
	) {
		this.login = checkLogin({ username: settings.username, password: settings.password });
		this.way = join();
		this.way.line.sessions.add(this);
		this.time = new PduClock(clock);
		this.backoff = new LoginBackoff(clock);
	}

	/** A request as errors and messages name it. */
	asked({ method, path }: Order): Asked {
		return { device: this.settings.label, request: `${method} ${path}` };
	}

	/** Whether the login was refused, and is not tried again yet. After the end nothing waits any more. */
	get isPaused(): boolean {
		return this.backoff.left > 0 && !this.closing.signal.aborted;
	}

	/**
	 * Waits until a refused login may be tried again.
	 * @throws ProtocolError `hpdu-unauthorized` at once, where that takes longer than an answer may
	 */
	async waitForLogin(order: Order): Promise<void> {
		const { left } = this.backoff;
		if (left > this.settings.timeout) throw this.unauthorized(order);
		await this.way.line.pause(left, this.closing.signal);
	}

	/**
	 * Waits between two requests.
	 * @param delay milliseconds
	 * @throws ProtocolError `hpdu-unreachable` once the session is closed
	 */
	async pause(delay: number): Promise<void> {
		const { signal } = this.closing;
		if (!signal.aborted) await this.way.line.pause(delay, signal);
		const { address, settings } = this;
		const failure = { device: settings.label, address, reason: 'closed', context: 'ended' };
		if (signal.aborted) throw new ProtocolError('hpdu-unreachable', failure);
	}

	/**
	 * Asks, signed. A 401 makes it learn the PDU's time anew and ask once more: the PDU may have started since. Where the
	 * login was refused before, its time is learned first, and the first 401 is final.
	 * @throws ProtocolError `hpdu-unauthorized`, `hpdu-timeout`, `hpdu-unreachable`, `hpdu-bad-response`
	 */
	async exchange(order: Order): Promise<PduAnswer> {
		const { isRefused } = this.backoff;
		if (isRefused) await this.learnTime();
		let answer = await this.sendSigned(order);
		if (hasStatus(answer, 401) && !isRefused) {
			await this.learnTime();
			answer = await this.sendSigned(order);
		}
		if (hasStatus(answer, 401)) {
			this.backoff.refused();
			throw this.unauthorized(order);
		}
		this.backoff.accepted();
		if (order.form !== undefined && hasStatus(answer, 200)) this.noteLogin(order.path, order.form);
		return answer;
	}

	/** Uses another login from now on, where it is this one that was changed. */
	changeLogin(from: Login, to: Login): void {
		if (!isSame(this.login, from)) return;
		this.login = to;
		this.signed = { second: -1, header: '' };
		this.settings.onLoginChanged?.();
	}

	/** Ends what is in progress; whatever is asked afterwards fails with `hpdu-unreachable`. */
	async close(): Promise<void> {
		this.closing.abort();
		this.way.line.sessions.delete(this);
		await this.way.release();
	}

	/** Everybody who asks this PDU by the login that was changed would be locked out. */
	private noteLogin(path: string, form: NonNullable<Order['form']>): void {
		const before = this.login;
		const after = loginAfter(path, form, before, this.userId);
		if (after === undefined) return;
		this.way.line.logins.add(before, after);
		for (const session of this.way.line.sessions) session.changeLogin(before, after);
	}

	private unauthorized(order: Order): ProtocolError {
		const { device, request } = this.asked(order);
		return new ProtocolError('hpdu-unauthorized', { device, request, address: this.address });
	}

	/** Source: WEBAPI, chapter 4.3.1, "POST /userid". It answers anybody, so it says nothing about the password. */
	private async learnTime(): Promise<void> {
		const order: Order = { method: 'POST', path: '/userid', form: [['user', this.login.username]] };
		await this.ready();
		const sentAt = this.time.now;
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
			throw this.explainTime(error);
		}
	}

	/** An error of a PDU's own says what is wrong with it; everything else shows that there is no PDU. */
	private explainTime(error: unknown): unknown {
		if (!(error instanceof ProtocolError) || error.code === 'hpdu-internal') return error;
		const context: ConnectionProblem = 'nopdu';
		const params = { ...error.params, address: this.address, context };
		return new ProtocolError('hpdu-bad-response', params, error);
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
			this.signed = { second, header: `hPDU-auth-v1 ${tokenFor(this.login, this.userId, second)}` };
		}
		return this.signed.header;
	}

	private explain(error: unknown, order: Order, timeout: number): unknown {
		if (!(error instanceof TransportError)) return error;
		const { failure, reason } = error;
		const context = problemOf(reason);
		return new ProtocolError(
			context === 'https' ? 'hpdu-unreachable' : FAILURES[failure],
			{ ...this.asked(order), address: this.address, reason, timeout, ...(context && { context }) },
			error,
		);
	}

	private get address(): string {
		return this.settings.address ?? this.settings.label;
	}
}
