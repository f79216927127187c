/** A picture of the display as a PNG. */
import { constants } from 'node:zlib';
import { type PackerOptions, PNG } from 'pngjs';
import type { Pixels } from './pixels.js';

const DARK = 0;
const LIGHT = 255;

const GRAYSCALE = 0;
/** The PNG filter that stores of each row what differs from the row above. */
const FILTER_UP = 2;

/**
 * Of a picture that is scaled up, most rows equal the one above and become zeros, which run lengths alone pack about as
 * small as a search for patterns does, and several times faster. The level of compression makes no difference to them.
 */
const PACKING: PackerOptions = {
	colorType: GRAYSCALE,
	inputColorType: GRAYSCALE,
	inputHasAlpha: false,
	bitDepth: 8,
	filterType: FILTER_UP,
	deflateStrategy: constants.Z_RLE,
};

/**
 * The picture as a PNG of 8-bit grays: a lit pixel black, an unlit one white, as dark on light as on the display.
 * @param scale how many pixels of the PNG each pixel is wide and high, a whole number from 1 to 16
 */
export function toPng(pixels: Pixels, scale: number): Buffer {
	const png = new PNG();
	png.width = pixels.width * scale;
	png.height = pixels.height * scale;
	png.data = grays(pixels, scale);
	// The library writes its defaults into the options that it is given.
	return PNG.sync.write(png, { ...PACKING });
}

/** The PNG as a URL that a page can show: `<img src="data:image/png;base64,…">`. */
export function toDataUrl(pixels: Pixels, scale: number): string {
	return `data:image/png;base64,${toPng(pixels, scale).toString('base64')}`;
}

function grays({ width, height, data }: Pixels, scale: number): Buffer {
	const rowBytes = width * scale;
	const out = Buffer.alloc(rowBytes * height * scale, LIGHT);
	for (let y = 0; y < height; y++) {
		const row = y * scale * rowBytes;
		for (let x = 0; x < width; x++) {
			if (data[y * width + x] !== 1) continue;
			// A loop, since a call of `fill` for so few bytes takes several times as long.
			for (let i = 0; i < scale; i++) out[row + x * scale + i] = DARK;
		}
		for (let i = 1; i < scale; i++) out.copyWithin(row + i * rowBytes, row, row + rowBytes);
	}
	return out;
}
