/** A UPS that posts without end, and with which more goes wrong than with most. */
import { type Post, postOnce, type UpsDevice } from '../devices/ups/index.js';
import { eagerUps, Pace } from './traffic.js';
import { Accounts } from './truth.js';

/** How often, of a thousand POSTs. */
const LOSES_ANSWER = 20;
const REBOOTS = 4;
const FALLS_SILENT = 4;

/** For how many POSTs it is silent then: longer than a command waits that is to expire soon. */
const SILENCE = 50;

/** How many accepted POSTs are kept to be sent again. */
const KEPT = 50;

export class BusyUps {
	readonly device: UpsDevice;
	/** POSTs that were answered with 200, newest last. */
	readonly accepted: Post[] = [];
	/** What became of each POST; messages have to be given to it. */
	readonly accounts = new Accounts();
	/** How often each status, or reason why there was none. */
	readonly answers = new Map<string, number>();
	private silent = 0;
	private waiting: (() => void)[] = [];
	private readonly pace: Pace;

	/** @param random decides what goes wrong; without it nothing does */
	constructor(
		readonly deviceId: string,
		private readonly url: string,
		private readonly random?: () => number,
		pause = 50,
	) {
		this.device = eagerUps(deviceId);
		this.pace = new Pace(pause, () => this.turn());
	}

	start(): void {
		this.pace.start();
	}

	stop(): Promise<void> {
		return this.pace.stop();
	}

	/** Resolves with the next POST that is answered with 200: true, or false when there is none in time. */
	isServed(milliseconds: number): Promise<boolean> {
		return new Promise((resolve) => {
			const limit = setTimeout(() => resolve(false), milliseconds);
			this.waiting.push(() => {
				clearTimeout(limit);
				resolve(true);
			});
		});
	}

	/** Makes one POST. */
	async post(losing = false): Promise<void> {
		const { post, outcome } = await postOnce(this.device, this.url, losing ? { answer: 'lose' } : {});
		const { answer, error } = outcome;
		const what = String(answer?.status ?? error);
		this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
		this.accounts.answered(post, answer?.status);
		if (answer?.status !== 200) return;
		for (const resolve of this.waiting.splice(0)) resolve();
		this.accepted.push(post);
		if (this.accepted.length > 2 * KEPT) this.accepted.splice(0, KEPT);
	}

	private async turn(): Promise<void> {
		if (this.happens(FALLS_SILENT)) this.silent = SILENCE;
		if (this.silent > 0) {
			this.silent--;
			return;
		}
		if (this.happens(REBOOTS)) this.device.rebootEsp32();
		await this.post(this.happens(LOSES_ANSWER));
	}

	private happens(ofThousand: number): boolean {
		return this.random !== undefined && this.random() * 1000 < ofThousand;
	}
}
