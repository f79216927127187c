import assert from 'node:assert/strict';
import { crc32, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { decodeFramebuffer, type Pixels } from '../../../nodes/protocol/hpdu/pixels.js';
import { toDataUrl, toPng } from '../../../nodes/protocol/hpdu/png.js';
import { anyFramebuffer, assertSamePixels, drawn, LETTER_F, obviously, RUNS, rowByRow } from './screens.js';

const LETTER: Pixels = decodeFramebuffer(LETTER_F, { bitOrder: 'lsb-top' });

/** The chunks of a PNG after its signature, their checksums proven. */
function chunks(png: Buffer): { readonly type: string; readonly data: Buffer }[] {
	const found: { type: string; data: Buffer }[] = [];
	for (let at = 8; at < png.length; ) {
		const end = at + 8 + png.readUInt32BE(at);
		const typed = png.subarray(at + 4, end);
		assert.equal(png.readUInt32BE(end), crc32(typed));
		found.push({ type: typed.toString('latin1', 0, 4), data: typed.subarray(4) });
		at = end + 4;
	}
	return found;
}

/** One gray per pixel, row by row; anything but an opaque gray fails. */
function graysOf(png: Buffer): { readonly width: number; readonly height: number; readonly grays: number[] } {
	const { width, height, data } = PNG.sync.read(png);
	const grays: number[] = [];
	for (let at = 0; at < data.length; at += 4) {
		const red = data[at];
		if (red !== data[at + 1] || red !== data[at + 2] || data[at + 3] !== 255) assert.fail(`no gray at ${at}`);
		grays.push(red ?? -1);
	}
	return { width, height, grays };
}

describe('the display as a PNG', () => {
	it('is one of 8-bit grays, in the three chunks that must be', () => {
		const png = toPng(LETTER, 4);
		assert.deepEqual(png.subarray(0, 8), Buffer.from('89504e470d0a1a0a', 'hex'));
		const [header, ...others] = chunks(png);
		assert.equal(header?.type, 'IHDR');
		// 512 x 256, 8 bits, gray, deflate, the five filters, not interlaced
		assert.equal(header.data.toString('hex'), '00000200000001000800000000');
		assert.deepEqual(
			others.map((chunk) => chunk.type),
			['IDAT', 'IEND'],
		);
	});

	it('shows a lit pixel black on white', () => {
		assert.deepEqual(graysOf(toPng(drawn('#.', '..', '.#'), 1)), {
			width: 2,
			height: 3,
			grays: [0, 255, 255, 255, 255, 0],
		});
	});

	it('makes squares of the pixels', () => {
		assert.deepEqual(graysOf(toPng(drawn('#.', '.#'), 3)), {
			width: 6,
			height: 6,
			grays: [
				...[0, 0, 0, 255, 255, 255],
				...[0, 0, 0, 255, 255, 255],
				...[0, 0, 0, 255, 255, 255],
				...[255, 255, 255, 0, 0, 0],
				...[255, 255, 255, 0, 0, 0],
				...[255, 255, 255, 0, 0, 0],
			],
		});
	});

	it('holds each row as what differs from the one above', () => {
		const [, body] = chunks(toPng(drawn('#.', '.#'), 1));
		assert.ok(body);
		// filter, then two pixels: the first row itself, the second less the first, modulo 256
		assert.deepEqual([...inflateSync(body.data)], [2, 0, 255, 2, 255, 1]);
	});

	for (let scale = 1; scale <= 16; scale++) {
		it(`has the size and the pixels of scale ${scale}`, () => {
			const { width, height, grays } = graysOf(toPng(LETTER, scale));
			assert.deepEqual([width, height], [128 * scale, 64 * scale]);
			const dark = rowByRow(obviously(LETTER_F, { bitOrder: 'lsb-top', rotate: 0, invert: false }));
			for (const [index, gray] of grays.entries()) {
				const [x, y] = [index % width, Math.floor(index / width)];
				const pixel = dark[Math.floor(y / scale) * 128 + Math.floor(x / scale)];
				if (gray !== (pixel === 1 ? 0 : 255)) assert.fail(`${gray} at ${x}, ${y}`);
			}
		});
	}

	it('has the pixels of any framebuffer', () => {
		fc.assert(
			fc.property(anyFramebuffer, fc.integer({ min: 1, max: 4 }), (bytes, scale) => {
				const { grays } = graysOf(toPng(decodeFramebuffer(bytes, { bitOrder: 'lsb-top' }), scale));
				const expected = obviously(bytes, { bitOrder: 'lsb-top', rotate: 0, invert: false });
				assertSamePixels(
					grays,
					rowByRow(expected, scale).map((pixel) => (pixel === 1 ? 0 : 255)),
				);
			}),
			{ ...RUNS, numRuns: 20 },
		);
	});

	it('is the same every time', () => assert.deepEqual(toPng(LETTER, 4), toPng(LETTER, 4)));

	it('is small', () => assert.ok(toPng(LETTER, 4).length < 1000));

	it('as a URL is the PNG in base64', () => {
		const url = toDataUrl(LETTER, 2);
		const [head, body] = url.split(',');
		assert.equal(head, 'data:image/png;base64');
		assert.deepEqual(Buffer.from(body ?? '', 'base64'), toPng(LETTER, 2));
		assert.match(body ?? '', /^[A-Za-z0-9+/]+=*$/);
	});
});
