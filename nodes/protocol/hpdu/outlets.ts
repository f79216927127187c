/**
 * Follows outlets after they were told to switch: relays act one after the other, so that the answer to a write still holds
 * the old state, and a locked outlet says nothing at all.
 */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import type { PduClient } from './client.js';
import type { Entry } from './encode-values.js';
import { keyOf, type Target } from './mnemonic.js';
import { Outlet, type OutletBefore, type OutletCommand, type OutletState } from './outlet.js';
import { CYCLE, isSwitch, OFF_TIME, SCHEDULED, STATE } from './outlet-registers.js';
import { readRegisters } from './read.js';

/** Milliseconds from one look to the next. */
const INTERVAL = 1000;

/** What may be over with the next look. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	...(['hpdu-timeout', 'hpdu-unreachable', 'hpdu-busy'] as const),
	...(['hpdu-internal', 'hpdu-partial', 'hpdu-bad-response'] as const),
]);
/** How a PDU says that a register is not to be had. */
const ABSENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	'hpdu-not-found',
	'hpdu-forbidden',
	'hpdu-bad-request',
]);

/** Who told an outlet something last, by unit and channel. */
const latest = new WeakMap<PduClient, Map<string, OutletWatch>>();

/** Outlets of one unit that one write switches. */
export class OutletWatch {
	private outlets: readonly Outlet[] = [];
	/** What was asked before anything was written. */
	before: readonly string[] = [];
	private readonly requests: string[] = [];

	private constructor(
		private readonly client: PduClient,
		private readonly unit: number,
	) {}

	/**
	 * To be called before anything is written. Of outlets that are to be cycled it reads how they are: only one that is on
	 * can be, and afterwards it is on as before.
	 * @returns undefined where nothing switches an outlet
	 */
	static async prepare(
		client: PduClient,
		unit: number,
		entries: readonly Entry[],
	): Promise<OutletWatch | undefined> {
		const commands = new Map(entries.flatMap(commandOf));
		if (commands.size === 0) return undefined;
		const watch = new OutletWatch(client, unit);
		const cycled = [...commands].filter(([, command]) => command === 'cycle').map(([channel]) => channel);
		const before = await watch.read([STATE, OFF_TIME], cycled);
		watch.before = watch.requests.splice(0);
		const beforeOf = (channel: number): OutletBefore => {
			const [state, offTime] = [before(STATE, channel), before(OFF_TIME, channel)];
			return {
				...(state !== undefined && { isOn: state !== 0 }),
				...(offTime !== undefined && { offTime }),
			};
		};
		watch.outlets = [...commands].map(
			([channel, command]) => new Outlet(channel, command, beforeOf(channel)),
		);
		watch.claim();
		return watch;
	}

	/**
	 * Looks until all outlets have followed, or `settle` seconds are over.
	 * @throws ProtocolError where the last look failed
	 */
	async follow(settle: number): Promise<void> {
		const end = this.client.now() + settle * 1000;
		for (;;) {
			const failure = await this.look();
			const left = end - this.client.now();
			if (failure !== undefined && (left <= 0 || !isPassing(failure))) throw failure;
			if (left <= 0 || (failure === undefined && this.outlets.every((outlet) => outlet.isDone))) return;
			await this.client.pause(Math.min(INTERVAL, left));
		}
	}

	/** What was asked to follow them. */
	get after(): readonly string[] {
		return this.requests;
	}

	/** By channel. */
	get states(): Record<number, OutletState> {
		const known = this.outlets.flatMap(({ channel, state }) =>
			state === undefined ? [] : [[channel, state]],
		);
		return Object.fromEntries(known);
	}

	/** Channels that did not do what they were told. */
	get failed(): number[] {
		return this.outlets.filter(({ hasFailed }) => hasFailed).map(({ channel }) => channel);
	}

	/** What `swocst` held last, by key, of the outlets that were told a state. */
	get values(): Map<string, string> {
		const told = this.outlets.filter(({ command }) => command !== 'cycle');
		return new Map(
			told.flatMap(({ channel, value }) =>
				value === undefined ? [] : [[keyOf({ mnemonic: STATE, channel }), value] as const],
			),
		);
	}

	/** Whether an outlet has yet to do what it was told, or was told something else since: no difference then. */
	isOpen(channel: number): boolean {
		return this.outlets.some(
			(one) => one.channel === channel && (one.isSuperseded || one.state === 'pending'),
		);
	}

	isCycle(channel: number): boolean {
		return this.outlets.some((one) => one.channel === channel && one.command === 'cycle');
	}

	/** @returns what went wrong */
	private async look(): Promise<unknown> {
		try {
			const channels = this.outlets.map(({ channel }) => channel);
			const read = await this.read([STATE, SCHEDULED], channels);
			for (const outlet of this.outlets) {
				const { channel } = outlet;
				const [state, scheduled] = [read(STATE, channel), read(SCHEDULED, channel)];
				outlet.look(toFlag(state), toFlag(scheduled));
				outlet.isSuperseded = latest.get(this.client)?.get(this.claimOf(channel)) !== this;
			}
			return undefined;
		} catch (error) {
			return error;
		}
	}

	/** Reads registers of some outlets, all channels where there are several; what a PDU does not have is undefined. */
	private async read(
		mnemonics: readonly string[],
		channels: readonly number[],
	): Promise<(mnemonic: string, channel: number) => number | undefined> {
		const forms: ReadonlyMap<string, string>[] = [];
		const [channel] = channels;
		for (const mnemonic of channel === undefined ? [] : mnemonics) {
			const target: Target = channels.length === 1 && channel ? { mnemonic, channel } : { mnemonic };
			try {
				const { form, requests } = await readRegisters(this.client, [target], this.unit);
				forms.push(form);
				this.requests.push(...requests);
			} catch (error) {
				if (!(error instanceof ProtocolError) || !ABSENT.has(error.code)) throw error;
			}
		}
		return (mnemonic, channel) => {
			const text = forms
				.map((form) => form.get(keyOf({ mnemonic, channel })))
				.find((one) => one !== undefined);
			return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
		};
	}

	private claim(): void {
		const claims = latest.get(this.client) ?? new Map<string, OutletWatch>();
		latest.set(this.client, claims);
		for (const { channel } of this.outlets) claims.set(this.claimOf(channel), this);
	}

	private claimOf(channel: number): string {
		return `${this.unit} ${channel}`;
	}
}

function commandOf({ target: { mnemonic, channel }, text }: Entry): [number, OutletCommand][] {
	if (!isSwitch(mnemonic) || channel === undefined) return [];
	if (mnemonic === STATE) return [[channel, text === '0' ? 'off' : 'on']];
	return mnemonic === CYCLE && text === '1' ? [[channel, 'cycle']] : [];
}

function isPassing(error: unknown): boolean {
	return error instanceof ProtocolError && PASSING.has(error.code);
}

function toFlag(value: number | undefined): boolean | undefined {
	return value === undefined ? undefined : value !== 0;
}
