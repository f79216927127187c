/** What a run of the tests says at its end to whoever named a file for it in WATTPOST_TEST_RESULT, as JSON. */
export interface TestResult {
	readonly passed: number;
	readonly failed: number;
	/** How many were not run. */
	readonly pending: number;
	/** Titles of the tests that failed. */
	readonly failures: readonly string[];
	/** Titles of the tests that were not run. */
	readonly skips: readonly string[];
}
