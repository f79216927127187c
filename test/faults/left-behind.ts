/** What a Node-RED process holds on to: listeners, timers, handlers, sockets. */
import type { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { NodeRed } from '../../nodes/adapter/node-red.js';
import type { RunningNodeRed } from '../nodes/harness/index.js';

/** How many there are of each, by a name that tells where. */
export type Holdings = Readonly<Record<string, number>>;

const SERVER = 'open Server';

/** How many looks, 50 ms apart, are taken until what is being closed has to be closed. */
const LOOKS = 200;

/**
 * Follows the timers that the collection sets from now on, those too that would not keep the process alive and that
 * Node.js tells nobody of. To be called before any of its nodes is made.
 */
export function followTimers(nr: RunningNodeRed): Promise<void> {
	return nr.run(() => {
		const timers = new Map<object, string>();
		Object.assign(globalThis, { timersOfCollection: timers });
		const follow = (original: () => object, self: unknown, args: unknown[]): object => {
			const timer = Reflect.apply(original, self, args);
			const [, , caller = ''] = (new Error('where').stack ?? '').split('\n');
			const [file] = /dist[\\/]nodes[\\/][^:]+/.exec(caller) ?? [];
			if (file !== undefined) timers.set(timer, file);
			return timer;
		};
		for (const name of ['setTimeout', 'setInterval']) {
			Reflect.set(globalThis, name, new Proxy(Reflect.get(globalThis, name), { apply: follow }));
		}
	});
}

/** What the process holds now. */
export async function holdings(nr: RunningNodeRed): Promise<Holdings> {
	const names = await nr.run((RED: NodeRed) => {
		const emitters = Object.entries<EventEmitter | null | undefined>({
			...{ 'RED.events': RED.events, server: RED.server, process },
		});
		const listeners = emitters.flatMap(([name, emitter]) =>
			(emitter?.eventNames() ?? []).flatMap((event) =>
				(emitter?.listeners(event) ?? []).map(() => `listener of ${name} for ${String(event)}`),
			),
		);
		// Where Express 4 has it is where Express 5 has nothing; the other way round there would be an error.
		const app = RED.httpNode as { _router?: { stack: unknown[] }; router?: { stack: unknown[] } };
		const handlers = (app._router ?? app.router)?.stack.map(() => 'handler of httpNode') ?? [];
		const handles = Reflect.apply(Reflect.get(process, '_getActiveHandles'), process, []) as object[];
		const open = handles.map((handle) => `open ${handle.constructor.name}`);
		const timers = Reflect.get(globalThis, 'timersOfCollection') as Map<{ _destroyed?: boolean }, string>;
		for (const timer of timers.keys()) if (timer._destroyed) timers.delete(timer);
		const waiting = [...timers.values()].map((file) => `timer of ${file}`);
		return [...listeners, ...handlers, ...open, ...waiting];
	});
	const counts: Record<string, number> = {};
	for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
	return counts;
}

/** What may be left when the nodes of the collection, one of which has a listener of its own, are deleted. */
export function withoutNodes(all: Holdings): Holdings {
	const kept = Object.entries(all).filter(([name]) => !name.startsWith('timer'));
	return { ...Object.fromEntries(kept), [SERVER]: (all[SERVER] ?? 0) - 1 };
}

/** What the process holds once that does not change any more. */
export async function settledHoldings(nr: RunningNodeRed): Promise<Holdings> {
	let before = await holdings(nr);
	for (let look = 0; look < LOOKS; look++) {
		await wait(50);
		const now = await holdings(nr);
		if (more(now, before).length === 0 && more(before, now).length === 0) break;
		before = now;
	}
	return before;
}

/** What the process still holds beyond that, after it had the time to let go. */
export async function leftBehind(nr: RunningNodeRed, allowed: Holdings): Promise<string[]> {
	for (let look = 0; look < LOOKS; look++) {
		if (more(await holdings(nr), allowed).length === 0) return [];
		await wait(50);
	}
	return more(await holdings(nr), allowed);
}

function more(now: Holdings, than: Holdings): string[] {
	return Object.entries(now)
		.filter(([name, count]) => count > (than[name] ?? 0))
		.map(([name, count]) => `${name}: ${count} instead of ${than[name] ?? 0}`);
}
