import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, linkCheckout, QUIET, removeDir, writeSettings } from '../nodes/harness/index.js';

const FLOW_FILE = 'flows.json';

/** The user directory of the demonstration, apart from the user's own ~/.node-red. */
export interface DemoFiles {
	readonly userDir: string;
	readonly settings: string;
	/** Whether a flow was saved there before, which is then left as it is. */
	readonly hasFlow: boolean;
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
	return { userDir, settings, hasFlow: existsSync(join(userDir, FLOW_FILE)) };
}

/** The flow of the demonstration, as flow.json holds it. */
export function readFlow(): object[] {
	return JSON.parse(readFileSync(join(CHECKOUT, 'test/demo/flow.json'), 'utf8'));
}
