import type { Timeline } from '../common/timeline.js';
import { Alerts } from './alerts.js';
import { accept, blank } from './cells.js';
import { Climate } from './climate.js';
import { type Cell, factoryValues } from './factory.js';
import { bytesOf, textOf } from './form.js';
import { fitted, LIVE } from './live.js';
import { type Measured, Meter } from './meter.js';
import type { HpduOptions, UnitOptions } from './options.js';
import { Outlets } from './outlets.js';
import { REGISTERS, type Register } from './registers.js';

/** Channels of an extended register without the extension. */
const BASE_OUTLETS = 27;

interface Rules extends Pick<HpduOptions, 'onlyFitted' | 'unlockTime' | 'rebootTime'> {
	/** How many units are on the databus. */
	readonly found: () => number;
}

function compileRegisters(more: readonly Register[] = []): Map<string, Register> {
	return new Map([...REGISTERS, ...more].map((register) => [register.mnemonic, register]));
}

/** Splits `stolnm_30` into mnemonic and channel; without a channel that is 0. */
export function splitKey(key: string): readonly [mnemonic: string, channel: number] {
	const found = /^(.+)_([1-9]\d{0,3})$/.exec(key);
	return found ? [found[1] ?? '', Number(found[2])] : [key, 0];
}

/** A unit on the databus with its registers and what they are about. */
export class Unit {
	readonly registers: ReadonlyMap<string, Register>;
	readonly hardwareId: string;
	readonly meter: Meter;
	readonly climate: Climate;
	readonly alerts = new Alerts();
	readonly outlets: Outlets;
	readonly #timeline: Timeline;
	readonly #rules: Rules;
	readonly #extended: boolean;
	readonly #cells = new Map<string, string[]>();
	/** Values that were set from outside and go before what is measured. */
	readonly #pins = new Map<string, string>();
	#active = new Map<string, string[]>();
	#refreshedAt = Number.NaN;
	#awayUntil = Number.NEGATIVE_INFINITY;

	/** @param n which unit of the databus it is, counted from 0 */
	constructor(
		timeline: Timeline,
		n: number,
		options: UnitOptions & { readonly address: number },
		rules: Rules,
	) {
		const outlets = options.outlets ?? BASE_OUTLETS;
		if (!Number.isInteger(outlets) || outlets < 0 || outlets > 2 * BASE_OUTLETS) {
			throw new RangeError('A PDU has 0 to 54 outlets.');
		}
		this.#timeline = timeline;
		this.#rules = rules;
		this.#extended = outlets > BASE_OUTLETS;
		this.registers = compileRegisters(options.registers);
		this.#fill(factoryValues(options));
		this.hardwareId = (this.#cells.get('idchip') ?? []).join('-');
		this.meter = new Meter(timeline, n, this.#extended ? 2 * BASE_OUTLETS : BASE_OUTLETS);
		this.climate = new Climate(timeline);
		this.outlets = this.#makeOutlets(outlets);
		this.#active = this.#settings();
		this.refresh();
	}

	get address(): number {
		return this.number('idaddr');
	}

	/** Gives it another address. */
	assign(address: number): void {
		this.#cells.set('idaddr', [String(address)]);
		this.release('idaddr');
	}

	/** How many units are on the databus. */
	get found(): number {
		return this.#rules.found();
	}

	/** False while it reboots. */
	get isThere(): boolean {
		return this.#timeline.now >= this.#awayUntil;
	}

	/** How many channels a register has. */
	channels({ repeats, extended }: Register): number {
		return extended && this.#extended ? 2 * repeats : repeats;
	}

	/** How many channels of a register are told. */
	shown(register: Register): number {
		const all = this.channels(register);
		return this.#rules.onlyFitted ? Math.min(all, fitted(this, register.mnemonic)) : all;
	}

	/** What a channel holds, one character for each byte. */
	read(register: Register, channel: number): string {
		const { mnemonic } = register;
		const pinned = this.#pins.size > 0 ? this.#pins.get(`${mnemonic}_${channel}`) : undefined;
		const live = Object.hasOwn(LIVE, mnemonic) ? LIVE[mnemonic] : undefined;
		return pinned ?? live?.(this, channel) ?? this.#cells.get(mnemonic)?.[channel - 1] ?? blank(register);
	}

	/** Whether a value may be written at all. */
	accepts(register: Register, value: string): boolean {
		return accept(register, value) !== undefined;
	}

	/** Stores what is left of a value after the register has cut it. False: rejected. */
	store(register: Register, channel: number, value: string): boolean {
		const kept = accept(register, value);
		if (kept !== undefined) {
			this.#row(register)[channel - 1] = kept;
			this.#pins.delete(`${register.mnemonic}_${channel}`);
		}
		return kept !== undefined;
	}

	/** A register as text, whoever may read it: `text('stdvnm')`, `text('stolnm_30')`. */
	text(key: string): string {
		const [mnemonic, channel] = splitKey(key);
		return textOf(this.read(this.#named(mnemonic), Math.max(1, channel)));
	}

	/** A register as a number. */
	number(key: string): number {
		return Number(this.text(key));
	}

	/**
	 * Sets a register past all rules, one that is measured or read-only too: `set('imcrac_1', '0.51')`. Without a channel
	 * all channels are set. What is set stays until it is written or `release`d. Text is taken as UTF-8.
	 */
	set(key: string, value: string | number): void {
		for (const name of this.#channelKeys(key)) {
			this.#pins.set(name, bytesOf(String(value)));
		}
	}

	/** Takes back what `set` has set. */
	release(key: string): void {
		for (const name of this.#channelKeys(key)) {
			this.#pins.delete(name);
		}
	}

	/** A setting as it is in effect, which after a change it is with the next reboot only. */
	active(key: string): string {
		const [mnemonic, channel] = splitKey(key);
		const value = this.#active.get(mnemonic)?.[Math.max(1, channel) - 1];
		return value === undefined ? this.text(key) : textOf(value);
	}

	/** Measures anew if time has passed. */
	refresh(): void {
		if (this.#refreshedAt !== this.#timeline.now) {
			this.#refreshedAt = this.#timeline.now;
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
		this.#active = this.#settings();
	}

	#watch(): void {
		const trip = (alert: 'ssitri' | 'ssotri', measured: readonly Measured[], mnemonic: string) => {
			const limits = this.#cells.get(mnemonic) ?? [];
			const channel = measured.findIndex(({ amps }, n) => amps > Number(limits[n])) + 1;
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
		return new Outlets(this.#timeline, on, this.#rules.unlockTime ?? 5000, settings, () => this.measure());
	}

	#fill(values: Readonly<Record<string, Cell>>): void {
		for (const [mnemonic, cell] of Object.entries(values)) {
			const row = this.#row(this.#named(mnemonic));
			row.forEach((_, n) => {
				row[n] = bytesOf(String(typeof cell === 'function' ? cell(n + 1) : cell));
			});
		}
	}

	#row(register: Register): string[] {
		const length = this.channels(register);
		const row = this.#cells.get(register.mnemonic) ?? Array.from({ length }, () => blank(register));
		this.#cells.set(register.mnemonic, row);
		return row;
	}

	#named(mnemonic: string): Register {
		const register = this.registers.get(mnemonic);
		if (!register) {
			throw new RangeError(`There is no register ${mnemonic}.`);
		}
		return register;
	}

	#channelKeys(key: string): string[] {
		const [mnemonic, channel] = splitKey(key);
		const channels = this.channels(this.#named(mnemonic));
		return channel > 0
			? [`${mnemonic}_${channel}`]
			: Array.from({ length: channels }, (_, n) => `${mnemonic}_${n + 1}`);
	}

	/** A copy of all settings that need a reboot. */
	#settings(): Map<string, string[]> {
		const registers = [...this.registers.values()].filter(({ reboot }) => reboot);
		return new Map(registers.map((register) => [register.mnemonic, [...this.#row(register)]]));
	}
}
