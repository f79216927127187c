import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Identity, lookForProcess, ownIdentity } from '../../nodes/adapter/store/identity.js';
import { enterFolder, isFree, leaveFolders, type Owner } from '../../nodes/adapter/store/lease.js';

const SELF: Identity = { host: 'pi', boot: 'b1', pidNamespace: 'pid:[1]', pid: 100, started: '5000' };
const NOW = 1_800_000_000_000;

/** Process 200 was started at 6000; no other is alive. */
const look = (pid: number) => (pid === 200 ? '6000' : undefined);

function owner(differences: Partial<Owner>): Owner {
	return {
		...SELF,
		pid: 200,
		started: '6000',
		token: 't',
		beat: NOW - 10_000,
		released: false,
		...differences,
	};
}

describe('lease', () => {
	const CASES: [name: string, owner: Partial<Owner>, free: boolean][] = [
		['of a process that is alive', {}, false],
		['that was given back', { released: true }, true],
		['of a process that is gone', { pid: 201 }, true],
		['of a process whose id was given to another one', { started: '5999' }, true],
		['of an earlier opening by this process', { pid: 100, started: '5000' }, true],
		['of an earlier process with the id of this one', { pid: 100, started: '1' }, true],
		['from before the machine was booted', { boot: 'b0', pid: 200 }, true],
		['of another container of this machine', { pidNamespace: 'pid:[2]', pid: 201 }, false],
		['of another host', { host: 'other', pid: 201 }, false],
		['of another host, 45 seconds after its last beat', { host: 'other', beat: NOW - 45_000 }, false],
		['of another host, longer after its last beat', { host: 'other', beat: NOW - 45_001 }, true],
		['of a live process that beats no more', { beat: NOW - 45_001 }, true],
		['whose beat lies in the future a little', { host: 'other', beat: NOW + 45_000 }, false],
		['whose beat lies in the future by far', { host: 'other', beat: NOW + 45_001 }, true],
	];
	for (const [name, differences, free] of CASES) {
		it(`${free ? 'is free' : 'is not free'}: ${name}`, () => {
			assert.equal(isFree(owner(differences), SELF, NOW, look), free);
		});
	}

	it('compares process ids also where the system tells neither boot nor namespace', () => {
		const self = { ...SELF, boot: null, pidNamespace: null, started: null };
		assert.equal(isFree(owner({ ...self, pid: 201 }), self, NOW, look), true);
		assert.equal(
			isFree(owner({ ...self, pid: 200 }), self, NOW, () => null),
			false,
		);
	});

	it('finds live processes and no dead ones', async () => {
		assert.equal(lookForProcess(process.pid), ownIdentity().started);
		const child = spawn(process.execPath, ['-e', '']);
		await once(child, 'exit');
		assert.equal(lookForProcess(Number(child.pid)), undefined);
	});

	it('lets one opening of a process have a folder', () => {
		assert.equal(enterFolder('/a', 'first'), true);
		assert.equal(enterFolder('/a', 'first'), true);
		assert.equal(enterFolder('/a', 'second'), false);
		assert.equal(enterFolder('/b', 'second'), true);
		leaveFolders('first');
		assert.equal(enterFolder('/a', 'second'), true);
		leaveFolders('second');
	});
});
