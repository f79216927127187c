import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { withPalette } from './palette.js';

/** Pixels with the colours that `colourAt` gives, as 0xRRGGBB. */
function pixels(width: number, height: number, colourAt: (index: number) => number): Buffer {
	const data = Buffer.alloc(width * height * 4, 255);
	for (let i = 0; i < width * height; i++) data.writeUIntBE(colourAt(i), i * 4, 3);
	return data;
}

function png(width: number, height: number, data: Buffer): Buffer {
	const picture = new PNG({ width, height });
	picture.data = data;
	return PNG.sync.write(picture);
}

describe('a picture with a palette', () => {
	it('of few colours is the same picture', () => {
		const data = pixels(20, 10, (i) => (i % 7) * 0x10305);
		const { width, height, data: found } = PNG.sync.read(withPalette(png(20, 10, data)));
		assert.deepEqual([width, height], [20, 10]);
		assert.deepEqual(found, data);
	});

	it('of one colour is that colour', () => {
		const data = pixels(3, 3, () => 0x112233);
		assert.deepEqual(PNG.sync.read(withPalette(png(3, 3, data))).data, data);
	});

	it('of many colours has 256 of them, keeps that of most pixels, and makes no other one very different', () => {
		const background = 0xf3f3f3;
		const data = pixels(64, 64, (i) => (i % 2 === 0 ? background : (i * 4) << 4));
		const { data: found } = PNG.sync.read(withPalette(png(64, 64, data)));
		const colours = Array.from({ length: 64 * 64 }, (_, i) => found.readUIntBE(i * 4, 3));
		assert.equal(new Set(colours).size, 256);
		assert.ok(colours.every((colour, i) => i % 2 === 1 || colour === background));
		const errors = Array.from(found, (byte, i) => Math.abs(byte - (data[i] ?? 0)));
		assert.ok(errors.reduce((sum, error) => sum + error, 0) / errors.length < 4);
	});

	it('takes less room', () => {
		const picture = png(
			200,
			100,
			pixels(200, 100, (i) => 0x808080 + (i % 40)),
		);
		assert.ok(withPalette(picture).length < picture.length);
	});
});
