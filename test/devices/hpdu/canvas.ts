import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphPixel } from './font.js';

export const DISPLAY_WIDTH = 128;
export const DISPLAY_HEIGHT = 64;
const PAGE_HEIGHT = 8;

/** How the display is mounted, as `stdiso` says. */
export const ORIENTATIONS = ['none', 'vertical', 'vertical-down', 'horizontal', 'horizontal-down'] as const;

export type Orientation = (typeof ORIENTATIONS)[number];

/** Where a pixel of the picture is in the memory of the display. */
const MAPPINGS: Readonly<Record<Orientation, (x: number, y: number) => readonly [number, number]>> = {
	none: (x, y) => [x, y],
	horizontal: (x, y) => [x, y],
	'horizontal-down': (x, y) => [DISPLAY_WIDTH - 1 - x, DISPLAY_HEIGHT - 1 - y],
	vertical: (x, y) => [y, DISPLAY_HEIGHT - 1 - x],
	'vertical-down': (x, y) => [DISPLAY_WIDTH - 1 - y, x],
};

/** What is drawn for who stands before the display; `bytes` is the memory of the display. */
export class Canvas {
	readonly width: number;
	readonly height: number;
	readonly #orientation: Orientation;
	readonly #pixels = new Uint8Array(DISPLAY_WIDTH * DISPLAY_HEIGHT);

	constructor(orientation: Orientation) {
		const upright = orientation === 'vertical' || orientation === 'vertical-down';
		this.#orientation = orientation;
		this.width = upright ? DISPLAY_HEIGHT : DISPLAY_WIDTH;
		this.height = upright ? DISPLAY_WIDTH : DISPLAY_HEIGHT;
	}

	/** Sets a pixel; what is outside is not there. */
	set(x: number, y: number): void {
		if (x >= 0 && x < this.width && y >= 0 && y < this.height && this.#orientation !== 'none') {
			const [column, row] = MAPPINGS[this.#orientation](x, y);
			this.#pixels[row * DISPLAY_WIDTH + column] = 1;
		}
	}

	box(x: number, y: number, width: number, height: number): void {
		for (let dy = 0; dy < height; dy++) {
			for (let dx = 0; dx < width; dx++) {
				this.set(x + dx, y + dy);
			}
		}
	}

	/** Writes a line, each pixel of the font `scale` pixels large. */
	text(text: string, left: number, top: number, scale = 1): void {
		[...text].forEach((character, n) => {
			for (let y = 0; y < GLYPH_HEIGHT; y++) {
				for (let x = 0; x < GLYPH_WIDTH; x++) {
					if (glyphPixel(character, x, y)) {
						this.box(left + (n * (GLYPH_WIDTH + 1) + x) * scale, top + y * scale, scale, scale);
					}
				}
			}
		});
	}

	/** The pixels as eight rows of 128 bytes; each byte is a column of eight pixels. */
	bytes(bitOrder: 'lsb-top' | 'msb-top'): Buffer {
		return Buffer.from(
			Array.from({ length: this.#pixels.length / PAGE_HEIGHT }, (_, at) => {
				const x = at % DISPLAY_WIDTH;
				const top = Math.floor(at / DISPLAY_WIDTH) * PAGE_HEIGHT;
				let byte = 0;
				for (let bit = 0; bit < PAGE_HEIGHT; bit++) {
					const y = top + (bitOrder === 'lsb-top' ? bit : PAGE_HEIGHT - 1 - bit);
					byte |= (this.#pixels[y * DISPLAY_WIDTH + x] ?? 0) << bit;
				}
				return byte;
			}),
		);
	}
}

/** The largest scale up to 3 in which a text is no wider and no higher than this. */
function fittingScale(text: string, width: number, height: number): number {
	const wide = Math.floor(width / ([...text].length * (GLYPH_WIDTH + 1) - 1));
	const high = Math.floor(height / (GLYPH_HEIGHT + 1));
	return Math.max(1, Math.min(3, wide, high));
}

/** Draws a title with a bar under it, and under that lines as large as there is room. */
export function drawPage(canvas: Canvas, title: string, lines: readonly string[]): void {
	const top = GLYPH_HEIGHT + 4;
	canvas.text(title, 1, 1);
	canvas.box(0, GLYPH_HEIGHT + 2, canvas.width, 1);
	const room = Math.floor((canvas.height - top) / Math.max(1, lines.length));
	lines.forEach((line, n) => {
		canvas.text(line, 1, top + n * room, fittingScale(line, canvas.width - 2, room));
	});
}
