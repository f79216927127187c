/** The registers that tell of an alert. */
export const ALERTS = [
	'ssttri',
	'ssitri',
	'ssotri',
	'ssvtri',
	'ssftri',
	'ssicda',
	'sssnsa',
	'ssovda',
] as const;

export type Alert = (typeof ALERTS)[number];

/** Alerts stay until they are reset. A code is 0, or the channel that tripped, or 1 where there are no channels. */
export class Alerts {
	readonly #codes = new Map<Alert, number>();

	/** The first of several channels counts. */
	raise(alert: Alert, channel = 1): void {
		if (!this.#codes.has(alert)) {
			this.#codes.set(alert, channel);
		}
	}

	of(alert: Alert): number {
		return this.#codes.get(alert) ?? 0;
	}

	/** `ssstat`: 0 when all is well. */
	get status(): number {
		return this.#codes.size > 0 ? 1 : 0;
	}

	get raised(): readonly (readonly [Alert, number])[] {
		return [...this.#codes];
	}

	reset(): void {
		this.#codes.clear();
	}
}
