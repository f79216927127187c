/** Cases that once failed, each in a file of its own in `test/fuzz/cases/`: the literal input, and what must hold. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spelled, unspelled } from './spelling.js';

/** A case as its file has it. */
export interface KeptCase {
	/** The name of a target, whose property is tried. */
	readonly target: string;
	/** What must hold, and what was wrong where that says more. */
	readonly holds: string;
	/** As `spelled` writes it. */
	readonly input: unknown;
}

/** In the sources, since it is not compiled. */
export const CASES = join(__dirname, '../../../test/fuzz/cases');

/** A case that was found, in the form of its file. */
export function kept(target: string, holds: string, input: unknown): KeptCase {
	return { target, holds, input: spelled(input) };
}

export function textOf(found: KeptCase): string {
	return `${JSON.stringify(found, null, '\t')}\n`;
}

/** Writes a case under a name of its own, which may be changed for one that says more. @returns the name */
export function keep(folder: string, found: KeptCase): string {
	const digest = createHash('sha256').update(JSON.stringify(found.input)).digest('hex').slice(0, 8);
	const path = join(folder, `${found.target}-${digest}.json`);
	mkdirSync(folder, { recursive: true });
	writeFileSync(path, textOf(found));
	return path;
}

/** All kept cases by the names of their files, with their inputs as a target takes them. */
export function keptCases(folder = CASES): Map<string, KeptCase> {
	const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
	return new Map(
		names.sort().map((name) => {
			const found = JSON.parse(readFileSync(join(folder, name), 'utf8')) as KeptCase;
			return [name, { ...found, input: unspelled(found.input) }];
		}),
	);
}
