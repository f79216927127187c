/**
 * The place at which UPSes report: one path of one endpoint. Checks a request in the order of the contract (the
 * form of the head, who it is, the signature, the time, the body, the nonce), commits what it changes, answers with the
 * commands that wait, and lets the subscribers see it once the answer is on its way.
 */
import type { Answer, DeviceRequest, Moved, Refusal, RefusedRequest, Route } from '../common/http.js';
import { isShallowObject, parseJson } from '../common/json.js';
import { answerBody } from './answer.js';
import { effectOf } from './commands.js';
import { type LiveUps, type UpsSettings, viewOf } from './device.js';
import type { EventName } from './edges.js';
import { type Exchange, exchange, isTooOld, type Memory, type Post } from './exchange.js';
import { parseKey, type UpsKey } from './key.js';
import { change, type MemoryChange, restore } from './memory.js';
import { telemetryMessage } from './messages.js';
import { lossDueAt } from './power-state.js';
import { hasNetworkTime, isAuthentic, readSignedHead, type SignedHead, signAnswer } from './signature.js';
import type { UpsStation } from './station.js';
import type { Sees, Subscriber } from './subscribers.js';
import { decodeTelemetry } from './telemetry.js';

/** The fixed parts of the path around the device id. Source: HTTP mode quick start, "How It Works". */
export const TELEMETRY_PATH = { prefix: '/api/v1/devices/', suffix: '/telemetry' } as const;

/** Deeper bodies could break what recurses over them, here or in a flow. */
const MAX_DEPTH = 32;

/** A refusal that does not tell a stranger which check failed. */
function unauthorized(reason: string, subject: string): Refusal {
	return { refused: reason, status: 401, publicReason: 'unauthorized', subject: subject.slice(0, 64) };
}

function malformed(reason: string, subject: string): Refusal {
	return { refused: reason, status: 400, subject: subject.slice(0, 64) };
}

/** Stand for what a request does not have, so that every request costs one HMAC over its body. */
const NO_KEY = parseKey('0'.repeat(16));
const NO_HEAD: SignedHead = { ts: '', nonce: '', signature: '0'.repeat(64) };

/**
 * The signed head of an authentic request, or why it is refused. Does the same work for every request, so that the
 * time of a refusal does not tell whether the id is known.
 * @param key undefined for an unknown id
 */
function verify({ param, headers, rawBody }: DeviceRequest, key: UpsKey | undefined): SignedHead | Refusal {
	const head = readSignedHead(headers);
	const isWellFormed = typeof head !== 'string';
	const isSigned = isAuthentic(key ?? NO_KEY, isWellFormed ? head : NO_HEAD, rawBody);
	if (!isWellFormed) return unauthorized(head, param);
	if (key === undefined) return unauthorized('unknown-device', param);
	if (isSigned) return head;
	return unauthorized(hasNetworkTime(head) ? 'bad-signature' : 'bad-timestamp', param);
}

/** A request that passed every check but that of its nonce. */
interface Accepted {
	readonly ups: LiveUps;
	readonly settings: UpsSettings;
	readonly head: SignedHead;
	readonly post: Post;
	readonly body: unknown;
	readonly remoteAddress: string;
}

export class UpsReceiver implements Route {
	private readonly subscribers = new Set<Subscriber>();
	/** POSTs accepted and not yet shown. */
	private underWay = 0;
	private readonly waiting: (() => void)[] = [];

	/** @param endpoint names the endpoint, the same after a restart */
	constructor(
		private readonly station: UpsStation,
		private readonly endpoint: string,
	) {}

	/**
	 * Lets a node see the UPSes that report here: one of them, or (undefined) every one that is configured. Any number of nodes
	 * may see the same.
	 */
	subscribe(deviceId: string | undefined, sees: Sees): () => void {
		const subscriber: Subscriber = { endpoint: this.endpoint, deviceId, ...sees };
		this.subscribers.add(subscriber);
		const unsubscribe = this.station.subscribe(subscriber);
		return () => {
			this.subscribers.delete(subscriber);
			unsubscribe();
		};
	}

	/** Refuses nothing: an answer before the body would tell that nobody has this id. */
	admit(): undefined {
		return undefined;
	}

	async handle(request: DeviceRequest): Promise<Answer | Refusal | Moved> {
		if (this.subscribers.size === 0) return { moved: true };
		const { param: deviceId } = request;
		const key = this.isWanted(deviceId) ? this.station.keyOf(deviceId) : undefined;
		const head = verify(request, key);
		if ('refused' in head) return head;
		// Only an authentic request waits for a redeploy: the wait would tell others that the id is known.
		const ups = this.station.find(deviceId) ?? (await this.station.awaitReturn(deviceId));
		// Asked again after the wait: what no subscriber gets must not be taken from the UPS.
		if (this.subscribers.size === 0) return { moved: true };
		if (ups?.settings === undefined || !this.isWanted(deviceId))
			return unauthorized('unknown-device', deviceId);
		if (ups.settings.key !== key && !isAuthentic(ups.settings.key, head, request.rawBody))
			return unauthorized('bad-signature', deviceId);
		return this.checkReport(request, head, ups, ups.settings);
	}

	/** Checks what only an authentic request is checked for: its time, its body, its nonce. */
	private async checkReport(
		{ param: deviceId, rawBody, remoteAddress }: DeviceRequest,
		head: SignedHead,
		ups: LiveUps,
		settings: UpsSettings,
	): Promise<Answer | Refusal> {
		const receivedAt = this.station.environment.clock.now();
		const ts = Number(head.ts);
		const { clockSkew } = settings;
		const clockOffset = ts - Math.floor(receivedAt / 1000);
		if (!hasNetworkTime(head) || Math.abs(clockOffset) > clockSkew)
			return { ...unauthorized('stale-timestamp', deviceId), clockOffset };
		const body = parseJson(rawBody);
		if (body === undefined) return malformed('bad-json', deviceId);
		if (!isShallowObject(body, MAX_DEPTH)) return malformed('bad-body', deviceId);
		const telemetry = decodeTelemetry(body);
		const { endpoint } = this;
		const sentId = deviceId === ups.deviceId ? undefined : deviceId;
		const post = { ts, receivedAt, endpoint, sentId, clockSkew, thresholds: settings, telemetry };
		return this.accept({ ups, settings, head, post, body, remoteAddress });
	}

	refused(request: RefusedRequest): void {
		const { subject, ...why } = request;
		const id = this.station.configuredId(subject);
		const time = this.station.environment.clock.now();
		const event: EventName = 'refused';
		this.station.sightings.noteRefused(request, time);
		const concerned = [...this.subscribers].filter(
			({ deviceId }) => deviceId === undefined || deviceId === id,
		);
		const audience = concerned.length > 0 ? concerned : this.subscribers;
		for (const subscriber of audience) {
			const refusal = { event, deviceId: subject, time, ...why };
			this.station.attempt(() => subscriber.event(refusal));
		}
	}

	/** Resolves when every POST that was being answered has been shown. */
	async idle(): Promise<void> {
		if (this.underWay > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	/** Whether somebody looks for this UPS here. */
	private isWanted(deviceId: string): boolean {
		const id = this.station.configuredId(deviceId);
		for (const one of this.subscribers) if (one.deviceId === undefined || one.deviceId === id) return true;
		return false;
	}

	private async accept(accepted: Accepted): Promise<Answer | Refusal> {
		const { ups, settings, head, post } = accepted;
		this.underWay++;
		const outcome = await this.station.recording(ups, this.commit(accepted)).catch((error: unknown) => {
			this.done();
			throw error;
		});
		if (typeof outcome === 'string') {
			this.done();
			this.station.tellDeferred(ups);
			return unauthorized(outcome, post.sentId ?? ups.deviceId);
		}
		const body = answerBody(outcome.deliveries);
		return {
			status: 200,
			headers: { 'X-W3PUPS-Sig': signAnswer(settings.key, head.nonce, body) },
			body,
			after: () => {
				this.publish(accepted, outcome);
				this.done();
			},
		};
	}

	private done(): void {
		this.underWay--;
		if (this.underWay === 0) for (const resolve of this.waiting.splice(0)) resolve();
	}

	private tellFailure(error: unknown): void {
		for (const { failure } of this.subscribers) this.station.attempt(() => failure(error));
	}

	/** Makes a POST and what it changes permanent. */
	private async commit(accepted: Accepted): Promise<Exchange | 'replayed-nonce' | 'stale-timestamp'> {
		const { ups, head, post } = accepted;
		const { store } = this.station.environment;
		await this.station.deadlines.followClock();
		const mayDeliver = store.healthy;
		let outcome: Exchange | undefined;
		const decide = (memory: Memory): MemoryChange => {
			outcome = undefined;
			if (memory.device && isTooOld(memory.device, post)) return {};
			outcome = exchange(memory, post, ({ id }) => mayDeliver && !ups.held.has(id));
			const { device, changed, deliveries } = outcome;
			return {
				...(device !== memory.device && { device }),
				commands: changed,
				claim: { token: head.nonce, at: post.ts, floor: device.floor },
				// A command that must not run twice is on disk before it is out of the house.
				flush: deliveries.some(({ command }) => effectOf(command) !== undefined),
			};
		};
		try {
			const decision = await change(store, ups.deviceId, decide);
			if (decision === undefined) return 'replayed-nonce';
			return outcome ?? 'stale-timestamp';
		} catch (error) {
			this.tellFailure(error);
			if (outcome === undefined) return unremembered(post);
			// Deliveries that were not recorded: this answer does not carry them, a later one will. It can't wait for
			// a disk that fails; the store holds in memory at once what it is told.
			const undo = restore(store, ups.deviceId, outcome.deliveries);
			const undone = this.station.recording(ups, undo).catch(() => undefined);
			undone.then(() => this.station.tellDeferred(ups));
			return { ...outcome, deliveries: [] };
		}
	}

	private publish(accepted: Accepted, outcome: Exchange): void {
		const { ups, settings, head, post, body, remoteAddress } = accepted;
		const { deviceId } = ups;
		const before = ups.view.endpoint;
		ups.view = viewOf(outcome.device);
		ups.remoteAddress = remoteAddress;
		if (ups.view.endpoint !== before) this.station.showMoved(ups);
		const isLossPending = lossDueAt(outcome.device.condition, settings) !== undefined;
		this.station.deadlines.heard(ups, isLossPending || outcome.changed.length > 0);
		const message = telemetryMessage(body, post.telemetry, outcome.power, {
			deviceId: post.sentId ?? deviceId,
			name: settings.name,
			receivedAt: post.receivedAt,
			clockOffset: Number(head.ts) - Math.floor(post.receivedAt / 1000),
			remoteAddress,
			sent: outcome.deliveries.map(({ id }) => id),
			pending: outcome.pending,
		});
		const [first, ...others] = this.station.subscribers.of(deviceId, this.endpoint);
		for (const other of others) this.station.attempt(() => other.message(structuredClone(message)));
		this.station.attempt(() => first?.message(message));
		const isNews = outcome.edges.length > 0 || outcome.changed.length > 0;
		if (isNews || ups.tellLater) this.station.tellNews(ups);
	}
}

/** What becomes of an authentic POST while the store can't even be read: the UPS must not be left without a 200. */
function unremembered(post: Post): Exchange {
	const first = exchange({ device: undefined, commands: [] }, post, () => false);
	return { ...first, edges: [] };
}
