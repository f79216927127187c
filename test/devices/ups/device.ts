import type { Answer } from '../common/answer.js';
import { type Cancel, Timeline } from '../common/timeline.js';
import { Box } from './box.js';
import { parseObject } from './bytes.js';
import { DeviceClock } from './clock.js';
import { type CommandArgs, type CommandName, CommandReader, type Feedback } from './commands.js';
import type { ExchangeError, Outcome } from './exchange.js';
import { DEFAULT_FIRMWARE, FIRMWARE, type FirmwareTraits, traitsOf } from './firmware.js';
import type { Host } from './host.js';
import { Modem } from './network.js';
import type { UpsOptions } from './options.js';
import type { Panel } from './panel.js';
import type { PowerBoard } from './power.js';
import { makeKey, makeNonce } from './random.js';
import { encodeTelemetry, readPowerFrame, SampleStore } from './telemetry.js';
import { ModemWatchdog } from './watchdog.js';
import { answerIsGenuine, encodePost, type Post, type PostOverrides } from './wire.js';

/** A command that was put on the bus inside the UPS. `at` is true time. */
export interface Executed {
	readonly id: string;
	readonly cmd: CommandName;
	readonly args: CommandArgs;
	readonly at: number;
	/** The ESP32's boot, counted from 1. */
	readonly boot: number;
}

export interface DevicePost extends Post {
	readonly boot: number;
	readonly feedback: Feedback;
}

/**
 * What the device makes of an outcome: `ok`; also successful are `ignored` (commands came, but their signature
 * does not hold) and `dropped` (the body was too long). Everything else leaves the feedback to be told again.
 */
export type PostResult =
	| 'ok'
	| 'ignored'
	| 'dropped'
	| 'status'
	| 'unauthorized'
	| 'rebooted'
	| ExchangeError;

/** Building and signing are two steps with a clock reading each, so `ts` and the header may differ by one. */
const SIGNING_TAKES = 40;
const FIRST_NETWORK_SAMPLE_AFTER = 10_000;

/** A UPS in HTTP mode, without its network: it makes POSTs and is told what came of them. */
export class UpsDevice {
	readonly deviceId: string;
	readonly timeline: Timeline;
	readonly power: PowerBoard;
	readonly host: Host;
	readonly panel: Panel;
	readonly watchdog: ModemWatchdog;
	/** Every command that was executed, in order, over all reboots. */
	readonly executed: Executed[] = [];
	/** Every ack that was put into a POST, in order; an ack repeated is here twice. */
	readonly acksSent: { id: string; at: number }[] = [];
	readonly clock: DeviceClock;
	#key: string;
	readonly #options: UpsOptions;
	readonly #traits: FirmwareTraits;
	readonly #box: Box;
	readonly #modem: Modem;
	readonly #commands: CommandReader;
	readonly #samples: SampleStore;
	#boots = 0;
	#nextPostAt = 0;
	#cancelRefresh: Cancel = () => undefined;

	/** Throws a RangeError when the device id is longer than 64 bytes, which the real device does not take. */
	constructor(options: UpsOptions) {
		if (Buffer.byteLength(options.deviceId) > FIRMWARE.deviceIdBytes) {
			throw new RangeError('The UPS takes no device id longer than 64 bytes.');
		}
		this.#options = options;
		this.deviceId = options.deviceId;
		this.#key = options.key;
		this.#traits = traitsOf(this.#firmware);
		this.timeline = new Timeline(options.startAt ?? Date.now());
		this.clock = new DeviceClock(this.timeline, options);
		this.#samples = new SampleStore(this.timeline);
		this.#modem = new Modem(this.timeline, options);
		this.#box = new Box(this.timeline, options, {
			onPower: () => this.#receivePower(),
			onHost: (sample) => this.#samples.receive('host', sample),
			onDark: () => this.#halt(),
			onLight: () => this.#boot(),
		});
		({ power: this.power, host: this.host, panel: this.panel } = this.#box);
		this.watchdog = new ModemWatchdog(this.timeline, {
			internetReachable: options.internetReachable ?? (() => true),
			onModemAction: () => this.#modem.restart(),
			alarmSurvivesModemReset: this.#traits.alarmSurvivesModemReset,
		});
		this.#commands = new CommandReader((...command) => this.#dispatch(...command), this.#traits.cutsIdsTo31);
		this.#boot();
	}

	/** True time, milliseconds since the epoch. */
	get now(): number {
		return this.timeline.now;
	}

	/** True time of the next POST; Infinity while the box has no power at all. */
	get nextPostAt(): number {
		return this.#nextPostAt;
	}

	/** Neither mains nor charge: nothing runs until mains are back. */
	get dark(): boolean {
		return this.#box.dark;
	}

	get key(): string {
		return this.#key;
	}

	/** Lets time pass. */
	advance(ms: number): void {
		this.timeline.advance(ms);
	}

	/** Lets time pass until the next POST is due. Throws when there is no power for one. */
	advanceToPost(): void {
		while (this.now < this.#nextPostAt) {
			if (this.dark) {
				throw new Error('The UPS has neither mains nor charge and posts nothing.');
			}
			this.advance(this.#nextPostAt - this.now);
		}
	}

	/** Makes the next POST; a real device makes it when it is due and tells `takeAnswer` before it makes another. */
	buildPost(url: string, overrides?: PostOverrides): DevicePost {
		const feedback = this.#commands.feedback();
		const { clock, deviceId } = this;
		const ts = clock.seconds();
		const body = encodeTelemetry(ts, this.#firmware, clock.uptime, this.#samples.fresh(), feedback);
		const headerTs = String(clock.seconds(SIGNING_TAKES));
		const nonce = makeNonce(this.#options.random);
		const parts = { url, deviceId, key: this.#key, ts: headerTs, nonce, body };
		this.acksSent.push(...feedback.acks.map((id) => ({ id, at: this.now })));
		return { ...encodePost(parts, overrides), boot: this.#boots, feedback };
	}

	/** Takes what came of a POST: obeys a genuine answer and sets the time of the next POST. */
	takeAnswer(post: DevicePost, outcome: Outcome): PostResult {
		if (post.boot !== this.#boots || this.dark) {
			return 'rebooted';
		}
		this.#nextPostAt = this.now + (this.#options.pauseAfterPost ?? FIRMWARE.pauseAfterPost);
		this.#modem.count(post.head.length + post.body.length, outcome.received);
		const { answer, error } = outcome;
		if (error || !answer) {
			return error ?? 'closed';
		}
		if (answer.status < 200 || answer.status > 299) {
			return answer.status === 401 ? 'unauthorized' : 'status';
		}
		if (!answer.complete) {
			return 'incomplete';
		}
		this.#commands.forget(post.feedback);
		this.#modem.uplinkProven();
		this.watchdog.start();
		return this.#obey(post.nonce, answer);
	}

	/** How often a command was put on the bus. */
	dispatches(id: string): number {
		return this.executed.filter((one) => one.id === id).length;
	}

	/** The ESP32 restarts: uptime 0, clock unset, executed ids and everything not yet told forgotten. */
	rebootEsp32(): void {
		if (!this.dark) {
			this.#boot();
		}
	}

	/** The power board restarts: `power.uptime_s` falls. */
	rebootPowerBoard(): void {
		this.power.reboot();
	}

	/** Takes the mains away or brings them back. */
	setMains(present: boolean): void {
		this.#box.setMains(present);
	}

	/** Puts a supply of so many millivolts at the input: the UPS runs on it from 9.95 V on, down to 8.96 V. */
	setSupply(millivolts: number): void {
		this.#box.setSupply(millivolts);
	}

	/** Takes the battery out or puts it in. */
	setBattery(present: boolean): void {
		this.#box.setBattery(present);
	}

	/** Sets the fault bits of the power board. */
	setFaults(bits: number): void {
		this.#box.setFaults(bits);
	}

	/** "New key" on the display: takes effect at the next POST. Returns the new key. */
	rerollKey(): string {
		this.#key = makeKey(this.#options.random);
		return this.#key;
	}

	get #firmware(): string {
		return this.#options.firmware ?? DEFAULT_FIRMWARE;
	}

	#boot(): void {
		this.#boots++;
		this.clock.restart();
		this.#commands.restart();
		this.#samples.clear();
		this.#modem.restart();
		this.watchdog.start();
		this.#cancelRefresh();
		this.#cancelRefresh = this.timeline.every(
			FIRMWARE.networkRefreshPeriod,
			() => this.#samples.receive('net', this.#modem.sample()),
			FIRST_NETWORK_SAMPLE_AFTER,
		);
		const waitForClock = Math.min(this.clock.setAfter, FIRMWARE.longestWaitForClock);
		const first = this.#options.firstPostAfter ?? Math.max(FIRMWARE.firstPostAfter, waitForClock);
		this.#nextPostAt = this.now + first;
	}

	#halt(): void {
		this.#nextPostAt = Number.POSITIVE_INFINITY;
		this.#cancelRefresh();
		this.watchdog.stop();
	}

	#receivePower(): void {
		const sample = readPowerFrame(this.power, this.#options.powerVersion ?? 2, this.#traits.misreadsPowerV2);
		if (sample) {
			this.#samples.receive('power', sample);
		}
	}

	#obey(nonce: string, answer: Answer): PostResult {
		if (answer.body.length > FIRMWARE.answerBodyBytes) {
			this.#commands.noteDropped(answer.body.length);
			return 'dropped';
		}
		const commands = parseObject(answer.body)?.commands;
		if (!Array.isArray(commands) || commands.length === 0) {
			return 'ok';
		}
		if (!answerIsGenuine(this.#key, nonce, answer.headers, answer.body)) {
			return 'ignored';
		}
		this.#commands.read(commands);
		return 'ok';
	}

	#dispatch(id: string, cmd: CommandName, args: CommandArgs): void {
		this.executed.push({ id, cmd, args, at: this.now, boot: this.#boots });
		this.#box.obey(cmd, args);
	}
}
