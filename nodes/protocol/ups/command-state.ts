/**
 * The state machine of a command. Pure: a command and an input go in, the next command comes out (the same object when nothing
 * changed).
 *
 *     queued -> sent -> acked            ui.beep, ui.display_msg
 *                    -> acked -> confirmed | unconfirmed      host.shutdown, host.reset, power.cycle
 *                    -> rejected | unknown
 *            -> cancelled | expired
 *
 * The UPS executes the commands of an answer, remembers their ids and sends them as acks in its next POST. If a POST of the
 * same boot has a delivered command neither in its acks nor as rejected, the answer was lost, and sending it again is safe.
 * After a reboot of the UPS nothing is known.
 */
import { type CommandArgs, type CommandName, effectOf } from './commands.js';

export const COMMAND_STATES = [
	...(['queued', 'sent', 'acked', 'confirmed', 'unconfirmed'] as const),
	...(['rejected', 'expired', 'cancelled', 'unknown'] as const),
] as const;

export type CommandState = (typeof COMMAND_STATES)[number];

/** One step of a command's history. */
export interface Step {
	readonly state: CommandState;
	/** Milliseconds since the epoch. */
	readonly time: number;
	/** The UPS's reason for a rejection; `expired` or `rebooted` for `unknown`. */
	readonly reason?: string;
}

/** The host since a shutdown was delivered. */
interface Watch {
	/** Whether the host was up at all: a host that was down before proves no shutdown. */
	readonly sawHost: boolean;
	/** Since when (Ts, seconds) and over how many POSTs the host's uptime has not changed. */
	readonly still?: { readonly uptime: number; readonly since: number; readonly posts: number };
}

/** A command as the store keeps it. */
export interface Command {
	readonly id: string;
	/** Order of queueing among the commands of one UPS. */
	readonly seq: number;
	/** The node that queued it, which gets its states. */
	readonly nodeId: string;
	readonly command: CommandName;
	readonly args: CommandArgs;
	readonly queuedAt: number;
	/** Milliseconds since the epoch; null: never. */
	readonly expiresAt: number | null;
	/** Milliseconds from being queued to `expiresAt`, whatever the machine's clock did meanwhile; 0: never. */
	readonly maxAge: number;
	/** When the present state ends without a report; null: never. */
	readonly due: number | null;
	/** How many answers carried it. */
	readonly sent: number;
	/** Oldest first; the last one is the present state. */
	readonly history: readonly Step[];
	readonly watch?: Watch;
}

/** The host before and after a POST. */
export interface HostChange {
	readonly before: HostState;
	readonly after: HostState;
	/** Whether this POST has the host's record. */
	readonly present: boolean;
}

/** `uptime` in seconds, the last one known. */
export interface HostState {
	readonly seen: 'up' | 'down' | 'unknown';
	readonly uptime?: number;
}

/** What one POST says about the commands of its UPS. */
export interface Report {
	/** Milliseconds since the epoch, this machine's clock. */
	readonly now: number;
	/** Seconds, the UPS's clock. */
	readonly ts: number;
	readonly acks: ReadonlySet<string>;
	/** Id to reason. */
	readonly rejected: ReadonlyMap<string, string>;
	/** The UPS certainly did not restart since its last POST. */
	readonly sameBoot: boolean;
	readonly host: HostChange;
}

/** How long after its ack a command's effect is waited for, in milliseconds. */
export const CONFIRM_WITHIN = 600_000;

/** A host whose uptime did not change over this many POSTs and seconds has been shut down. */
const STILL_POSTS = 3;
const STILL_SECONDS = 60;

export interface NewCommand {
	readonly id: string;
	readonly nodeId: string;
	readonly command: CommandName;
	readonly args: CommandArgs;
	/** Milliseconds until it expires; 0: never. */
	readonly maxAge: number;
}

/** A new command, behind the others of the UPS. */
export function queued(given: NewCommand, others: readonly Command[], now: number): Command {
	const expiresAt = given.maxAge > 0 ? now + given.maxAge : null;
	return {
		...given,
		seq: (others.at(-1)?.seq ?? 0) + 1,
		queuedAt: now,
		expiresAt,
		due: expiresAt,
		sent: 0,
		history: [{ state: 'queued', time: now }],
	};
}

export function stateOf({ history }: Command): CommandState {
	const last = history.at(-1);
	if (last === undefined) throw new TypeError('a command without a history');
	return last.state;
}

/** Whether the command can change no more. */
export function isFinal(command: Command): boolean {
	return isFinalState(command.command, stateOf(command));
}

export function isFinalState(command: CommandName, state: CommandState): boolean {
	if (state === 'acked') return effectOf(command) === undefined;
	return state !== 'queued' && state !== 'sent';
}

/** Whether the next answer may carry it. */
export function isDeliverable(command: Command): boolean {
	const state = stateOf(command);
	return state === 'queued' || state === 'sent';
}

/** The command after an answer carried it. */
export function delivered(command: Command, now: number, host: HostState): Command {
	const counted = { ...command, sent: command.sent + 1 };
	if (effectOf(command.command) === 'host-gone')
		Object.assign(counted, { watch: { sawHost: host.seen === 'up' } });
	return stateOf(command) === 'sent' ? counted : step(counted, 'sent', now);
}

export function afterPost(command: Command, report: Report): Command {
	const watched = watch(command, report);
	return judgeEffect(judgeDelivery(watched, report), report);
}

/** The command at a moment without a report. */
export function afterTime(command: Command, now: number): Command {
	const due = dueAt(command);
	if (due === undefined || now < due) return command;
	if (stateOf(command) === 'acked') return step(command, 'unconfirmed', now);
	return stateOf(command) === 'sent'
		? step(command, 'unknown', now, 'expired')
		: step(command, 'expired', now);
}

/** No answer has carried it. */
export function isCancellable(command: Command): boolean {
	return stateOf(command) === 'queued';
}

export function cancelled(command: Command, now: number): Command {
	return step(command, 'cancelled', now);
}

/** When `afterTime` changes the command, milliseconds since the epoch; undefined for never. */
export function dueAt(command: Command): number | undefined {
	return isFinal(command) ? undefined : (command.due ?? undefined);
}

/** The command with its deadlines moved after a clock step: the time left stays the same. */
export function shifted(command: Command, milliseconds: number): Command {
	const move = (time: number | null) => (time === null ? null : time + milliseconds);
	if (isFinal(command)) return command;
	return { ...command, expiresAt: move(command.expiresAt), due: move(command.due) };
}

/** How long the present state can last at most, in milliseconds. */
export function longestWait(command: Command): number {
	if (stateOf(command) === 'acked') return CONFIRM_WITHIN;
	return Math.max(command.maxAge, CONFIRM_WITHIN);
}

function judgeDelivery(command: Command, report: Report): Command {
	if (!isDeliverable(command)) return command;
	if (report.acks.has(command.id)) return step(command, 'acked', report.now);
	const reason = report.rejected.get(command.id);
	if (reason !== undefined) return step(command, 'rejected', report.now, reason);
	const mayHaveRun = stateOf(command) === 'sent' && !report.sameBoot;
	if (mayHaveRun && effectOf(command.command) !== undefined)
		return step(command, 'unknown', report.now, 'rebooted');
	return afterTime(command, report.now);
}

function judgeEffect(command: Command, report: Report): Command {
	if (stateOf(command) !== 'acked' || isFinal(command)) return command;
	const shown =
		effectOf(command.command) === 'host-gone' ? isGone(command, report) : isRestarted(report.host);
	return shown ? step(command, 'confirmed', report.now) : afterTime(command, report.now);
}

function isGone(command: Command, report: Report): boolean {
	if (command.watch?.sawHost && report.host.after.seen === 'down') return true;
	const still = command.watch?.still;
	return still !== undefined && still.posts >= STILL_POSTS && report.ts - still.since >= STILL_SECONDS;
}

function isRestarted({ before, after }: HostChange): boolean {
	if (after.seen !== 'up') return false;
	return before.seen === 'down' || (before.seen === 'up' && isLower(after.uptime, before.uptime));
}

function isLower(value: number | undefined, than: number | undefined): boolean {
	return value !== undefined && than !== undefined && value < than;
}

/** Follows the host of a delivered shutdown. */
function watch(command: Command, { host, ts }: Report): Command {
	const state = stateOf(command);
	if (command.watch === undefined || (state !== 'sent' && state !== 'acked')) return command;
	const { after, present } = host;
	if (!present || after.uptime === undefined) return command;
	const run = command.watch.still;
	const still =
		run?.uptime === after.uptime
			? { ...run, posts: run.posts + 1 }
			: { uptime: after.uptime, since: ts, posts: 1 };
	return { ...command, watch: { sawHost: true, still } };
}

/** Milliseconds by which two processes may differ that measure the time of the server they share. */
const SKEW = 1000;

/** A state is not older than the one before it, unless the clock was set back. */
function step(command: Command, state: CommandState, now: number, reason?: string): Command {
	const before = command.history.at(-1)?.time ?? now;
	const time = before - now < SKEW ? Math.max(before, now) : now;
	const next: Step = reason === undefined ? { state, time } : { state, time, reason };
	const due = state === 'acked' ? time + CONFIRM_WITHIN : command.due;
	return { ...command, due, history: [...command.history, next] };
}

/** The UPS looks at the first eight entries only, and drops a longer body whole. */
export const MAX_COMMANDS = 8;
export const MAX_ANSWER_BYTES = 2047;

/** The answer's JSON, in the order given. Source: HTTP mode quick start, "How It Works". */
export function answerBody(commands: readonly Command[]): string {
	return JSON.stringify({ commands: commands.map(({ id, command, args }) => ({ id, cmd: command, args })) });
}

/**
 * As many of these commands as one answer can hold: commands with an effect before beeps and texts, the oldest
 * first. Within both groups the order stays.
 */
export function chooseForAnswer(commands: readonly Command[]): Command[] {
	const isUrgent = ({ command }: Command) => effectOf(command) !== undefined;
	const ordered = [...commands.filter(isUrgent), ...commands.filter((command) => !isUrgent(command))];
	let chosen = ordered.slice(0, MAX_COMMANDS);
	while (Buffer.byteLength(answerBody(chosen)) > MAX_ANSWER_BYTES) chosen = chosen.slice(0, -1);
	return chosen;
}
