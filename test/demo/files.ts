import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkCheckout, QUIET, removeDir, writeSettings } from '../nodes/harness/index.js';

const FLOW_FILE = 'flows.json';

/** A node of a flow, as far as the demonstration looks at it. */
export interface FlowNode {
	readonly id: string;
	readonly type?: unknown;
	readonly host?: unknown;
	readonly port?: unknown;
}

/** Nodes of a saved flow by their ids. */
export type SavedNodes = ReadonlyMap<string, FlowNode>;

/** The user directory of the demonstration, apart from the user's own ~/.node-red. */
export interface DemoFiles {
	readonly userDir: string;
	readonly settings: string;
	/** The nodes that were saved there before, by id; they are left as they are. Undefined where none were. */
	readonly savedNodes: SavedNodes | undefined;
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
		// The dashboard, which the tests do without, is found where the checkout has its development dependencies.
		nodesExcludes: [],
	});
	return { userDir, settings, savedNodes: readNodes(join(userDir, FLOW_FILE)) };
}

/** What is wrong with a file that cannot be read is for Node-RED to say. */
function readNodes(path: string): SavedNodes | undefined {
	if (!existsSync(path)) return undefined;
	try {
		const nodes = JSON.parse(readFileSync(path, 'utf8')) as FlowNode[];
		return new Map(nodes.map((node) => [node.id, node]));
	} catch {
		return new Map();
	}
}
