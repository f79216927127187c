/**
 * The route at which UPSes report. Checks a request in the order of the contract (form of the head, id, signature, time, body,
 * nonce), stores what it changes, answers with the waiting commands, and notifies the subscribers once the answer is sent.
 */
import type { Answer, DeviceRequest, Refusal, RefusedRequest, Retry, Route } from '../common/http.js';
import { isShallowObject, parseJson } from '../common/json.js';
import { type Applied, decideOn, type Post } from './apply-telemetry.js';
import { answerBody } from './command-state.js';
import type { UpsDevice } from './device.js';
import { telemetryMessage } from './messages.js';
import type { UpsService } from './service.js';
import type { UpsSettings } from './settings.js';
import { hasNetworkTime, type SignedHead, signAnswer, verify } from './signature.js';
import type { Subscriber, UpsListener } from './subscribers.js';
import { decodeTelemetry } from './telemetry.js';

/** The fixed parts of the path around the device id. Source: HTTP mode quick start, "How It Works". */
export const TELEMETRY_PATH = { prefix: '/api/v1/devices/', suffix: '/telemetry' } as const;

/** A deeper body could break code that recurses over it, here or in a flow. */
const MAX_DEPTH = 32;

/** A refusal whose answer does not show which check failed. */
function unauthorized(reason: string, subject: string): Refusal {
	return { refused: reason, status: 401, publicReason: 'unauthorized', subject: subject.slice(0, 64) };
}

function malformed(reason: string, subject: string): Refusal {
	return { refused: reason, status: 400, subject: subject.slice(0, 64) };
}

/** A request that passed every check but that of its nonce. */
interface Accepted {
	readonly device: UpsDevice;
	readonly settings: UpsSettings;
	readonly head: SignedHead;
	readonly post: Post;
	readonly body: unknown;
	readonly remoteAddress: string;
}

export class UpsReceiver implements Route {
	private readonly subscribers = new Set<Subscriber>();
	/** POSTs that are accepted and not yet published. */
	private inFlight = 0;
	private readonly idleListeners: (() => void)[] = [];

	/** @param endpoint names the endpoint, the same after a restart */
	constructor(
		private readonly service: UpsService,
		private readonly endpoint: string,
	) {}

	/** Adds a receiving node for one UPS or (undefined) all configured ones. Several nodes may receive the same UPS. */
	subscribe(deviceId: string | undefined, listener: UpsListener): () => void {
		const subscriber: Subscriber = { endpoint: this.endpoint, deviceId, ...listener };
		this.subscribers.add(subscriber);
		const unsubscribe = this.service.subscribe(subscriber);
		return () => {
			this.subscribers.delete(subscriber);
			unsubscribe();
		};
	}

	/** Refuses nothing: an answer before the body would show that the id is unknown. */
	admit(): undefined {
		return undefined;
	}

	async handle(request: DeviceRequest): Promise<Answer | Refusal | Retry> {
		const { param: deviceId } = request;
		const { registry } = this.service;
		const isWanted = this.subscribersOf(deviceId).length > 0;
		const head = verify(request, isWanted ? registry.keyOf(deviceId) : undefined);
		if (typeof head === 'string') return unauthorized(head, deviceId);
		const device = registry.find(deviceId);
		if (device?.settings !== undefined) return this.checkReport(request, head, device, device.settings);
		// Only an authentic request waits for a redeploy: the wait would show others that the id is known.
		const retry = registry.returnOf(deviceId);
		return retry === undefined ? unauthorized('unknown-device', deviceId) : { retry };
	}

	refused(request: RefusedRequest): void {
		const { subject, ...reason } = request;
		const time = this.service.environment.clock.now();
		this.service.noteRefusal(request, time);
		const concerned = this.subscribersOf(subject);
		for (const one of concerned.length > 0 ? concerned : this.subscribers)
			this.service.attempt(() => one.event({ event: 'refused', deviceId: subject, time, ...reason }));
	}

	/** Resolves when every accepted POST has been published. */
	async idle(): Promise<void> {
		if (this.inFlight > 0) await new Promise<void>((resolve) => this.idleListeners.push(resolve));
	}

	private subscribersOf(deviceId: string): Subscriber[] {
		const id = this.service.registry.configuredId(deviceId);
		return [...this.subscribers].filter((one) => one.deviceId === undefined || one.deviceId === id);
	}

	/** The checks of an authentic request: its time, its body, its nonce. */
	private async checkReport(
		{ param: deviceId, rawBody, remoteAddress }: DeviceRequest,
		head: SignedHead,
		device: UpsDevice,
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
		return this.accept({ device, settings, head, post, body, remoteAddress });
	}

	private async accept(accepted: Accepted): Promise<Answer | Refusal> {
		const { settings, head, post } = accepted;
		this.inFlight++;
		const applied = await this.save(accepted).catch((error: unknown) => {
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
		this.inFlight--;
		if (this.inFlight === 0) for (const resolve of this.idleListeners.splice(0)) resolve();
	}

	/** Stores a POST and what it changes. The UPS gets its 200 also while the store is away. */
	private async save(accepted: Accepted): Promise<Applied | 'replayed-nonce' | 'stale-timestamp'> {
		const { device, head, post } = accepted;
		const { unsaved } = device;
		await this.service.clockSteps.correct();
		if (unsaved.refuses(post, head.nonce)) return 'replayed-nonce';
		try {
			const completed = unsaved.completed(post);
			const decide = decideOn(completed, head.nonce);
			const applied = await this.service.repository.updateOnce(device.deviceId, decide);
			if (applied === 'replayed') return 'replayed-nonce';
			if (applied === 'stale-timestamp') return applied;
			unsaved.remember(post, head.nonce, applied.device);
			// A late POST changes no commands.
			if (applied.device.ts === post.ts) unsaved.recorded(completed);
			return applied;
		} catch (error) {
			for (const { failure } of this.subscribers) this.service.attempt(() => failure(error));
			const applied = unsaved.accept(device.record, post, head.nonce);
			return applied === 'replayed' ? 'replayed-nonce' : { ...applied, pending: device.pending };
		}
	}

	private publish({ device, settings, post, body, remoteAddress }: Accepted, applied: Applied): void {
		const { deviceId } = device;
		const { subscribers, environment, repository } = this.service;
		const hasMoved = device.reported(applied, remoteAddress, environment.clock.monotonic());
		const [first, ...others] = subscribers.of(deviceId, this.endpoint);
		// Nodes at other endpoints get no message that would change their badge.
		for (const one of hasMoved ? subscribers.of(deviceId, undefined) : [])
			if (one.endpoint !== this.endpoint) this.service.attempt(() => one.view());
		const message = telemetryMessage(body, post.telemetry, applied.power, {
			deviceId: post.deviceId,
			name: settings.name,
			receivedAt: post.receivedAt,
			clockOffset: post.ts - Math.floor(post.receivedAt / 1000),
			remoteAddress,
			sent: applied.deliveries.map(({ id }) => id),
			pending: applied.pending,
		});
		for (const other of others) this.service.attempt(() => other.message(structuredClone(message)));
		this.service.attempt(() => first?.message(message));
		if (applied.hasNotifications) void repository.flush(deviceId);
	}
}
