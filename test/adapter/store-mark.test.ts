import assert from 'node:assert/strict';
import { findLostStore } from '../../nodes/adapter/store-mark.js';
import { MemoryStore } from '../protocol/memory-store.js';

/** Node-RED's settings, as far as a module may keep something there. */
class Settings {
	readonly kept = new Map<string, unknown>();
	readOnly = false;

	readonly get = (name: string): unknown => this.kept.get(name);

	readonly set = async (name: string, value: unknown): Promise<void> => {
		if (this.readOnly) throw new Error('read-only');
		this.kept.set(name, value);
	};
}

let count = 0;
const newId = () => `id-${count++}`;

describe('the mark of the store in the settings of Node-RED', () => {
	let settings: Settings;
	const isLost = (store: MemoryStore) => findLostStore({ store, settings, newId });

	beforeEach(() => {
		settings = new Settings();
	});

	it('finds no loss at a first start, nor with the same store after a kill', async () => {
		const store = new MemoryStore();
		assert.equal(await isLost(store), false);
		assert.equal(await isLost(store), false);
		assert.equal(await isLost(store.afterKill()), false);
	});

	it('finds a store that is empty, once', async () => {
		await isLost(new MemoryStore());
		const next = new MemoryStore();
		assert.equal(await isLost(next), true);
		assert.equal(await isLost(next.afterKill()), false);
	});

	it('finds a store that belongs to other settings, once, and leaves its id to it', async () => {
		await isLost(new MemoryStore());
		const mine = settings;
		settings = new Settings();
		const other = new MemoryStore();
		await isLost(other);
		const others = settings;
		settings = mine;
		assert.equal(await isLost(other), true);
		assert.equal(await isLost(other.afterKill()), false);
		settings = others;
		assert.equal(await isLost(other.afterKill()), false);
	});

	it('takes a store for its own that another Node-RED has marked before this one did', async () => {
		const store = new MemoryStore();
		await isLost(store);
		settings = new Settings();
		assert.equal(await isLost(store), false);
	});

	it('tells a loss once also where the settings cannot be written any more', async () => {
		await isLost(new MemoryStore());
		settings.readOnly = true;
		const next = new MemoryStore();
		assert.equal(await isLost(next), true);
		assert.equal(await isLost(next.afterKill()), false);
	});

	it('does without settings that cannot be read or written', async () => {
		const store = new MemoryStore();
		const none = () => {
			throw new Error('not available');
		};
		assert.equal(await findLostStore({ store, settings: { get: none, set: none }, newId }), false);
		assert.equal(await findLostStore({ store, settings: {}, newId }), false);
	});

	it('makes no loss of a store that cannot be written for a while', async () => {
		const store = new MemoryStore();
		await isLost(store);
		const away = new MemoryStore();
		away.failing = true;
		await assert.rejects(isLost(away), { code: 'store-unavailable' });
		away.failing = false;
		assert.deepEqual(away.entriesOf('store'), {});
		assert.equal(await isLost(store.afterKill()), false);
	});
});
