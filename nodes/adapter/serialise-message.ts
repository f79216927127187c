import type { Message } from './node-red.js';

/** How much of a message is kept with what it started, in bytes of JSON. */
const ROOM = 4096;

/**
 * The payload is replaced anyway, the request and response of an `http in` flow can't outlive the process, and the last
 * would become the prototype of a message that is put together again.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['payload', 'req', 'res', '__proto__']);

/**
 * The properties of a message that JSON can hold, in their order and as far as there is room, without the payload.
 * What JSON would change (a Buffer, a Map) is left out.
 */
export function serialiseMessage(msg: Message): Record<string, unknown> {
	const portable: Record<string, unknown> = {};
	let room = ROOM;
	for (const [name, value] of Object.entries(msg)) {
		const json = LEFT_OUT.has(name) ? undefined : jsonOf(value);
		if (json === undefined || name.length + json.length > room) continue;
		room -= name.length + json.length;
		portable[name] = JSON.parse(json);
	}
	return portable;
}

function jsonOf(value: unknown): string | undefined {
	try {
		// First, since it fails for what contains itself.
		const json = JSON.stringify(value);
		return isPlain(value) ? json : undefined;
	} catch {
		return undefined;
	}
}

/** Whether JSON keeps a value as it is, but for members without a value. */
function isPlain(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return typeof value !== 'number' || Number.isFinite(value);
	if (Array.isArray(value)) return value.every(isPlain);
	const prototype: unknown = Object.getPrototypeOf(value);
	// Function nodes have an Object of their own, so its identity cannot be compared.
	const isRecord = prototype === null || Object.getPrototypeOf(prototype) === null;
	return isRecord && Object.values(value).every(isPlain);
}
