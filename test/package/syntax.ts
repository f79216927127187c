/** Reads JavaScript as a syntax tree, with the parser that Node-RED brings. */
import { createRequire } from 'node:module';

/** As much of a syntax tree as is looked at by the tests. */
export interface Syntax {
	readonly type: string;
	readonly value?: Syntax | string | number;
	readonly regex?: { readonly pattern: string; readonly flags: string };
	readonly key?: { readonly name?: string };
	readonly properties?: readonly Syntax[];
	readonly name?: string;
	readonly property?: Syntax;
	readonly callee?: Syntax;
	readonly arguments?: readonly Syntax[];
}

interface Parser {
	parse(code: string, options: { ecmaVersion: 'latest' }): Syntax;
	full(tree: Syntax, visit: (node: Syntax) => void): void;
}

const fromRed = createRequire(require.resolve('node-red/red.js'));
const fromNodes = createRequire(fromRed.resolve('@node-red/nodes/package.json'));
const { parse, full } = { ...fromNodes('acorn'), ...fromNodes('acorn-walk') } as Parser;

/** Every node of the syntax tree of a script. */
export function syntaxOf(script: string): Syntax[] {
	const nodes: Syntax[] = [];
	full(parse(script, { ecmaVersion: 'latest' }), (node) => nodes.push(node));
	return nodes;
}

/** The scripts that the flow library's validator finds in a panel: it goes by the type that is written there. */
export function scriptsOf(html: string): string[] {
	return [...html.matchAll(/<script.+?type=['"]text\/javascript['"].*?>([\S\s]*?)<\/script>/gi)].map(
		([, script = '']) => script,
	);
}
