import { ProtocolError } from '../../protocol/common/errors.js';
import type { Route } from '../../protocol/common/http.js';
import {
	canonicalPath,
	canonicalPrefix,
	encodedPath,
	joinPath,
	type PathPattern,
	trimEnd,
	variablePart,
} from './paths.js';
import { RouteGracePeriods } from './route-grace-period.js';

/** A hold on a route. The route is gone with the last one. */
export interface RouteRegistration<T extends Route> {
	readonly route: T;
	/** Gives the hold back; a second call does nothing. */
	release(): void;
}

/** Names the node that holds a route, for the error of another one that wants it. Called only then. */
export type Owner = () => string;

interface Place {
	/** As a user would write it, for errors. */
	readonly label: string;
	readonly prefix: string;
	readonly suffix: string | undefined;
}

/** `host` says how requests are treated: several endpoints may hold one route, the one that came first decides. */
interface Entry<H> {
	readonly place: Place;
	/** Undefined where the route was claimed for one owner. */
	readonly kind: string | undefined;
	readonly route: Route;
	readonly holds: { readonly host: H; readonly owner: Owner }[];
}

const NOBODY: Owner = () => '';

function pathTaken(place: Place, entry: Entry<unknown>): ProtocolError {
	const owner = entry.holds[0]?.owner() ?? '';
	return new ProtocolError('endpoint-path-taken', { path: place.label, owner });
}

/** What a path leads to. */
export interface Match<H> {
	readonly route: Route;
	readonly host: H;
	readonly param: string;
}

function placeOf(base: string, pattern: PathPattern): Place {
	const path = joinPath(base, pattern.prefix);
	const shown = encodedPath(path);
	if (pattern.suffix === undefined) {
		return { label: trimEnd(shown) || '/', prefix: canonicalPath(path), suffix: undefined };
	}
	const suffix = trimEnd(pattern.suffix);
	return { label: `${shown}{id}${suffix}`, prefix: canonicalPrefix(path), suffix: suffix.toLowerCase() };
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
export class Router<H> {
	private readonly exact = new Map<string, Entry<H>>();
	private readonly variable = new Set<Entry<H>>();
	readonly vacancies: RouteGracePeriods;

	/**
	 * @param vacancy milliseconds that requests wait at most for the next owner of a place that has lost its owner
	 * @param onFlowsStarted runs something when a deploy is over: nothing waits any longer
	 */
	constructor(vacancy: number, onFlowsStarted: (run: () => void) => void) {
		this.vacancies = new RouteGracePeriods(vacancy, onFlowsStarted);
	}

	/**
	 * Joins the route of this kind at this place, or creates it.
	 * @throws ProtocolError `endpoint-path-taken` when another kind, or an owner of its own, holds the place.
	 */
	share<T extends Route>(
		base: string,
		pattern: PathPattern,
		kind: string,
		host: H,
		create: () => T,
		owner: Owner = NOBODY,
	): RouteRegistration<T> {
		const place = placeOf(base, pattern);
		const found = this.sameAs(place);
		if (found === undefined) return this.add(place, kind, { host, owner }, create());
		if (found.kind !== kind) throw pathTaken(place, found);
		// One kind is always created by one family, so the route is of the type that this family shares.
		return this.lease(found, { host, owner }, found.route as T);
	}

	/**
	 * Takes a place for one owner.
	 * @throws ProtocolError `endpoint-path-taken` when somebody holds it.
	 */
	claim<T extends Route>(
		base: string,
		pattern: PathPattern,
		host: H,
		route: T,
		owner: Owner = NOBODY,
	): RouteRegistration<T> {
		const place = placeOf(base, pattern);
		const found = this.sameAs(place);
		if (found !== undefined) throw pathTaken(place, found);
		return this.add(place, undefined, { host, owner }, route);
	}

	/** The route of a path as sent, without its query. */
	find(path: string): Match<H> | undefined {
		if (path === '') return undefined;
		const exact = this.exact.get(canonicalPath(path));
		const owner = exact?.holds[0];
		if (exact && owner) return { route: exact.route, host: owner.host, param: '' };
		if (this.variable.size === 0) return undefined;
		const trimmed = trimEnd(path);
		for (const { place, route, holds } of this.variable) {
			const param = variablePart(trimmed, place.prefix, place.suffix ?? '');
			if (param !== undefined && holds[0]) return { route, host: holds[0].host, param };
		}
		return undefined;
	}

	private sameAs(place: Place): Entry<H> | undefined {
		for (const entry of this.candidates(place)) {
			if (!overlap(entry.place, place)) continue;
			if (entry.place.prefix === place.prefix && entry.place.suffix === place.suffix) return entry;
			throw pathTaken(place, entry);
		}
		return undefined;
	}

	private *candidates(place: Place): Iterable<Entry<H>> {
		yield* this.variable;
		if (place.suffix !== undefined) yield* this.exact.values();
		const same = place.suffix === undefined ? this.exact.get(place.prefix) : undefined;
		if (same) yield same;
	}

	private add<T extends Route>(
		place: Place,
		kind: string | undefined,
		hold: Entry<H>['holds'][number],
		route: T,
	): RouteRegistration<T> {
		const entry: Entry<H> = { place, kind, route, holds: [] };
		if (place.suffix === undefined) this.exact.set(place.prefix, entry);
		else this.variable.add(entry);
		this.vacancies.take(place);
		return this.lease(entry, hold, route);
	}

	private lease<T extends Route>(
		entry: Entry<H>,
		held: Entry<H>['holds'][number],
		route: T,
	): RouteRegistration<T> {
		// One object for each hold: two may be the same otherwise.
		const hold = { ...held };
		entry.holds.push(hold);
		const release = (): void => {
			const at = entry.holds.indexOf(hold);
			if (at < 0) return;
			entry.holds.splice(at, 1);
			if (entry.holds.length > 0) return;
			this.variable.delete(entry);
			if (this.exact.get(entry.place.prefix) === entry) this.exact.delete(entry.place.prefix);
			this.vacancies.leave(entry.place);
		};
		return { route, release };
	}
}
