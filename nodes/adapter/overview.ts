/** What the editor's sidebar shows: every device of this Node-RED, the nodes that cannot work, and that something has changed. */
import type { ProtocolError } from '../protocol/common/errors.js';
import { localise } from './errors.js';
import { FAMILIES } from './families.js';
import type { Node, NodeRed } from './node-red.js';
import { perRuntime } from './per-runtime.js';
import { systemTimers } from './runtime-clock.js';
import { type Badge, lookOf } from './status.js';

/** A request that was refused. `clockOffset`: seconds that the device's clock is ahead, where that is why. */
interface Refusal {
	readonly at: number;
	readonly reason: string;
	readonly clockOffset?: number;
}

/** What the sidebar shows of one device. Times are milliseconds since the epoch; null for what is not known. */
export interface DeviceFacts {
	readonly badge: ReturnType<Badge>;
	/** When it last reported or answered. */
	readonly seenAt: number | null;
	/** Why its last request was refused, where none was accepted since. */
	readonly refused?: Refusal | null;
	/** Percent of its battery. */
	readonly battery?: number | undefined;
	/** Commands that have no final state. */
	readonly commands?: number;
	/** Seconds that its clock is ahead of this machine's. */
	readonly clockOffset?: number | undefined;
	readonly firmware?: string | undefined;
}

export interface DeviceSource {
	readonly family: (typeof FAMILIES)[number];
	/** How messages name the device. */
	readonly device: string;
	readonly name: string;
	facts(): DeviceFacts;
}

/** A device of the sidebar. `node` is the node that stands for it. */
export type DeviceRow = Omit<DeviceSource, 'facts'> &
	Omit<DeviceFacts, 'badge'> & { readonly node: string; readonly status: object };

/** A node that cannot work. */
export interface Problem {
	readonly node: string;
	readonly type: string;
	readonly error: TellableError;
}

/** An error in the runtime's language, and what the editor needs to show it in its own. */
export type TellableError = Pick<ProtocolError, 'code' | 'message' | 'params'>;

/** The topic on which the editor hears that something has changed. */
const TOPIC = 'wattpost/changed';

/** Milliseconds between two of them. */
const PAUSE = 1000;

/** What is shown of one runtime. */
class Overview {
	readonly devices = new Map<Node, DeviceSource>();
	readonly problems = new Map<Node, unknown>();
	private isPaused = false;
	private isChanged = false;

	constructor(private readonly RED: NodeRed) {}

	/** Notifies the editor at once, then at most once a second. */
	changed(): void {
		this.isChanged = true;
		if (!this.isPaused) this.publish();
	}

	private publish(): void {
		this.isPaused = this.isChanged;
		if (!this.isChanged) return;
		this.isChanged = false;
		this.RED.comms?.publish(TOPIC, {});
		systemTimers.set(() => this.publish(), PAUSE);
	}
}

const overviewOf = perRuntime((RED) => new Overview(RED));

/** Something that the sidebar shows may have changed. */
export function overviewChanged(RED: NodeRed): void {
	overviewOf(RED).changed();
}

/** A node while it is open. */
interface OpenNode {
	readonly RED: NodeRed;
	readonly node: Node;
	onClose(undo: () => unknown): void;
}

/** Shows a device until its node closes. */
export function showDevice(context: OpenNode, source: DeviceSource): void {
	const { RED, node } = context;
	const overview = overviewOf(RED);
	overview.devices.set(node, source);
	overview.changed();
	context.onClose(() => {
		overview.devices.delete(node);
		overview.changed();
	});
}

/** When a device was last heard of, and the last refusal unless something was accepted since. */
export function lastOf(
	seen: { readonly at: number } | null,
	refused: Refusal | null,
): Pick<DeviceFacts, 'seenAt' | 'refused'> {
	const seenAt = seen?.at ?? null;
	if (refused === null || refused.at <= (seenAt ?? 0)) return { seenAt, refused: null };
	const { at, reason, clockOffset } = refused;
	return { seenAt, refused: { at, reason, ...(clockOffset !== undefined && { clockOffset }) } };
}

/** Shows that a node cannot work; undefined: it can. */
export function showProblem(RED: NodeRed, node: Node, error: unknown): void {
	const { problems } = overviewOf(RED);
	if (error === undefined) problems.delete(node);
	else problems.set(node, error);
	overviewChanged(RED);
}

/** The devices by family, then in the order in which their nodes were made. */
export function deviceRows(RED: NodeRed): DeviceRow[] {
	const rows = [...overviewOf(RED).devices].map(([{ id }, { facts, ...source }]) => {
		const { badge, ...others } = facts();
		const [name, params = {}] = badge;
		return { node: id, ...source, ...others, status: { name, params, ...lookOf(name, params) } };
	});
	return FAMILIES.flatMap((family) => rows.filter((row) => row.family === family));
}

/** The nodes that cannot work. */
export function problemsOf(RED: NodeRed): Problem[] {
	return [...overviewOf(RED).problems].map(([{ id, type }, failure]) => {
		return { node: id, type, error: tellable(RED, failure) };
	});
}

/** An error for the editor. */
export function tellable(RED: NodeRed, failure: unknown): TellableError {
	const { code, message, params } = localise(RED, failure);
	return { code, message, params };
}
