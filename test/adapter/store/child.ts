/** A process of its own with a store: `node child.js <folder> <work>`. Tells its parent, then waits to be killed. */
import { SqliteStore } from '../../../nodes/adapter/store/sqlite.js';
import { ENVIRONMENT } from './conformance.js';

const [folder = '', work = ''] = process.argv.slice(2);
const store = new SqliteStore({ ...ENVIRONMENT, report: () => undefined }, folder);

const WORKS: Record<string, () => Promise<unknown>> = {
	/** Tells only what it was promised. */
	write: async () => {
		await Promise.all(
			Array.from({ length: 100 }, (_, index) =>
				store.update(`ups/${index % 7}`, () => ({
					result: 0,
					set: [[`entry ${index}`, index]],
					nonce: { token: `n${index}`, at: index + 1, floor: 0 },
					due: 1000 + index,
				})),
			),
		);
		return 'written';
	},
	open: async () => {
		await store.ready;
		return store.state.error?.code ?? store.state.name;
	},
	/** Writes until it is killed, and tells of each one that it was promised. */
	'write on': async () => {
		for (let count = 1; ; count++) {
			await store.update('ups/1', () => ({
				result: 0,
				set: [['count', count]],
				nonce: { token: `n${count}`, at: count, floor: 0 },
			}));
			process.send?.(count);
		}
	},
};

WORKS[work]?.().then((message) => process.send?.(message));
// Goes on until it is killed, or its parent has ended.
process.on('disconnect', () => process.exit());
