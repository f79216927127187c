/** What every test of the editor begins with: a browser, a Node-RED and its editor. */
import type { Browser } from 'playwright-core';
import { type NodeRedOptions, type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { type Editor, type EditorOptions, launchBrowser, openEditor } from './editor.js';
import { LIGHT_EDITOR } from './light.js';

export interface Stage {
	readonly browser: Browser;
	readonly nr: RunningNodeRed;
	readonly editor: Editor;
}

/**
 * Starts them before the suite that calls it, and ends them after it.
 * @param options of the Node-RED; by default it has the light editor
 * @param ready is handed what was started, before the first test
 */
export function withEditor(
	options: () => NodeRedOptions | Promise<NodeRedOptions>,
	ready: (stage: Stage) => void,
	look: EditorOptions = {},
): void {
	let browser: Browser | undefined;
	let nr: RunningNodeRed | undefined;
	let editor: Editor | undefined;
	before(async function () {
		browser = await launchBrowser(this);
		nr = await startNodeRed({ settings: LIGHT_EDITOR, ...(await options()) });
		editor = await openEditor(browser, nr, look);
		ready({ browser, nr, editor });
	});
	after(async () => {
		await editor?.close();
		await browser?.close();
		await nr?.stop();
	});
}
