import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The texts of one locale file as they are in the source tree.
 * @returns {{ texts: object, problems: string[] }}
 */
export function readTexts(root, language, name) {
	const file = `locales/${language}/${name}.json`;
	if (!existsSync(join(root, file))) return { texts: {}, problems: [`${file} is missing`] };
	try {
		return { texts: JSON.parse(readFileSync(join(root, file), 'utf8')), problems: [] };
	} catch (error) {
		return { texts: {}, problems: [`${file}: ${error.message}`] };
	}
}

/**
 * Deep union of two trees of texts.
 * @returns {{ texts: object, duplicates: string[] }} `duplicates`: keys that hold a text in both
 */
export function mergeTexts(common, own, prefix = '') {
	const texts = { ...common };
	const duplicates = [];
	for (const [key, value] of Object.entries(own)) {
		if (!Object.hasOwn(common, key)) texts[key] = value;
		else if (isTree(common[key]) && isTree(value)) {
			const inner = mergeTexts(common[key], value, `${prefix}${key}.`);
			texts[key] = inner.texts;
			duplicates.push(...inner.duplicates);
		} else duplicates.push(prefix + key);
	}
	return { texts, duplicates };
}

/**
 * Every text by its dotted key.
 * @returns {Map<string, unknown>}
 */
export function flatten(texts, prefix = '') {
	const entries = Object.entries(texts).flatMap(([key, value]) =>
		isTree(value) ? [...flatten(value, `${prefix}${key}.`)] : [[prefix + key, value]],
	);
	return new Map(entries);
}

/** Names of the placeholders of a text, `__name__` as Node-RED's i18next reads them in runtime and editor. */
export function placeholders(text) {
	return [...new Set([...String(text).matchAll(/__(\w+?)__/g)].map(([, name]) => name))].sort();
}

function isTree(value) {
	return typeof value === 'object' && value !== null;
}
