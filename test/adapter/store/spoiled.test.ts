/**
 * Files in which random bits are flipped. `WATTPOST_SPOILED_FILES=40` tries so many of each kind, `WATTPOST_SEED=7` other ones.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqliteStore } from '../../../nodes/adapter/store/sqlite.js';
import { claim, Site, set } from './kit.js';

const FILES = Number(process.env.WATTPOST_SPOILED_FILES ?? 3);
const SEED = Number(process.env.WATTPOST_SEED ?? 1);
const STARTS = 6;
const DEVICES = 8;
const NAMES = ['store.db', 'store.db-wal'];

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Flips bits anywhere in the files, each bit as likely as the others. */
async function flip(folder: string, bits: number, random: () => number): Promise<void> {
	const files = await Promise.all(NAMES.map((name) => readFile(join(folder, name))));
	const all = Buffer.concat(files);
	for (let bit = 0; bit < bits; bit++) {
		const at = Math.floor(random() * all.length);
		all[at] = (all[at] ?? 0) ^ (1 << Math.floor(random() * 8));
	}
	const length = files[0]?.length;
	const parts = [all.subarray(0, length), all.subarray(length)];
	await Promise.all(NAMES.map((name, index) => writeFile(join(folder, name), parts[index] ?? '')));
}

const commandsOf = (device: number) => [{ id: `c${device}`, text: 'x'.repeat(device * 90) }];

/** Writes durable commands and nonces, most of them into the database file, the last ones into its log only. */
async function fill(store: SqliteStore, part: number): Promise<void> {
	for (let device = part; device < DEVICES; device += 2) {
		const scope = `ups/${device}`;
		for (let report = 0; report < 12; report++)
			await store.update(
				scope,
				set('state', { report, filler: 'y'.repeat(300) }, { nonce: nonceOf(report) }),
			);
		await store.update(scope, set('commands', commandsOf(device), { durable: true }));
	}
}

const nonceOf = (report: number) => ({ token: `${report}`.padStart(16, '0'), at: report + 1, floor: 0 });

/** What is not as it was kept. A value that was never kept is worse than one that is missing. */
async function differences(store: SqliteStore): Promise<{ missing: string[]; wrong: string[] }> {
	const [missing, wrong]: [string[], string[]] = [[], []];
	for (let device = 0; device < DEVICES; device++) {
		const scope = `ups/${device}`;
		const commands = (await store.read(scope)).get('commands');
		if (commands === undefined) missing.push(`commands of ${scope}`);
		else if (JSON.stringify(commands) !== JSON.stringify(commandsOf(device))) wrong.push(scope);
		for (let report = 0; report < 12; report++)
			if ((await store.update(scope, claim(nonceOf(report).token))) === 'accepted')
				missing.push(`nonce ${report} of ${scope}`);
	}
	return { missing, wrong };
}

describe('SQLite store with files in which bits are flipped', function () {
	this.timeout(20_000 + FILES * 2_000);
	let template: Site;

	before(async () => {
		template = await Site.make();
		const first = template.open();
		await fill(first, 0);
		await first.close();
		const second = template.open();
		await fill(second, 1);
		// What a killed process leaves.
		for (const name of NAMES) await copyFile(join(template.folder, name), join(template.userDir, name));
	});

	after(() => template.end());

	for (const bits of [3, 50])
		it(`loses nothing without a word, each started ${STARTS} times: ${FILES} files with ${bits} bits`, async () => {
			for (let file = 0; file < FILES; file++) {
				const site = await Site.make();
				await mkdir(site.folder);
				for (const name of NAMES) await copyFile(join(template.userDir, name), join(site.folder, name));
				await flip(site.folder, bits, randomOf(SEED * 1000 + file));
				for (let start = 0; start < STARTS; start++)
					await assertNothingUnsaid(site, `file ${file}, start ${start}`);
				await site.end();
			}
		});
});

async function assertNothingUnsaid(site: Site, where: string): Promise<void> {
	const store = site.open();
	await store.ready;
	const { state } = store;
	if (state.name === 'ready') {
		const { missing, wrong } = await differences(store);
		assert.deepEqual(wrong, [], where);
		if (missing.length > 0) assert.deepEqual(site.codes(), ['store-damaged'], `${where}: ${missing}`);
	} else assert.equal(state.error?.code, 'store-too-new', `${where}: ${state.error}`);
	assert.ok(site.codes().length <= 1, where);
	await store.close();
}
