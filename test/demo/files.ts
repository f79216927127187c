import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, linkCheckout, QUIET, removeDir, writeSettings } from '../nodes/harness/index.js';

const FLOW_FILE = 'flows.json';

/** The user directory of the demonstration, apart from the user's own ~/.node-red. */
export interface DemoFiles {
	readonly userDir: string;
	readonly settings: string;
	/** Ids of the nodes that were saved there before, which are then left as they are; undefined where none were. */
	readonly savedNodes: ReadonlySet<string> | undefined;
}

/** Makes the user directory, or brings up to date what in it is not the user's. */
export function prepareFiles(userDir: string, port: number, fresh: boolean): DemoFiles {
	if (fresh) removeDir(userDir);
	mkdirSync(userDir, { recursive: true });
	linkCheckout(userDir);
	const settings = writeSettings(userDir, {
		...QUIET,
		flowFile: FLOW_FILE,
		uiPort: port,
		credentialSecret: 'demonstration',
		// Here a user may look into the palette.
		editorTheme: { tours: false, projects: { enabled: false } },
		externalModules: {},
	});
	return { userDir, settings, savedNodes: readIds(join(userDir, FLOW_FILE)) };
}

/** What is wrong with a file that cannot be read is for Node-RED to say. */
function readIds(path: string): ReadonlySet<string> | undefined {
	if (!existsSync(path)) return undefined;
	try {
		const nodes = JSON.parse(readFileSync(path, 'utf8')) as { id: string }[];
		return new Set(nodes.map(({ id }) => id));
	} catch {
		return new Set();
	}
}

/** The flow of the demonstration, as flow.json holds it. */
export function readFlow(): object[] {
	return JSON.parse(readFileSync(join(CHECKOUT, 'test/demo/flow.json'), 'utf8'));
}
