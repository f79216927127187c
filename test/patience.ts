/** How many times the usual tests may take: more where other work goes on beside them. Their verdict does not depend on it. */
const SLOWNESS = Number(process.env.WATTPOST_TEST_SLOWNESS || 1);

/** The time that tests give to something before it counts as failed, from what it is on a machine of its own. */
export function patience(milliseconds: number): number {
	return milliseconds * SLOWNESS;
}
