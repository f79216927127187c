import assert from 'node:assert/strict';
import { compareMark } from '../../nodes/adapter/store-mark.js';
import { ManualTime } from '../protocol/manual-time.js';
import { TestStore } from '../protocol/memory-store.js';

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

const SERVER = 'redis://user:a-secret@host:6379';

let count = 0;
const newId = () => `id-${count++}`;
const newStore = () => new TestStore(new ManualTime(0));

describe('the mark of the store in the settings of Node-RED', () => {
	let settings: Settings;
	const find = (store: TestStore, place = 'directory') => compareMark({ store, settings, place, newId });
	const compare = async (store: TestStore, place?: string) => (await find(store, place))?.code;

	beforeEach(() => {
		settings = new Settings();
	});

	it('tells no loss at a first start, nor with the same store after a kill', async () => {
		const store = newStore();
		assert.equal(await compare(store), undefined);
		assert.equal(await compare(store), undefined);
		assert.equal(await compare(store.afterKill()), undefined);
	});

	it('tells of a store that is empty, once', async () => {
		await compare(newStore());
		const next = newStore();
		assert.equal(await compare(next), 'store-lost');
		assert.equal(await compare(next.afterKill()), undefined);
	});

	it('tells of a store that belongs to other settings, once, and leaves its id to it', async () => {
		await compare(newStore());
		const mine = settings;
		settings = new Settings();
		const other = newStore();
		await compare(other);
		const others = settings;
		settings = mine;
		assert.equal(await compare(other), 'store-lost');
		assert.equal(await compare(other.afterKill()), undefined);
		settings = others;
		assert.equal(await compare(other.afterKill()), undefined);
	});

	it('tells of another place, once in each direction', async () => {
		const [files, server] = [newStore(), newStore()];
		await compare(files);
		assert.equal(await compare(server, SERVER), 'store-changed');
		assert.equal(await compare(server.afterKill(), SERVER), undefined);
		assert.equal(await compare(files, 'directory'), 'store-changed');
		assert.equal(await compare(files.afterKill(), 'directory'), undefined);
	});

	it('knows whether the store before was in the user directory', async () => {
		await find(newStore());
		assert.deepEqual(await find(newStore(), SERVER), { code: 'store-changed', wasLocal: true });
		const another = 'redis://another-host:6379';
		assert.deepEqual(await find(newStore(), another), { code: 'store-changed', wasLocal: false });
		assert.deepEqual(await find(newStore()), { code: 'store-changed', wasLocal: false });
	});

	it('keeps neither address nor password in the settings', async () => {
		await compare(newStore(), SERVER);
		const text = JSON.stringify([...settings.kept]);
		assert.deepEqual([text.includes('a-secret'), text.includes('host')], [false, false]);
	});

	it('says nothing of a mark that version 0.1.0 has left', async () => {
		settings.kept.set('wattpostStore', 'an id of files that are read no more');
		assert.equal(await compare(newStore()), undefined);
	});

	it('tells a loss once also where the settings cannot be written any more', async () => {
		await compare(newStore());
		settings.readOnly = true;
		const next = newStore();
		assert.equal(await compare(next), 'store-lost');
		assert.equal(await compare(next.afterKill()), undefined);
	});

	it('does without settings that cannot be read or written', async () => {
		const store = newStore();
		const none = () => {
			throw new Error('not available');
		};
		const options = { store, place: 'directory', newId };
		assert.equal(await compareMark({ ...options, settings: { get: none, set: none } }), undefined);
		assert.equal(await compareMark({ ...options, settings: {} }), undefined);
	});

	it('makes no loss of a store that cannot be written for a while', async () => {
		const store = newStore();
		await compare(store);
		const away = newStore();
		away.failing = true;
		await assert.rejects(compare(away), { code: 'store-unavailable' });
		assert.deepEqual(away.entriesOf('store'), {});
		assert.equal(await compare(store.afterKill()), undefined);
	});
});
