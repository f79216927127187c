/** A picture of the display as text. */
import type { Pixels } from './pixels.js';

/** By two pixels, the upper one counting twice. */
const BLOCKS = [' ', '▄', '▀', '█'] as const;

/**
 * The picture in half blocks: one line of text for two rows of pixels, 32 lines for the display as it is and 64 after a
 * quarter turn, each as long as the picture is wide, with a line break between them. A lit pixel is ink, so dark where
 * text is dark on a light ground, as on the display; on a dark ground `invert` gives that.
 */
export function toText({ width, height, data }: Pixels): string {
	const lines: string[] = [];
	for (let y = 0; y < height; y += 2) {
		let line = '';
		for (let x = 0; x < width; x++) {
			const upper = data[y * width + x] ?? 0;
			const lower = data[(y + 1) * width + x] ?? 0;
			line += BLOCKS[upper * 2 + lower];
		}
		lines.push(line);
	}
	return lines.join('\n');
}
