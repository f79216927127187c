import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listAssets } from './copy.mjs';
import { listFiles } from './project.mjs';

/**
 * Runs the TypeScript compiler, which prints its errors itself.
 * @param {string} root
 * @returns {string[]} problems
 */
export function compile(root) {
	const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
	if (!existsSync(compiler)) return ['The compiler is not installed. Run "node build.mjs install" first.'];
	const { status } = spawnSync(process.execPath, [compiler], { cwd: root, stdio: 'inherit' });
	return status === 0 ? [] : ['The compiler found errors, listed above.'];
}

/**
 * Removes from dist/ what no source stands for any more. The rest stays in place, so that a Node-RED that runs
 * from dist/ survives a build.
 * @param {import('./project.mjs').Project} project
 */
export function removeStale(project) {
	const dist = join(project.root, 'dist');
	const expected = new Set([...compiledFiles(project.root), ...listAssets(project)]);
	for (const file of listFiles(dist)) {
		if (expected.has(file)) continue;
		rmSync(join(dist, file));
		removeEmptyFolders(dist, dirname(file));
	}
}

function compiledFiles(root) {
	return ['nodes', 'plugins', 'test'].flatMap((folder) =>
		listFiles(join(root, folder))
			.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
			.map((file) => `${folder}/${file.slice(0, -'.ts'.length)}`)
			.flatMap((stem) => [`${stem}.js`, `${stem}.d.ts`]),
	);
}

function removeEmptyFolders(dist, folder) {
	const path = join(dist, folder);
	if (folder === '.' || !existsSync(path) || readdirSync(path).length > 0) return;
	rmdirSync(path);
	removeEmptyFolders(dist, dirname(folder));
}
