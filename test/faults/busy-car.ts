/** A car that reports without end, and what its messages say about the meaning of its values. */

import type { Message } from '../../nodes/adapter/node-red.js';
import { exchange, type FirmwareName, WicanDevice } from '../devices/wican/index.js';
import { type Snapshot, TOKEN } from '../nodes/wican-kit.js';
import type { KeptLine } from './kept-line.js';
import { Pace } from './traffic.js';

export class BusyCar {
	readonly device: WicanDevice;
	/** How often each status, or reason why there was none. */
	readonly answers = new Map<string, number>();
	/** Messages looked at that came of POSTs without configuration. */
	checked = 0;
	/** Messages that came of POSTs with configuration. */
	first = 0;
	/** POSTs that carried the configuration and were accepted: the firmware sends it until then, and never again. */
	introduced = 0;
	private readonly units = new Map<string, string>();
	private identity: string | undefined;
	private readonly pace: Pace;

	constructor(
		/** Id and path of its node. */
		readonly id: string,
		private readonly url: string,
		firmware: FirmwareName,
		pause = 100,
		/** What all POSTs go over; without it each has a connection of its own. */
		readonly line?: KeptLine,
	) {
		this.device = new WicanDevice({ firmware, auth: { kind: 'bearer', token: TOKEN } });
		this.pace = new Pace(pause, () => this.post());
	}

	start(): void {
		this.pace.start();
	}

	stop(): Promise<void> {
		return this.pace.stop();
	}

	/** Looks at a message of its node; gives what is missing in it. */
	check(message: Message): string[] {
		const { payload, units, wican } = message as unknown as Snapshot;
		const identity = `${wican.vehicle} ${wican.deviceId} ${wican.firmware}`;
		this.identity ??= identity;
		if (wican.first === true) this.first++;
		else this.checked++;
		const lost = Object.keys(payload)
			.filter((name) => this.units.has(name) && units[name] !== this.units.get(name))
			.map((name) => `${this.id} lost the unit of ${name}`);
		for (const [name, unit] of Object.entries(units)) this.units.set(name, unit);
		return this.identity === identity ? lost : [...lost, `${this.identity} became ${identity}`];
	}

	/** How many units are known. */
	get known(): number {
		return this.units.size;
	}

	/** Makes one POST. */
	async post(): Promise<void> {
		this.device.advanceToPost();
		const post = this.device.buildPost(`${this.url}/${this.id}`);
		const outcome = await (this.line?.exchange(post) ?? exchange(post));
		const result = this.device.takeAnswer(post, outcome);
		const what = String(outcome.answer?.status ?? outcome.error);
		this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
		if (post.full && result === 'ok') this.introduced++;
	}
}
