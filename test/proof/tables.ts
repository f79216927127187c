/**
 * The tables of a document, each made by a program: between `<!-- npm run something -->` and `<!-- end -->` stands what
 * that command printed as Markdown tables when it was run last.
 */

const SECTION = /<!-- (npm run [^\n]+?) -->\n[\s\S]*?<!-- end -->/g;

/** The commands whose tables a document shows, in its order. */
export function commandsOf(document: string): string[] {
	return [...document.matchAll(SECTION)].map(([, command = '']) => command);
}

/** The Markdown tables in what a program printed, with an empty line between two. */
export function tablesOf(output: string): string {
	const tables: string[][] = [];
	let open: string[] | undefined;
	for (const line of output.split(/\r?\n/)) {
		if (!line.startsWith('|')) {
			open = undefined;
		} else if (open === undefined) {
			open = [line];
			tables.push(open);
		} else {
			open.push(line);
		}
	}
	return tables.map((lines) => lines.map((line) => line.replaceAll(/ {2,}/g, ' ')).join('\n')).join('\n\n');
}

/**
 * The document with new tables of a command.
 * @param circumstances when and where they were made, one line
 * @throws Error when the document shows none of this command, or the output holds none
 */
export function withTables(document: string, command: string, output: string, circumstances: string): string {
	const tables = tablesOf(output);
	if (!commandsOf(document).includes(command)) throw new Error(`no tables of "${command}" are shown`);
	if (tables === '') throw new Error(`"${command}" printed no table`);
	return document.replaceAll(SECTION, (section, of: string) =>
		of === command
			? `<!-- ${command} -->\n\`${command}\`: ${circumstances}\n\n${tables}\n\n<!-- end -->`
			: section,
	);
}
