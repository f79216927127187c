import type { BadgeLook } from '../protocol/common/badges.js';
import type { StoreState } from '../protocol/common/store.js';
import type { TimerHandle, Timers } from '../protocol/common/time.js';
import { STATUS, type StatusName } from './families.js';
import type { Node, NodeRed } from './node-red.js';
import { systemTimers } from './runtime-clock.js';

/** Milliseconds between two badges. */
const PAUSE = 1000;
const MINUTE = 60_000;

/**
 * `age`: milliseconds since something happened; the badge shows it in minutes, hours or days, and goes on counting.
 * `span`: a length of time in milliseconds that stays as it is, shown likewise, from seconds on. `caution`: yellow in place of
 * green.
 */
export type StatusParams = Words & {
	readonly age?: number;
	readonly span?: number;
	readonly caution?: boolean;
};
type Words = Readonly<Record<string, string | number | boolean>>;

/** Finds out what a badge is to say. */
export type Badge = () => readonly [name: StatusName, params?: StatusParams];

/** The badge of a node whose data the store keeps. */
export function badgeOverStore({ name: state }: StoreState, badge: Badge): ReturnType<Badge> {
	if (state === 'unavailable') return ['store-failing'];
	const shown = badge();
	if (state !== 'memory-only') return shown;
	const [name, params] = shown;
	return [name, { ...params, caution: true }];
}

/** The colour and shape of a badge. */
export function lookOf(name: StatusName, params: StatusParams): { fill: BadgeLook[0]; shape: BadgeLook[1] } {
	const [usual, shape] = STATUS[name];
	return { fill: params.caution && usual === 'green' ? 'yellow' : usual, shape };
}

/**
 * Writes a node's badge, at most once a second and only when it changes; the last one always arrives. What it says
 * is found out and translated only then: that costs more than serving a request.
 */
export class StatusLine {
	private shown = '';
	/** What the shown badge was made of. */
	private source = '';
	private name: StatusName | undefined;
	private next: Badge | undefined;
	private timer: TimerHandle | undefined;
	private ticker: TimerHandle | undefined;
	private isOver = false;

	constructor(
		private readonly RED: Pick<NodeRed, '_'>,
		private readonly node: Pick<Node, 'status'>,
		private readonly timers: Timers = systemTimers,
		/** Is called whenever a badge may say something else. */
		private readonly changed: () => void = () => {},
	) {}

	set(name: StatusName, params: StatusParams = {}): void {
		this.show(() => [name, params]);
		this.name = name;
	}

	/** Writes what `badge` says when its turn has come. */
	show(badge: Badge): void {
		this.name = undefined;
		this.next = badge;
		this.changed();
		if (this.timer === undefined && !this.isOver) this.settle();
	}

	/** Writes a badge even where it is shown already, for those who listen since. */
	repeat(name: StatusName): void {
		this.forget();
		this.set(name);
	}

	/** Takes this badge away, unless another one has taken its place. */
	remove(name: StatusName): void {
		if (this.name === name) this.clear();
	}

	/** Takes the badge away. */
	clear(): void {
		this.name = undefined;
		this.timers.clear(this.timer);
		this.timers.clear(this.ticker);
		this.timer = undefined;
		this.ticker = undefined;
		this.next = undefined;
		this.forget();
		this.node.status({});
	}

	/** The same for good: what ends after its node was closed must not write over the badge of the one that took its place. */
	end(): void {
		this.clear();
		this.isOver = true;
	}

	private settle(): void {
		this.timer = undefined;
		const badge = this.next;
		if (badge === undefined) return;
		this.timer = this.timers.set(() => this.settle(), PAUSE);
		const [name, params = {}] = badge();
		this.next = undefined;
		this.lookAgain(badge, params.age);
		const source = JSON.stringify([name, params]);
		if (source === this.source) return;
		this.source = source;
		const { fill, shape } = lookOf(name, params);
		const text = this.RED._(`status.${name}`, this.inWords(params));
		const key = `${fill} ${shape} ${text}`;
		if (key === this.shown) return;
		this.shown = key;
		this.node.status({ fill, shape, text });
	}

	private forget(): void {
		this.shown = '';
		this.source = '';
	}

	/** A badge with a time is written again when the next minute is over. */
	private lookAgain(badge: Badge, age: number | undefined): void {
		this.timers.clear(this.ticker);
		this.ticker = undefined;
		if (age === undefined) return;
		this.ticker = this.timers.set(() => this.show(badge), MINUTE - (Math.max(age, 0) % MINUTE));
	}

	private inWords({ age, span, caution: _, ...others }: StatusParams): Words {
		const inWords = ([unit, count]: Units) => this.RED._(`age.${unit}`, { count });
		return {
			...others,
			...(age !== undefined && { age: inWords(inUnits(age)) }),
			...(span !== undefined && {
				span: inWords(span < MINUTE ? ['s', Math.ceil(span / 1000)] : inUnits(span)),
			}),
		};
	}
}

type Units = readonly [unit: 's' | 'min' | 'h' | 'd', count: number];

/** The largest unit in which an age has at most two digits. */
function inUnits(age: number): Units {
	const minutes = Math.floor(Math.max(age, 0) / MINUTE);
	if (minutes < 100) return ['min', minutes];
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? ['h', hours] : ['d', Math.floor(hours / 24)];
}
