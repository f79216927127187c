import type { Node, NodeRed, StatusBadge } from './red.js';

type Look = readonly [fill: NonNullable<StatusBadge['fill']>, shape: NonNullable<StatusBadge['shape']>];

/** Every badge that a node of the collection can show. The words are in locales/<lang>/*.json under `status.<name>`. */
export const STATUS = {
	waiting: ['grey', 'ring'],
	'on-mains': ['green', 'dot'],
	mains: ['green', 'dot'],
	'on-battery': ['yellow', 'dot'],
	battery: ['yellow', 'dot'],
	offline: ['red', 'ring'],
	'all-on-mains': ['green', 'dot'],
	'some-on-battery': ['yellow', 'dot'],
	'some-offline': ['red', 'ring'],
	'car-known': ['green', 'ring'],
	'car-online': ['green', 'dot'],
	'car-stale': ['yellow', 'ring'],
	'car-offline': ['grey', 'ring'],
	'car-refused': ['yellow', 'ring'],
	queued: ['blue', 'ring'],
	sent: ['blue', 'dot'],
	acked: ['green', 'ring'],
	confirmed: ['green', 'dot'],
	unconfirmed: ['yellow', 'ring'],
	rejected: ['red', 'dot'],
	expired: ['red', 'ring'],
	cancelled: ['grey', 'dot'],
	unknown: ['yellow', 'dot'],
	asking: ['blue', 'ring'],
	'device-ok': ['green', 'dot'],
	'device-unauthorized': ['red', 'ring'],
	'device-timeout': ['red', 'ring'],
	'device-busy': ['red', 'ring'],
	'device-unreachable': ['red', 'ring'],
	'device-refused': ['red', 'ring'],
	'device-failed': ['red', 'ring'],
	'bad-request': ['red', 'ring'],
	listening: ['green', 'dot'],
	'config-missing': ['red', 'ring'],
	'config-invalid': ['red', 'ring'],
	'path-taken': ['red', 'ring'],
	'port-in-use': ['red', 'ring'],
	'endpoint-disabled': ['red', 'ring'],
	'endpoint-failed': ['red', 'ring'],
	duplicate: ['red', 'ring'],
	'no-credential': ['red', 'ring'],
	'store-failing': ['red', 'dot'],
} as const satisfies Record<string, Look>;

export type StatusName = keyof typeof STATUS;
export type StatusParams = Readonly<Record<string, string | number>>;

/** Finds out what a badge is to say. */
export type Badge = () => readonly [name: StatusName, params?: StatusParams];

/**
 * Writes a node's badge, at most once a second and only when it changes; the last one always arrives. What it says
 * is found out and translated only then: that costs more than serving a request.
 */
export class StatusLine {
	private shown = '';
	private name: StatusName | undefined;
	private next: Badge | undefined;
	private timer: NodeJS.Timeout | undefined;
	private isOver = false;

	constructor(
		private readonly RED: NodeRed,
		private readonly node: Node,
	) {}

	set(name: StatusName, params: StatusParams = {}): void {
		this.show(() => [name, params]);
		this.name = name;
	}

	/** Writes what `badge` says when its turn has come. */
	show(badge: Badge): void {
		this.name = undefined;
		this.next = badge;
		if (this.timer === undefined && !this.isOver) this.settle();
	}

	/** Writes a badge even where it is shown already, for those who listen since. */
	repeat(name: StatusName): void {
		this.shown = '';
		this.set(name);
	}

	/** Takes this badge away, unless another one has taken its place. */
	remove(name: StatusName): void {
		if (this.name === name) this.clear();
	}

	/** Takes the badge away. */
	clear(): void {
		this.name = undefined;
		clearTimeout(this.timer);
		this.timer = undefined;
		this.next = undefined;
		this.shown = '';
		this.node.status({});
	}

	/** The same for good: what ends after its node was closed must not write over the badge of the one that took its place. */
	end(): void {
		this.clear();
		this.isOver = true;
	}

	private settle(): void {
		this.timer = undefined;
		if (this.next === undefined) return;
		this.timer = setTimeout(() => this.settle(), 1000);
		this.timer.unref();
		const [name, params = {}] = this.next();
		this.next = undefined;
		const [fill, shape] = STATUS[name];
		const text = this.RED._(`status.${name}`, params);
		const key = `${fill} ${shape} ${text}`;
		if (key === this.shown) return;
		this.shown = key;
		this.node.status({ fill, shape, text });
	}
}
