import { ProtocolError } from '../../protocol/common/errors.js';
import type { Route } from '../../protocol/common/http.js';
import type { GracePeriod } from '../../protocol/common/time.js';
import {
	canonicalPath,
	canonicalPrefix,
	encodedPath,
	joinPath,
	type PathPattern,
	trimEnd,
	variablePart,
} from './paths.js';

/** A route that was added. It stays until its last registration is released. */
export interface Registration<T extends Route> {
	readonly route: T;
	/** A second call does nothing. */
	release(): void;
}

/** Names the node that holds a route, for the error of another one that wants it. Called only then. */
export type OwnerName = () => string;

interface Place {
	/** As a user would write it, for errors. */
	readonly label: string;
	readonly prefix: string;
	readonly suffix: string | undefined;
}

/** Several endpoints may hold one route: the context of the one that came first applies. */
interface Holder<C> {
	readonly context: C;
	readonly name: OwnerName;
}

/** A route in the table. Without a holder it stays for the grace period, and its requests wait for the next owner. */
class Entry<C> {
	readonly holders: Holder<C>[] = [];
	/** Resolves at the end of the grace period; undefined while there is a holder. */
	next: Promise<void> | undefined;
	endGracePeriod: () => void = () => undefined;

	constructor(
		readonly place: Place,
		/** Undefined where the route was claimed for one owner. */
		readonly kind: string | undefined,
		readonly route: Route,
	) {}

	get hasOwner(): boolean {
		return this.holders.length > 0;
	}
}

/** The route of a path, the context in which its requests are handled, and the variable part of the path. */
export interface Match<C> {
	readonly entry: Pick<Entry<C>, 'route' | 'hasOwner' | 'next'>;
	readonly context: C | undefined;
	readonly param: string;
}

function pathTaken(place: Place, entry: Entry<unknown>): ProtocolError {
	const owner = entry.holders[0]?.name() ?? '';
	return new ProtocolError('endpoint-path-taken', { path: place.label, owner });
}

function placeOf(base: string, pattern: PathPattern): Place {
	const path = joinPath(base, pattern.prefix);
	const shown = encodedPath(path);
	if (pattern.suffix === undefined)
		return { label: trimEnd(shown) || '/', prefix: canonicalPath(path), suffix: undefined };
	const suffix = trimEnd(pattern.suffix);
	return { label: `${shown}{id}${suffix}`, prefix: canonicalPrefix(path), suffix: suffix.toLowerCase() };
}

function isSame(a: Place, b: Place): boolean {
	return a.prefix === b.prefix && a.suffix === b.suffix;
}

function eitherWay(test: (one: string, other: string) => boolean, a: string, b: string): boolean {
	return test(a, b) || test(b, a);
}

/** Whether some path would belong to both. */
function overlap(a: Place, b: Place): boolean {
	if (a.suffix === undefined) {
		if (b.suffix === undefined) return a.prefix === b.prefix;
		return variablePart(a.prefix, b.prefix, b.suffix) !== undefined;
	}
	if (b.suffix === undefined) return variablePart(b.prefix, a.prefix, a.suffix) !== undefined;
	return (
		eitherWay((one, other) => one.startsWith(other), a.prefix, b.prefix) &&
		eitherWay((one, other) => one.endsWith(other), a.suffix, b.suffix)
	);
}

/** Which route owns which path of one server. */
export class Router<C> {
	private readonly exact = new Map<string, Entry<C>>();
	private readonly variable = new Set<Entry<C>>();

	/** @param gracePeriod how long requests wait for the next owner of a route that has lost its owner */
	constructor(private readonly gracePeriod: GracePeriod) {}

	/**
	 * Joins the route of this kind at this place, or creates it.
	 * @throws ProtocolError `endpoint-path-taken` when another kind, or an owner of its own, holds the place.
	 */
	share<T extends Route>(
		base: string,
		pattern: PathPattern,
		kind: string,
		holder: Holder<C>,
		create: () => T,
	): Registration<T> {
		const place = placeOf(base, pattern);
		const found = this.ownerOf(place);
		if (found === undefined) return this.add(new Entry<C>(place, kind, create()), holder);
		if (found.kind !== kind) throw pathTaken(place, found);
		return this.register(found, holder);
	}

	/**
	 * Takes a place for one owner.
	 * @throws ProtocolError `endpoint-path-taken` when somebody holds it.
	 */
	claim<T extends Route>(base: string, pattern: PathPattern, holder: Holder<C>, route: T): Registration<T> {
		const place = placeOf(base, pattern);
		const found = this.ownerOf(place);
		if (found !== undefined) throw pathTaken(place, found);
		return this.add(new Entry<C>(place, undefined, route), holder);
	}

	/** The route of a path as sent, without its query; where no route has an owner, one that waits for the next owner. */
	find(path: string): Match<C> | undefined {
		if (path === '') return undefined;
		let waiting: Match<C> | undefined;
		const exact = this.exact.get(canonicalPath(path));
		if (exact?.hasOwner) return matchOf(exact, '');
		if (exact) waiting = matchOf(exact, '');
		if (this.variable.size === 0) return waiting;
		const trimmed = trimEnd(path);
		for (const entry of this.variable) {
			const param = variablePart(trimmed, entry.place.prefix, entry.place.suffix ?? '');
			if (param === undefined) continue;
			if (entry.hasOwner) return matchOf(entry, param);
			waiting ??= matchOf(entry, param);
		}
		return waiting;
	}

	/** Calls `then` with the route of a path: at once, or after the grace period of one that waits for its next owner. */
	whenFound(path: string, then: (match: Match<C> | undefined) => void): void {
		const match = this.find(path);
		const next = match?.entry.next;
		if (next === undefined) then(match);
		else void next.then(() => this.whenFound(path, then));
	}

	/** Ends all grace periods: no next owner is expected any more. */
	endGracePeriods(): void {
		for (const entry of [...this.exact.values(), ...this.variable]) if (!entry.hasOwner) this.remove(entry);
	}

	/** The entry that holds this place. @throws ProtocolError `endpoint-path-taken` where it overlaps with another place */
	private ownerOf(place: Place): Entry<C> | undefined {
		for (const entry of this.candidates(place)) {
			if (!entry.hasOwner || !overlap(entry.place, place)) continue;
			if (isSame(entry.place, place)) return entry;
			throw pathTaken(place, entry);
		}
		return undefined;
	}

	private candidates(place: Place): Entry<C>[] {
		if (place.suffix !== undefined) return [...this.variable, ...this.exact.values()];
		const same = this.exact.get(place.prefix);
		return same ? [...this.variable, same] : [...this.variable];
	}

	private add<T extends Route>(entry: Entry<C>, holder: Holder<C>): Registration<T> {
		const { place } = entry;
		const former = this.candidates(place).find((other) => isSame(other.place, place));
		if (former) this.remove(former);
		if (place.suffix === undefined) this.exact.set(place.prefix, entry);
		else this.variable.add(entry);
		return this.register(entry, holder);
	}

	private register<T extends Route>(entry: Entry<C>, { context, name }: Holder<C>): Registration<T> {
		// One object for each registration: two may be the same otherwise.
		const holder = { context, name };
		entry.holders.push(holder);
		const release = (): void => {
			const at = entry.holders.indexOf(holder);
			if (at < 0) return;
			entry.holders.splice(at, 1);
			if (!entry.hasOwner) this.startGracePeriod(entry);
		};
		// One kind is always created by one family, so the route is of the type that this family shares.
		return { route: entry.route as T, release };
	}

	private startGracePeriod(entry: Entry<C>): void {
		const { promise, resolve } = Promise.withResolvers<void>();
		entry.next = promise;
		const cancel = this.gracePeriod(() => this.remove(entry));
		entry.endGracePeriod = () => {
			cancel();
			resolve();
		};
	}

	private remove(entry: Entry<C>): void {
		this.variable.delete(entry);
		if (this.exact.get(entry.place.prefix) === entry) this.exact.delete(entry.place.prefix);
		entry.endGracePeriod();
	}
}

function matchOf<C>(entry: Entry<C>, param: string): Match<C> {
	return { entry, context: entry.holders[0]?.context, param };
}
