import assert from 'node:assert/strict';
import { CommandIds } from '../../../nodes/protocol/ups/command-ids.js';

const NOW = 1_795_200_781_000;
const count = (size: number) => Uint8Array.from({ length: size }, (_, index) => index);

describe('ids of commands', () => {
	it('are ten characters of time and ten random ones', () => {
		assert.equal(new CommandIds(count).next(NOW), '01m7x4w2p80123456789');
		assert.equal(new CommandIds((size) => new Uint8Array(size).fill(255)).next(0), '0000000001zzzzzzzzzz');
	});

	it('go up in one moment, and when the clock is set back', () => {
		const mint = new CommandIds(count);
		const ids = [NOW, NOW, NOW - 1, NOW - 315_360_000_000, NOW + 5, 0].map((now) => mint.next(now));
		assert.deepEqual([...ids].sort(), ids);
		assert.equal(new Set(ids.map((id) => id.slice(0, 10))).size, 6);
	});

	it('differ when a new process begins at the same moment', () => {
		const one = new CommandIds((size) => new Uint8Array(size).fill(1));
		const other = new CommandIds((size) => new Uint8Array(size).fill(2));
		assert.notEqual(one.next(NOW), other.next(NOW));
	});

	it('are ASCII and short enough for every firmware', () => {
		let byte = 0;
		const mint = new CommandIds((size) => Uint8Array.from({ length: size }, () => byte++ & 255));
		for (let index = 0; index < 300; index++) assert.match(mint.next(NOW + index), /^[0-9a-z]{20}$/);
	});
});
