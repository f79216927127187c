import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The checkout: dist/test/nodes/harness lies four levels below it. */
export const CHECKOUT = resolve(__dirname, '../../../..');

export const PACKAGE = '@wattpost/node-red-wattpost';

/** Whatever a settings file may hold; a function must not refer to anything outside of itself. */
export type Settings = Readonly<Record<string, unknown>>;

export function makeTempDir(): string {
	return mkdtempSync(join(tmpdir(), 'wattpost-'));
}

export function removeDir(path: string): void {
	rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Makes the checkout a module of a user directory, as `npm install <folder>` does. */
export function linkCheckout(userDir: string): void {
	const link = join(userDir, 'node_modules', PACKAGE);
	mkdirSync(dirname(link), { recursive: true });
	rmSync(link, { force: true });
	symlinkSync(CHECKOUT, link, 'dir');
}

/** Says nothing to the outside, shows no tour and no hint: what a test sees is only what the test did. */
export const QUIET: Settings = {
	uiHost: '127.0.0.1',
	flowFile: 'flows.json',
	credentialSecret: 'a secret of the tests',
	telemetry: { enabled: false, updateNotification: false },
	editorTheme: { tours: false, palette: { catalogues: [] }, projects: { enabled: false } },
	externalModules: { autoInstall: false, palette: { allowInstall: false } },
	diagnostics: { enabled: false },
	// Dashboard 2 is for the demonstration: Node-RED would find it in the checkout, where Node-RED is itself.
	nodesExcludes: ['node-red-dashboard'],
};

/** Node-RED's own nodes that no flow of our nodes has; loading them takes half the time of a start. */
export const UNUSED_NODES = [
	...['10-mqtt.js', '22-websocket.js', '31-tcpin.js', '32-udp.js', '06-httpproxy.js'],
	...['70-CSV.js', '70-HTML.js', '70-XML.js', '70-YAML.js'],
	...['17-split.js', '18-sort.js', '19-batch.js', '16-range.js', 'rbe.js'],
	...['10-file.js', '23-watch.js', '90-exec.js', '21-httprequest.js'],
];

/** Settings of a Node-RED that has all nodes of its own. */
export const ALL_NODES: Settings = { nodesExcludes: QUIET.nodesExcludes };

function source(value: unknown): string {
	if (typeof value === 'function') return `(${value})`;
	if (Array.isArray(value)) return `[${value.map(source).join(', ')}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
	return `{ ${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${source(member)}`)} }`;
}

/** Writes a settings file and gives its path. `preamble` is code that goes before the settings. */
export function writeSettings(userDir: string, settings: Settings, preamble = ''): string {
	const path = join(userDir, 'settings.js');
	writeFileSync(path, `${preamble}module.exports = ${source(settings)};\n`);
	return path;
}
