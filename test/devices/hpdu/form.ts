/** Keys and values in their order. A value holds one character for each byte, so that any byte survives. */
export type Pairs = readonly (readonly [key: string, value: string])[];

/** The UTF-8 bytes of a text, one character for each. */
export function bytesOf(text: string): string {
	return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of such a string of bytes. */
export function textOf(bytes: string): string {
	return Buffer.from(bytes, 'latin1').toString('utf8');
}

function unescapeBytes(text: string): string {
	return text
		.replaceAll('+', ' ')
		.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Reads `application/x-www-form-urlencoded`; of a key that comes twice both are there. */
export function parseForm(body: Buffer): Pairs {
	return body
		.toString('latin1')
		.split('&')
		.filter((part) => part !== '')
		.map((part) => {
			const at = part.indexOf('=');
			const [key, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
			return [unescapeBytes(key), unescapeBytes(value)];
		});
}

function escapeBytes(bytes: string): string {
	if (/^[\w.~-]*$/.test(bytes)) {
		return bytes;
	}
	return bytes.replace(/[^A-Za-z0-9._~-]/g, (one) =>
		one === ' ' ? '+' : `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
	);
}

/** Writes `application/x-www-form-urlencoded`. */
export function formatForm(pairs: Pairs): Buffer {
	return Buffer.from(pairs.map(([key, value]) => `${escapeBytes(key)}=${escapeBytes(value)}`).join('&'));
}
