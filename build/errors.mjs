import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeholders } from './locales.mjs';
import { listFiles } from './project.mjs';

const THROWN = /new ProtocolError\(\s*'([\w-]+)'\s*(?:,\s*\{([^}]*)\})?/g;

/**
 * Places in the sources that raise an error without a value that its text shows: the reader would see a hole.
 * Values that are put together elsewhere and passed as a variable are not looked at.
 * @param {string} root
 * @param {Map<string, unknown>} texts by dotted key
 * @returns {string[]}
 */
export function unfilledErrors(root, texts) {
	return listFiles(join(root, 'nodes'))
		.filter((file) => file.endsWith('.ts'))
		.flatMap((file) => unfilledIn(`nodes/${file}`, readFileSync(join(root, 'nodes', file), 'utf8'), texts));
}

function unfilledIn(file, source, texts) {
	return [...source.matchAll(THROWN)]
		.filter((match) => match[2] !== undefined || closes(source, match))
		.flatMap(([, code, literal = '']) => {
			const given = [...literal.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name]) => name);
			const missing = placeholders(texts.get(`errors.${code}`)).filter((name) => !given.includes(name));
			return missing.map((name) => `${file}: "${code}" is raised without "${name}", which its text shows`);
		});
}

/** Whether the call ends right after the code, that is, passes no values at all. */
function closes(source, match) {
	return /^\s*\)/.test(source.slice(match.index + match[0].length));
}
