import assert from 'node:assert/strict';
import fc from 'fast-check';
import { duplicateNames, survey } from '../../../nodes/protocol/wican/duplicates.js';

const duplicates = (text: string, ...skip: string[]) => duplicateNames(text, JSON.parse(text), new Set(skip));

/** Text in, names out; what is skipped comes last. */
const CASES: Readonly<Record<string, readonly [text: string, names: readonly string[], skip?: string]>> = {
	'nothing in an empty body': ['{}', []],
	'nothing in values without names': ['[1,"a:b",[],null]', []],
	'nothing in a bare string': ['":"', []],
	'a cell that a profile names twice': [
		'{"autopid_data":{"HV_C_V_167":3.9,"HV_C_V_168":3.98,"HV_C_V_168":3.96}}',
		['HV_C_V_168'],
	],
	'a name that stands three times, once': ['{"HV_C_D_MAX":1,"HV_C_D_MAX":2,"HV_C_D_MAX":3}', ['HV_C_D_MAX']],
	'names in the order of their first occurrence': ['{"a":1,"b":2,"b":3,"a":4}', ['a', 'b']],
	'an outer name before the inner one that it holds': ['{"o":{"k":1,"k":2},"p":0,"o":3}', ['o', 'k']],
	'names by where they are repeated, not by where they stand alone': [
		'{"x":{"b":1},"y":{"a":1,"b":1,"b":2,"a":2}}',
		['a', 'b'],
	],
	'a name repeated in two objects, once': ['{"x":{"b":1,"b":1},"y":{"a":1,"a":1,"b":2,"b":2}}', ['b', 'a']],
	'no name that different objects share': [
		'{"pids":[{"name":"A"},{"name":"B"},{"name":"C"}],"name":"D"}',
		[],
	],
	'a name of an object in an array': ['[[{"a":1},{"a":1,"a":2}]]', ['a']],
	'a name whose first value was an object': ['{"a":{"b":1,"c":2},"a":1}', ['a']],
	'a name repeated inside of what is lost': ['{"a":{"b":1,"b":2},"a":1}', ['a', 'b']],
	'a name spelled in two ways': ['{"A":1,"\\u0041":2}', ['A']],
	'names with quotes and backslashes': ['{"before":0,"\\"":1,"\\\\":2,"\\"":3,"\\\\":4}', ['"', '\\']],
	'a name that ends in an escaped backslash': ['{"before":0,"a\\\\":1,"a\\\\":2}', ['a\\']],
	'the empty name': ['{"":1,"":2}', ['']],
	'names of what objects inherit': [
		'{"__proto__":1,"constructor":1,"__proto__":2,"constructor":2}',
		['__proto__', 'constructor'],
	],
	'no name that only looks inherited': ['{"__proto__":1,"toString":{"hasOwnProperty":1}}', []],
	'names behind white space': ['{ "a"\t:1,\r\n"a" \n\r\t :2 }', ['a']],
	'no name that a text quotes': ['{"a":"\\"b\\":1,\\"b\\":2","c":"\\":\\":{["}', []],
	'a name beside a text that looks like names': ['{"a":"\\"b\\":1","c":1,"c":2}', ['c']],
	'no value that is spelled like a name': ['{"a":"b","c":"b","d":["b","b"]}', []],
	'a name with letters beyond ASCII': ['{"Kühl\ufffd":1,"Kühl\ufffd":2}', ['Kühl\ufffd']],

	'nothing inside a member that is skipped': ['{"status":{"a":1,"a":2,"b":[{"c":1,"c":1}]}}', [], 'status'],
	'what follows a member that is skipped': ['{"status":{"a":1,"a":2},"b":{"c":1,"c":2}}', ['c'], 'status'],
	'the skipped member itself': ['{"status":{"a":1,"a":2},"status":{}}', ['status'], 'status'],
	'names inside a member of that name further below': ['{"x":{"status":{"a":1,"a":2}}}', ['a'], 'status'],
	'names inside a member of that name in an array': ['[{"status":{"a":1,"a":2}}]', ['a'], 'status'],
	'nothing inside a skipped member that is spelled otherwise': [
		'{"st\\u0061tus":{"a":1,"a":2}}',
		[],
		'status',
	],
};

/** JSON as a tree that can hold a name twice. */
type Tree = { scalar: string } | { items: Tree[] } | { members: [name: string, value: Tree][] };

const space = fc.constantFrom('', '', ' ', '\n\t', ' \r\n ');
const name = fc.constantFrom(
	'a',
	'A',
	'b',
	'',
	'"',
	'\\',
	'\\"',
	':',
	'":',
	'{',
	'__proto__',
	'toString',
	'°',
);
const scalar = fc.constantFrom(
	'1',
	'-2.5e3',
	'null',
	'true',
	'""',
	'"\\":"',
	'"\\\\"',
	'"a"',
	'"{\\"a\\":["',
);

const tree = fc.letrec<{ tree: Tree }>((tie) => ({
	tree: fc.oneof(
		{ depthSize: 'medium' },
		fc.record({ scalar }),
		fc.record({ items: fc.array(tie('tree'), { maxLength: 4 }) }),
		fc.record({ members: fc.array(fc.tuple(name, tie('tree')), { maxLength: 5 }) }),
	),
})).tree;

/** A name in JSON, as it is or every letter escaped. */
function quote(text: string, escaped: boolean): string {
	const hex = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
	return escaped ? `"${[...text].map(hex).join('')}"` : JSON.stringify(text);
}

/** Writes a tree; white space and escapes come from a list that is gone through again and again. */
function write(root: Tree, spaces: readonly string[], escapes: readonly boolean[]): string {
	let count = 0;
	const gap = () => spaces[count++ % spaces.length] ?? '';
	const text = (node: Tree): string => {
		if ('scalar' in node) return node.scalar;
		if ('items' in node) return `[${gap()}${node.items.map(text).join(`${gap()},${gap()}`)}${gap()}]`;
		const members = node.members.map(([key, value]) => {
			const quoted = quote(key, escapes[count % escapes.length] ?? false);
			return `${gap()}${quoted}${gap()}:${gap()}${text(value)}${gap()}`;
		});
		return `{${members.join(',')}}`;
	};
	return text(root);
}

/**
 * What a tree means. Not from JSON.parse: since V8 12.8 that takes an escaped name for another one of equal length where
 * it has seen one with a backslash (nodejs/node#63785).
 */
function meant(node: Tree): unknown {
	if ('scalar' in node) return JSON.parse(node.scalar);
	if ('items' in node) return node.items.map(meant);
	return Object.fromEntries(node.members.map(([key, value]) => [key, meant(value)]));
}

/** Numbers the names in the order of the text, and takes those that have an equal beside them. */
function expected(root: Tree): string[] {
	let order = 0;
	const found: [name: string, order: number][] = [];
	const visit = (node: Tree): void => {
		if ('items' in node) for (const item of node.items) visit(item);
		if (!('members' in node)) return;
		for (const [key, value] of node.members) {
			if (node.members.filter(([other]) => other === key).length > 1) found.push([key, order]);
			order++;
			visit(value);
		}
	};
	visit(root);
	return [...new Set(found.sort((one, other) => one[1] - other[1]).map(([key]) => key))];
}

describe('Names that stand twice in the JSON of a WiCAN', () => {
	for (const [what, [text, names, skip]] of Object.entries(CASES)) {
		it(`finds ${what}`, () => assert.deepEqual(duplicates(text, ...(skip ? [skip] : [])), names));
	}

	it('finds the same as a slow search in any JSON', () => {
		fc.assert(
			fc.property(
				tree,
				fc.array(space, { minLength: 1 }),
				fc.array(fc.boolean(), { minLength: 1 }),
				(root, spaces, escapes) =>
					assert.deepEqual(duplicateNames(write(root, spaces, escapes), meant(root)), expected(root)),
			),
			{ numRuns: 2000 },
		);
	});

	it('does not lose a level when half a million are open', () => {
		const levels = 500_000;
		const text = `{"first":1,"deep":${'['.repeat(levels)}{"k":1,"k":2}${']'.repeat(levels)},"first":2}`;
		assert.deepEqual(duplicates(text), ['first', 'k']);
	});

	it('ends with a text that breaks off', () => {
		assert.deepEqual(duplicateNames('{"a":1,"a":"', {}), ['a']);
		assert.deepEqual(duplicateNames('{"a":1,"a":2}]]}"b":', {}), ['a']);
	});
});

describe('The extent of a body', () => {
	const CASES: readonly (readonly [text: string, keys: number, depth: number])[] = [
		['1', 0, 0],
		['null', 0, 0],
		['"text"', 0, 0],
		['{}', 0, 1],
		['[]', 0, 1],
		['[[],[[]]]', 0, 3],
		['{"a":1,"b":"c"}', 2, 1],
		['{"a":{"b":{}},"c":[1,{"d":null}]}', 4, 3],
		['{"a":1,"a":{"b":2}}', 2, 2],
		['{"__proto__":{"constructor":1},"toString":2}', 3, 2],
	];
	for (const [text, keys, depth] of CASES) {
		it(`of ${text} is ${keys} names in ${depth} levels`, () =>
			assert.deepEqual(survey(JSON.parse(text)), { keys, depth }));
	}

	it('is measured half a million levels deep', () => {
		const levels = 500_000;
		const text = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
		assert.deepEqual(survey(JSON.parse(text)), { keys: levels, depth: levels });
	});
});
