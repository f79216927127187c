/** Makes screenshots small: a PNG with a palette of 256 colours takes about a third of what the browser writes. */
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

const MOST_COLOURS = 256;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const INDEXED = 3;

/** A colour as 0xRRGGBB, with the number of pixels that have it. */
interface Colour {
	readonly rgb: number;
	readonly count: number;
}

/** The bits of red, green and blue. */
const SHIFTS = [16, 8, 0] as const;

function countColours(rgb: Uint32Array): Colour[] {
	const counts = new Map<number, number>();
	for (const pixel of rgb) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
	return [...counts].map(([rgb, count]) => ({ rgb, count }));
}

const part = (rgb: number, shift: number): number => (rgb >> shift) & 255;

/** How far apart the colours of a box are, and in which of red, green and blue. */
function widest(box: readonly Colour[]): { readonly shift: number; readonly width: number } {
	const ranges = SHIFTS.map((shift) => {
		const parts = box.map(({ rgb }) => part(rgb, shift));
		const most = parts.reduce((a, b) => Math.max(a, b));
		const least = parts.reduce((a, b) => Math.min(a, b));
		return { shift, width: most - least };
	});
	return ranges.reduce((a, b) => (b.width > a.width ? b : a));
}

/** What a box adds to the error: a wide one of few pixels is a gradient that nobody misses. */
function weight(box: readonly Colour[]): number {
	const pixels = box.reduce((sum, { count }) => sum + Math.sqrt(count), 0);
	return widest(box).width ** 2 * pixels;
}

/** Median cut: halves the box that matters most until there are enough. */
function boxesOf(colours: Colour[]): Colour[][] {
	const boxes = [{ box: colours, weight: weight(colours) }];
	while (boxes.length < MOST_COLOURS) {
		boxes.sort((a, b) => a.weight - b.weight);
		const last = boxes.pop();
		if (last === undefined || last.weight === 0)
			return [...boxes, ...(last ? [last] : [])].map(({ box }) => box);
		const { shift } = widest(last.box);
		const sorted = last.box.sort((a, b) => part(a.rgb, shift) - part(b.rgb, shift));
		const least = part(sorted[0]?.rgb ?? 0, shift);
		const middle = (least + part(sorted.at(-1)?.rgb ?? 0, shift)) / 2;
		const cut = sorted.findIndex(({ rgb }) => part(rgb, shift) > middle);
		for (const box of [sorted.slice(0, cut), sorted.slice(cut)]) boxes.push({ box, weight: weight(box) });
	}
	return boxes.map(({ box }) => box);
}

/** The colour that most pixels of a box have stays exactly as it is: backgrounds and text keep their colour. */
function chosenOf(box: readonly Colour[]): number {
	return box.reduce((a, b) => (b.count > a.count ? b : a)).rgb;
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const frame = Buffer.alloc(8);
	frame.writeUInt32BE(data.length, 0);
	frame.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function header(width: number, height: number): Buffer {
	const data = Buffer.alloc(13);
	data.writeUInt32BE(width, 0);
	data.writeUInt32BE(height, 4);
	data.set([8, INDEXED], 8);
	return chunk('IHDR', data);
}

/** The same picture with at most 256 colours. What is transparent loses that. */
export function withPalette(picture: Buffer): Buffer {
	const { width, height, data } = PNG.sync.read(picture);
	const rgb = Uint32Array.from({ length: width * height }, (_, i) => data.readUIntBE(i * 4, 3));
	const boxes = boxesOf(countColours(rgb));
	const indexOf = new Map(boxes.flatMap((box, index) => box.map((colour) => [colour.rgb, index] as const)));
	const rows = Buffer.alloc((width + 1) * height);
	rgb.forEach((pixel, i) => {
		rows[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = indexOf.get(pixel) ?? 0;
	});
	const palette = Buffer.from(
		boxes.map(chosenOf).flatMap((colour) => SHIFTS.map((shift) => part(colour, shift))),
	);
	return Buffer.concat([
		SIGNATURE,
		header(width, height),
		chunk('PLTE', palette),
		chunk('IDAT', deflateSync(rows, { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	]);
}
