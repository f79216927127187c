/** What can happen to the folder of the store while Node-RED runs. */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import {
	closeSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	renameSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** Puts things right again. */
export type Heal = () => void;

type Trouble = (disk: Disk, random: () => number) => Heal;

const nothing: Heal = () => undefined;

/** The folder of the store; where that is allowed a small file system of its own, which can be full. */
export class Disk {
	readonly folder: string;
	readonly isSmall: boolean;
	private readonly beside: string;

	constructor(userDir: string) {
		this.folder = join(userDir, 'wattpost');
		this.beside = join(userDir, 'beside');
		mkdirSync(this.folder);
		this.isSmall = mount('-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', this.folder);
	}

	/** The troubles that can be made here. */
	get troubles(): readonly (readonly [name: string, make: Trouble])[] {
		return Object.entries({ ...ANYWHERE, ...(this.isSmall ? ON_OWN_FILE_SYSTEM : UNMOUNTED) });
	}

	/** A path to move things to. */
	spare(): string {
		rmSync(this.beside, { recursive: true, force: true });
		return this.beside;
	}

	/** Files whose names match. */
	files(name: RegExp): string[] {
		return readdirSync(this.folder).flatMap((file) => (name.test(file) ? [join(this.folder, file)] : []));
	}

	close(): void {
		if (this.isSmall) unmount(this.folder);
	}
}

const DATA = /^store\.db$/;
const LOG = /^store\.db-wal$/;
const BOTH = /^store\.db(-wal)?$/;

function eachFile(name: RegExp, change: (path: string, random: () => number) => void): Trouble {
	return (disk, random) => {
		for (const path of disk.files(name)) change(path, random);
		return nothing;
	};
}

function cutOff(path: string, random: () => number): void {
	truncateSync(path, Math.floor(random() * statSync(path).size));
}

/** As much as the file is long, in its place. */
function fillWithRubbish(path: string): void {
	writeFileSync(path, randomFillSync(Buffer.alloc(statSync(path).size)), { flag: 'r+' });
}

/** Some bytes somewhere. */
function spoil(path: string, random: () => number): void {
	const file = openSync(path, 'r+');
	const piece = randomFillSync(Buffer.alloc(1 + Math.floor(random() * 8192)));
	writeSync(
		file,
		piece,
		0,
		piece.length,
		Math.floor(random() * Math.max(0, statSync(path).size - piece.length)),
	);
	closeSync(file);
}

const ANYWHERE: Readonly<Record<string, Trouble>> = {
	'file truncated': eachFile(DATA, cutOff),
	'file emptied': eachFile(DATA, (path) => truncateSync(path, 0)),
	'file overwritten with rubbish': eachFile(DATA, fillWithRubbish),
	'piece of the file overwritten': eachFile(DATA, spoil),
	'file replaced by rubbish': eachFile(DATA, (path) => {
		rmSync(path);
		writeFileSync(path, randomFillSync(Buffer.alloc(60_000)));
	}),
	'file deleted': eachFile(DATA, (path) => rmSync(path)),
	'all files deleted': eachFile(/./, (path) => rmSync(path)),
	'log truncated': eachFile(LOG, cutOff),
	'log overwritten with rubbish': eachFile(LOG, fillWithRubbish),
	'log deleted': eachFile(LOG, (path) => rmSync(path)),
};

const ON_OWN_FILE_SYSTEM: Readonly<Record<string, Trouble>> = {
	'disk full': ({ folder }) => {
		const filler = join(folder, 'filler');
		fill(filler);
		return () => rmSync(filler);
	},
	// What is open for writing keeps a file system from becoming read-only; another one in its place does not ask.
	'folder read-only': (disk) => {
		const spare = disk.spare();
		mkdirSync(spare);
		for (const path of disk.files(BOTH)) copyFileSync(path, join(spare, basename(path)));
		if (!mount('--bind', spare, disk.folder)) return nothing;
		mount('-o', 'remount,bind,ro', disk.folder);
		return () => unmount(disk.folder);
	},
};

const UNMOUNTED: Readonly<Record<string, Trouble>> = {
	'folder replaced by a file': (disk) => {
		const spare = disk.spare();
		renameSync(disk.folder, spare);
		writeFileSync(disk.folder, 'in the way');
		return () => {
			rmSync(disk.folder);
			renameSync(spare, disk.folder);
		};
	},
	'folder deleted': (disk) => {
		rmSync(disk.folder, { recursive: true });
		return nothing;
	},
};

/** Writes until nothing more fits. */
function fill(path: string): void {
	const file = openSync(path, 'w');
	try {
		for (const size of [65_536, 4096, 1]) {
			try {
				for (;;) writeSync(file, Buffer.alloc(size));
			} catch {
				// Now it is full for pieces of this size.
			}
		}
	} finally {
		closeSync(file);
	}
}

function mount(...options: string[]): boolean {
	try {
		execFileSync('mount', options, { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

/** Lazily: a file may just be open. */
function unmount(folder: string): void {
	if (existsSync(folder)) execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
}
