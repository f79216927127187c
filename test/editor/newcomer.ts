/**
 * What somebody does with mouse and keyboard in Node-RED's editor, and what they see there. Nothing is done by a call
 * of the editor's scripts, and fields are found by their labels.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { CHECKOUT } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';

interface Point {
	readonly x: number;
	readonly y: number;
}

interface Words {
	readonly [key: string]: string | Words;
}

/** A movement in one leap is none: jQuery UI and d3 begin to drag with the first move that follows the press. */
const MOVES = 4;

/** Notifications that tell of something wrong, or wait for an answer. */
const ALARMS =
	'.red-ui-notification:is(.red-ui-notification-error, .red-ui-notification-warning, :has(button))';

/** Marks of what a person has changed and not deployed. */
const CHANGED = '.red-ui-flow-node-changed:visible, .red-ui-flow-tab-changed:visible';

/** A text of the editor's panels, as English shows it. */
export function words(node: string, key: string): string {
	for (const file of [node, 'common']) {
		const texts = JSON.parse(readFileSync(join(CHECKOUT, 'locales/en-US', `${file}.json`), 'utf8')) as Words;
		const found = key
			.split('.')
			.reduce<string | Words | undefined>(
				(at, part) => (typeof at === 'object' ? at[part] : undefined),
				texts,
			);
		if (typeof found === 'string') return found;
	}
	throw new Error(`${node} has no text "${key}"`);
}

export class Newcomer {
	readonly page: Page;

	constructor(editor: Editor) {
		this.page = editor.page;
	}

	/** Installs a packed package in the palette manager, and gives the node types that the editor then names. */
	async install(tarball: string): Promise<string[]> {
		await this.menu('Manage palette');
		const settings = this.page.locator('.red-ui-tray').last();
		await settings.getByText('Install', { exact: true }).click();
		await settings.locator('input[type=file]').setInputFiles(tarball);
		await settings.getByRole('button', { name: 'Upload' }).click();
		const added = this.page.locator('.red-ui-notification').filter({ hasText: 'Nodes added to palette' });
		await added.waitFor({ timeout: patience(60_000) });
		const types = await added.locator('li').allInnerTexts();
		await added.click();
		await settings.getByRole('button', { name: 'Close' }).click();
		await settings.waitFor({ state: 'detached' });
		return types;
	}

	/** Drags a node from the palette to a place of the flow. */
	async place(type: string, { x, y }: Point): Promise<PlacedNode> {
		const nodes = this.page.locator('.red-ui-flow-node-group');
		const known = await nodes.evaluateAll((all) => all.map(({ id }) => id));
		const canvas = await boxOf(this.page.locator('#red-ui-workspace-chart'));
		const entry = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
		await entry.scrollIntoViewIfNeeded();
		await this.drag(centre(await boxOf(entry)), { x: canvas.x + x, y: canvas.y + y });
		await nodes.nth(known.length).waitFor();
		const ids = await nodes.evaluateAll((all) => all.map(({ id }) => id));
		const [id] = ids.filter((one) => !known.includes(one));
		return new PlacedNode(this, type, this.page.locator(`[id="${id}"]`));
	}

	/** Draws a wire. */
	async wire(from: PlacedNode, to: PlacedNode, output = 0): Promise<void> {
		const start = from.shape.locator('.red-ui-flow-port-output').nth(output);
		const end = to.shape.locator('.red-ui-flow-port-input');
		const wires = this.page.locator('.red-ui-flow-link');
		const known = await wires.count();
		await this.drag(centre(await boxOf(start)), centre(await boxOf(end)));
		await wires.nth(known).waitFor({ state: 'attached' });
	}

	/** Presses the deploy button and waits until the editor says that it is done. */
	async deploy(): Promise<void> {
		await this.page.locator('#red-ui-header-button-deploy').click();
		const done = this.page.locator('.red-ui-notification').filter({ hasText: 'Successfully deployed' });
		await done.waitFor();
		// A click takes it away, so that the next deploy is seen to have one of its own.
		await done.click();
		await done.waitFor({ state: 'detached' });
	}

	/** Imports an example of a package through the menu, and shows its flow. */
	async importExample(module: string, name: string, tab: string): Promise<void> {
		await this.menu('Import');
		const dialog = this.page.locator('.ui-dialog').filter({ hasText: 'Import nodes' });
		await dialog.getByRole('link', { name: 'Examples' }).click();
		await dialog.getByText(module, { exact: true }).click();
		await dialog.getByText(name, { exact: true }).click();
		await dialog.getByRole('button', { name: 'Import', exact: true }).click();
		await dialog.waitFor({ state: 'hidden' });
		await this.page.locator('.red-ui-tab').getByText(tab, { exact: true }).waitFor({ state: 'attached' });
		// By a key: Node-RED 4 takes a click soon after one on a tab of the dialog for a double click.
		await this.page.keyboard.press('Control+]');
		await this.page.locator('.red-ui-tab.active').getByText(tab, { exact: true }).waitFor();
	}

	/** A node of the shown flow, by a text that it shows. */
	node(type: string, text: string): PlacedNode {
		const shape = this.page.locator('.red-ui-flow-node-group').filter({ hasText: text }).first();
		return new PlacedNode(this, type, shape);
	}

	/** Waits for a message in the debug sidebar that holds a text, and gives all of it. */
	async debugMessage(text: string | RegExp): Promise<string> {
		const message = this.page.locator('.red-ui-debug-msg').filter({ hasText: text }).first();
		return message.innerText();
	}

	/** What a person would still have to attend to: bad news, dialogs, open panels, changes that are not deployed. */
	async leftOver(): Promise<string[]> {
		const texts = await Promise.all(
			[ALARMS, '.ui-dialog:visible', '.red-ui-tray:visible'].map((selector) =>
				this.page.locator(selector).allInnerTexts(),
			),
		);
		const changed = await this.page.locator(CHANGED).count();
		return [...texts.flat(), ...(changed === 0 ? [] : [`${changed} marks of changes`])];
	}

	/** Presses at one place and lets go at another. */
	private async drag(from: Point, to: Point): Promise<void> {
		const { mouse } = this.page;
		await mouse.move(from.x, from.y);
		await mouse.down();
		await mouse.move(to.x, to.y, { steps: MOVES });
		await mouse.up();
	}

	private async menu(entry: string): Promise<void> {
		await this.page.locator('#red-ui-header-button-sidemenu').click();
		await this.page.locator('.red-ui-menu-dropdown:visible').getByText(entry, { exact: true }).click();
	}
}

/** A node that lies in a flow. */
export class PlacedNode {
	constructor(
		private readonly user: Newcomer,
		readonly type: string,
		readonly shape: Locator,
	) {}

	/** Opens its panel by a double click. */
	async open(): Promise<OpenPanel> {
		const { x, y } = centre(await boxOf(this.shape.locator('.red-ui-flow-node').first()));
		const { page } = this.user;
		await page.mouse.dblclick(x, y, { delay: 5 });
		return opened(page, this.type, 'node');
	}

	/** Presses the button at its side. */
	async press(): Promise<void> {
		await this.shape.locator('.red-ui-flow-node-button-button').click();
	}

	/** Waits until its badge says something. */
	async shows(text: string | RegExp): Promise<void> {
		await this.shape.locator('.red-ui-flow-node-status-label').filter({ hasText: text }).waitFor();
	}
}

/** The panel of a node, open in the editor. */
export class OpenPanel {
	/** What is below another panel is taken away until that is closed. */
	readonly tray: Locator;

	constructor(
		private readonly page: Page,
		private readonly type: string,
		readonly prefix: 'node' | 'node-config',
	) {
		this.tray = page.locator('.red-ui-tray').last();
	}

	/** The field that a label names, for eyes and ears. `key` is the label's, which is the property's name. */
	field(key: string): Locator {
		return this.tray.getByLabel(words(this.type, `label.${key}`), { exact: true });
	}

	/** Types into fields, or chooses in them. */
	async fill(values: Readonly<Record<string, string>>): Promise<void> {
		for (const [key, value] of Object.entries(values)) {
			const field = this.field(key);
			if ((await field.evaluate((element) => element.localName)) === 'select') {
				await field.selectOption({ label: value });
			} else {
				await field.click();
				await this.page.keyboard.press('ControlOrMeta+A');
				await this.page.keyboard.type(value);
			}
		}
	}

	/** Chooses "string" as the type of a value, and types it. */
	async fillText(key: string, text: string): Promise<void> {
		const typed = this.field(key).locator('..').locator('.red-ui-typedInput-container');
		await typed.locator('.red-ui-typedInput-type-select').click();
		await this.page
			.locator('.red-ui-typedInput-options:visible')
			.getByText('string', { exact: true })
			.click();
		await typed.locator('input:visible').fill(text);
	}

	/** What a field holds. */
	async value(key: string): Promise<string> {
		return this.field(key).inputValue();
	}

	/** Presses a button of the form. */
	async press(key: string): Promise<void> {
		await this.tray
			.locator('button:visible')
			.filter({ hasText: whole(words(this.type, `label.${key}`)) })
			.click();
	}

	/** Presses the plus beside a field that names a configuration, and gives the panel of the new one. */
	async add(key: string, config: string): Promise<OpenPanel> {
		return this.config(key, config, '.fa-plus');
	}

	/** Presses the pencil beside a field that names a configuration, and gives its panel. */
	async edit(key: string, config: string): Promise<OpenPanel> {
		return this.config(key, config, '.fa-pencil');
	}

	/** Closes the panel by the red button at its top, which says Done or Add. */
	async done(): Promise<void> {
		const button = this.page.locator(`#${this.prefix}-dialog-ok`);
		await button.click();
		await button.waitFor({ state: 'detached' });
	}

	private async config(key: string, config: string, icon: string): Promise<OpenPanel> {
		await this.field(key).locator('..').locator(`a:has(${icon})`).click();
		return opened(this.page, config, 'node-config');
	}
}

/** Matches a text that is the only one. */
function whole(text: string): RegExp {
	return new RegExp(`^\\s*${text.replaceAll(/[^\w\s]/g, '\\$&')}\\s*$`);
}

/** Waits until a panel has slid in. */
async function opened(page: Page, type: string, prefix: OpenPanel['prefix']): Promise<OpenPanel> {
	await page.locator(`#${prefix}-dialog-ok`).waitFor();
	await page.waitForFunction("$('.red-ui-tray').last().css('right') === '0px'", undefined, { polling: 50 });
	return new OpenPanel(page, type, prefix);
}

async function boxOf(locator: Locator): Promise<Point & { width: number; height: number }> {
	const box = await locator.boundingBox();
	if (box === null) throw new Error(`not shown: ${locator}`);
	return box;
}

function centre({ x, y, width, height }: Awaited<ReturnType<typeof boxOf>>): Point {
	return { x: x + width / 2, y: y + height / 2 };
}
