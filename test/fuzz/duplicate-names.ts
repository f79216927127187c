/**
 * Names that stand more than once in one object of a JSON text, found in the plainest way: token by token, with a stack
 * of the names of each object that is open.
 */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gs;

/** @param text valid JSON */
export function duplicatesOf(text: string): string[] {
	const tokens = text.match(TOKEN) ?? [];
	const open: string[][] = [];
	const found = new Set<string>();
	tokens.forEach((token, index) => {
		if (token === '{' || token === '[') open.push([]);
		else if (token === '}' || token === ']') open.pop();
		else if (tokens[index + 1] === ':') {
			const name = JSON.parse(token) as string;
			const names = open.at(-1) ?? [];
			if (names.includes(name)) found.add(name);
			names.push(name);
		}
	});
	return [...found];
}
