/**
 * Makes docs/editor.png, the picture in the README: the flow of the demonstration in the editor, with a UPS that has
 * reported, lost its mains and been told to beep.
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { readFlow } from '../demo/files.js';
import { CREDENTIALS, DEVICE_ID, HTTP_KEY } from '../demo/stand-ins.js';
import { postOnce, UpsDevice } from '../devices/ups/index.js';
import { CHECKOUT, type FlowNode, startNodeRed } from '../nodes/harness/index.js';
import { findChromium, HOW_TO_GET_CHROMIUM } from './chromium.js';
import { openEditor } from './editor.js';

const SIZE = { width: 1280, height: 640 };
const BEEP = 'demo-beep';
const COMMANDS = 'demo-out';

async function main(): Promise<void> {
	const executablePath = findChromium();
	if (executablePath === undefined) throw new Error(`No Chromium was found. ${HOW_TO_GET_CHROMIUM}`);
	const flows = readFlow() as FlowNode[];
	const nodeRed = await startNodeRed({ flows, credentials: CREDENTIALS });
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
	try {
		const editor = await openEditor(browser, nodeRed, { viewport: SIZE });
		await editor.evaluate("RED.sidebar.show('debug')");
		const ups = new UpsDevice({ deviceId: DEVICE_ID, key: HTTP_KEY, wallClock: () => Date.now() });
		await postOnce(ups, nodeRed.url);
		await nodeRed.inject(BEEP);
		await nodeRed.message({ from: COMMANDS });
		await postOnce(ups, nodeRed.url);
		ups.setMains(false);
		await postOnce(ups, nodeRed.url);
		await editor.page.getByText('acknowledged').first().waitFor();
		await editor.evaluate(
			"document.querySelector('.red-ui-palette-node[data-palette-type=ups-http-in]').scrollIntoView()",
		);
		await editor.page.screenshot({ path: join(CHECKOUT, 'docs/editor.png') });
	} finally {
		await browser.close();
		await nodeRed.stop();
	}
}

main().catch((error: unknown) => {
	process.exitCode = 1;
	process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
});
