import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../nodes/adapter/store/index.js';
import { describeStore } from './conformance.js';

describeStore('memory store', {
	isKept: false,
	newPlace: async () => ({ open: (environment) => openStore(environment), end: async () => {} }),
});

describeStore('SQLite store', {
	isKept: true,
	newPlace: async () => {
		const userDir = await mkdtemp(join(tmpdir(), 'wattpost-store-'));
		const directory = join(userDir, 'wattpost');
		return {
			open: (environment) => openStore({ ...environment, directory }),
			end: () => rm(userDir, { recursive: true }),
		};
	},
});
