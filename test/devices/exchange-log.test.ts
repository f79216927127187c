import assert from 'node:assert/strict';
import { exchangeLog, type LogLine } from './common/exchange-log.js';

const LINES: readonly LogLine[] = [
	{ text: '1', state: 'mains' },
	{ text: '2', state: 'mains' },
	{ text: '3', state: 'mains', notable: true },
	{ text: '4', state: 'battery' },
	{ text: '5', state: 'mains' },
];

function printedIn(mode: string): string[] {
	const printed: string[] = [];
	const log = exchangeLog(mode, (text) => printed.push(text));
	for (const line of LINES) log(line);
	return printed;
}

describe('what a simulator prints', () => {
	it('is a line per exchange', () => assert.deepEqual(printedIn('all'), ['1', '2', '3', '4', '5']));

	it('is only what changes, where that is asked for', () => {
		assert.deepEqual(printedIn('changes'), ['1', '3', '4', '5']);
	});

	it('is nothing for a mode that does not exist', () => {
		assert.throws(() => printedIn('none'), /^Error: --log is all or changes, not "none"/);
	});
});
