import type { Timeline } from '../common/timeline.js';

/** One sound of the buzzer as it was played. */
export interface Beep {
	readonly at: number;
	readonly freqHz: number;
	readonly durMs: number;
}

const BEEP = { defaultHz: 1500, defaultMs: 150, longestMs: 5000 } as const;
const NOTICE_SHOWN_FOR = 60_000;
const ROWS = 4;
const COLUMNS = 10;

/** Rows of ten columns: a line break begins a row, so does the eleventh byte; a byte beyond ASCII is `?`. */
function layOut(text: string): string[] {
	const rows = text
		.replace(/[\u0080-\u00ff]/g, '?')
		.split('\n')
		.flatMap((line) => line.match(/.{1,10}/gs) ?? ['']);
	return rows.slice(0, ROWS).map((row) => row.slice(0, COLUMNS));
}

/** Buzzer and OLED of the UPS. */
export class Panel {
	/** Every beep that was ordered, oldest first. */
	readonly beeps: Beep[] = [];
	readonly #timeline: Timeline;
	#notice: { rows: string[]; until: number } | null = null;

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
	}

	/** The operator's notice as shown at this moment, a string per row; null when there is none. */
	get notice(): readonly string[] | null {
		return this.#notice && this.#timeline.now < this.#notice.until ? this.#notice.rows : null;
	}

	/** Sounds the buzzer; 0 stands for the default, and no beep is longer than five seconds. */
	beep(freqHz: number, durMs: number): void {
		this.beeps.push({
			at: this.#timeline.now,
			freqHz: freqHz || BEEP.defaultHz,
			durMs: Math.min(durMs || BEEP.defaultMs, BEEP.longestMs),
		});
	}

	/** Shows a notice for a minute; an empty one takes the notice away. */
	show(text: string): void {
		const rows = layOut(text);
		this.#notice = text === '' ? null : { rows, until: this.#timeline.now + NOTICE_SHOWN_FOR };
	}
}
