/** Devices that messages name: those of the config nodes that are open. */
import { ProtocolError } from '../protocol/common/errors.js';
import { textOf } from '../protocol/common/text.js';
import { useChosen } from './choice.js';
import { badgeOfInput, localise } from './errors.js';
import type { NodeContext, Undo } from './node.js';
import type { Message, NodeRed } from './node-red.js';
import { perRuntime } from './per-runtime.js';

/** How messages may name a device. */
export interface DeviceName {
	/** Unique; goes before any name. */
	readonly id: string;
	readonly name: string;
}

type Named = DeviceName & { readonly shared: unknown };

/** What wants to know when a config node of a type is opened and closed. */
interface Watcher {
	opened(device: Named): void;
	closed(device: Named): void;
}

/** The devices of one type. */
interface Devices {
	readonly named: Set<Named>;
	readonly watchers: Set<Watcher>;
}

/** By type of the config node. */
const typesOf = perRuntime(() => new Map<string, Devices>());

/** Names that an error lists at most. */
const MOST_NAMES = 10;

function devicesOf(RED: NodeRed, type: string): Devices {
	const types = typesOf(RED);
	const devices = types.get(type) ?? { named: new Set<Named>(), watchers: new Set<Watcher>() };
	types.set(type, devices);
	return devices;
}

/** Lets messages name the device of a config node until the node closes; they get what it shares. */
export function nameDevice(context: NodeContext, names: DeviceName, shared: unknown): void {
	const { named, watchers } = devicesOf(context.RED, context.config.type);
	const device = { ...names, shared };
	named.add(device);
	for (const watcher of watchers) watcher.opened(device);
	context.onClose(() => {
		named.delete(device);
		for (const watcher of watchers) watcher.closed(device);
	});
}

/**
 * What the device with an id or a name shares; undefined where there is none.
 * @param type of its config node
 * @throws ProtocolError `device-ambiguous` where two have the name
 */
export function deviceNamed<T>(RED: NodeRed, type: string, given: string): T | undefined {
	return findDevice(RED, type, given)?.shared as T | undefined;
}

function findDevice(RED: NodeRed, type: string, given: string): Named | undefined {
	const devices = [...devicesOf(RED, type).named];
	const byId = devices.find(({ id }) => id === given);
	if (byId !== undefined) return byId;
	const byName = devices.filter(({ name }) => name !== '' && name === given);
	const ids = [...new Set(byName.map(({ id }) => id))];
	if (ids.length > 1) throw new ProtocolError('device-ambiguous', { name: given, ids: ids.join(', ') });
	return byName[0];
}

/** The names (else the ids) of all devices of a type, for an error. */
export function namesOf(RED: NodeRed, type: string): string {
	const names = [...devicesOf(RED, type).named].map(({ id, name }) => name || id);
	return [...names.slice(0, MOST_NAMES), ...(names.length > MOST_NAMES ? ['…'] : [])].join(', ');
}

/** Which device a message names in `msg.device`, blank for none. */
export function givenDevice({ device }: Message): string {
	return device === undefined || device === null ? '' : textOf(device).trim();
}

/** The device that a node asks. */
export interface AskedDevice<T> {
	/**
	 * What the device of a message shares.
	 * @throws ProtocolError `device-ambiguous`, or what `unknown` makes of a message that names none
	 */
	of(msg: Message): T;
	/**
	 * Runs `begin` for each device of the node: now for the one that is chosen in it, else for each that a message has
	 * named, and again whenever that one is deployed anew. What it returns is run when the device closes.
	 */
	follow(begin: (shared: T) => Undo): void;
}

/**
 * Finds the device of each message: the one that is chosen in the node, else the one that `msg.device` names. A flow
 * that was saved without `target` means the one in the node.
 * @param type of its config node
 * @param unknown makes the error for a message that names none; `known` lists those there are
 * @throws ProtocolError as `useChosen`
 */
export function deviceFor<T>(
	context: NodeContext,
	type: string,
	unknown: (given: string, known: string) => ProtocolError,
): AskedDevice<T> {
	const { RED, status } = context;
	const chosen = useChosen<T>(context, {
		...{ property: 'target', values: ['message', 'device'], field: 'device', type, absent: 'device' },
	});
	if (chosen !== undefined) return { of: () => chosen, follow: (begin) => void begin(chosen) };
	const asked = new AskedDevices<T>();
	const { watchers } = devicesOf(RED, type);
	watchers.add(asked);
	context.onClose(() => watchers.delete(asked));
	return {
		of(msg) {
			try {
				const given = givenDevice(msg);
				const device = findDevice(RED, type, given);
				if (device === undefined) throw unknown(given, namesOf(RED, type));
				return asked.ask(device);
			} catch (error) {
				status.set(badgeOfInput(localise(RED, error)));
				throw error;
			}
		},
		follow: (begin) => void asked.begins.push(begin),
	};
}

/** The devices that messages to one node have named. A config node that is deployed anew keeps its id. */
class AskedDevices<T> implements Watcher {
	readonly begins: ((shared: T) => Undo)[] = [];
	private readonly ids = new Set<string>();
	private readonly undos = new Map<Named, readonly Undo[]>();

	/** Follows a device from now on. @returns what it shares */
	ask(device: Named): T {
		if (!this.ids.has(device.id)) {
			this.ids.add(device.id);
			this.opened(device);
		}
		return device.shared as T;
	}

	opened(device: Named): void {
		if (!this.ids.has(device.id)) return;
		const undos = this.begins.map((begin) => begin(device.shared as T));
		this.undos.set(device, undos);
	}

	closed(device: Named): void {
		for (const undo of this.undos.get(device) ?? []) undo();
		this.undos.delete(device);
	}
}
