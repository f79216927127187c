import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { parseRenderOptions, type RenderOptions, render } from '../../../nodes/protocol/hpdu/display.js';
import { toText } from '../../../nodes/protocol/hpdu/display-text.js';
import { coded } from '../errors.js';
import {
	anyFramebuffer,
	assertSamePixels,
	BIT_ORDERS,
	framebuffer,
	LETTER_F,
	lit,
	obviously,
	ROTATIONS,
	RUNS,
	rowByRow,
} from './screens.js';

const PLAIN = { scale: 1, rotate: 0, invert: false, bitOrder: 'lsb-top' } as const;
const FORMATS = ['png', 'data-url', 'raw', 'pixels', 'text'] as const;

describe('rendering the display', () => {
	it('as pixels', () => {
		const pixels = render(framebuffer({ 129: 0x04 }), { ...PLAIN, format: 'pixels' });
		assert.deepEqual([pixels.width, pixels.height, pixels.data.length], [128, 64, 8192]);
		assert.deepEqual(lit(pixels), [[1, 10]]);
	});

	it('as a PNG, scaled and turned', () => {
		const png = render(LETTER_F, { ...PLAIN, format: 'png', scale: 4, rotate: 90 });
		assert.ok(Buffer.isBuffer(png));
		const { width, height, data } = PNG.sync.read(png);
		assert.deepEqual([width, height], [256, 512]);
		// the corner of the F has come to the top right
		assert.deepEqual([...data.subarray((width - 1) * 4, width * 4)], [0, 0, 0, 255]);
		assert.deepEqual([...data.subarray(0, 4)], [255, 255, 255, 255]);
	});

	it('as a data URL of the same PNG', () => {
		const options = { ...PLAIN, scale: 2, invert: true } as const;
		const png = render(LETTER_F, { ...options, format: 'png' });
		assert.equal(
			render(LETTER_F, { ...options, format: 'data-url' }),
			`data:image/png;base64,${png.toString('base64')}`,
		);
	});

	it('as text, in which the scale does not count', () => {
		const text = render(LETTER_F, { ...PLAIN, format: 'text', scale: 16 });
		assert.equal(text.split('\n').length, 32);
		assert.equal(text.slice(0, 6), '█▀▀▀▀ ');
	});

	it('inverted, as text and as a PNG', () => {
		const text = render(LETTER_F, { ...PLAIN, format: 'text', invert: true });
		assert.equal(text.slice(0, 6), ' ▄▄▄▄█');
		const { data } = PNG.sync.read(render(LETTER_F, { ...PLAIN, format: 'png', invert: true }));
		assert.deepEqual([data[0], data[5 * 4]], [255, 0]);
	});

	it('raw gives the bytes untouched by any option', () => {
		const raw = render(LETTER_F, {
			format: 'raw',
			scale: 3,
			rotate: 90,
			invert: true,
			bitOrder: 'msb-top',
		});
		assert.ok(Buffer.isBuffer(raw));
		assert.deepEqual([...raw], [...LETTER_F]);
	});

	it('raw gives bytes of their own', () => {
		const bytes = framebuffer({});
		render(bytes, { ...PLAIN, format: 'raw' }).fill(0xff);
		assert.deepEqual(bytes, framebuffer({}));
	});

	for (const format of FORMATS) {
		for (const length of [0, 1023, 1025]) {
			it(`refuses ${length} bytes as ${format}`, () => {
				assert.throws(
					() => render(new Uint8Array(length), { ...PLAIN, format }),
					coded('hpdu-bad-response', {
						...{ device: '', request: 'GET /ui/framebuffer' },
						reason: `framebuffer of ${length} bytes`,
					}),
				);
			});
		}
	}

	it('has the pixels of the formula, with any options, and leaves the bytes as they are', () => {
		const options = fc.record({
			rotate: fc.constantFrom(...ROTATIONS),
			invert: fc.boolean(),
			bitOrder: fc.constantFrom(...BIT_ORDERS),
			scale: fc.integer({ min: 1, max: 3 }),
		});
		fc.assert(
			fc.property(anyFramebuffer, options, (bytes, any) => {
				const before = bytes.slice();
				const expected = obviously(bytes, any);
				const pixels = render(bytes, { ...any, format: 'pixels' });
				assertSamePixels(pixels.data, rowByRow(expected));
				assert.equal(render(bytes, { ...any, format: 'text' }), toText(pixels));
				const { data } = PNG.sync.read(render(bytes, { ...any, format: 'png' }));
				assert.ok(rowByRow(expected, any.scale).every((pixel, i) => data[i * 4] === (pixel === 1 ? 0 : 255)));
				assert.deepEqual(bytes, before);
			}),
			RUNS,
		);
	});
});

describe('options of a rendering', () => {
	const DEFAULTS: RenderOptions = {
		format: 'png',
		scale: 4,
		rotate: 0,
		invert: false,
		bitOrder: 'lsb-top',
	};

	it('have defaults, for blank ones too', () => {
		assert.deepEqual(parseRenderOptions({}), DEFAULTS);
		assert.deepEqual(
			parseRenderOptions({ format: '', scale: ' ', rotate: undefined, invert: null, bitOrder: '' }),
			DEFAULTS,
		);
	});

	it('are taken as they are', () => {
		const options: RenderOptions = {
			format: 'text',
			scale: 16,
			rotate: 270,
			invert: true,
			bitOrder: 'msb-top',
		};
		assert.deepEqual(parseRenderOptions(options), options);
	});

	it('may be text', () => {
		assert.deepEqual(
			parseRenderOptions({
				format: ' raw ',
				scale: '1',
				rotate: ' 180 ',
				invert: 'true',
				bitOrder: 'lsb-top',
			}),
			{ format: 'raw', scale: 1, rotate: 180, invert: true, bitOrder: 'lsb-top' },
		);
		assert.equal(parseRenderOptions({ invert: 'false' }).invert, false);
		assert.equal(parseRenderOptions({ rotate: '0' }).rotate, 0);
	});

	for (const format of FORMATS) {
		it(`know the format ${format}`, () => assert.equal(parseRenderOptions({ format }).format, format));
	}

	const wrong = {
		format: { expected: 'png, data-url, raw, pixels, text', values: ['jpeg', 'PNG', 'toString', 1, {}] },
		scale: { expected: '1..16', values: [0, 17, -1, 1.5, '4.0', '0x4', 'four', Number.NaN, [4], true] },
		rotate: { expected: '0, 90, 180, 270', values: [45, -90, 360, '90°', false] },
		invert: { expected: 'true, false', values: [1, 0, 'yes', {}] },
		bitOrder: { expected: 'lsb-top, msb-top', values: ['lsb', 'LSB-TOP', 0, Symbol('lsb-top')] },
	};
	for (const [argument, { expected, values }] of Object.entries(wrong)) {
		for (const value of values) {
			const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
			it(`refuse ${argument} ${shown} (${typeof value})`, () => {
				assert.throws(
					() => parseRenderOptions({ [argument]: value }),
					coded('hpdu-bad-argument', { argument, expected }),
				);
			});
		}
	}
});
