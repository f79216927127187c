import type { Pairs } from './form.js';

/** What a resource throws to refuse: an HTTP status, and what stands in the body. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		readonly pairs: Pairs = [],
	) {
		super(`HTTP ${status}`);
	}
}
