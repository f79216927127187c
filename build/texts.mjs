import { placeholders } from './locales.mjs';
import { BASE_LANGUAGE } from './project.mjs';

const LONGEST_STATUS = 20;

/** What a translation repeats as it is: message properties, codes of a device, and numbers with their meaning. */
const LITERAL = /msg(?:\.\w+)+|ERR_\w+|\d{3,}/g;

const TAG = /<[^>]*>|&\w+;/g;

/** Writing whose letters are twice as wide as others. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー、。]/gu;

/** The roles of a PDU's users, which it calls so in every language, and the sign of a unit. */
const SAME_EVERYWHERE = ['super', 'admin', 'power', 'user', 'viewer', 'min'];

/** Words that are the same in English and in the language. Any other text that is the same was not translated. */
const SAME_IN_ENGLISH = {
	de: 'Firmware Format Header Host Name Parameter Port Register Text Token offline online',
	es: 'Endpoint Firmware Host Token',
	fr: 'Action Firmware Format Page Port hertz port',
	ja: '',
	nl: 'Common name Endpoint Firmware Header Host Parameter Register Registers Token hertz offline online registers',
	pl: 'Firmware Format Host Port Token offline online port',
};

/**
 * What is wrong with a file of texts, seen against the same file of the base language.
 * @param {{ language: string, name: string }} file
 * @param {Map<string, unknown>} base by dotted key
 * @param {Map<string, unknown>} texts by dotted key
 * @returns {string[]} one line each
 */
export function compareTexts({ language, name }, base, texts) {
	const tell = (keys, what) => keys.map((key) => `locales/${language}/${name}.json: "${key}" ${what}`);
	const keys = [...texts.keys()];
	const shared = keys.filter((key) => base.has(key));
	const differing = (parts) =>
		shared.filter((key) => `${parts(texts.get(key))}` !== `${parts(base.get(key))}`);
	const isCopied = (key) =>
		language !== BASE_LANGUAGE && isUntranslated(language, texts.get(key), base.get(key));
	return [
		...tell(
			[...base.keys()].filter((key) => !texts.has(key)),
			'is missing',
		),
		...tell(
			keys.filter((key) => !base.has(key)),
			`is not in ${BASE_LANGUAGE}`,
		),
		...tell(differing(placeholders), `has other placeholders than ${BASE_LANGUAGE}`),
		...tell(differing(literals), `has other properties, codes or numbers than ${BASE_LANGUAGE}`),
		...tell(differing(tags), `has other markup than ${BASE_LANGUAGE}`),
		...tell(shared.filter(isCopied), 'is not translated'),
		...tell(
			keys.filter((key) => isBlank(texts.get(key))),
			'holds no text',
		),
	];
}

/**
 * Badges that reach over their node: a level of 100, a status code, counts and ages of two digits are likely.
 * @param {Map<string, string>} texts by dotted key
 * @returns {string[]} keys
 */
export function longStatuses(texts) {
	const units = [...texts].filter(([key]) => key.startsWith('age.')).map(([, text]) => filled(text, ''));
	const age = units.reduce((one, other) => (width(other) > width(one) ? other : one), '');
	return [...texts]
		.filter(([key, text]) => key.startsWith('status.') && width(filled(text, age)) >= LONGEST_STATUS)
		.map(([key]) => key);
}

function filled(text, age) {
	return text
		.replaceAll('__age__', age)
		.replaceAll(/__(level|status)__/g, '100')
		.replaceAll(/__\w+?__/g, '99');
}

function width(text) {
	return text.length + (text.match(WIDE) ?? []).length;
}

function isUntranslated(language, text, base) {
	if (text !== base) return false;
	const known = new Set([...SAME_EVERYWHERE, ...(SAME_IN_ENGLISH[language] ?? '').split(' ')]);
	const words = String(text)
		.replaceAll(/__\w+?__/g, ' ')
		.match(/\p{L}{3,}/gu);
	return (words ?? []).some((word) => word !== word.toUpperCase() && !known.has(word));
}

function literals(text) {
	return [...new Set(String(text).match(LITERAL) ?? [])].sort();
}

function tags(text) {
	return (String(text).match(TAG) ?? []).sort();
}

function isBlank(text) {
	return typeof text !== 'string' || text.trim() === '';
}
