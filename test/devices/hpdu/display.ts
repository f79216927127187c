import type { Timeline } from '../common/timeline.js';
import { Canvas, drawPage, ORIENTATIONS } from './canvas.js';
import { makePages } from './pages.js';
import type { Unit } from './unit.js';

export type Backlight = 'on' | 'off' | 'blinking';

/** How a button is pressed: 0 not at all, 1 short, 2 long. */
export type Press = 0 | 1 | 2;

/** The display with its two buttons. It shows the PDU itself. */
export class Display {
	/** In place of what follows from alerts and the power saver. */
	forcedBacklight: Backlight | undefined;
	readonly #timeline: Timeline;
	readonly #unit: Unit;
	readonly #bitOrder: 'lsb-top' | 'msb-top';
	#page = 0;
	#touchedAt: number;

	constructor(timeline: Timeline, unit: Unit, bitOrder: 'lsb-top' | 'msb-top') {
		this.#timeline = timeline;
		this.#unit = unit;
		this.#bitOrder = bitOrder;
		this.#touchedAt = timeline.now;
	}

	/** Counted from 0, whatever the resource says. */
	get page(): number {
		return Math.min(this.#page, this.pages - 1);
	}

	get pages(): number {
		return makePages(this.#unit).length;
	}

	/** Blinks on alert; sleeps `stpsav` seconds after it was last touched, unless that is 0. */
	get backlight(): Backlight {
		const saver = this.#unit.number('stpsav') * 1000;
		const asleep = saver > 0 && this.#timeline.now - this.#touchedAt >= saver;
		const usual = asleep ? 'off' : 'on';
		return this.forcedBacklight ?? (this.#unit.alerts.status > 0 ? 'blinking' : usual);
	}

	/** What is written on the page: title and lines. */
	get text(): readonly string[] {
		const page = makePages(this.#unit)[this.page]?.();
		return page ? [page.title, ...page.lines] : [];
	}

	/** False when there is no such page. */
	turnTo(page: number): boolean {
		const there = page >= 0 && page < this.pages;
		if (there) {
			this.#page = page;
			this.#touch();
		}
		return there;
	}

	/** Short: back and forth. Long: the first page. Both: alerts are reset if that is allowed (`strsal`). */
	press(first: Press, second: Press): void {
		this.#touch();
		if (first > 0 && second > 0) {
			if (this.#unit.number('strsal') === 1) {
				this.#unit.alerts.reset();
			}
			this.#page = 0;
		} else if (first === 2 || second === 2) {
			this.#page = 0;
		} else {
			this.#page = (this.page + second - first + this.pages) % this.pages;
		}
	}

	/** The 1024 bytes of its memory. */
	framebuffer(): Buffer {
		const [title = '', ...lines] = this.text;
		const canvas = new Canvas(ORIENTATIONS[this.#unit.number('stdiso')] ?? 'none');
		drawPage(canvas, title, lines);
		return canvas.bytes(this.#bitOrder);
	}

	/** As after a boot. */
	restart(): void {
		this.#page = 0;
		this.#touch();
	}

	#touch(): void {
		this.#touchedAt = this.#timeline.now;
	}
}
