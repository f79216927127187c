/** Answers of an HTTP server, read strictly: what a device with little patience for the unusual can read. */

/** One answer. */
export interface ReadAnswer {
	readonly status: number;
	readonly body: string;
}

const HEAD = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[!#$%&'*+.^_`|~\w-]+: ?[^\r\n]*\r\n)*)\r\n/;

/**
 * Reads all answers that came over a connection, one behind the other.
 * @throws Error for bytes that are none, or for one that is cut
 */
export function readAnswers(text: string): ReadAnswer[] {
	const answers: ReadAnswer[] = [];
	for (let rest = text; rest !== ''; ) {
		const [head, status = '', fields = ''] = HEAD.exec(rest) ?? [];
		if (head === undefined) throw new Error(`no answer: ${JSON.stringify(rest.slice(0, 200))}`);
		const behind = rest.slice(head.length);
		const length = lengthOf(fields, Number(status), behind);
		if (length === undefined || behind.length < length) throw new Error(`an answer without its end: ${rest}`);
		answers.push({ status: Number(status), body: behind.slice(0, length) });
		rest = behind.slice(length);
	}
	return answers;
}

/** @param behind what follows: all of it where the connection ends with the answer, as with Node.js' own */
function lengthOf(fields: string, status: number, behind: string): number | undefined {
	if (status < 200 || status === 204 || status === 304) return 0;
	const lengths = [...fields.matchAll(/^content-length: (\d+)\r$/gim)];
	if (/^transfer-encoding: chunked\r$/im.test(fields)) return chunkedLength(behind);
	if (lengths.length === 0 && /^connection: close\r$/im.test(fields)) return behind.length;
	return lengths.length === 1 ? Number(lengths[0]?.[1]) : undefined;
}

/** How long a body in chunks is, undefined where its end is missing. */
function chunkedLength(text: string): number | undefined {
	for (let at = 0; at < text.length; ) {
		const [line, digits = ''] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20)) ?? [];
		if (line === undefined) return undefined;
		const size = Number.parseInt(digits, 16);
		at += line.length + size + 2;
		if (size === 0) return at;
	}
	return undefined;
}
