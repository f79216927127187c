/** How a UPS lies in the store: a scope per UPS with an entry for the UPS, one or two per command, and its outbox. */
import { OUTBOX, Outbox, type OutboxEnvironment, type OutboxItem } from '../common/outbox.js';
import type { Decision, Entries, Nonce, StoredValue } from '../common/store.js';
import { earliest } from './apply-time.js';
import { type Command, isFinal } from './command-state.js';
import type { Notification } from './events.js';
import {
	type DeviceRecord,
	isCommand,
	isDeviceRecord,
	isNotification,
	isSilence,
	type Silence,
} from './records.js';

const SCOPE = 'ups/';
const DEVICE = 'device';
const SILENCE = 'silence';
const COMMAND = 'command/';
const MESSAGE = 'message/';

/** What is stored of a UPS. */
export interface StoredUps {
	readonly device: DeviceRecord | undefined;
	/** In the order in which they were queued. */
	readonly commands: readonly Command[];
	/** Set once flows know that the UPS never reported. */
	readonly silence: Silence | undefined;
	/** Whether the UPS never reported, and no flow knows yet. */
	readonly isAwaited: boolean;
	/** When the outbox has to be flushed next, milliseconds since the epoch; undefined where it is empty. */
	readonly outboxDue: number | undefined;
	/**
	 * Names of entries that can't be read: another version wrote them, or they are damaged. They are ignored, and stay for the
	 * version that can read them.
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
	readonly notifications?: readonly Notification[];
	readonly nonce?: Nonce;
	readonly durable?: boolean;
	/** Whether a due time is to be set even where nothing changes. */
	readonly isRescheduled?: boolean;
}

/** A pure function of what is stored of a UPS and of the store's time. */
export type Decide<T> = (stored: StoredUps, now: number) => UpsChange<T>;

/** What the repository needs from the service. */
export interface RepositoryOptions {
	/**
	 * @param message what the store has of the message that queued the command
	 * @returns false when there is no listener
	 */
	notify(deviceId: string, notification: Notification, message: StoredValue | undefined): boolean;
	/** When a UPS is due next, milliseconds since the epoch, null for never; undefined if another process decides. */
	dueOf(deviceId: string, stored: StoredUps, now: number): number | null | undefined;
}

export class UpsRepository {
	private readonly outbox: Outbox<Notification>;

	constructor(
		private readonly environment: OutboxEnvironment,
		private readonly options: RepositoryOptions,
	) {
		this.outbox = new Outbox<Notification>(environment, {
			isReadable: isNotification,
			notify: (scope, notification, entries) =>
				options.notify(deviceOf(scope), notification, messageOf(notification, entries)),
			settle: (entries, left, now, scope) => this.settle(deviceOf(scope), entries, left, now),
		});
	}

	async read(deviceId: string): Promise<StoredUps> {
		return this.storedIn(await this.environment.store.read(SCOPE + deviceId));
	}

	/** @throws ProtocolError of the store, and what `decide` throws */
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

	/** Delivers what lies in the outbox of a UPS. Never rejects. */
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
			} else if (name.startsWith(OUTBOX) && !isNotification((value as { content?: unknown } | null)?.content))
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
		const { result, device, silence, commands = [], message, notifications = [], nonce, durable } = change;
		const items = notifications.length === 0 ? [] : this.outbox.put(entries, now, notifications);
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

	/** Removes a command in a final state once all of its states are delivered. */
	private settle(
		deviceId: string,
		entries: Entries,
		left: readonly OutboxItem<Notification>[],
		now: number,
	): Omit<Decision<void>, 'result'> {
		const undelivered = new Set(left.map(({ content }) => commandOf(content)));
		const stored = this.storedIn(entries);
		const over = stored.commands.filter((command) => isFinal(command) && !undelivered.has(command.id));
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

/** The id of the command that a notification is about. */
function commandOf(notification: Notification): string | undefined {
	return 'report' in notification ? notification.report.id : undefined;
}

function messageOf(notification: Notification, entries: Entries): StoredValue | undefined {
	return 'report' in notification ? entries.get(MESSAGE + notification.report.id) : undefined;
}
