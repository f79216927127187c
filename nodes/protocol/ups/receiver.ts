/**
 * The place at which UPSes report: one path of one endpoint. Checks a request in the order of the contract (the
 * form of the head, who it is, the signature, the time, the body, the nonce), commits what it changes, answers with the
 * commands that wait, and lets the subscribers see it once the answer is on its way.
 */
import type { Answer, DeviceRequest, Refusal, RefusedRequest, Retry, Route } from '../common/http.js';
import { isShallowObject, parseJson } from '../common/json.js';
import { answerBody } from './answer.js';
import { type Applied, decideOn, type Post } from './apply-telemetry.js';
import type { LiveUps, UpsSettings } from './device.js';
import type { EventName } from './edges.js';
import { parseKey, type UpsKey } from './key.js';
import { telemetryMessage } from './messages.js';
import type { UpsService } from './service.js';
import { hasNetworkTime, isAuthentic, readSignedHead, type SignedHead, signAnswer } from './signature.js';
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
		private readonly service: UpsService,
		private readonly endpoint: string,
	) {}

	/**
	 * Lets a node see the UPSes that report here: one of them, or (undefined) every one that is configured. Any number of nodes
	 * may see the same.
	 */
	subscribe(deviceId: string | undefined, sees: Sees): () => void {
		const subscriber: Subscriber = { endpoint: this.endpoint, deviceId, ...sees };
		this.subscribers.add(subscriber);
		const unsubscribe = this.service.subscribe(subscriber);
		return () => {
			this.subscribers.delete(subscriber);
			unsubscribe();
		};
	}

	/** Refuses nothing: an answer before the body would tell that nobody has this id. */
	admit(): undefined {
		return undefined;
	}

	async handle(request: DeviceRequest): Promise<Answer | Refusal | Retry> {
		const { param: deviceId } = request;
		const { registry } = this.service;
		const key = this.isWanted(deviceId) ? registry.keyOf(deviceId) : undefined;
		const head = verify(request, key);
		if ('refused' in head) return head;
		// Only an authentic request waits for a redeploy: the wait would tell others that the id is known.
		const ups = registry.find(deviceId);
		const retry = ups === undefined ? registry.returnOf(deviceId) : undefined;
		if (retry !== undefined) return { retry };
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
		const receivedAt = this.service.environment.clock.now();
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
		const post = { ts, receivedAt, endpoint, deviceId, clockSkew, thresholds: settings, telemetry };
		return this.accept({ ups, settings, head, post, body, remoteAddress });
	}

	refused(request: RefusedRequest): void {
		const { subject, ...why } = request;
		const id = this.service.registry.configuredId(subject);
		const time = this.service.environment.clock.now();
		const event: EventName = 'refused';
		this.service.sightings.noteRefused(request, time);
		const concerned = [...this.subscribers].filter(
			({ deviceId }) => deviceId === undefined || deviceId === id,
		);
		const audience = concerned.length > 0 ? concerned : this.subscribers;
		for (const subscriber of audience) {
			const refusal = { event, deviceId: subject, time, ...why };
			this.service.attempt(() => subscriber.event(refusal));
		}
	}

	/** Resolves when every POST that was being answered has been shown. */
	async idle(): Promise<void> {
		if (this.underWay > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	/** Whether somebody looks for this UPS here. */
	private isWanted(deviceId: string): boolean {
		const id = this.service.registry.configuredId(deviceId);
		for (const one of this.subscribers) if (one.deviceId === undefined || one.deviceId === id) return true;
		return false;
	}

	private async accept(accepted: Accepted): Promise<Answer | Refusal> {
		const { settings, head, post } = accepted;
		this.underWay++;
		const applied = await this.record(accepted).catch((error: unknown) => {
			this.done();
			throw error;
		});
		if (typeof applied === 'string') {
			this.done();
			return unauthorized(applied, post.deviceId);
		}
		const body = answerBody(applied.deliveries);
		return {
			status: 200,
			headers: { 'X-W3PUPS-Sig': signAnswer(settings.key, head.nonce, body) },
			body,
			after: () => {
				this.publish(accepted, applied);
				this.done();
			},
		};
	}

	private done(): void {
		this.underWay--;
		if (this.underWay === 0) for (const resolve of this.waiting.splice(0)) resolve();
	}

	/** Makes a POST and what it changes permanent. While that is impossible the UPS is not left without a 200. */
	private async record(accepted: Accepted): Promise<Applied | 'replayed-nonce' | 'stale-timestamp'> {
		const { ups, head, post } = accepted;
		const { repository, clockSteps } = this.service;
		await clockSteps.follow();
		if (ups.unrecorded.refuses(post, head.nonce)) return 'replayed-nonce';
		try {
			const completed = ups.unrecorded.completed(post);
			const applied = await repository.updateOnce(ups.deviceId, decideOn(completed, head.nonce));
			if (applied === 'replayed') return 'replayed-nonce';
			if (applied === 'stale-timestamp') return applied;
			ups.unrecorded.remember(post, head.nonce, applied.device);
			// A late POST changes no commands.
			if (applied.device.ts === post.ts) ups.unrecorded.recorded(completed);
			return applied;
		} catch (error) {
			for (const { failure } of this.subscribers) this.service.attempt(() => failure(error));
			const applied = ups.unrecorded.accept(ups.device, post, head.nonce);
			return applied === 'replayed' ? 'replayed-nonce' : { ...applied, pending: ups.pending };
		}
	}

	private publish({ ups, settings, post, body, remoteAddress }: Accepted, applied: Applied): void {
		const { deviceId } = ups;
		const { clock } = this.service.environment;
		const { endpoint } = ups.view;
		ups.device = applied.device;
		ups.pending = applied.pending;
		ups.remoteAddress = remoteAddress;
		ups.heardAt = clock.monotonic();
		if (ups.view.endpoint !== endpoint) this.service.showMoved(ups);
		const message = telemetryMessage(body, post.telemetry, applied.power, {
			deviceId: post.deviceId,
			name: settings.name,
			receivedAt: post.receivedAt,
			clockOffset: post.ts - Math.floor(post.receivedAt / 1000),
			remoteAddress,
			sent: applied.deliveries.map(({ id }) => id),
			pending: applied.pending,
		});
		const [first, ...others] = this.service.subscribers.of(deviceId, this.endpoint);
		for (const other of others) this.service.attempt(() => other.message(structuredClone(message)));
		this.service.attempt(() => first?.message(message));
		if (applied.hasNotices) void this.service.repository.flush(deviceId);
	}
}
