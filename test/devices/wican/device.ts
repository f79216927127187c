import { Timeline } from '../common/timeline.js';
import { abrpForm } from './abrp.js';
import { asJson, type Body, fullJson, periodicJson, type Snapshot, webhookJson } from './bodies.js';
import { Car } from './car.js';
import type { Outcome } from './exchange.js';
import { FIRMWARES, type Firmware } from './firmware.js';
import type { Members } from './json.js';
import type { WicanOptions } from './options.js';
import { type PostResult, Schedule } from './schedule.js';
import { ABRP_TOKEN } from './secrets.js';
import { readValues } from './values.js';
import { changedJson } from './webhook.js';
import { encodePost, type Post, type PostOverrides } from './wire.js';

export interface DevicePost extends Post {
	readonly url: string;
	readonly boot: number;
	/** True time at which it was made. */
	readonly at: number;
	/** Whether it carries config and status. */
	readonly full: boolean;
	/** What a webhook compares with from now on, once this POST is taken. */
	readonly told: Members | undefined;
}

const DEVICE_ID = '3c84279a51e0';
const CLOCK_SET_AFTER = 6000;

function check(firmware: Firmware, options: WicanOptions): void {
	const { auth, deviceId = DEVICE_ID, gps } = options;
	const token = auth && 'token' in auth ? auth.token : '';
	if (!/^[0-9a-f]{12}$/i.test(deviceId)) {
		throw new RangeError('A device id has 12 hexadecimal digits.');
	}
	if (options.large && options.car !== 'electric') {
		throw new RangeError('Only an electric car is large.');
	}
	if (gps && !firmware.isV6) {
		throw new RangeError('Only the firmwares 6 and ha6 tell a position.');
	}
	if (Buffer.byteLength(token) > (firmware.limits.token ?? Number.POSITIVE_INFINITY)) {
		throw new RangeError('This firmware takes no token of more than 255 bytes.');
	}
}

/** A WiCAN in its car, without its network: it makes POSTs and is told what came of them. */
export class WicanDevice {
	readonly deviceId: string;
	readonly timeline: Timeline;
	readonly firmware: Firmware;
	/** What it reads, and how it stands with that. Use the methods below to change it. */
	readonly car: Car;
	readonly #options: WicanOptions;
	readonly #schedule: Schedule;
	#boots = 0;
	#bootedAt = 0;
	#asleep = false;
	#told: Members | undefined;

	/**
	 * Throws a RangeError for what there is not: another device id, a long token in v6, GPS before v6, cells in a
	 * petrol car.
	 */
	constructor(options: WicanOptions = {}) {
		this.#options = options;
		this.firmware = FIRMWARES[options.firmware ?? '4.51'];
		check(this.firmware, options);
		this.deviceId = options.deviceId ?? DEVICE_ID;
		this.timeline = new Timeline(options.startAt ?? Date.now());
		this.car = new Car(this.timeline, options);
		this.#schedule = new Schedule(this.firmware, options);
		this.#boot();
	}

	/** True time, milliseconds since the epoch. */
	get now(): number {
		return this.timeline.now;
	}

	/** True time of the next POST; Infinity while it is silent. */
	get nextPostAt(): number {
		return this.#asleep || !this.car.swept ? Number.POSITIVE_INFINITY : this.#schedule.nextPostAt;
	}

	get asleep(): boolean {
		return this.#asleep;
	}

	/** Boots so far, the first one included. */
	get boots(): number {
		return this.#boots;
	}

	/** Failures in a row. */
	get failures(): number {
		return this.#schedule.failures;
	}

	/** Lets time pass. */
	advance(ms: number): void {
		this.timeline.advance(ms);
	}

	/** Lets time pass until the next POST is due. Throws when it is silent. */
	advanceToPost(): void {
		if (this.nextPostAt === Number.POSITIVE_INFINITY) {
			throw new Error('The WiCAN is silent.');
		}
		this.advance(this.nextPostAt - this.now);
	}

	/** The car drives: its control units answer, and its values change. */
	drive(): void {
		this.car.drive();
	}

	/** The car stands: the last values are told again and again. */
	park(): void {
		this.car.park();
	}

	/** The control units answer, or not any more, which they only stop while the car is parked. */
	setEcu(online: boolean): void {
		this.car.setEcu(online);
	}

	/** The charging cable is plugged in or pulled out. */
	plug(plugged: boolean): void {
		this.car.plugged = plugged;
	}

	/** Polling stops while the battery is low. A device that was never able to poll since its boot posts nothing. */
	setPolling(polling: boolean): void {
		this.car.setPolling(polling);
	}

	/** It falls asleep and is silent. */
	sleep(): void {
		this.#asleep = true;
		this.car.endReading();
	}

	/** It wakes up, which is a boot. */
	wake(): void {
		this.#asleep = false;
		this.#boot();
	}

	/** It restarts: everything read and every mark of what was sent is forgotten. */
	reboot(): void {
		if (!this.#asleep) {
			this.#boot();
		}
	}

	/** The body with config and status, as it would be now. */
	fullBody(): Buffer {
		const snapshot = this.#snapshot();
		return asJson(this.firmware.isWebhook ? webhookJson(snapshot) : fullJson(snapshot)).bytes;
	}

	/** The body with values only, as it would be now. Of a webhook: what has changed. */
	periodicBody(): Buffer {
		const snapshot = this.#snapshot();
		const { isWebhook, shape } = this.firmware;
		return asJson(isWebhook ? changedJson(shape, this.#told, webhookJson(snapshot)) : periodicJson(snapshot))
			.bytes;
	}

	/** Makes the next POST; a real device makes it when it is due and tells `takeAnswer` before it makes another. */
	buildPost(url: string, overrides?: PostOverrides): DevicePost {
		const { auth = { kind: 'none' }, form = 'json', query } = this.#options;
		const { body, full, told } = this.#nextBody(url);
		const post = encodePost({ firmware: this.firmware, url, query, auth, form, body }, overrides);
		return { ...post, url, boot: this.#boots, at: this.now, full, told };
	}

	/** Takes what came of a POST and sets the time of the next. */
	takeAnswer(post: DevicePost, outcome: Outcome): PostResult {
		if (post.boot !== this.#boots || this.#asleep) {
			return 'rebooted';
		}
		const result = this.#schedule.take(post, outcome, this.now);
		if (result === 'ok') {
			this.#told = post.told;
		}
		return result;
	}

	#nextBody(url: string): { body: Body; full: boolean; told: Members | undefined } {
		const { form, mode = 'changed', gzip = false, fullFirst = true, abrpToken = ABRP_TOKEN } = this.#options;
		const { isWebhook, shape } = this.firmware;
		const snapshot = this.#snapshot();
		if (form === 'abrp') {
			const body = abrpForm(readValues(snapshot), snapshot.self.seconds, abrpToken);
			return { body, full: false, told: undefined };
		}
		if (isWebhook) {
			const told = webhookJson(snapshot);
			const json = mode === 'full' ? told : changedJson(shape, this.#told, told);
			const full = json.entries.some(([name]) => name === 'config');
			return { body: asJson(json, gzip && shape === 'ha6'), full, told };
		}
		const full = fullFirst && this.#schedule.lacksSettings(url);
		return { body: asJson(full ? fullJson(snapshot) : periodicJson(snapshot)), full, told: undefined };
	}

	#boot(): void {
		this.#boots++;
		this.#bootedAt = this.now;
		this.#told = undefined;
		this.#schedule.boot(this.now);
		this.car.beginReading();
	}

	#snapshot(): Snapshot {
		const { wallClock = () => this.now, clockSetAfter = CLOCK_SET_AFTER } = this.#options;
		const { firmware, deviceId, car } = this;
		const uptime = (this.now - this.#bootedAt) / 1000;
		const clockSet = uptime * 1000 >= clockSetAfter;
		return {
			firmware,
			configured: car.parameters,
			parameters: car.readSoFar,
			motion: car.motion,
			notANumber: this.#options.notANumber ?? [],
			gps: this.#options.gps ?? false,
			self: {
				firmware,
				deviceId,
				uptime,
				seconds: Math.floor(clockSet ? wallClock() / 1000 : uptime),
				clockSet,
				boots: this.#boots,
				bootedAt: Math.floor(this.#bootedAt / 1000),
				ecuOnline: car.ecuOnline,
				batteryVolts: car.driving ? 14.1 : 12.6,
			},
		};
	}
}
