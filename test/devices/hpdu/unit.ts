import type { Timeline } from '../common/timeline.js';
import { Alerts } from './alerts.js';
import { Bank, splitKey } from './bank.js';
import { Climate } from './climate.js';
import { FIRMWARE, factoryValues } from './factory.js';
import { textOf } from './form.js';
import { fitted, LIVE } from './live.js';
import { type Measured, Meter } from './meter.js';
import type { HpduOptions, UnitOptions } from './options.js';
import { Outlets } from './outlets.js';
import type { Register } from './registers.js';

/** Channels of an extended register without the extension. */
const BASE_OUTLETS = 27;
const UNLOCK_TIME = 5000;
const SAMPLING = 1000;

type Rules = Pick<HpduOptions, 'onlyFitted' | 'unlockTime' | 'rebootTime'>;

/** What a unit reads of what is around it. */
export interface Around {
	/** How many units are on the databus. */
	unitsFound(): number;
	/** @param level counted from 1 for super */
	userName(level: number): string;
}

function checkOptions({ outlets = BASE_OUTLETS, phases = 3 }: UnitOptions): void {
	if (!Number.isInteger(outlets) || outlets < 0 || outlets > 2 * BASE_OUTLETS) {
		throw new RangeError('A PDU has 0 to 54 outlets.');
	}
	if (![1, 2, 3].includes(phases)) {
		throw new RangeError('A PDU has 1 to 3 phases.');
	}
}

/** A unit on the databus with its registers and what they are about. */
export class Unit {
	readonly bank: Bank;
	readonly hardwareId: string;
	readonly meter: Meter;
	readonly climate: Climate;
	readonly alerts = new Alerts();
	readonly outlets: Outlets;
	readonly around: Around;
	readonly #timeline: Timeline;
	readonly #rules: Rules;
	#measureAt = Number.NEGATIVE_INFINITY;
	#awayUntil = Number.NEGATIVE_INFINITY;

	/**
	 * @param n which unit of the databus it is, counted from 0
	 * @throws RangeError when there cannot be such a unit
	 */
	constructor(
		timeline: Timeline,
		n: number,
		options: UnitOptions & { readonly address: number },
		rules: Rules,
		around: Around,
	) {
		checkOptions(options);
		this.around = around;
		const { outlets = BASE_OUTLETS } = options;
		const extended = outlets > BASE_OUTLETS;
		this.#timeline = timeline;
		this.#rules = rules;
		const { firmware = FIRMWARE, registers, lacks } = options;
		this.bank = new Bank(factoryValues(options), extended, firmware, registers, lacks);
		this.hardwareId = [1, 2, 3].map((channel) => this.text(`idchip_${channel}`)).join('-');
		this.meter = new Meter(timeline, n, extended ? 2 * BASE_OUTLETS : BASE_OUTLETS);
		this.climate = new Climate(timeline);
		this.outlets = this.#makeOutlets(outlets);
		this.refresh();
	}

	get address(): number {
		return this.number('idaddr');
	}

	/** False while it reboots. */
	get isThere(): boolean {
		return this.#timeline.now >= this.#awayUntil;
	}

	/** How many channels of a register are told. */
	shown(register: Register): number {
		const all = this.bank.channels(register);
		return this.#rules.onlyFitted ? Math.min(all, fitted(this, register.mnemonic)) : all;
	}

	/** What a channel reads, one character for each byte. */
	read(register: Register, channel: number): string {
		const { mnemonic } = register;
		const live = Object.hasOwn(LIVE, mnemonic) ? LIVE[mnemonic] : undefined;
		const value = this.bank.pinned(mnemonic, channel) ?? live?.(this, channel);
		return value ?? this.bank.stored(register, channel);
	}

	/** A register as text, whoever may read it: `text('stdvnm')`, `text('stolnm_30')`. */
	text(key: string): string {
		const [mnemonic, channel] = splitKey(key);
		return textOf(this.read(this.bank.named(mnemonic), Math.max(1, channel)));
	}

	/** A register as a number. */
	number(key: string): number {
		return Number(this.text(key));
	}

	/**
	 * Sets a register past all rules, one that is measured or read-only too: `set('imcrac_1', '0.51')`. Without a channel
	 * all channels are set. What is set stays until it is written or released. Text is taken as UTF-8.
	 *
	 * @throws RangeError when there is no such register
	 */
	set(key: string, value: string | number): void {
		this.bank.pin(key, value);
	}

	/** Takes back what `set` has set. */
	release(key: string): void {
		this.bank.release(key);
	}

	/** A setting as it is in effect, which after a change it is with the next reboot only. */
	active(key: string): string {
		const [mnemonic, channel] = splitKey(key);
		return this.bank.active(mnemonic, Math.max(1, channel)) ?? this.text(key);
	}

	/** Gives it another address. */
	assign(address: number): void {
		this.bank.store(this.bank.named('idaddr'), 1, String(address));
	}

	/** Measures anew if that is due: measurements change once a second. */
	refresh(): void {
		if (this.#timeline.now >= this.#measureAt) {
			this.#measureAt = this.#timeline.now + SAMPLING;
			this.measure();
		}
	}

	/** Measures anew, also when something has happened without time passing. */
	measure(): void {
		this.meter.update({
			phases: this.number('cfnrph'),
			outlets: this.number('cfnrmo'),
			isOn: (outlet) => this.outlets.isOn(outlet),
		});
		this.climate.notePeaks();
		this.#watch();
	}

	/** Goes away for a while and comes back with all settings in effect; outlets stay as they are. */
	reboot(): void {
		this.#awayUntil = this.#timeline.now + (this.#rules.rebootTime ?? 0);
		this.bank.activate();
	}

	/** Raises alerts for what is beyond its limit. */
	#watch(): void {
		const trip = (alert: 'ssitri' | 'ssotri', measured: readonly Measured[], mnemonic: string) => {
			const limits = this.bank.named(mnemonic);
			const beyond = ({ amps }: Measured, n: number) => amps > Number(this.bank.stored(limits, n + 1));
			const channel = measured.findIndex(beyond) + 1;
			if (channel > 0) {
				this.alerts.raise(alert, channel);
			}
		};
		trip('ssitri', this.meter.inputs, 'stimcm');
		trip('ssotri', this.meter.outlets, 'stomcm');
		if (this.climate.inside > this.number('stmaxt')) {
			this.alerts.raise('ssttri');
		}
	}

	#makeOutlets(fitted: number): Outlets {
		const on = Array.from({ length: 2 * BASE_OUTLETS }, (_, n) => n < fitted);
		const settings = () => ({
			unlocked: this.number('stunlo') === 1,
			spacing: this.number('stfodl'),
			switched: this.number('cfnrso'),
			offTime: (outlet: number) => this.number(`strebt_${outlet}`),
		});
		const unlockTime = this.#rules.unlockTime ?? UNLOCK_TIME;
		return new Outlets(this.#timeline, on, unlockTime, settings, () => this.measure());
	}
}
