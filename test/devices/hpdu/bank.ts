import { accept, blank } from './cells.js';
import type { Cell } from './factory.js';
import { bytesOf, textOf } from './form.js';
import { REGISTERS, type Register } from './registers.js';

/** Splits `stolnm_30` into mnemonic and channel; without a channel that is 0. */
export function splitKey(key: string): readonly [mnemonic: string, channel: number] {
	const found = /^(.+)_([1-9]\d{0,3})$/.exec(key);
	return found ? [found[1] ?? '', Number(found[2])] : [key, 0];
}

/** The registers of a unit with what is stored in them. Values have one character for each byte. */
export class Bank {
	/** What it knows by its firmware. */
	readonly registers: ReadonlyMap<string, Register>;
	readonly #all: ReadonlyMap<string, Register>;
	readonly #extended: boolean;
	readonly #cells = new Map<string, string[]>();
	/** Values that were set from outside and go before all others. */
	readonly #pins = new Map<string, string>();
	#active = new Map<string, string[]>();

	/**
	 * @param extended whether extended registers have all their channels
	 * @param firmware which registers it knows, a version times 100
	 * @param more registers beside those of the table, or in their place
	 * @param lacks mnemonics of registers that it does not have
	 */
	constructor(
		values: Readonly<Record<string, Cell>>,
		extended: boolean,
		firmware: number,
		more: readonly Register[] = [],
		lacks: readonly string[] = [],
	) {
		this.#all = new Map([...REGISTERS, ...more].map((register) => [register.mnemonic, register]));
		this.registers = new Map(
			[...this.#all].filter(([mnemonic, { since }]) => since <= firmware && !lacks.includes(mnemonic)),
		);
		this.#extended = extended;
		for (const [mnemonic, cell] of Object.entries(values)) {
			const row = this.#row(this.named(mnemonic));
			row.forEach((_, n) => {
				row[n] = bytesOf(String(typeof cell === 'function' ? cell(n + 1) : cell));
			});
		}
		this.activate();
	}

	/** @throws RangeError when there is no such register */
	named(mnemonic: string): Register {
		const register = this.#all.get(mnemonic);
		if (!register) {
			throw new RangeError(`There is no register ${mnemonic}.`);
		}
		return register;
	}

	/** How many channels a register has. */
	channels({ repeats, extended }: Register): number {
		return extended && this.#extended ? 2 * repeats : repeats;
	}

	/** What was set from outside. */
	pinned(mnemonic: string, channel: number): string | undefined {
		return this.#pins.size > 0 ? this.#pins.get(`${mnemonic}_${channel}`) : undefined;
	}

	/** What is stored in a channel, counted from 1. */
	stored(register: Register, channel: number): string {
		return this.#cells.get(register.mnemonic)?.[channel - 1] ?? blank(register);
	}

	/** Whether a value may be written. */
	accepts(register: Register, value: string): boolean {
		return accept(register, value) !== undefined;
	}

	/** Stores what is left of a value after the register has cut it; what is not accepted changes nothing. */
	store(register: Register, channel: number, value: string): void {
		const kept = accept(register, value);
		if (kept !== undefined) {
			this.#row(register)[channel - 1] = kept;
			this.#pins.delete(`${register.mnemonic}_${channel}`);
		}
	}

	/** @throws RangeError when there is no such register */
	pin(key: string, value: string | number): void {
		const { type, bytes } = this.named(splitKey(key)[0]);
		const text = bytesOf(String(value));
		// It cuts at the byte, also inside a character.
		const kept = type === 'ascii' ? text.slice(0, bytes) : text;
		for (const name of this.#channelKeys(key)) {
			this.#pins.set(name, kept);
		}
	}

	/** @throws RangeError when there is no such register */
	release(key: string): void {
		for (const name of this.#channelKeys(key)) {
			this.#pins.delete(name);
		}
	}

	/** A setting that needs a reboot as it was at the last one; undefined for other registers. */
	active(mnemonic: string, channel: number): string | undefined {
		const value = this.#active.get(mnemonic)?.[channel - 1];
		return value === undefined ? undefined : textOf(value);
	}

	/** Puts all settings into effect. */
	activate(): void {
		const registers = [...this.registers.values()].filter(({ reboot }) => reboot);
		this.#active = new Map(registers.map((register) => [register.mnemonic, [...this.#row(register)]]));
	}

	#row(register: Register): string[] {
		const length = this.channels(register);
		const row = this.#cells.get(register.mnemonic) ?? Array.from({ length }, () => blank(register));
		this.#cells.set(register.mnemonic, row);
		return row;
	}

	#channelKeys(key: string): string[] {
		const [mnemonic, channel] = splitKey(key);
		const channels = this.channels(this.named(mnemonic));
		return channel > 0
			? [`${mnemonic}_${channel}`]
			: Array.from({ length: channels }, (_, n) => `${mnemonic}_${n + 1}`);
	}
}
