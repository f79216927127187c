import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { type Editor, launchBrowser, openEditor } from './editor.js';
import { cutWords, overflowing, rawKeys, visibleTexts } from './layout.js';
import { LIGHT_EDITOR } from './light.js';
import { FLOWS, PANELS } from './panels.js';

/**
 * Beside English and German, which are looked at with all that panels can show: those with the longest words, and the
 * one with the widest letters.
 */
const LANGUAGES = ['fr', 'ja', 'pl'];

describe('the panels in other languages, at 800x600', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let browser: Browser;
	let editor: Editor;
	const english = new Map<string, string[]>();

	before(async function () {
		browser = await launchBrowser(this);
		nr = await startNodeRed({ settings: LIGHT_EDITOR, flows: FLOWS });
		editor = await openEditor(browser, nr, { viewport: { width: 800, height: 600 } });
		await eachPanel(async (type) => void english.set(type, await sentences()));
	});
	after(async () => {
		await editor?.close();
		await browser?.close();
		await nr?.stop();
	});

	afterEach(async function () {
		// A panel that was left open must not fail the tests that follow.
		if (this.currentTest?.state === 'failed') await editor.load();
	});

	async function eachPanel(look: (type: string) => Promise<void>): Promise<void> {
		for (const { node } of PANELS) {
			const panel = await editor.openPanel(node.id);
			await look(node.type);
			await panel.cancel();
		}
	}

	/**
	 * Few words may be the same in two languages, be a device's or Node-RED's. Why a PDU did not answer is told by the
	 * runtime, in the language of its settings.
	 */
	async function sentences(): Promise<string[]> {
		const texts = await visibleTexts(editor);
		return texts.filter((text) => /(\p{L}{2,} ){4}/u.test(text) && !/\(E[A-Z]+\)/.test(text));
	}

	for (const language of LANGUAGES) {
		it(`${language}: every text is there, is not English, and fits`, async () => {
			await editor.speak(language);
			await eachPanel(async (type) => {
				const texts = await visibleTexts(editor);
				assert.deepEqual([type, rawKeys(texts)], [type, []]);
				assert.deepEqual([type, await overflowing(editor)], [type, []]);
				assert.deepEqual([type, await cutWords(editor)], [type, []]);
				const untranslated = (english.get(type) ?? []).filter((text) => texts.includes(text));
				assert.deepEqual([type, untranslated], [type, []]);
			});
			assert.deepEqual(editor.problems.splice(0), []);
		});
	}
});
