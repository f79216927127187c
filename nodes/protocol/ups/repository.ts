/** How a UPS lies in the store: a scope per UPS with an entry for the UPS, one or two per command, and its outbox. */
import { OUTBOX, Outbox, type OutboxEnvironment, type OutboxItem } from '../common/outbox.js';
import type { Decision, Entries, Nonce, StoredValue } from '../common/store.js';
import { earliest } from './apply-time.js';
import { type Command, isFinal } from './command-state.js';
import type { Notice } from './notices.js';
import {
	type DeviceRecord,
	isCommand,
	isDeviceRecord,
	isNotice,
	isSilence,
	type Silence,
} from './records.js';

const SCOPE = 'ups/';
const DEVICE = 'device';
const SILENCE = 'silence';
const COMMAND = 'command/';
const MESSAGE = 'message/';

/** What is remembered of a UPS. */
export interface StoredUps {
	readonly device: DeviceRecord | undefined;
	/** In the order in which they were queued. */
	readonly commands: readonly Command[];
	/** That it was noticed that the UPS never reported. */
	readonly silence: Silence | undefined;
	/** Whether the UPS never reported, and that was not noticed yet. */
	readonly isAwaited: boolean;
	/** When the outbox has to be looked at next, milliseconds since the epoch; undefined where it is empty. */
	readonly outboxDue: number | undefined;
	/**
	 * Names of entries that can't be read: another version wrote them, or they are damaged. They stay where they are, for the
	 * version that can read them, and count for nothing.
	 */
	readonly unreadable: readonly string[];
}

/** What a decision changes of a UPS. */
export interface UpsChange<T> {
	readonly result: T;
	readonly device?: DeviceRecord | undefined;
	readonly commands?: readonly Command[];
	readonly silence?: Silence | undefined;
	/** The message that queued a command, as far as JSON can hold it. */
	readonly message?: { readonly id: string; readonly value: StoredValue };
	/** What flows are to be told. */
	readonly notices?: readonly Notice[];
	readonly nonce?: Nonce;
	readonly durable?: boolean;
	/** Whether a due time is to be set even where nothing changes. */
	readonly isRescheduled?: boolean;
}

/** A pure function of what is remembered of a UPS and of the store's time. */
export type Decide<T> = (stored: StoredUps, now: number) => UpsChange<T>;

/** What the repository needs from the service. */
export interface RepositoryOptions {
	/**
	 * Tells a flow.
	 * @param message what the store has of the message that queued the command
	 * @returns false when nobody listens
	 */
	tell(deviceId: string, notice: Notice, message: StoredValue | undefined): boolean;
	/** When a UPS is due next, milliseconds since the epoch, null for never; undefined where others decide that. */
	dueOf(deviceId: string, stored: StoredUps, now: number): number | null | undefined;
}

export class UpsRepository {
	private readonly outbox: Outbox<Notice>;

	constructor(
		private readonly environment: OutboxEnvironment,
		private readonly options: RepositoryOptions,
	) {
		this.outbox = new Outbox<Notice>(environment, {
			isReadable: isNotice,
			notify: (scope, notice, entries) => options.tell(deviceOf(scope), notice, messageOf(notice, entries)),
			settle: (entries, left, now, scope) => this.settle(deviceOf(scope), entries, left, now),
		});
	}

	async read(deviceId: string): Promise<StoredUps> {
		return this.storedIn(await this.environment.store.read(SCOPE + deviceId));
	}

	/**
	 * Changes what is remembered of a UPS.
	 * @throws ProtocolError of the store, and what `decide` throws
	 */
	async update<T>(deviceId: string, decide: Decide<T>): Promise<T> {
		// Without a nonce nothing is replayed.
		return (await this.updateOnce(deviceId, decide)) as T;
	}

	/** The same, for a decision with a nonce: `replayed` where it was claimed before. */
	updateOnce<T>(deviceId: string, decide: Decide<T>): Promise<T | 'replayed'> {
		return this.environment.store.update(SCOPE + deviceId, (entries, now) => {
			const stored = this.storedIn(entries);
			return this.decisionOf(deviceId, entries, stored, decide(stored, now), now);
		});
	}

	/** Claims a nonce, whether it was claimed before or not. @throws ProtocolError of the store */
	async claim(deviceId: string, nonce: Nonce): Promise<void> {
		await this.environment.store.update(SCOPE + deviceId, () => ({ result: undefined, nonce }));
	}

	/** Tells what lies in the outbox of a UPS. Never rejects. */
	flush(deviceId: string): Promise<void> {
		return this.outbox.flush(SCOPE + deviceId);
	}

	/** Calls a listener for each UPS that is due. */
	onDue(listener: (deviceId: string) => void): () => void {
		return this.environment.store.onDue(SCOPE, (scope) => listener(deviceOf(scope)));
	}

	private storedIn(entries: Entries): StoredUps {
		const commands: Command[] = [];
		const unreadable: string[] = [];
		for (const [name, value] of entries) {
			if (name.startsWith(COMMAND)) {
				if (isCommand(value)) commands.push(value);
				else unreadable.push(name);
			} else if (name.startsWith(OUTBOX) && !isNotice((value as { content?: unknown } | null)?.content))
				unreadable.push(name);
		}
		if (commands.length > 1) commands.sort((one, other) => one.seq - other.seq);
		const device = entries.get(DEVICE);
		const isReadable = isDeviceRecord(device);
		if (device !== undefined && !isReadable) unreadable.push(DEVICE);
		const silence = entries.get(SILENCE);
		return {
			device: isReadable ? device : undefined,
			commands,
			silence: isSilence(silence) ? silence : undefined,
			isAwaited: device === undefined && silence === undefined,
			outboxDue: this.outbox.dueOf(this.outbox.items(entries).map(([, item]) => item)),
			unreadable,
		};
	}

	private decisionOf<T>(
		deviceId: string,
		entries: Entries,
		stored: StoredUps,
		change: UpsChange<T>,
		now: number,
	): Decision<T> {
		const { result, device, silence, commands = [], message, notices = [], nonce, durable } = change;
		const items = notices.length === 0 ? [] : this.outbox.put(entries, now, notices);
		const set: (readonly [string, StoredValue])[] = [...items];
		for (const command of commands) set.push([COMMAND + command.id, command]);
		if (device !== undefined) set.push([DEVICE, device]);
		if (silence !== undefined) set.push([SILENCE, silence]);
		if (message !== undefined) set.push([MESSAGE + message.id, message.value]);
		if (set.length === 0 && nonce === undefined && change.isRescheduled !== true) return { result };
		const outboxDue = this.outbox.dueOf(items.map(([, item]) => item));
		const due = this.options.dueOf(deviceId, storedAfter(stored, change, outboxDue), now);
		return { result, set, nonce, durable, due };
	}

	/** A command that is over goes once the last of its states has been told. */
	private settle(
		deviceId: string,
		entries: Entries,
		left: readonly OutboxItem<Notice>[],
		now: number,
	): Omit<Decision<void>, 'result'> {
		const untold = new Set(left.map(({ content }) => commandOf(content)));
		const stored = this.storedIn(entries);
		const over = stored.commands.filter((command) => isFinal(command) && !untold.has(command.id));
		const remove = over.flatMap(({ id }) => [COMMAND + id, MESSAGE + id]);
		return { remove, due: this.options.dueOf(deviceId, stored, now) };
	}
}

function storedAfter(
	stored: StoredUps,
	{ device = stored.device, silence = stored.silence, commands = [] }: UpsChange<unknown>,
	outboxDue: number | undefined,
): StoredUps {
	const changed = new Set(commands.map(({ id }) => id));
	const others = stored.commands.filter(({ id }) => !changed.has(id));
	return {
		...stored,
		...{ device, silence },
		commands: commands.length === 0 ? stored.commands : [...others, ...commands],
		isAwaited: stored.isAwaited && device === undefined && silence === undefined,
		outboxDue: earliest([stored.outboxDue, outboxDue]),
	};
}

function deviceOf(scope: string): string {
	return scope.slice(SCOPE.length);
}

/** The id of the command that a notice is about. */
function commandOf(notice: Notice): string | undefined {
	return 'report' in notice ? notice.report.id : undefined;
}

function messageOf(notice: Notice, entries: Entries): StoredValue | undefined {
	return 'report' in notice ? entries.get(MESSAGE + notice.report.id) : undefined;
}
