import { QUIET, type Settings } from '../nodes/harness/index.js';

/**
 * Leaves out what the editor takes megabytes of script for and what no panel of ours shows: the large code editor
 * behind the description of a node (the smaller one, which Node-RED has as well, takes its place), and diagrams in helps.
 * The newcomer's tests and those of the tools run without this.
 */
export const LIGHT_EDITOR: Settings = {
	editorTheme: { ...(QUIET.editorTheme as object), codeEditor: { lib: 'ace' } },
	httpAdminMiddleware: (
		request: { path: string },
		response: { type(name: string): { send(body: string): void } },
		next: () => void,
	) => {
		if (!request.path.startsWith('/vendor/mermaid/')) return next();
		response.type('js').send('window.mermaid = { initialize() {} };');
	},
};

/** For flows of any nodes, with Dashboard 2. */
export const LIGHT_EDITOR_WITH_ALL_NODES: Settings = { ...LIGHT_EDITOR, nodesExcludes: [] };
