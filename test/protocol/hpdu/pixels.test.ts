import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type BitOrder, decodeFramebuffer, invert, rotate } from '../../../nodes/protocol/hpdu/pixels.js';
import { coded } from '../errors.js';
import {
	anyFramebuffer,
	assertSamePixels,
	BIT_ORDERS,
	drawn,
	framebuffer,
	lit,
	obviously,
	ROTATIONS,
	RUNS,
	rowByRow,
} from './screens.js';

describe('pixels of a framebuffer', () => {
	it('are 128 x 64, one byte each, 0 where nothing is lit', () => {
		assert.deepEqual(decodeFramebuffer(framebuffer({}), { bitOrder: 'lsb-top' }), {
			width: 128,
			height: 64,
			data: new Uint8Array(8192),
		});
	});

	const places = [
		{ byte: 0, value: 0x01, lsbTop: [[0, 0]], msbTop: [[0, 7]] },
		{ byte: 0, value: 0x80, lsbTop: [[0, 7]], msbTop: [[0, 0]] },
		{ byte: 1, value: 0x02, lsbTop: [[1, 1]], msbTop: [[1, 6]] },
		{ byte: 127, value: 0x01, lsbTop: [[127, 0]], msbTop: [[127, 7]] },
		{ byte: 128, value: 0x01, lsbTop: [[0, 8]], msbTop: [[0, 15]] },
		{ byte: 300, value: 0x10, lsbTop: [[44, 20]], msbTop: [[44, 19]] },
		{ byte: 1023, value: 0x80, lsbTop: [[127, 63]], msbTop: [[127, 56]] },
		{
			byte: 896,
			value: 0x0f,
			lsbTop: [56, 57, 58, 59].map((y) => [0, y]),
			msbTop: [60, 61, 62, 63].map((y) => [0, y]),
		},
	];
	for (const { byte, value, lsbTop, msbTop } of places) {
		it(`byte ${byte} of 0x${value.toString(16)}`, () => {
			const bytes = framebuffer({ [byte]: value });
			assert.deepEqual(lit(decodeFramebuffer(bytes, { bitOrder: 'lsb-top' })), lsbTop);
			assert.deepEqual(lit(decodeFramebuffer(bytes, { bitOrder: 'msb-top' })), msbTop);
		});
	}

	it('come from a view into a larger buffer too', () => {
		const larger = Buffer.alloc(3000, 0xff).fill(0, 1000, 2024);
		larger[1000] = 1;
		assert.deepEqual(lit(decodeFramebuffer(larger.subarray(1000, 2024), { bitOrder: 'lsb-top' })), [[0, 0]]);
	});

	for (const length of [0, 1, 1023, 1025, 2048]) {
		it(`are not made of ${length} bytes`, () => {
			assert.throws(
				() => decodeFramebuffer(new Uint8Array(length), { bitOrder: 'lsb-top' }),
				coded('hpdu-bad-response', {
					...{ device: '', request: 'GET /ui/framebuffer' },
					reason: `framebuffer of ${length} bytes`,
				}),
			);
		});
	}

	for (const bitOrder of BIT_ORDERS) {
		it(`are those of the formula, ${bitOrder}`, () => {
			fc.assert(
				fc.property(anyFramebuffer, (bytes) => {
					const expected = obviously(bytes, { bitOrder, rotate: 0, invert: false });
					assertSamePixels(decodeFramebuffer(bytes, { bitOrder }).data, rowByRow(expected));
				}),
				RUNS,
			);
		});
	}

	it('stand on their head within each band of eight rows in the other bit order', () => {
		fc.assert(
			fc.property(anyFramebuffer, (bytes) => {
				const rows = (bitOrder: BitOrder) => {
					const { data } = decodeFramebuffer(bytes, { bitOrder });
					return Array.from({ length: 64 }, (_, y) => [...data.subarray(y * 128, (y + 1) * 128)]);
				};
				const lsbTop = rows('lsb-top');
				const bands = Array.from({ length: 8 }, (_, band) => lsbTop.slice(band * 8, band * 8 + 8));
				assertSamePixels(bands.flatMap((band) => band.reverse()).flat(), rows('msb-top').flat());
			}),
			RUNS,
		);
	});
});

describe('turning a picture clockwise', () => {
	const picture = drawn('##.', '#..');

	it('by 0 degrees', () => assert.deepEqual(rotate(picture, 0), picture));
	it('by 90 degrees', () => assert.deepEqual(rotate(picture, 90), drawn('##', '.#', '..')));
	it('by 180 degrees', () => assert.deepEqual(rotate(picture, 180), drawn('..#', '.##')));
	it('by 270 degrees', () => assert.deepEqual(rotate(picture, 270), drawn('..', '#.', '##')));

	it('gives a picture of its own', () => {
		const turned = rotate(picture, 0);
		assert.notEqual(turned.data, picture.data);
		assert.deepEqual(picture, drawn('##.', '#..'));
	});

	it('puts every pixel of the display where the formula does', () => {
		fc.assert(
			fc.property(anyFramebuffer, fc.constantFrom(...ROTATIONS), (bytes, degrees) => {
				const turned = rotate(decodeFramebuffer(bytes, { bitOrder: 'lsb-top' }), degrees);
				const expected = obviously(bytes, { bitOrder: 'lsb-top', rotate: degrees, invert: false });
				assert.deepEqual([turned.width, turned.height], [expected.width, expected.height]);
				assertSamePixels(turned.data, rowByRow(expected));
			}),
			RUNS,
		);
	});

	const anyPicture = fc
		.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
		.chain(([width, height]) =>
			fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 1 }).map((data) => ({
				width,
				height,
				data,
			})),
		);

	it('four times by a quarter, twice by a half, forth and back change nothing', () => {
		fc.assert(
			fc.property(anyPicture, (any) => {
				assert.deepEqual(rotate(rotate(rotate(rotate(any, 90), 90), 90), 90), any);
				assert.deepEqual(rotate(rotate(any, 180), 180), any);
				assert.deepEqual(rotate(rotate(any, 90), 270), any);
			}),
			RUNS,
		);
	});

	it('by two quarters is by a half, by three is by 270 degrees', () => {
		fc.assert(
			fc.property(anyPicture, (any) => {
				assert.deepEqual(rotate(rotate(any, 90), 90), rotate(any, 180));
				assert.deepEqual(rotate(rotate(any, 180), 90), rotate(any, 270));
			}),
			RUNS,
		);
	});

	it('commutes with inverting, and inverting twice changes nothing', () => {
		fc.assert(
			fc.property(anyPicture, fc.constantFrom(...ROTATIONS), (any, degrees) => {
				assert.deepEqual(invert(rotate(any, degrees)), rotate(invert(any), degrees));
				assert.deepEqual(invert(invert(any)), any);
			}),
			RUNS,
		);
	});
});

describe('inverting a picture', () => {
	it('swaps lit and unlit, in a picture of its own', () => {
		const picture = drawn('#.#', '...');
		assert.deepEqual(invert(picture), drawn('.#.', '###'));
		assert.deepEqual(picture, drawn('#.#', '...'));
	});
});
