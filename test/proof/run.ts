/**
 * Runs the programs that a document takes its tables from, one after another, and puts what they print into it.
 *
 *   node dist/test/proof/run.js [--only words] [--output file]
 *
 * `--only` chooses the commands that hold these words ("bench", "--only kill"); `--output` takes what such a command has
 * printed before from a file. A program that fails leaves the document as it is, and what it printed is shown.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandsOf, withTables } from './tables.js';

const DOCUMENT = join(__dirname, '../../../docs/proof.md');

const { values: options } = parseArgs({ options: { only: { type: 'string' }, output: { type: 'string' } } });

/** Runs a command, showing what it prints. */
function outputOf(command: string): Promise<string> {
	const [program = '', ...parameters] = command.split(' ');
	return new Promise((resolve, reject) => {
		const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
		let output = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			output += text;
			process.stdout.write(text);
		});
		child.on('error', reject);
		child.on('close', (code) => {
			if (code === 0) resolve(output);
			else reject(new Error(`"${command}" ended with ${code}`));
		});
	});
}

function circumstances(end: Date, seconds: number | undefined): string {
	const machine = `${platform()} ${arch()}, ${cpus().length} processors, ${cpus()[0]?.model.trim() ?? 'unknown'}`;
	const took = seconds === undefined ? [] : [`${Math.ceil(seconds / 60)} minutes`];
	return [end.toISOString().slice(0, 10), `Node.js ${process.versions.node}`, machine, ...took].join(' · ');
}

async function make(command: string): Promise<void> {
	const started = performance.now();
	const { output: file } = options;
	const output = file === undefined ? await outputOf(command) : readFileSync(file, 'utf8');
	const where =
		file === undefined
			? circumstances(new Date(), (performance.now() - started) / 1000)
			: circumstances(statSync(file).mtime, undefined);
	// Read as late as this: a run takes an hour, and somebody may have written meanwhile.
	writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8'), command, output, where));
}

async function main(): Promise<void> {
	const all = commandsOf(readFileSync(DOCUMENT, 'utf8'));
	const chosen = all.filter((command) => options.only === undefined || command.includes(options.only));
	if (chosen.length === 0) throw new Error(`none of these is meant by --only: ${all.join(', ')}`);
	if (options.output !== undefined && chosen.length > 1)
		throw new Error(`--output needs an --only that means one of ${chosen.join(', ')}`);
	for (const command of chosen) await make(command);
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
