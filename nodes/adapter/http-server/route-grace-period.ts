import { canonicalPath, trimEnd, variablePart } from './paths.js';

/** A place as the table of routes compares it. */
interface Vacant {
	readonly prefix: string;
	readonly suffix: string | undefined;
}

interface Vacancy {
	readonly place: Vacant;
	readonly over: Promise<void>;
	end(): void;
}

/**
 * Places whose last owner has gone a moment ago. At a redeploy the next one comes within milliseconds, and a device
 * that reports in between shall find it rather than a 404.
 */
export class RouteGracePeriods {
	private readonly vacancies = new Set<Vacancy>();
	private endsAtStart = false;

	/**
	 * @param time milliseconds that a place stays vacant at most
	 * @param onFlowsStarted runs something when a deploy is over: who has not come by then does not come
	 */
	constructor(
		private readonly time: number,
		private readonly onFlowsStarted: (run: () => void) => void,
	) {}

	/** A place has lost its owner. */
	leave(place: Vacant): void {
		this.endWithDeploy();
		let end = () => {};
		const over = new Promise<void>((resolve) => {
			end = resolve;
		});
		const timer = setTimeout(() => period.end(), this.time);
		timer.unref();
		const period: Vacancy = {
			place,
			over,
			end: () => {
				clearTimeout(timer);
				this.vacancies.delete(period);
				end();
			},
		};
		this.vacancies.add(period);
	}

	/** A place has an owner (again). */
	take(place: Vacant): void {
		for (const period of this.vacancies) {
			if (period.place.prefix === place.prefix && period.place.suffix === place.suffix) period.end();
		}
	}

	/**
	 * Nodes take their places in the same turn in which a deploy ends, and requests that waited look for them in a later
	 * one: it does not matter which comes first.
	 */
	private endWithDeploy(): void {
		if (this.endsAtStart) return;
		this.endsAtStart = true;
		this.onFlowsStarted(() => {
			this.endsAtStart = false;
			this.end();
		});
	}

	/** Nobody will come any more. */
	end(): void {
		for (const period of this.vacancies) period.end();
	}

	/** Resolves when a path has an owner again or its time is over; undefined for a path that is not vacant. */
	at(path: string): Promise<void> | undefined {
		if (this.vacancies.size === 0) return undefined;
		for (const { place, over } of this.vacancies) if (holds(place, path)) return over;
		return undefined;
	}
}

function holds({ prefix, suffix }: Vacant, path: string): boolean {
	if (suffix === undefined) return canonicalPath(path) === prefix;
	return variablePart(trimEnd(path), prefix, suffix) !== undefined;
}
