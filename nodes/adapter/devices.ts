/** Devices that messages name: those of the config nodes that are open. */
import type { EventEmitter } from 'node:events';
import { ProtocolError } from '../protocol/common/errors.js';
import { textOf } from '../protocol/common/text.js';
import { useChosen } from './choice.js';
import { badgeOfInput, localise } from './errors.js';
import type { NodeContext } from './node.js';
import type { Message, NodeRed } from './red.js';

/** How messages may name a device. */
export interface DeviceName {
	/** Unique; goes before any name. */
	readonly id: string;
	readonly name: string;
}

type Named = DeviceName & { readonly shared: unknown };

/** By type of the config node. */
const runtimes = new WeakMap<EventEmitter, Map<string, Set<Named>>>();

/** In an error: longer lists help nobody. */
const MOST_NAMES = 10;

function devicesOf({ events }: NodeRed, type: string): Set<Named> {
	const types = runtimes.get(events) ?? new Map<string, Set<Named>>();
	runtimes.set(events, types);
	const devices = types.get(type) ?? new Set<Named>();
	types.set(type, devices);
	return devices;
}

/** Lets messages name the device of a config node until the node closes; they get what it shares. */
export function nameDevice(context: NodeContext, names: DeviceName, shared: unknown): void {
	const devices = devicesOf(context.RED, context.config.type);
	const device = { ...names, shared };
	devices.add(device);
	context.onClose(() => devices.delete(device));
}

/**
 * What the device with an id or a name shares; undefined where there is none.
 * @param type of its config node
 * @throws ProtocolError `device-ambiguous` where two have the name
 */
export function deviceNamed<T>(RED: NodeRed, type: string, given: string): T | undefined {
	const devices = [...devicesOf(RED, type)];
	const byId = devices.find(({ id }) => id === given);
	if (byId !== undefined) return byId.shared as T;
	const byName = devices.filter(({ name }) => name !== '' && name === given);
	const ids = [...new Set(byName.map(({ id }) => id))];
	if (ids.length > 1) throw new ProtocolError('device-ambiguous', { name: given, ids: ids.join(', ') });
	return byName[0]?.shared as T | undefined;
}

/** The names (else the ids) of all devices of a type, for an error. */
export function namesOf(RED: NodeRed, type: string): string {
	const names = [...devicesOf(RED, type)].map(({ id, name }) => name || id);
	return [...names.slice(0, MOST_NAMES), ...(names.length > MOST_NAMES ? ['…'] : [])].join(', ');
}

/** Which device a message names in `msg.device`, blank for none. */
export function givenDevice({ device }: Message): string {
	return device === undefined || device === null ? '' : textOf(device).trim();
}

/** The device that a node asks. */
export interface AskedDevice<T> {
	/** What the device that is chosen in the node shares; undefined where each message names its own. */
	readonly chosen: T | undefined;
	/**
	 * What the device of a message shares.
	 * @throws ProtocolError `device-ambiguous`, or what `unknown` makes of a message that names none
	 */
	of(msg: Message): T;
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
	const find = (given: string): T => {
		const device = deviceNamed<T>(RED, type, given);
		if (device === undefined) throw unknown(given, namesOf(RED, type));
		return device;
	};
	return {
		chosen,
		of(msg) {
			if (chosen !== undefined) return chosen;
			try {
				return find(givenDevice(msg));
			} catch (error) {
				status.set(badgeOfInput(localise(RED, error)));
				throw error;
			}
		},
	};
}
