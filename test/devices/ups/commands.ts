import { cString } from './bytes.js';
import { FIRMWARE } from './firmware.js';

export type CommandName = 'ui.beep' | 'ui.display_msg' | 'host.shutdown' | 'host.reset' | 'power.cycle';
export type CommandArgs = Readonly<Record<string, number | string>>;
export type RejectReason = 'bad_id' | 'unsupported_cmd' | 'bad_args';

export interface Rejection {
	readonly id: string;
	readonly reason: RejectReason;
}

/** What a POST tells the server about earlier answers. */
export interface Feedback {
	readonly acks: readonly string[];
	readonly rejected: readonly Rejection[];
	readonly respDropped: { readonly bytes: number; readonly max: number } | null;
}

/** Hands a command to the bus inside the UPS. */
export type Dispatch = (id: string, cmd: CommandName, args: CommandArgs) => void;

type RawArgs = Readonly<Record<string, unknown>>;

/** A JSON number, its fraction dropped and clamped; anything else is the default. */
function number(args: RawArgs, name: string, max: number, fallback: number): number {
	const value = Object.hasOwn(args, name) ? args[name] : undefined;
	return typeof value === 'number' ? Math.min(max, Math.max(0, Math.trunc(value))) : fallback;
}

function text(args: RawArgs, name: string): string {
	const value = Object.hasOwn(args, name) ? args[name] : undefined;
	return typeof value === 'string' ? cString(value, 64) : '';
}

const delay = (args: RawArgs) => ({ delay_s: number(args, 'delay_s', 65_535, 5) });

/** The five commands, and what their arguments become before they go to the bus. */
const COMMANDS = new Map<string, { cmd: CommandName; read: (args: RawArgs) => CommandArgs }>(
	Object.entries({
		'ui.beep': (args: RawArgs) => ({
			freq_hz: number(args, 'freq_hz', 65_535, 0),
			dur_ms: number(args, 'dur_ms', 65_535, 0),
		}),
		'ui.display_msg': (args: RawArgs) => ({ text: text(args, 'text'), line: number(args, 'line', 255, 0) }),
		'host.shutdown': delay,
		'host.reset': delay,
		'power.cycle': (args: RawArgs) => ({ off_ms: number(args, 'off_ms', 60_000, 1500) }),
	} satisfies Record<CommandName, (args: RawArgs) => CommandArgs>).map(([name, read]) => [
		name,
		{ cmd: name as CommandName, read },
	]),
);

function asObject(value: unknown): RawArgs {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawArgs) : {};
}

/**
 * Reads the `commands` array of answers and remembers, in RAM only, what has been executed and what the
 * server has still to be told.
 */
export class CommandReader {
	readonly #dispatch: Dispatch;
	readonly #cutsIdsTo31: boolean;
	#ring: string[] = [];
	#acks: string[] = [];
	#rejected: Rejection[] = [];
	#respDropped: Feedback['respDropped'] = null;

	constructor(dispatch: Dispatch, cutsIdsTo31: boolean) {
		this.#dispatch = dispatch;
		this.#cutsIdsTo31 = cutsIdsTo31;
	}

	/** Everything is forgotten, as at a reboot. */
	restart(): void {
		this.#ring = [];
		this.#acks = [];
		this.#rejected = [];
		this.#respDropped = null;
	}

	/** Obeys the first eight entries, good or bad, in their order. */
	read(entries: readonly unknown[]): void {
		for (const entry of entries.slice(0, FIRMWARE.commandsPerAnswer)) {
			this.#readOne(asObject(entry));
		}
	}

	/** An answer was too long and has been dropped unread. */
	noteDropped(bytes: number): void {
		this.#respDropped = { bytes, max: FIRMWARE.answerBodyBytes };
	}

	feedback(): Feedback {
		return { acks: [...this.#acks], rejected: [...this.#rejected], respDropped: this.#respDropped };
	}

	/** Forgets the feedback of a POST that got its 2xx; what came later stays. */
	forget(told: Feedback): void {
		this.#acks = this.#acks.filter((id) => !told.acks.includes(id));
		this.#rejected = this.#rejected.filter((one) => !told.rejected.includes(one));
		this.#respDropped = this.#respDropped === told.respDropped ? null : this.#respDropped;
	}

	#readOne(entry: RawArgs): void {
		const whole = typeof entry.id === 'string' ? cString(entry.id, Number.POSITIVE_INFINITY) : '';
		const id = this.#cutsIdsTo31 ? whole.slice(0, 31) : whole;
		if (id === '' || id.length > FIRMWARE.idBytes) {
			this.#reject(id.slice(0, FIRMWARE.idBytes), 'bad_id');
		} else if (this.#ring.includes(whole)) {
			this.#acknowledge(id);
		} else if (typeof entry.cmd !== 'string') {
			this.#reject(id, 'bad_args');
		} else {
			this.#execute(id, entry.cmd, asObject(entry.args));
		}
	}

	#execute(id: string, name: string, args: RawArgs): void {
		const command = COMMANDS.get(name);
		if (!command) {
			this.#reject(id, 'unsupported_cmd');
			return;
		}
		this.#dispatch(id, command.cmd, command.read(args));
		this.#ring = [...this.#ring, id].slice(-FIRMWARE.executedRing);
		this.#acknowledge(id);
	}

	#acknowledge(id: string): void {
		if (!this.#acks.includes(id)) {
			this.#acks = [...this.#acks, id].slice(-FIRMWARE.acksKept);
		}
	}

	#reject(id: string, reason: RejectReason): void {
		const others = this.#rejected.filter((one) => one.id !== id);
		this.#rejected = [...others, { id, reason }].slice(-FIRMWARE.rejectedKept);
	}
}
