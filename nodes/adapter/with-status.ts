import { badgeOfInput, localise } from './errors.js';
import type { NodeContext } from './node.js';

/** So long a device may take before the badge says that it is being asked. Milliseconds. */
const BADGE_DELAY = 1000;

/**
 * Sends a request to a device, and shows in the badge how that went.
 * @throws what `ask` throws
 */
export async function withStatus<T>({ RED, status }: NodeContext, ask: () => Promise<T>): Promise<T> {
	const timer = setTimeout(() => status.set('asking'), BADGE_DELAY);
	timer.unref();
	try {
		const result = await ask();
		status.set('device-ok');
		return result;
	} catch (error) {
		status.set(badgeOfInput(localise(RED, error)));
		throw error;
	} finally {
		clearTimeout(timer);
	}
}
