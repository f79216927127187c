import { Timeline } from '../common/timeline.js';
import { abrpForm } from './abrp.js';
import { asJson, type Body, fullJson, periodicJson, type Snapshot, webhookJson } from './bodies.js';
import { electric } from './electric.js';
import type { ExchangeError, Outcome } from './exchange.js';
import { FIRMWARES, FIRST_POST_AFTER, type Firmware } from './firmware.js';
import type { Members } from './json.js';
import { Journey, Stopwatch } from './motion.js';
import type { WicanOptions } from './options.js';
import { inOrder, type Parameter } from './parameters.js';
import { PETROL } from './petrol.js';
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

/** What the device makes of an outcome. Everything but `ok` is a failure to it. */
export type PostResult = 'ok' | 'status' | 'unauthorized' | 'rebooted' | ExchangeError;

const DEVICE_ID = '3c84279a51e0';
const CLOCK_SET_AFTER = 6000;
const POLL_TAKES = 20;

function check(firmware: Firmware, options: WicanOptions): void {
	const { auth, deviceId = DEVICE_ID, gps } = options;
	const token = auth && 'token' in auth ? auth.token : '';
	if (!/^[0-9a-f]{12}$/i.test(deviceId)) {
		throw new RangeError('A device id has 12 hexadecimal digits.');
	}
	if (gps && !(firmware.shape === 'v6' || firmware.shape === 'ha6')) {
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
	/** All that it is set up to read, disabled ones too. */
	readonly parameters: readonly Parameter[];
	readonly #options: WicanOptions;
	readonly #journey: Journey;
	/** How long it has been reading parameters since the boot. */
	readonly #polled: Stopwatch;
	/** Destinations that have taken config and status since the boot. */
	readonly #settingsSent = new Set<string>();
	#boots = 0;
	#bootedAt = 0;
	#asleep = false;
	#ecuOnline = true;
	#polling = true;
	#swept = false;
	#failures = 0;
	#forbidden = 0;
	#told: Members | undefined;
	#nextPostAt = 0;

	/** Throws a RangeError for what the real device does not take: another device id, a long token, GPS before v6. */
	constructor(options: WicanOptions = {}) {
		this.#options = options;
		this.firmware = FIRMWARES[options.firmware ?? '4.51'];
		check(this.firmware, options);
		this.deviceId = options.deviceId ?? DEVICE_ID;
		this.timeline = new Timeline(options.startAt ?? Date.now());
		const car = options.car === 'electric' ? electric(options.large ?? false) : PETROL;
		this.parameters = [...car, ...(options.parameters ?? [])];
		this.#journey = new Journey(this.timeline);
		this.#polled = new Stopwatch(this.timeline);
		this.#journey.drive(options.driving ?? true);
		this.#boot();
	}

	/** True time, milliseconds since the epoch. */
	get now(): number {
		return this.timeline.now;
	}

	/** True time of the next POST; Infinity while it is silent. */
	get nextPostAt(): number {
		const { pausesAfter403 = Number.POSITIVE_INFINITY } = this.firmware;
		const silent = this.#asleep || !this.#swept || this.#forbidden >= pausesAfter403;
		return silent ? Number.POSITIVE_INFINITY : this.#nextPostAt;
	}

	get asleep(): boolean {
		return this.#asleep;
	}

	get driving(): boolean {
		return this.#journey.driving;
	}

	get ecuOnline(): boolean {
		return this.#ecuOnline;
	}

	/** Boots so far, the first one included. */
	get boots(): number {
		return this.#boots;
	}

	/** Failures in a row. */
	get failures(): number {
		return this.#failures;
	}

	get period(): number {
		return this.#options.period ?? this.firmware.period;
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
		this.#journey.drive(true);
		this.setEcu(true);
	}

	/** The car stands: the last values are told again and again. */
	park(): void {
		this.#journey.drive(false);
	}

	/** The control units answer, or not any more, which they only stop while the car is parked. */
	setEcu(online: boolean): void {
		if (!online) {
			this.park();
		}
		this.#ecuOnline = online;
		this.#poll();
	}

	/** The charging cable is plugged in or pulled out. */
	plug(plugged: boolean): void {
		this.#journey.plugged = plugged;
	}

	/** Polling stops while the battery is low. A device that was never able to poll since its boot posts nothing. */
	setPolling(polling: boolean): void {
		this.#polling = polling;
		this.#poll();
	}

	/** It falls asleep and is silent. */
	sleep(): void {
		this.#asleep = true;
		this.#poll();
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

	/** Home Assistant registers its webhook anew, which ends a pause after refusals. */
	registerWebhook(): void {
		this.#forbidden = 0;
	}

	/** The body with config and status, as it would be now. */
	fullBody(): Buffer {
		const snapshot = this.#snapshot();
		return asJson(this.#isWebhook ? webhookJson(snapshot) : fullJson(snapshot)).bytes;
	}

	/** The body with values only, as it would be now. Of a webhook: what has changed. */
	periodicBody(): Buffer {
		const snapshot = this.#snapshot();
		const json = this.#isWebhook
			? changedJson(this.firmware.shape, this.#told, webhookJson(snapshot))
			: periodicJson(snapshot);
		return asJson(json).bytes;
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
		const status = outcome.answer?.status ?? 0;
		this.#forbidden = status === 403 ? this.#forbidden + 1 : 0;
		const succeeded = !outcome.error && status >= 200 && status <= 299;
		this.#failures = succeeded ? 0 : this.#failures + 1;
		this.#nextPostAt = Math.max(this.now, post.at + this.period);
		if (succeeded) {
			this.#told = post.told;
			if (post.full) {
				this.#settingsSent.add(this.#markOf(post.url));
			}
			return 'ok';
		}
		const { after, wait } = this.firmware.backoff;
		if (this.#failures >= after) {
			this.#nextPostAt = this.now + wait(this.#failures, this.period, this.#options.form ?? 'json');
		}
		return outcome.error ?? (status === 401 ? 'unauthorized' : 'status');
	}

	get #isWebhook(): boolean {
		return ['ha4', 'ha6', 'classic'].includes(this.firmware.shape);
	}

	#markOf(url: string): string {
		return this.firmware.settingsOnce === 'per-device' ? 'any' : url;
	}

	#nextBody(url: string): { body: Body; full: boolean; told: Members | undefined } {
		const { form, mode = 'changed', gzip = false, fullFirst = true, abrpToken = ABRP_TOKEN } = this.#options;
		const snapshot = this.#snapshot();
		if (form === 'abrp') {
			const body = abrpForm(readValues(snapshot), snapshot.self.seconds, abrpToken);
			return { body, full: false, told: undefined };
		}
		if (this.#isWebhook) {
			const told = webhookJson(snapshot);
			const json = mode === 'full' ? told : changedJson(this.firmware.shape, this.#told, told);
			const full = json.entries.some(([name]) => name === 'config');
			return { body: asJson(json, gzip && this.firmware.shape === 'ha6'), full, told };
		}
		const full = fullFirst && !this.#settingsSent.has(this.#markOf(url));
		return { body: asJson(full ? fullJson(snapshot) : periodicJson(snapshot)), full, told: undefined };
	}

	#boot(): void {
		this.#boots++;
		this.#bootedAt = this.now;
		this.#settingsSent.clear();
		this.#told = undefined;
		this.#failures = 0;
		this.#swept = false;
		this.#polled.reset();
		this.#nextPostAt = this.now + (this.#options.firstPostAfter ?? FIRST_POST_AFTER);
		this.#poll();
	}

	#poll(): void {
		this.#swept ||= this.#polling && !this.#asleep;
		this.#polled.run(this.#polling && this.#ecuOnline && !this.#asleep);
	}

	get #readSoFar(): Parameter[] {
		const { pollTakes = POLL_TAKES } = this.#options;
		const enabled = inOrder(this.parameters).filter((one) => one.enabled ?? true);
		return this.#polled.started ? enabled.filter((_one, n) => n * pollTakes <= this.#polled.elapsed) : [];
	}

	#snapshot(): Snapshot {
		const { wallClock = () => this.now, clockSetAfter = CLOCK_SET_AFTER } = this.#options;
		const { firmware, deviceId } = this;
		const uptime = (this.now - this.#bootedAt) / 1000;
		const clockSet = uptime * 1000 >= clockSetAfter;
		const self = {
			firmware,
			deviceId,
			uptime,
			seconds: Math.floor(clockSet ? wallClock() / 1000 : uptime),
			clockSet,
			boots: this.#boots,
			bootedAt: Math.floor(this.#bootedAt / 1000),
			ecuOnline: this.#ecuOnline,
			batteryVolts: this.driving ? 14.1 : 12.6,
		};
		return {
			firmware,
			self,
			configured: this.parameters,
			parameters: this.#readSoFar,
			motion: this.#journey.motion,
			notANumber: this.#options.notANumber ?? [],
			gps: this.#options.gps ?? false,
		};
	}
}
