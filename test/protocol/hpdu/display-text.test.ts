import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toText } from '../../../nodes/protocol/hpdu/display-text.js';
import { decodeFramebuffer, rotate } from '../../../nodes/protocol/hpdu/pixels.js';
import { anyFramebuffer, drawn, framebuffer, LETTER_F, obviously, ROTATIONS, RUNS } from './screens.js';

/** The first lines of a text without the blanks at their ends. */
function firstLines(text: string, count: number): string[] {
	return text
		.split('\n')
		.slice(0, count)
		.map((line) => line.trimEnd());
}

describe('the display as text', () => {
	it('has one block for two pixels, ink where a pixel is lit', () => {
		assert.equal(toText(drawn('.#.#', '..##')), ' ▀▄█');
	});

	it('takes what is below the last row of an odd picture for unlit', () => {
		assert.equal(toText(drawn('#.', '#.', '##')), '█ \n▀▀');
	});

	it('can be read', () => {
		const picture = decodeFramebuffer(LETTER_F, { bitOrder: 'lsb-top' });
		assert.deepEqual(firstLines(toText(picture), 5), ['█▀▀▀▀', '█▄▄▄', '█', '▀', '']);
	});

	it('can be read after a quarter turn, in the right top corner', () => {
		const picture = rotate(decodeFramebuffer(LETTER_F, { bitOrder: 'lsb-top' }), 90);
		const left = ' '.repeat(57);
		assert.deepEqual(firstLines(toText(picture), 4), [
			`${left}▀▀▀█▀▀█`,
			`${left}   █  █`,
			`${left}      ▀`,
			'',
		]);
	});

	it('is 32 lines of 128 signs, nothing lit being blanks', () => {
		const text = toText(decodeFramebuffer(framebuffer({}), { bitOrder: 'lsb-top' }));
		assert.equal(text, Array.from({ length: 32 }, () => ' '.repeat(128)).join('\n'));
	});

	it('is 64 lines of 64 signs after a quarter turn', () => {
		const picture = decodeFramebuffer(new Uint8Array(1024).fill(0xff), { bitOrder: 'lsb-top' });
		assert.equal(toText(rotate(picture, 270)), Array.from({ length: 64 }, () => '█'.repeat(64)).join('\n'));
	});

	it('has the pixels of the formula', () => {
		fc.assert(
			fc.property(anyFramebuffer, fc.constantFrom(...ROTATIONS), (bytes, degrees) => {
				const { width, height, at } = obviously(bytes, {
					bitOrder: 'lsb-top',
					rotate: degrees,
					invert: false,
				});
				const lines = toText(rotate(decodeFramebuffer(bytes, { bitOrder: 'lsb-top' }), degrees)).split('\n');
				assert.equal(lines.length, height / 2);
				for (const [row, line] of lines.entries()) {
					assert.equal(line.length, width);
					assert.deepEqual(
						Array.from(line, (sign) => '▀█'.includes(sign)),
						Array.from({ length: width }, (_, x) => at(x, row * 2) === 1),
					);
					assert.deepEqual(
						Array.from(line, (sign) => '▄█'.includes(sign)),
						Array.from({ length: width }, (_, x) => at(x, row * 2 + 1) === 1),
					);
				}
			}),
			{ ...RUNS, numRuns: 20 },
		);
	});
});
