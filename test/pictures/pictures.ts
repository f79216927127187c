/**
 * Makes the pictures in docs/ from what `npm start` shows: the editor with the tour, one panel for each family, the
 * dashboard, and the display of the PDU.
 *
 *   npm run pictures              all of them
 *   npm run pictures -- editor    those whose names hold "editor"
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { freePort, untilReachable, urlOf } from '../demo/node-red-api.js';
import { endProgram, startProgram } from '../demo/processes.js';
import { CAR, UPS } from '../demo/stand-ins.js';
import { findChromium, HOW_TO_GET_CHROMIUM } from '../editor/chromium.js';
import { type Editor, openEditor } from '../editor/editor.js';
import { CHECKOUT, makeTempDir, removeDir } from '../nodes/harness/index.js';
import { withPalette } from './palette.js';

/** As the pictures name the machine: a reader must not take the port of a test for that of Node-RED. */
const SHOWN = 'raspberrypi.home:1880';

const BEEP = 'demo-beep';
const WIDE = { width: 1280, height: 720 };
const PANEL = { width: 1280, height: 1600 };

/** Where pictures are taken. */
interface Set {
	readonly browser: Browser;
	/** Of Node-RED, as the browser knows it. */
	readonly url: string;
	/** Of Node-RED, as this process knows it. */
	readonly realUrl: string;
	readonly editor: Editor;
}

interface Picture {
	/** Its file in docs/, without .png. */
	readonly name: string;
	take(set: Set): Promise<Buffer>;
}

/** The first node of a type in the flows that are deployed. */
const idOf = ({ editor }: Set, type: string): Promise<string> =>
	editor.evaluate(`RED.nodes.filterNodes({ type: ${JSON.stringify(type)} })[0].id`);

async function takeEditor({ editor, realUrl }: Set): Promise<Buffer> {
	await editor.reopen({ viewport: WIDE });
	await editor.evaluate("RED.sidebar.show('debug')");
	await fetch(`${realUrl}/inject/${BEEP}`, { method: 'POST' });
	await editor.page.getByText('acknowledged').first().waitFor({ timeout: 60_000 });
	await editor.evaluate(
		"document.querySelector('.red-ui-palette-node[data-palette-type=ups-http-in]').scrollIntoView()",
	);
	return editor.page.screenshot();
}

/** The tray with the panel of a node, as long as its form is. */
async function takePanel(
	{ editor }: Set,
	id: string,
	ready?: (page: Page) => Promise<unknown>,
): Promise<Buffer> {
	await editor.reopen({ viewport: PANEL });
	const panel = await editor.openPanel(id);
	await ready?.(editor.page);
	// The cursor in a field would blink, and the mouse may rest on something.
	await editor.evaluate('void document.activeElement?.blur()');
	const picture = await shotOf(editor.page.locator('.red-ui-tray').last(), panel.body);
	await panel.cancel();
	return picture;
}

/** A tray, as wide as its body and down to where the form in it ends. */
async function shotOf(tray: Locator, body: Locator): Promise<Buffer> {
	const last = body.locator(':is(#dialog-form, #node-config-dialog-edit-form) > :visible').last();
	const [head, sides, end] = await Promise.all([tray, body, last].map((part) => part.boundingBox()));
	if (!head || !sides || !end) throw new Error('There is nothing to take a picture of.');
	const clip = { x: sides.x, y: head.y, width: sides.width, height: end.y + end.height + 16 - head.y };
	return tray.page().screenshot({ clip });
}

/** What a panel tells of its device comes after the panel itself. */
const lastReport = (page: Page): Promise<void> => page.getByText('Last report').waitFor({ timeout: 60_000 });

const display = (page: Page): Locator => page.locator('#hpdu-framebuffer-picture');

async function takeDisplay({ editor, ...set }: Set): Promise<Buffer> {
	await editor.reopen({ viewport: PANEL });
	const panel = await editor.openPanel(await idOf({ editor, ...set }, 'hpdu-framebuffer'));
	await display(editor.page).waitFor();
	const picture = await display(editor.page).screenshot();
	await panel.cancel();
	return picture;
}

/** The pages of the dashboard, by the ends of their addresses. */
const PAGES = ['ups', 'car', 'pdu'] as const;

/** A dashboard shows what comes while it is open: it is given time for some of it. */
async function takePage({ browser, url }: Set, page: string): Promise<Buffer> {
	const context = await browser.newContext({ viewport: WIDE, locale: 'en-US' });
	try {
		const tab = await context.newPage();
		await tab.goto(`${url}/dashboard/${page}`);
		await tab.waitForTimeout(30_000);
		return await tab.screenshot();
	} finally {
		await context.close();
	}
}

const PICTURES: readonly Picture[] = [
	{ name: 'editor', take: takeEditor },
	{ name: 'panel-ups-device', take: (set) => takePanel(set, UPS.node, lastReport) },
	{ name: 'panel-wican-https-in', take: (set) => takePanel(set, CAR.node, lastReport) },
	{
		name: 'panel-hpdu-framebuffer',
		take: async (set) =>
			takePanel(set, await idOf(set, 'hpdu-framebuffer'), (page) => display(page).waitFor()),
	},
	{ name: 'pdu-display', take: takeDisplay },
	...PAGES.map((page) => ({ name: `dashboard-${page}`, take: (set: Set) => takePage(set, page) })),
];

async function takeAll(realUrl: string, port: number, wanted: readonly Picture[]): Promise<void> {
	const executablePath = findChromium();
	if (executablePath === undefined) throw new Error(`No Chromium was found. ${HOW_TO_GET_CHROMIUM}`);
	const mapping = `--host-resolver-rules=MAP ${SHOWN} 127.0.0.1:${port}`;
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', mapping] });
	try {
		const url = `http://${SHOWN}`;
		const editor = await openEditor(browser, { url });
		for (const { name, take } of wanted) {
			const picture = withPalette(await take({ browser, url, realUrl, editor }));
			writeFileSync(join(CHECKOUT, 'docs', `${name}.png`), picture);
			process.stdout.write(`docs/${name}.png: ${Math.ceil(picture.length / 1000)} kB\n`);
		}
	} finally {
		await browser.close();
	}
}

async function main(): Promise<void> {
	const words = process.argv.slice(2);
	const wanted = PICTURES.filter(
		({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
	);
	const port = await freePort();
	const dir = makeTempDir();
	const demo = startProgram(join(CHECKOUT, 'dist/test/demo/start.js'), ['--dir', dir], {
		PORT: String(port),
	});
	try {
		await untilReachable(urlOf(port), AbortSignal.timeout(60_000));
		await untilDeployed(urlOf(port));
		await takeAll(urlOf(port), port, wanted);
	} finally {
		await endProgram(demo);
		removeDir(dir);
	}
}

/** Resolves when the flow of the demonstration is there. */
async function untilDeployed(url: string): Promise<void> {
	for (;;) {
		const flows = (await (await fetch(`${url}/flows`)).json()) as { id: string }[];
		if (flows.some(({ id }) => id === UPS.node)) return;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

main().catch((error: unknown) => {
	process.exitCode = 1;
	process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
});
