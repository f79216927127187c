import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { effectOf } from '../../../nodes/protocol/ups/commands.js';
import {
	COMMAND_NAMES,
	type CommandName,
	collectArguments,
	parseArguments,
	parseCommandName,
} from '../../../nodes/protocol/ups/index.js';
import { coded } from '../errors.js';

const NUMBERS: readonly (readonly [CommandName, string, number])[] = [
	['ui.beep', 'freq_hz', 65535],
	['ui.beep', 'dur_ms', 65535],
	['host.shutdown', 'delay_s', 65535],
	['host.reset', 'delay_s', 65535],
	['power.cycle', 'off_ms', 60000],
];

describe('names of commands', () => {
	it('are five', () => {
		assert.deepEqual(COMMAND_NAMES, [
			'ui.beep',
			'ui.display_msg',
			'host.shutdown',
			'host.reset',
			'power.cycle',
		]);
		for (const name of COMMAND_NAMES) assert.equal(parseCommandName(name), name);
	});

	for (const name of [
		'',
		'UI.BEEP',
		'ui.beep ',
		'toString',
		'__proto__',
		'power.off',
		undefined,
		null,
		5,
		{},
	]) {
		it(`${JSON.stringify(name)} is none`, () => {
			assert.throws(() => parseCommandName(name), coded('ups-unknown-command'));
		});
	}

	it('never go into an error at length', () => {
		assert.throws(
			() => parseCommandName('x'.repeat(1000)),
			coded('ups-unknown-command', { command: 'x'.repeat(40) }),
		);
		assert.throws(() => parseCommandName({ secret: 1 }), coded('ups-unknown-command', { command: 'object' }));
	});

	it('have an effect that telemetry shows', () => {
		assert.deepEqual(COMMAND_NAMES.map(effectOf), [
			undefined,
			undefined,
			'host-gone',
			'host-restarted',
			'host-restarted',
		]);
	});
});

describe('numbers for commands', () => {
	for (const [command, name, max] of NUMBERS) {
		const parse = (value: unknown) => parseArguments(command, { [name]: value }, false);

		it(`${command} ${name} is a whole number from 0 to ${max}`, () => {
			for (const value of [0, 1, max]) assert.deepEqual(parse(value), { [name]: value });
			for (const value of [-1, max + 1, 199.9, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
				assert.throws(
					() => parse(value),
					coded('ups-bad-argument', { command, argument: name, expected: `0..${max}` }),
				);
			}
		});

		it(`${command} ${name} may be decimal text`, () => {
			assert.deepEqual(parse(String(max)), { [name]: max });
			assert.deepEqual(parse(' 20 '), { [name]: 20 });
			assert.deepEqual(parse('007'), { [name]: 7 });
			for (const value of [String(max + 1), '-1', '+1', '1.0', '1e3', '0x10', 'many', ' ', '٣', '1 2']) {
				assert.throws(() => parse(value), coded('ups-bad-argument', { argument: name }));
			}
		});

		it(`${command} ${name} left blank is left out`, () => {
			for (const value of ['', undefined, null]) assert.deepEqual(parse(value), {});
			assert.deepEqual(parseArguments(command, {}, false), {});
		});

		it(`${command} ${name} is nothing else`, () => {
			for (const value of [true, false, [], [5], {}, () => 5, 5n, Symbol('5')]) {
				assert.throws(() => parse(value), coded('ups-bad-argument', { argument: name }));
			}
		});
	}

	it('keep their order on the wire', () => {
		assert.deepEqual(Object.keys(parseArguments('ui.beep', { dur_ms: 1, freq_hz: 2 }, false)), [
			'freq_hz',
			'dur_ms',
		]);
	});

	for (const unknown of ['line', 'FREQ_HZ', '__proto__', 'constructor', '', 'delay_s']) {
		it(`refuse the unknown key ${JSON.stringify(unknown)}`, () => {
			const given = JSON.parse(`{${JSON.stringify(unknown)}:1}`);
			assert.throws(
				() => parseArguments('ui.beep', given, false),
				coded('ups-bad-argument', { argument: unknown }),
			);
		});
	}

	it('are not taken from a prototype', () => {
		assert.deepEqual(parseArguments('ui.beep', Object.create({ freq_hz: 5 }), false), {});
	});
});

describe('text for the display', () => {
	const parse = (text: unknown, mayClear = false) => parseArguments('ui.display_msg', { text }, mayClear);

	const good: readonly (readonly [string, unknown, string])[] = [
		['a word', 'Hello', 'Hello'],
		['rows', 'one\ntwo', 'one\ntwo'],
		['rows from Windows', 'one\r\ntwo', 'one\ntwo'],
		['a number', 21.5, '21.5'],
		['64 bytes', 'x'.repeat(64), 'x'.repeat(64)],
		['64 bytes in 32 letters', 'ä'.repeat(32), 'ä'.repeat(32)],
		['16 emoji', '😀'.repeat(16), '😀'.repeat(16)],
		['quotes', '"\\', '"\\'],
	];
	for (const [what, given, text] of good) {
		it(`takes ${what}`, () => assert.deepEqual(parse(given), { text }));
	}

	const bad: readonly (readonly [string, unknown])[] = [
		['65 bytes', 'x'.repeat(65)],
		['65 bytes in 33 letters', `${'ä'.repeat(32)}x`],
		['nothing', undefined],
		['null', null],
		['an empty text that nobody set', ''],
		['a boolean', true],
		['an object', { text: 'x' }],
		['an array', ['x']],
		['bytes', Buffer.from('x')],
		['a tabulator', 'a\tb'],
		['a carriage return', 'a\rb'],
		['NUL', 'a\0b'],
		['ESC', 'a\u001bb'],
		['DEL', 'a\u007fb'],
		['C1', 'a\u0085b'],
		['half a pair of surrogates', 'a\ud83d'],
		['the other half', '\ude00a'],
	];
	for (const [what, given] of bad) {
		it(`refuses ${what}`, () => {
			assert.throws(() => parse(given), coded('ups-bad-argument', { argument: 'text' }));
		});
	}

	it('clears the display only on purpose', () => assert.deepEqual(parse('', true), { text: '' }));

	it('must be there', () => {
		assert.throws(
			() => parseArguments('ui.display_msg', {}, true),
			coded('ups-bad-argument', { argument: 'text' }),
		);
	});

	it('rejects control characters', () => {
		const given = { text: 'x', line: 0 };
		assert.throws(
			() => parseArguments('ui.display_msg', given, true),
			coded('ups-bad-argument', { argument: 'line' }),
		);
	});
});

describe('sources of arguments', () => {
	const blank = { freq_hz: '', dur_ms: '', delay_s: '', off_ms: '' };
	const collect = (command: CommandName, fields: object, payload: unknown, display?: unknown) =>
		collectArguments(command, { fields: { ...blank, ...fields }, payload, display });

	it('fields of the node win over the payload', () => {
		assert.deepEqual(collect('ui.beep', { freq_hz: '440' }, { freq_hz: 1000, dur_ms: 5 }), {
			freq_hz: '440',
			dur_ms: 5,
		});
	});

	it('the payload does not count when all fields are filled', () => {
		const fields = { freq_hz: '440', dur_ms: '100' };
		assert.deepEqual(collect('ui.beep', fields, { nonsense: 1 }), { freq_hz: '440', dur_ms: '100' });
	});

	it('fields of other commands do not count', () => {
		assert.deepEqual(collect('host.reset', { off_ms: '9', delay_s: '3' }, { any: 1 }), { delay_s: '3' });
	});

	it('a payload that is no plain object holds no arguments', () => {
		for (const payload of ['on', 5, null, undefined, [440], Buffer.from('x'), new Date(), new Map()]) {
			assert.deepEqual(collect('ui.beep', {}, payload), {});
		}
	});

	it('an unknown key of the payload comes out, to be refused', () => {
		assert.deepEqual(Object.keys(collect('power.cycle', {}, JSON.parse('{"__proto__":1}'))), ['__proto__']);
	});

	it('the text is what the field says, or an object of arguments', () => {
		assert.deepEqual(collect('ui.display_msg', {}, 'ignored', 'shown'), { text: 'shown' });
		assert.deepEqual(collect('ui.display_msg', {}, 'ignored', { text: 'shown' }), { text: 'shown' });
		assert.deepEqual(collect('ui.display_msg', {}, 'ignored', 7), { text: 7 });
	});

	it('an object made in the context of a function node is a plain one', () => {
		const payload: unknown = runInNewContext('({ freq_hz: 440 })');
		assert.deepEqual(collect('ui.beep', {}, payload), { freq_hz: 440 });
		assert.deepEqual(collect('ui.display_msg', {}, '', runInNewContext('({ text: "x" })')), { text: 'x' });
		assert.deepEqual(collect('ui.beep', {}, runInNewContext('[440]')), {});
	});

	it('an object without prototype is a plain one', () => {
		assert.deepEqual(collect('ui.beep', {}, Object.assign(Object.create(null), { dur_ms: 1 })), {
			dur_ms: 1,
		});
	});
});
