import { QUIET, type Settings } from '../nodes/harness/index.js';

/** Of Node-RED's own nodes those with the largest panels: the editor would load them at each start. */
const UNUSED = [
	...['10-mqtt.js', '22-websocket.js', '31-tcpin.js', '32-udp.js', '06-httpproxy.js'],
	...['70-CSV.js', '70-HTML.js', '70-XML.js', '70-YAML.js'],
	...['17-split.js', '18-sort.js', '19-batch.js', '16-range.js', 'rbe.js'],
	...['10-file.js', '23-watch.js', '90-exec.js'],
];

/**
 * Leaves out what the editor takes megabytes of script for and what no panel of ours shows: the large code editor
 * behind the description of a node (the smaller one, which Node-RED has as well, takes its place), and diagrams in helps.
 * The newcomer's tests and those of the tools run without this.
 */
const LIGHT: Settings = {
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

/** For flows of our nodes. */
export const LIGHT_EDITOR: Settings = {
	...LIGHT,
	nodesExcludes: [...(QUIET.nodesExcludes as string[]), ...UNUSED],
};

/** For flows of any nodes, with Dashboard 2. */
export const LIGHT_EDITOR_WITH_ALL_NODES: Settings = { ...LIGHT, nodesExcludes: [] };
