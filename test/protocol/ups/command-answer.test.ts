import assert from 'node:assert/strict';
import {
	answerBody,
	type Command,
	chooseForAnswer,
	queued,
} from '../../../nodes/protocol/ups/command-state.js';

const command = (id: string, text: string): Command =>
	queued({ id, nodeId: 'n', command: 'ui.display_msg', args: { text }, maxAge: 0 }, [], 0);
const idsOf = (commands: readonly Command[]) => commands.map(({ id }) => id);

describe('body of an answer', () => {
	it('is an empty list without commands', () => assert.equal(answerBody([]), '{"commands":[]}'));

	it('holds id, name and arguments in order', () => {
		const beep = queued(
			{ id: 'b', nodeId: 'n', command: 'ui.beep', args: { freq_hz: 440 }, maxAge: 0 },
			[],
			0,
		);
		assert.equal(
			answerBody([beep, command('a', 'ä"\n')]),
			'{"commands":[{"id":"b","cmd":"ui.beep","args":{"freq_hz":440}},' +
				'{"id":"a","cmd":"ui.display_msg","args":{"text":"ä\\"\\n"}}]}',
		);
	});
});

describe('commands of an answer', () => {
	it('are at most eight, the oldest', () => {
		const nine = Array.from({ length: 9 }, (_, index) => command(String(index), 'x'));
		assert.deepEqual(idsOf(chooseForAnswer(nine)), ['0', '1', '2', '3', '4', '5', '6', '7']);
	});

	it('all fit when each text is as long as it may be', () => {
		const eight = Array.from({ length: 8 }, (_, index) =>
			command(`${index}`.padStart(20, '0'), '"'.repeat(64)),
		);
		assert.equal(chooseForAnswer(eight).length, 8);
	});

	// {"commands":[ ]} are 15 bytes, each command 52 around its text and 1 for the comma between two.
	it('fill 2047 bytes and not one more, counted in UTF-8', () => {
		const first = command('1', 'ä'.repeat(480));
		const exact = [first, command('2', 'x'.repeat(2047 - 15 - 1 - 960 - 2 * 52))];
		assert.equal(Buffer.byteLength(answerBody(exact)), 2047);
		assert.deepEqual(idsOf(chooseForAnswer(exact)), ['1', '2']);
		const over = [first, command('2', 'x'.repeat(2048 - 15 - 1 - 960 - 2 * 52))];
		assert.deepEqual(idsOf(chooseForAnswer(over)), ['1']);
	});

	it('begin with those that switch something, however many texts are older', () => {
		const texts = Array.from({ length: 25 }, (_, index) => command(String(index), '"'.repeat(64)));
		const urgent = (['host.reset', 'power.cycle', 'host.shutdown'] as const).map((name) =>
			queued({ id: name, nodeId: 'n', command: name, args: {}, maxAge: 0 }, [], 0),
		);
		const chosen = idsOf(chooseForAnswer([...texts, ...urgent]));
		assert.deepEqual(chosen, ['host.reset', 'power.cycle', 'host.shutdown', '0', '1', '2', '3', '4']);
	});

	it('keep their order: a short one does not overtake a long one', () => {
		const commands = [command('1', 'x'.repeat(1900)), command('2', 'x'.repeat(900)), command('3', 'x')];
		assert.deepEqual(idsOf(chooseForAnswer(commands)), ['1']);
	});
});
