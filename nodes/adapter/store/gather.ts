/** How many turns of the event loop are waited for at most. */
const MAX_TURNS = 8;

/**
 * Runs something once a turn of the event loop has brought nothing new, since doing it for many at once costs hardly
 * more than for one.
 * @param count how many there are by now
 */
export function gather(count: () => number, run: () => void): void {
	const wait = (known: number, turns: number): void => {
		setImmediate(() => {
			if (count() > known && turns < MAX_TURNS) wait(count(), turns + 1);
			else run();
		});
	};
	wait(0, 1);
}
