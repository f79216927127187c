import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BitOrder, Pixels, Rotation } from '../../../nodes/protocol/hpdu/pixels.js';

export const BIT_ORDERS: readonly BitOrder[] = ['lsb-top', 'msb-top'];
export const ROTATIONS: readonly Rotation[] = [0, 90, 180, 270];

/** The same runs every time; what fails is printed with its seed. */
export const RUNS = { numRuns: 60, seed: 20_261_121 };

/** A framebuffer with some bytes set, all others 0. */
export function framebuffer(bytes: Readonly<Record<number, number>>): Uint8Array {
	const buffer = new Uint8Array(1024);
	for (const [index, byte] of Object.entries(bytes)) buffer[Number(index)] = byte;
	return buffer;
}

/** A capital F in the top left corner, five pixels wide and seven high, the topmost in the lowest bit. */
export const LETTER_F = framebuffer({ 0: 0x7f, 1: 0x09, 2: 0x09, 3: 0x09, 4: 0x01 });

/** Any framebuffer. */
export const anyFramebuffer = fc.uint8Array({ minLength: 1024, maxLength: 1024 });

/** A small picture drawn with `#` for a lit pixel. */
export function drawn(...rows: readonly string[]): Pixels {
	const data = Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 1 : 0));
	return { width: rows[0]?.length ?? 0, height: rows.length, data };
}

/** Where a pixel is lit, as `[x, y]`. */
export function lit({ width, data }: Pixels): (readonly [x: number, y: number])[] {
	return [...data].flatMap((pixel, index) =>
		pixel === 1 ? [[index % width, Math.floor(index / width)] as const] : [],
	);
}

/** The size of a picture, and any of its pixels by itself. */
export interface Picture {
	readonly width: number;
	readonly height: number;
	at(x: number, y: number): number;
}

/** The picture pixel by pixel from the formulas: slow and obvious. */
export function obviously(
	bytes: Uint8Array,
	options: { readonly bitOrder: BitOrder; readonly rotate: Rotation; readonly invert: boolean },
): Picture {
	function stored(x: number, y: number): number {
		const byte = bytes[Math.floor(y / 8) * 128 + x];
		if (byte === undefined) throw new RangeError(`nothing at ${x}, ${y}`);
		const digits = byte.toString(2).padStart(8, '0');
		return Number(digits[options.bitOrder === 'msb-top' ? y % 8 : 7 - (y % 8)]);
	}
	function turned(x: number, y: number): number {
		if (options.rotate === 90) return stored(y, 63 - x);
		if (options.rotate === 180) return stored(127 - x, 63 - y);
		if (options.rotate === 270) return stored(127 - y, x);
		return stored(x, y);
	}
	const upright = options.rotate === 0 || options.rotate === 180;
	return {
		width: upright ? 128 : 64,
		height: upright ? 64 : 128,
		at: (x, y) => (options.invert ? 1 - turned(x, y) : turned(x, y)),
	};
}

/** A picture's pixels row by row, each as often as `scale` says in both directions. */
export function rowByRow({ width, height, at }: Picture, scale = 1): number[] {
	const all: number[] = [];
	for (let y = 0; y < height * scale; y++) {
		for (let x = 0; x < width * scale; x++) all.push(at(Math.floor(x / scale), Math.floor(y / scale)));
	}
	return all;
}

/** Fails with the first pixel that differs; what `deepEqual` shows of thousands would take minutes. */
export function assertSamePixels(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
	assert.equal(actual.length, expected.length);
	for (let index = 0; index < actual.length; index++) {
		if (actual[index] !== expected[index]) {
			assert.fail(`pixel ${index} is ${actual[index]} instead of ${expected[index]}`);
		}
	}
}
