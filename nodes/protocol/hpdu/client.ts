/** What nodes and panels ask of one PDU, in its queue. */
import { ProtocolError } from '../common/errors.js';
import type { Clock } from '../common/time.js';
import type { Asked } from './answer.js';
import type { PduWay } from './hosts.js';
import { PanelQuestions } from './panel-questions.js';
import type { PduEvent, PduPresence, PresenceSubscription } from './presence.js';
import type { Priority, PriorityQueue } from './priority-queue.js';
import { RegisterPaths } from './register-paths.js';
import { type Order, PduSession, type PduSettings } from './session.js';
import type { PduAnswer } from './transport.js';

export type { Order, PduSettings } from './session.js';

/** An event of a PDU, as a flow is given it. */
export interface PduEventMessage extends PduEvent {
	readonly device: string;
}

/** Requests that may wait for a PDU, those of panels among them. */
const MOST_WAITING = 1000;
const MOST_PANELS_WAITING = 20;
/** How long one may wait for its turn, milliseconds; where requests are paced, so many of their intervals more. */
const LONGEST_WAIT = 60_000;
const WAITS = 10;

export class PduClient {
	/** Which paths this PDU takes. */
	readonly paths = new RegisterPaths();
	private readonly session: PduSession;
	/** Readings that wait, by what they ask. */
	private readonly reads = new Map<string, Promise<PduAnswer>>();
	private readonly panelQuestions = new PanelQuestions();
	private readonly isForPanel: boolean = false;

	/**
	 * @param join takes part in what everybody shares who asks this PDU
	 * @throws ProtocolError `hpdu-bad-argument` for a name or password that no PDU can have
	 */
	constructor(
		readonly settings: PduSettings,
		join: () => PduWay,
		private readonly clock: Clock,
	) {
		this.session = new PduSession(settings, join, clock);
	}

	/** A request as errors and messages name it. */
	asked(order: Order): Asked {
		return this.session.asked(order);
	}

	/**
	 * Asks, signed. Writes go before waiting readings, and a reading that already waits is not sent twice. Nothing else is
	 * ever repeated, unless the PDU answers 401, or it is a reading whose connection was closed before it was looked at.
	 * @throws ProtocolError `hpdu-unauthorized`, `hpdu-timeout`, `hpdu-unreachable`, `hpdu-bad-response`, `hpdu-busy`. Every
	 * other status is an answer.
	 */
	ask(order: Order): Promise<PduAnswer> {
		const priority = this.isForPanel ? 'panel' : isReading(order) ? 'read' : 'write';
		return order.method === 'GET' ? this.read(order, priority) : this.send(order, priority);
	}

	/**
	 * Asks something for a panel: behind everything that flows ask, a question that is under way only once, and only so
	 * many at a time.
	 * @param key what tells this question from others about the same PDU
	 * @param question is given a client whose requests go behind those of flows
	 * @throws ProtocolError `hpdu-busy`; what the question throws
	 */
	askForPanel<T>(key: string, question: (client: PduClient) => Promise<T>): Promise<T> {
		return this.panelQuestions.ask(this.settings.label, key, () => question(this.forPanel));
	}

	/**
	 * Subscribes to what happens to the PDU, whoever asks it.
	 * @param listener is called with `online`, `offline` (three failures in a row, or a minute without an answer) and
	 * `restarted` (its uptime fell)
	 */
	subscribe(listener: (event: PduEventMessage) => void): PresenceSubscription {
		const { label, device = label } = this.settings;
		return this.session.way.presence.subscribe(({ event, time, reason }) =>
			listener({ event, device, time, ...(reason && { reason }) }),
		);
	}

	/**
	 * Does something with the display that nobody else's requests may come between. A panel only looks: it does not wait,
	 * since a flow would then have to wait for the panel.
	 */
	atDisplay<T>(job: () => Promise<T>): Promise<T> {
		if (this.isForPanel) return job();
		return this.inTurn(this.session.way.line.display, 'read', job);
	}

	/** Whether the PDU answers, whoever asks it. */
	get presence(): Pick<PduPresence, 'state' | 'reason' | 'answeredAt'> {
		return this.session.way.presence;
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
	pause(delay: number): Promise<void> {
		return this.session.pause(delay);
	}

	/** Ends what is in progress; whatever is asked afterwards, or still waits, fails with `hpdu-unreachable`. */
	close(): Promise<void> {
		return this.session.close();
	}

	/** This client as panels use it: all is shared but the priority. */
	private get forPanel(): PduClient {
		return Object.create(this, { isForPanel: { value: true } }) as PduClient;
	}

	/** A reading that waits already is waited for, and not sent twice. */
	private read(order: Order, priority: Priority): Promise<PduAnswer> {
		const key = `${priority} ${order.path}`;
		const waiting = this.reads.get(key);
		if (waiting !== undefined) return waiting;
		let waits = true;
		const answer = this.send(order, priority, () => {
			if (waits) this.reads.delete(key);
			waits = false;
		});
		if (waits) this.reads.set(key, answer);
		return answer;
	}

	/** @param onStart is called when the request does not wait any more */
	private async send(order: Order, priority: Priority, onStart?: () => void): Promise<PduAnswer> {
		const { session } = this;
		try {
			for (;;) {
				if (session.isPaused) await session.waitForLogin(order);
				const answer = await this.inTurn(session.way.line.requests, priority, async () => {
					// The login was refused while this request waited.
					if (session.isPaused) return undefined;
					onStart?.();
					return session.exchange(order);
				});
				if (answer !== undefined) return answer;
			}
		} finally {
			onStart?.();
		}
	}

	/**
	 * Waits its turn, unless so many wait already that the PDU cannot keep up, or it takes too long: what is written late
	 * may be wrong by then.
	 * @throws ProtocolError `hpdu-busy`; nothing was sent
	 */
	private inTurn<T>(queue: PriorityQueue, priority: Priority, job: () => Promise<T>): Promise<T> {
		const since = this.clock.monotonic();
		const longest = LONGEST_WAIT + WAITS * this.settings.minInterval;
		const isFull = priority === 'panel' && queue.waitingOf('panel') >= MOST_PANELS_WAITING;
		if (isFull || queue.length >= MOST_WAITING) return Promise.reject(this.busy());
		return queue.take(() => {
			if (this.clock.monotonic() - since > longest) throw this.busy();
			return job();
		}, priority);
	}

	private busy(): ProtocolError {
		return new ProtocolError('hpdu-busy', { device: this.settings.label });
	}
}

/** A scan only looks, though it is a POST. */
function isReading({ method, path }: Order): boolean {
	return method === 'GET' || path === '/scan';
}
