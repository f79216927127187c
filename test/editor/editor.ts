/** Drives Node-RED's editor in a real browser, the way a user does. */
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { FlowNode, RunningNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { findChromium, HOW_TO_GET_CHROMIUM, isChromiumRequired } from './chromium.js';

export type Theme = 'light' | 'dark';
export type Language = 'en-US' | 'de';
export interface Viewport {
	readonly width: number;
	readonly height: number;
}

/** What a page can change while it is open. */
export interface Look {
	readonly theme?: Theme;
	readonly viewport?: Viewport;
	readonly language?: Language;
}

export interface EditorOptions extends Look {
	/** httpAdminRoot, where the settings move it. */
	readonly adminRoot?: string;
}

const THEME = 'view-dark-theme';
/** Where the editor keeps the choice in its own settings, which goes before the browser's. */
const LANGUAGE = 'editor-language';
const USUAL: Required<Look> = {
	theme: 'light',
	viewport: { width: 1440, height: 900 },
	language: 'en-US',
};

/** What the list of a config node's instances holds for "none". */
const NONE = '_ADD_';

/**
 * A user is to see trays slide and hints come slowly, at each of hundreds of steps; here nobody watches. Whatever
 * takes a second or more is left alone: the editor gives itself that time to have something ready.
 */
const HASTE = {
	style: '* { transition: none !important; animation: none !important; }',
	timers: `void (() => {
		const { setTimeout } = window;
		window.setTimeout = (callback, delay, ...rest) => setTimeout(callback, delay < 1000 ? delay / 20 : delay, ...rest);
		$.fx.off = true;
	})()`,
} as const;

/** What a field holds: text, or whether a box is checked. */
export type FieldValue = string | boolean;

/**
 * Starts the browser, once per test file. Where none is installed the calling suite is skipped, or fails where
 * one is required.
 */
export async function launchBrowser(suite: Mocha.Context): Promise<Browser> {
	const executablePath = findChromium();
	if (executablePath !== undefined) {
		return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
	}
	if (isChromiumRequired()) throw new Error(`No Chromium was found. ${HOW_TO_GET_CHROMIUM}`);
	return suite.skip();
}

/** Opens the editor and resolves when it shows the flows. */
export async function openEditor(
	browser: Browser,
	nr: Pick<RunningNodeRed, 'url'>,
	{ theme, viewport, language = USUAL.language, adminRoot = '' }: EditorOptions = {},
): Promise<Editor> {
	const context = await browser.newContext({ viewport: viewport ?? USUAL.viewport, locale: language });
	await context.addInitScript(`localStorage['${THEME}'] ??= '${theme ?? USUAL.theme}'`);
	const editor = new Editor(context, await context.newPage(), `${nr.url}${adminRoot}/`);
	await editor.load();
	return editor;
}

export class Editor {
	/** Errors on the console, exceptions and failed requests so far. */
	readonly problems: string[] = [];

	constructor(
		private readonly context: BrowserContext,
		readonly page: Page,
		private readonly url: string,
	) {
		page.setDefaultTimeout(patience(10_000));
		page.on('console', (message) => {
			if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
		});
		page.on('pageerror', (error) => this.problems.push(`exception: ${error.stack ?? error.message}`));
		page.on('response', (response) => {
			if (response.status() >= 400) this.problems.push(`${response.status()} ${response.url()}`);
		});
		// Leaving with changes that were not deployed asks for confirmation.
		page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined));
	}

	/** Loads or reloads the page. */
	async load(): Promise<void> {
		await this.page.goto(this.url);
		// Polled by time, since animation frames do not come in a page that is not on a screen.
		await this.page.waitForFunction(
			"window.RED?.workspaces?.active?.() && $('#red-ui-loading-progress').is(':hidden')",
			undefined,
			{ polling: 50 },
		);
		await this.page.addStyleTag({ content: HASTE.style });
		await this.evaluate(HASTE.timers);
	}

	/** Loads the page again with another look, which takes a third of the time that a new page takes. */
	async reopen({ theme, viewport, language }: Look = {}): Promise<void> {
		await this.evaluate(`void Object.assign(localStorage, {
			'${THEME}': '${theme ?? USUAL.theme}',
			'${LANGUAGE}': '${language ?? USUAL.language}',
		})`);
		await this.page.setViewportSize(viewport ?? USUAL.viewport);
		await this.load();
	}

	/** Has panels that are opened from now on in another language, in no time: the editor around them keeps its own. */
	async speak(language: string): Promise<void> {
		await this.evaluate(`new Promise((resolve) => {
			localStorage['${LANGUAGE}'] = '${language}';
			i18next.changeLanguage('${language}', () => RED.i18n.loadNodeCatalogs(resolve));
		})`);
	}

	/** Opens the panel of a node, or of a config node. */
	async openPanel(id: string): Promise<Panel> {
		const isConfig = await this.evaluate<boolean>(
			`RED.nodes.node(${JSON.stringify(id)})._def.category === 'config'`,
		);
		const open = isConfig
			? `RED.editor.editConfig('', RED.nodes.node(${JSON.stringify(id)}).type, ${JSON.stringify(id)})`
			: `RED.editor.edit(RED.nodes.node(${JSON.stringify(id)}))`;
		return this.panelAfter(`void ${open}`, isConfig ? 'node-config' : 'node');
	}

	/** Opens the panel of a config node that does not exist yet; Done creates it. */
	async openNewConfig(type: string): Promise<Panel> {
		return this.panelAfter(`void RED.editor.editConfig('', ${JSON.stringify(type)}, '_ADD_')`, 'node-config');
	}

	/** Deploys and resolves when the server has taken the flows. Invalid and unused nodes are deployed without asking. */
	async deploy(): Promise<void> {
		await this.answered(this.evaluate("void RED.actions.invoke('core:deploy-flows', true)"));
	}

	/** Waits until a deploy that was begun is answered and over. */
	private async answered(begun: Promise<unknown>): Promise<void> {
		const answer = this.page.waitForResponse(
			(response) =>
				response.request().method() === 'POST' && new URL(response.url()).pathname.endsWith('/flows'),
		);
		const [response] = await Promise.all([answer, begun]);
		if (!response.ok()) throw new Error(`the deploy was answered with ${response.status()}`);
		// Until then the editor takes no further deploy.
		await this.page.waitForFunction("!$('#red-ui-header-shade').is(':visible')", undefined, { polling: 50 });
	}

	/** Throws everything away, and deploys that. */
	async clear(): Promise<void> {
		await this.evaluate(`(() => {
			RED.nodes.clear();
			RED.workspaces.add();
		})()`);
		// The end of the last deploy may still take the mark of changes away, and with it this one.
		const begins = `(() => {
			RED.nodes.dirty(true);
			RED.actions.invoke('core:deploy-flows', true);
			return $('#red-ui-header-button-deploy').hasClass('disabled');
		})()`;
		await this.answered(this.page.waitForFunction(begins, undefined, { polling: 50 }));
	}

	/** Imports flows through the import dialog. */
	async importFlows(flows: readonly FlowNode[]): Promise<void> {
		await this.evaluate("void RED.actions.invoke('core:show-import-dialog')");
		const text = this.page.locator('#red-ui-clipboard-dialog-import-text');
		await text.fill(JSON.stringify(flows));
		// The dialog looks at its text when a key was released.
		await text.dispatchEvent('keyup');
		await this.page.locator('#red-ui-clipboard-dialog-ok').click();
		await this.page.locator('#red-ui-clipboard-dialog-ok').waitFor({ state: 'hidden' });
	}

	/** Ids of the nodes that there are, configurations and tabs too. */
	async ids(): Promise<string[]> {
		return this.evaluate(`(() => {
			const ids = RED.nodes.getWorkspaceOrder().slice();
			RED.nodes.eachNode(({ id }) => ids.push(id));
			RED.nodes.eachConfig(({ id }) => ids.push(id));
			return ids;
		})()`);
	}

	/** Imports flows that share configurations with what is there, in one of the two ways that the editor then offers. */
	async importAgain(flows: readonly FlowNode[], way: 'copy' | 'replace'): Promise<void> {
		const known = await this.ids();
		await this.importFlows(flows);
		const question = this.page.locator('.red-ui-notification').filter({ hasText: 'already exist' });
		if (way === 'copy') {
			await question.getByRole('button', { name: 'Import copy' }).click();
		} else {
			await question.getByRole('button', { name: 'View nodes' }).click();
			const list = this.page.locator('#red-ui-clipboard-dialog-import-conflicts-list');
			for (const id of flows.map((node) => node.id).filter((one) => known.includes(one))) {
				const part = (name: string): Locator =>
					list.locator(`.red-ui-clipboard-dialog-import-conflicts-${name} input[data-node-id="${id}"]`);
				await part('gutter').check();
				await part('controls').check();
			}
			await this.page.locator('#red-ui-clipboard-dialog-import-conflict').click();
		}
		await question.waitFor({ state: 'detached' });
	}

	/** The id of a node by type and name that was not there before; undefined where there is none. */
	async idOf(type: string, name: string, before: readonly string[]): Promise<string | undefined> {
		const found = await this.evaluate<string[]>(`(() => {
			const found = [];
			const look = (node) => {
				if (node.type === ${JSON.stringify(type)} && node.name === ${JSON.stringify(name)}) found.push(node.id);
			};
			RED.nodes.eachNode(look);
			RED.nodes.eachConfig(look);
			return found;
		})()`);
		return found.find((id) => !before.includes(id));
	}

	/** Whether the editor takes a node for ready to be deployed. */
	async isValid(id: string): Promise<boolean> {
		return this.evaluate(`RED.nodes.node(${JSON.stringify(id)}).valid`);
	}

	/** Whether a node in a flow wears the red triangle. */
	async isMarked(id: string): Promise<boolean> {
		return this.evaluate(`$('#${id} .red-ui-flow-node-error').css('display') !== 'none'`);
	}

	/** Types of the nodes that the editor marks as not ready to be deployed. */
	async invalidNodes(): Promise<string[]> {
		return this.evaluate(`(() => {
			const invalid = [];
			const look = (node) => { if (!node.valid) invalid.push(node.type); };
			RED.nodes.eachNode(look);
			RED.nodes.eachConfig(look);
			return invalid;
		})()`);
	}

	/** The flows as the editor exports them. */
	async exportFlows(): Promise<string> {
		return this.evaluate('JSON.stringify(RED.nodes.createCompleteNodeSet({ credentials: false }))');
	}

	/** The property of a node as the editor holds it. */
	async property(id: string, name: string): Promise<unknown> {
		return this.evaluate(`RED.nodes.node(${JSON.stringify(id)})[${JSON.stringify(name)}]`);
	}

	/** The value of an expression in the page. */
	async evaluate<T>(expression: string): Promise<T> {
		return (await this.page.evaluate(expression)) as T;
	}

	async close(): Promise<void> {
		await this.context.close();
	}

	private async panelAfter(open: string, prefix: 'node' | 'node-config'): Promise<Panel> {
		await this.evaluate(open);
		await this.page.locator(`#${prefix}-dialog-ok`).waitFor();
		await this.page.waitForFunction("$('.red-ui-tray').last().css('right') === '0px'", undefined, {
			polling: 50,
		});
		return new Panel(this, prefix);
	}
}

/** An open panel. Its fields are called as the node's properties and credentials are. */
export class Panel {
	private readonly page: Page;

	constructor(
		private readonly editor: Editor,
		private readonly prefix: 'node' | 'node-config',
	) {
		this.page = editor.page;
	}

	/** The part of the tray that holds the form. */
	get body(): Locator {
		return this.page.locator('.red-ui-tray').last().locator('.red-ui-tray-body');
	}

	field(name: string): Locator {
		return this.body.locator(`#${this.prefix}-input-${name}`);
	}

	/** Types, selects or checks, as the kind of field demands. */
	async fill(name: string, value: FieldValue): Promise<void> {
		const field = this.field(name);
		if (typeof value === 'boolean') await field.setChecked(value);
		else if (await this.query<boolean>(name, "is('select')"))
			await field.selectOption(value === '' && (await this.hasNone(name)) ? NONE : value);
		else if (await this.isTyped(name))
			await this.query(name, `typedInput('value', ${JSON.stringify(value)}).length`);
		else {
			await field.fill(value);
			await field.dispatchEvent('change');
		}
	}

	async value(name: string): Promise<FieldValue> {
		if (await this.query<boolean>(name, "is(':checkbox')"))
			return this.query<boolean>(name, "prop('checked')");
		const value = await this.query<string>(
			name,
			(await this.isTyped(name)) ? "typedInput('value')" : 'val()',
		);
		return value === NONE ? '' : value;
	}

	/** Names of the fields that are marked as wrong. */
	async wrongFields(): Promise<string[]> {
		return this.editor.evaluate(
			`$('.red-ui-tray').last().find('.input-error').get().map((element) => element.id.replace(/^node-(config-)?input-/, ''))`,
		);
	}

	/** What stands beside a field that is wrong: the text that its field is described by. */
	async message(name: string): Promise<string> {
		const ids = (await this.field(name).getAttribute('aria-describedby'))?.split(' ') ?? [];
		const alerts = ['[role=alert][id=none]', ...ids.map((id) => `#${id}[role=alert]`)];
		const shown = this.body.locator(alerts.join()).filter({ visible: true });
		return (await shown.allTextContents()).join('; ').trim();
	}

	/** All that is said beside fields. */
	async messages(): Promise<string[]> {
		const texts = await this.body.locator('.wattpost-fault').filter({ visible: true }).allTextContents();
		return texts.map((text) => text.trim());
	}

	/** What the tip of a field says when the mouse rests on it. */
	async tip(name: string): Promise<string> {
		const field = this.field(name);
		const tip = this.page.locator('.red-ui-popover:visible');
		// A tip comes when the mouse arrives, and one that is still shown belongs to what was there before.
		await this.page.mouse.move(0, 0);
		await this.page.waitForFunction("$('.red-ui-popover:visible').length === 0", undefined, { polling: 50 });
		await field.hover();
		await tip.waitFor();
		return ((await tip.textContent()) ?? '').trim();
	}

	/** Closes the panel by its Done button. */
	async done(): Promise<void> {
		await this.leaveBy('ok');
	}

	async cancel(): Promise<void> {
		await this.leaveBy('cancel');
	}

	/** Deletes the config node whose panel this is. */
	async delete(): Promise<void> {
		await this.leaveBy('delete');
	}

	/** Chooses the flow to which the config node belongs; it moves there with Done. */
	async moveTo(tab: string): Promise<void> {
		await this.page.locator('#red-ui-editor-config-scope').selectOption(tab);
	}

	private async leaveBy(button: 'ok' | 'cancel' | 'delete'): Promise<void> {
		const trays = await this.page.locator('.red-ui-tray').count();
		const tray = this.page.locator('.red-ui-tray').last();
		if (button === 'delete') await tray.getByRole('button', { name: 'Delete', exact: true }).click();
		else await this.page.locator(`#${this.prefix}-dialog-${button}`).click();
		await this.page.waitForFunction(`$('.red-ui-tray').length < ${trays}`, undefined, { polling: 50 });
	}

	private hasNone(name: string): Promise<boolean> {
		return this.query(name, `find('option[value=${NONE}]').length > 0`);
	}

	private isTyped(name: string): Promise<boolean> {
		return this.query(name, "is('.red-ui-typedInput')") as Promise<boolean>;
	}

	private query<T>(name: string, call: string): Promise<T> {
		return this.editor.evaluate(`$('#${this.prefix}-input-${name}').${call}`);
	}
}
