import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type RunningNodeRed, startNodeRed, usualVersion } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import {
	type Editor,
	type EditorOptions,
	type FieldValue,
	openEditor,
	type Theme,
	type Viewport,
} from './editor.js';
import { cutWords, overflowing, rawKeys, unlabelled, visibleTexts } from './layout.js';
import { LIGHT_EDITOR } from './light.js';
import { FLOWS, HTTP_KEY, PANELS } from './panels.js';
import { withEditor } from './stage.js';

const HAS_THEMES = usualVersion() > 4;
const LARGE: Viewport = { width: 1440, height: 900 };
const SMALL: Viewport = { width: 800, height: 600 };
const LOOKS: readonly { theme: Theme; viewport: Viewport }[] = [
	{ theme: 'light', viewport: LARGE },
	{ theme: 'dark', viewport: SMALL },
];

let nr: RunningNodeRed;
let browser: Browser;
/** One for all suites. */
let editor: Editor;
/** Language and theme in which it shows the flows of this file; undefined once a test has changed something. */
let shown: string | undefined;

/** For a suite whose tests change flows, in the editor or deployed. */
function openForChanges(): void {
	before(() => {
		shown = undefined;
	});
	openForSuite();
	after(() => {
		shown = undefined;
	});
}

/** Shows the flows of this file in the editor for all tests of a suite; each fails for what it adds to the problems. */
function openForSuite({ language = 'en-US', theme = 'light', viewport = LARGE }: EditorOptions = {}): void {
	before(async () => {
		const wanted = `${language} ${theme}`;
		if (shown === wanted) return editor.page.setViewportSize(viewport);
		await nr.deploy(FLOWS);
		await editor.reopen({ language, theme, viewport });
		shown = wanted;
	});
	afterEach(async function () {
		const problems = editor.problems.splice(0);
		// A panel that was left open must not fail the tests that follow.
		if (this.currentTest?.state === 'failed') await editor.load();
		assert.deepEqual(problems, []);
	});
}

describe('the panels', function () {
	this.timeout(patience(60_000));
	withEditor(
		() => ({ flows: FLOWS }),
		(stage) => {
			({ browser, nr, editor } = stage);
			shown = 'en-US light';
		},
	);

	if (!HAS_THEMES) it.skip('in the dark theme: Node-RED 4 has none');
	for (const { theme, viewport } of HAS_THEMES ? LOOKS : LOOKS.slice(0, 1)) {
		describe(`in the ${theme} theme at ${viewport.width}x${viewport.height}`, () => {
			openForSuite({ theme, viewport });

			it('have that theme', async () => {
				const isDark = await editor.evaluate("document.documentElement.classList.contains('nr-theme-dark')");
				assert.equal(isDark, theme === 'dark');
			});

			for (const { node } of PANELS) {
				it(`${node.type} opens without a complaint, has a label for every field, and fits`, async () => {
					const panel = await editor.openPanel(node.id);
					assert.deepEqual(await panel.wrongFields(), []);
					assert.deepEqual(rawKeys(await visibleTexts(editor)), []);
					assert.deepEqual(await unlabelled(editor), []);
					assert.deepEqual(await overflowing(editor), []);
					assert.deepEqual(await cutWords(editor), []);
					await panel.cancel();
				});
			}
		});
	}

	describe('on Node-RED 4.1', () => {
		let older: RunningNodeRed;
		let itsEditor: Editor;
		before(async () => {
			older = await startNodeRed({ version: 4, settings: LIGHT_EDITOR, flows: FLOWS });
			itsEditor = await openEditor(browser, older);
		});
		after(async () => {
			await itsEditor?.close();
			await older?.stop();
		});

		it('open without a complaint and fit', async () => {
			for (const { node } of PANELS) {
				const panel = await itsEditor.openPanel(node.id);
				assert.deepEqual([node.type, await panel.wrongFields()], [node.type, []]);
				assert.deepEqual([node.type, await overflowing(itsEditor)], [node.type, []]);
				await panel.cancel();
			}
			assert.deepEqual(itsEditor.problems, []);
		});
	});

	describe('after Done, a deploy and a reload', () => {
		openForChanges();

		const held = async (id: string, names: readonly string[]): Promise<Record<string, FieldValue>> => {
			const panel = await editor.openPanel(id);
			const values: Record<string, FieldValue> = {};
			for (const name of names) values[name] = await panel.value(name);
			await panel.cancel();
			return values;
		};

		for (const { node, fields, secrets } of PANELS) {
			it(`${node.type} holds what was typed`, async () => {
				const panel = await editor.openPanel(node.id);
				for (const [name, value] of Object.entries({ ...fields, ...secrets })) await panel.fill(name, value);
				assert.deepEqual(await panel.wrongFields(), []);
				await panel.done();
				assert.deepEqual(await held(node.id, Object.keys(fields)), fields);
			});
		}

		it('all of them still do, with their secrets masked', async () => {
			await editor.deploy();
			await editor.load();
			for (const { node, fields, secrets } of PANELS) {
				const masked = Object.fromEntries(Object.keys(secrets).map((name) => [name, '__PWRD__']));
				const expected = { ...fields, ...masked };
				assert.deepEqual(await held(node.id, Object.keys(expected)), expected);
			}
		});
	});

	describe('and secrets', () => {
		openForChanges();

		it('keep a key that was not touched, and show it nowhere', async () => {
			const panel = await editor.openPanel('device');
			assert.equal(await panel.field('httpKey').getAttribute('type'), 'password');
			assert.equal(await panel.value('httpKey'), '__PWRD__');
			await panel.fill('name', 'renamed');
			await panel.done();
			await nr.redeployed(() => editor.deploy());

			const flows = await (await fetch(`${nr.url}/flows`)).text();
			assert.match(flows, /renamed/);
			const texts = { flows, page: await editor.page.content(), export: await editor.exportFlows() };
			for (const [where, text] of Object.entries(texts)) assert.equal(text.includes(HTTP_KEY), false, where);
			assert.equal(await nr.run((RED) => RED.nodes.getNode('device')?.credentials?.httpKey), HTTP_KEY);
		});
	});

	describe('and fields that are not shown', () => {
		openForChanges();

		it('ask for no client certificate once HTTPS is taken away', async () => {
			await editor.evaluate(
				"Object.assign(RED.nodes.node('endpoint'), { server: 'own', tls: '', clientCert: 'required' })",
			);
			const panel = await editor.openPanel('endpoint');
			await panel.fill('name', 'plain');
			await panel.done();
			assert.equal(await editor.property('endpoint', 'clientCert'), 'none');
		});
	});

	describe('and the way to an endpoint', () => {
		openForSuite();

		it('is told while it is typed, and not as long as it cannot be one', async () => {
			const panel = await editor.openPanel('endpoint');
			const url = panel.body.locator('#wattpost-endpoint-url');
			assert.equal(await url.inputValue(), 'http://127.0.0.1:18481');
			await panel.fill('path', '/devices/');
			assert.equal(await url.inputValue(), 'http://127.0.0.1:18481/devices');
			assert.equal(await panel.body.locator('#wattpost-endpoint-docker').innerText(), '-p 18481:18481');
			await panel.fill('path', '/Käfer');
			assert.equal(await url.inputValue(), 'http://127.0.0.1:18481/K%C3%A4fer');
			await panel.fill('path', '/devices/');
			await panel.fill('host', 'http://x');
			assert.equal(await url.inputValue(), '');
			await panel.fill('server', 'node-red');
			assert.equal(await url.inputValue(), `${nr.url}/devices`);
			await panel.cancel();
		});
	});

	describe('and wrong values', () => {
		openForSuite();

		for (const { node, wrong } of PANELS.filter((panel) => panel.wrong.length > 0)) {
			it(`${node.type} says what is wrong with each`, async () => {
				const panel = await editor.openPanel(node.id);
				for (const { field, value, given = {} } of wrong) {
					for (const [name, shown] of Object.entries(given)) await panel.fill(name, shown);
					const good = await panel.value(field);
					assert.deepEqual(await panel.wrongFields(), []);
					await panel.fill(field, value);
					assert.deepEqual([value, await panel.wrongFields()], [value, [field]]);
					const tip = await panel.tip(field);
					assert.match(tip, /\w+ \w+/);
					assert.deepEqual(rawKeys([tip]), []);
					assert.equal(await panel.message(field), tip);
					assert.equal(await panel.field(field).getAttribute('aria-invalid'), 'true');
					await panel.fill(field, good);
					assert.deepEqual([value, await panel.messages()], [value, []]);
				}
				await panel.cancel();
			});
		}
	});
});
