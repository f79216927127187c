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
import { freePort, isFree, untilReachable, urlOf } from '../demo/node-red-api.js';
import { endProgram, startProgram } from '../demo/processes.js';
import { CAR, UPS } from '../demo/stand-ins.js';
import { findChromium, HOW_TO_GET_CHROMIUM } from '../editor/chromium.js';
import { type Editor, openEditor } from '../editor/editor.js';
import { CHECKOUT, makeTempDir, removeDir } from '../nodes/harness/index.js';
import { withPalette } from './palette.js';

/** As the pictures name the machine: a reader must not take the port of a test for that of Node-RED. */
const USUAL_PORT = 1880;
const SHOWN = `raspberrypi.home:${USUAL_PORT}`;

const BEEP = 'demo-beep';
const WIDE = { width: 1280, height: 640 };
const PAGE = { width: 1280, height: 900 };
const PANEL = { width: 1280, height: 1600 };

/** Where pictures are taken. */
interface Stage {
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
	take(stage: Stage): Promise<Buffer>;
}

/** The node that shows the display, and not one that presses its buttons. */
const idOfDisplay = ({ editor }: Stage): Promise<string> =>
	editor.evaluate(
		"RED.nodes.filterNodes({ type: 'hpdu-framebuffer' }).find(({ action }) => action === 'image').id",
	);

async function takeEditor({ editor, realUrl }: Stage): Promise<Buffer> {
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
	{ editor }: Stage,
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
const lastReport = (page: Page): Promise<void> =>
	page
		.locator('.red-ui-tray .wattpost-line', { hasText: 'Last report' })
		.first()
		.waitFor({ timeout: 60_000 });

const display = (page: Page): Locator => page.locator('#hpdu-framebuffer-picture');

async function takeDisplay(stage: Stage): Promise<Buffer> {
	const { editor } = stage;
	await editor.reopen({ viewport: PANEL });
	const panel = await editor.openPanel(await idOfDisplay(stage));
	await display(editor.page).waitFor();
	const picture = await display(editor.page).screenshot();
	await panel.cancel();
	return picture;
}

/** The pages of the dashboard, by the ends of their addresses, and what each says while it is worth a picture. */
const PAGES = { ups: 'On battery', car: 'Driving', pdu: 'No alert' };

/** How long gauges and charts take to be where they belong, in milliseconds. */
const ANIMATION = 5_000;

async function takePage({ browser, url }: Stage, page: string, words: string): Promise<Buffer> {
	const context = await browser.newContext({ viewport: PAGE, locale: 'en-US' });
	try {
		const tab = await context.newPage();
		await tab.goto(`${url}/dashboard/${page}`);
		await tab.getByText(words).first().waitFor({ timeout: 180_000 });
		await tab.waitForTimeout(ANIMATION);
		return await tab.screenshot();
	} finally {
		await context.close();
	}
}

const PICTURES: readonly Picture[] = [
	{ name: 'editor', take: takeEditor },
	{ name: 'panel-ups-device', take: (stage) => takePanel(stage, UPS.node, lastReport) },
	{ name: 'panel-wican-https-in', take: (stage) => takePanel(stage, CAR.node, lastReport) },
	{
		name: 'panel-hpdu-framebuffer',
		take: async (stage) => takePanel(stage, await idOfDisplay(stage), (page) => display(page).waitFor()),
	},
	{ name: 'pdu-display', take: takeDisplay },
	...Object.entries(PAGES).map(([page, words]) => ({
		name: `dashboard-${page}`,
		take: (stage: Stage) => takePage(stage, page, words),
	})),
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
	// The tour names the address, which is to be the one that readers will have.
	const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : await freePort();
	const dir = makeTempDir();
	const demo = startProgram(join(CHECKOUT, 'dist/test/demo/start.js'), ['--dir', dir], {
		env: { PORT: String(port) },
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
