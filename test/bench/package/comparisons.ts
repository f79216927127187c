/** What the package costs whoever installs it. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir, redPath, removeDir } from '../../nodes/harness/index.js';
import { install, npmOf, pack } from '../../package/npm.js';
import type { Usage } from '../calls.js';
import type { Comparison, Plan } from '../plan.js';
import { row } from '../report.js';
import { type Server, startEmpty, startNodes, withServers } from '../servers.js';
import { startUpses } from '../ups/servers.js';

const MEGABYTE = 1e6;
/** How many of what is installed along are named. */
const NAMED = 6;

/** A start: milliseconds until flows run and the server listens, and of processor time until then. */
interface Start {
	readonly time: number;
	readonly processor: number;
}

interface Subject {
	/** None for the one that the others are compared with. */
	readonly name?: string;
	readonly starts: Start[];
	begin(): Promise<Server>;
}

/** What the collection adds to the start of Node-RED: where no flow uses it, and with a UPS. */
async function compareStart(plan: Plan): Promise<Comparison> {
	const { rounds, tell } = plan;
	const alone: Start[] = [];
	const subjects: readonly Subject[] = [
		{ starts: alone, begin: () => startEmpty(plan) },
		{ name: 'no flow', starts: [], begin: () => startNodes({ nodes: [], credentials: {} }, plan) },
		{ name: 'one UPS', starts: [], begin: () => startUpses('node-red', 1, plan) },
	];
	for (let round = 0; round < rounds; round++) {
		const first = round % subjects.length;
		for (const { starts, begin } of [...subjects.slice(first), ...subjects.slice(0, first)]) {
			starts.push(await startOf(begin));
		}
		tell(`round ${round + 1} of ${rounds}`);
	}
	const added = (starts: readonly Start[], kind: keyof Start): number[] =>
		starts.map((start, index) => start[kind] - (alone[index]?.[kind] ?? Number.NaN));
	const rows = subjects.flatMap(({ name, starts }) => {
		if (name === undefined) return [];
		const title = `time added to the start of Node-RED, ${name}`;
		return [
			row(title, 'ms', added(starts, 'time')),
			row(`processor ${title}`, 'ms', added(starts, 'processor')),
		];
	});
	const times = alone.map(({ time }) => time);
	return { rows: [row('start of Node-RED without the collection', 'ms', times), ...rows], measured: [] };
}

function startOf(begin: () => Promise<Server>): Promise<Start> {
	return withServers([begin], async ([server]) => {
		if (!server) throw new Error('nothing was started');
		const { all } = await server.child.call<Usage>('usage');
		return { time: server.startedAfter, processor: all / 1000 };
	});
}

/** Bytes of all files below a folder. */
function sizeOf(folder: string): number {
	const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
	return paths.map((path) => statSync(path)).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

/** Packages in a node_modules folder, the largest first. */
function largest(modules: string): string[] {
	const names = readdirSync(modules).flatMap((name) =>
		name.startsWith('@') ? readdirSync(join(modules, name)).map((one) => `${name}/${one}`) : [name],
	);
	const sizes = names
		.filter((name) => !name.startsWith('.'))
		.map((name) => ({ name, size: sizeOf(join(modules, name)) }));
	const sorted = sizes.sort((a, b) => b.size - a.size);
	return sorted.slice(0, NAMED).map(({ name, size }) => `${name} ${(size / MEGABYTE).toFixed(2)} MB`);
}

/** How large the package is: as a file, unpacked, and installed with what it depends on. */
async function compareSize({ tell }: Plan): Promise<Comparison> {
	const folder = makeTempDir();
	try {
		const npm = npmOf(redPath());
		const { path, size, unpackedSize, files } = await pack(npm, folder);
		writeFileSync(join(folder, 'package.json'), '{ "private": true }');
		await install(npm, path, folder);
		const modules = join(folder, 'node_modules');
		const installed = sizeOf(modules);
		tell('packed and installed');
		return {
			rows: [
				row('package: the file that npm downloads', 'kB', [size / 1000]),
				row('package: unpacked', 'kB', [unpackedSize / 1000]),
				row('package: installed with all that it depends on', 'kB', [installed / 1000]),
			],
			measured: [],
			notes: [
				`package: ${files.length} files; the largest that is installed: ${largest(modules).join(', ')}.`,
			],
		};
	} finally {
		removeDir(folder);
	}
}

export const PACKAGE_COMPARISONS = {
	start: compareStart,
	size: compareSize,
} as const;
