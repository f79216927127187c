import assert from 'node:assert/strict';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';
import { cutWords, overflowing, rawKeys, visibleTexts } from './layout.js';
import { FLOWS, PANELS } from './panels.js';
import { withEditor } from './stage.js';

/** Those with the longest words, and the one with the widest letters. */
const LANGUAGES = ['de', 'fr', 'ja', 'pl'];

describe('the panels in other languages, at 800x600', function () {
	this.timeout(patience(60_000));
	let editor: Editor;
	const english = new Map<string, string[]>();

	withEditor(
		() => ({ flows: FLOWS }),
		(stage) => ({ editor } = stage),
		{ viewport: { width: 800, height: 600 } },
	);
	before(() => eachPanel(async (type) => void english.set(type, await sentences())));

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
