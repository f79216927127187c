import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** What to do where there is none. */
export const HOW_TO_GET_CHROMIUM =
	'Get one with "apt-get install chromium" (or your system\'s way), or name one with CHROMIUM_PATH=/path/to/chromium.';

const isExecutable = (path: string): boolean => {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
};

/** The browser for the editor tests: CHROMIUM_PATH, else the first of the usual names on PATH. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
	if (env.CHROMIUM_PATH) return isExecutable(env.CHROMIUM_PATH) ? env.CHROMIUM_PATH : undefined;
	const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
	return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** True where a missing browser must fail the run instead of skipping the editor tests. */
export function isChromiumRequired(env: NodeJS.ProcessEnv = process.env): boolean {
	return env.CI === 'true' || env.CI === '1' || env.WATTPOST_REQUIRE_BROWSER === '1';
}
