/**
 * The picture on a PDU's display, from the bytes of its framebuffer.
 * Source: WEBAPI, chapter "GET /ui/framebuffer".
 */
import { ProtocolError } from '../common/errors.js';

const WIDTH = 128;
const HEIGHT = 64;
/** One byte is this many pixels below one another; 128 bytes are a band of them over the whole width. */
const PIXELS_PER_BYTE = 8;

/** What a PDU sends as its framebuffer, always. */
export const FRAMEBUFFER_BYTES = (WIDTH * HEIGHT) / PIXELS_PER_BYTE;

/** A picture of two colours. `data` has one byte per pixel, row by row from the top left: 1 is lit, else 0. */
export interface Pixels {
	readonly width: number;
	readonly height: number;
	readonly data: Uint8Array;
}

/**
 * Which of a byte's eight pixels is the topmost. The document calls the most significant bit that of the "highest
 * y-axis", which can be the largest coordinate (`lsb-top`, as display controllers of this layout have it) or the highest
 * place on the glass (`msb-top`).
 */
export type BitOrder = 'lsb-top' | 'msb-top';

/** Degrees clockwise. */
export type Rotation = 0 | 90 | 180 | 270;

/**
 * Checks that these can be the bytes of a framebuffer.
 * @throws ProtocolError `hpdu-bad-response` without a device, which is not known here
 */
export function checkFramebuffer(bytes: Uint8Array): void {
	if (bytes.length === FRAMEBUFFER_BYTES) return;
	const reason = `framebuffer of ${bytes.length} bytes`;
	throw new ProtocolError('hpdu-bad-response', { device: '', request: 'GET /ui/framebuffer', reason });
}

/**
 * The 128 x 64 pixels of a framebuffer, as they lie in the PDU's memory.
 * @throws ProtocolError `hpdu-bad-response` (see `checkFramebuffer`) unless there are 1024 bytes
 */
export function decodeFramebuffer(bytes: Uint8Array, { bitOrder }: { readonly bitOrder: BitOrder }): Pixels {
	checkFramebuffer(bytes);
	const data = new Uint8Array(WIDTH * HEIGHT);
	for (const [index, byte] of bytes.entries()) {
		const x = index % WIDTH;
		const top = Math.floor(index / WIDTH) * PIXELS_PER_BYTE;
		for (let below = 0; below < PIXELS_PER_BYTE; below++) {
			const bit = bitOrder === 'lsb-top' ? below : PIXELS_PER_BYTE - 1 - below;
			data[(top + below) * WIDTH + x] = (byte >> bit) & 1;
		}
	}
	return { width: WIDTH, height: HEIGHT, data };
}

/** Where a turned picture takes its pixels from: the first one, and the steps to the next in its row and column. */
interface Walk {
	readonly start: number;
	readonly perColumn: number;
	readonly perRow: number;
}

const WALKS: Readonly<Record<Rotation, (width: number, height: number) => Walk>> = {
	0: (width) => ({ start: 0, perColumn: 1, perRow: width }),
	90: (width, height) => ({ start: (height - 1) * width, perColumn: -width, perRow: 1 }),
	180: (width, height) => ({ start: width * height - 1, perColumn: -1, perRow: -width }),
	270: (width) => ({ start: width - 1, perColumn: width, perRow: -1 }),
};

/** The picture turned clockwise. A quarter turn swaps width and height. */
export function rotate(pixels: Pixels, rotation: Rotation): Pixels {
	const upright = rotation % 180 === 0;
	const width = upright ? pixels.width : pixels.height;
	const height = upright ? pixels.height : pixels.width;
	const { start, perColumn, perRow } = WALKS[rotation](pixels.width, pixels.height);
	const data = new Uint8Array(width * height);
	let to = 0;
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) data[to++] = pixels.data[start + x * perColumn + y * perRow] ?? 0;
	}
	return { width, height, data };
}

/** The picture with lit and unlit swapped. */
export function invert({ width, height, data }: Pixels): Pixels {
	return { width, height, data: data.map((pixel) => 1 - pixel) };
}
