/**
 * JSON the way a C program without an idea of Unicode sees it: every character of a string here is one byte
 * (0..255). So an id cut in the middle of a character keeps its raw bytes and is sent back as invalid UTF-8.
 */

/** Unicode escapes become the bytes of their UTF-8 form; what is ASCII stays escaped, it may be a quote. */
function escapesToBytes(text: string): string {
	return text.replace(/(?:\\u[0-9a-f]{4})+|\\./gis, (run) => {
		if (run.length === 2) {
			return run;
		}
		const characters = [...(JSON.parse(`"${run}"`) as string)];
		return characters
			.map((c) => (c < '\u0080' ? JSON.stringify(c).slice(1, -1) : Buffer.from(c).toString('latin1')))
			.join('');
	});
}

/** Where the object that begins at `start` ends, or -1. */
function objectEnd(text: string, start: number): number {
	let depth = 0;
	let inString = false;
	for (let at = start; at < text.length; at++) {
		const c = text[at];
		if (inString) {
			at += c === '\\' ? 1 : 0;
			inString = c !== '"';
		} else if (c === '"') {
			inString = true;
		} else if (c === '{' || c === '[') {
			depth++;
		} else if ((c === '}' || c === ']') && --depth === 0) {
			return at + 1;
		}
	}
	return -1;
}

/** The object at the beginning of the bytes, whatever follows it; undefined if there is none. */
export function parseObject(body: Buffer): Record<string, unknown> | undefined {
	const text = body.toString('latin1');
	const start = text.search(/[^ \t\r\n]/);
	if (text[start] !== '{') {
		return undefined;
	}
	try {
		const value: unknown = JSON.parse(escapesToBytes(text.slice(start, objectEnd(text, start))));
		return value as Record<string, unknown>;
	} catch {
		return undefined;
	}
}

/** Compact JSON whose strings hold one byte per character. */
export function encodeJson(value: unknown): Buffer {
	return Buffer.from(JSON.stringify(value), 'latin1');
}

/** What a C program takes for a string: everything before the first NUL, at most `limit` bytes. */
export function cString(text: string, limit: number): string {
	return (text.split('\0', 1)[0] ?? '').slice(0, limit);
}
