/** The POSTs of a UPS that were accepted while nothing could be stored. */
import { Scope } from '../common/scope.js';
import type { Nonce } from '../common/store.js';
import { type Applied, applyTelemetry, type Post } from './apply-telemetry.js';
import type { DeviceRecord } from './records.js';
import { isTooOld } from './report-order.js';
import type { Telemetry } from './telemetry.js';

export class UnrecordedPosts {
	private readonly nonces = new Scope();
	/** Those that are not stored yet. */
	private unclaimed: Nonce[] = [];
	private device: DeviceRecord | undefined;
	/** What the UPS said of its commands: it says so only until it got a 200. */
	private acks: readonly string[] = [];
	private rejected: Telemetry['rejected'] = [];

	/** Whether a POST was accepted before, or is as old as one that was. */
	refuses(post: Post, nonce: string): boolean {
		if (this.device === undefined) return false;
		const claim = { token: nonce, at: post.ts, floor: this.device.floor };
		return isTooOld(this.device, post) || this.nonces.isReplayed({ result: undefined, nonce: claim });
	}

	/**
	 * Accepts a POST, without events and commands: those are for what is stored.
	 * @param before what this process knows of the UPS
	 */
	accept(before: DeviceRecord | undefined, post: Post, nonce: string): Applied | 'replayed' {
		if (this.refuses(post, nonce)) return 'replayed';
		const applied = applyTelemetry(
			{ device: before, silence: undefined, commands: [], outboxDue: undefined },
			post,
			post.receivedAt,
		);
		this.device = applied.device;
		const { floor } = applied.device;
		this.acks = [...this.acks, ...post.telemetry.acks];
		this.rejected = [...this.rejected, ...post.telemetry.rejected];
		const claim = { token: nonce, at: post.ts, floor };
		this.nonces.apply({ result: undefined, nonce: claim });
		this.unclaimed = [...this.unclaimed.filter(({ at }) => at > floor), claim];
		return { ...applied, notices: [], hasNotices: false };
	}

	/**
	 * Stores the nonces, so that another process or the next start knows them.
	 * @param claim stores one; where it rejects, the rest is stored the next time
	 */
	async store(claim: (nonce: Nonce) => Promise<void>): Promise<void> {
		for (const nonce of this.unclaimed) {
			await claim(nonce);
			this.unclaimed = this.unclaimed.filter((one) => one !== nonce);
		}
	}

	/** A POST as if it said as well what those before it said of commands. */
	completed(post: Post): Post {
		const { acks, rejected } = this;
		if (acks.length === 0 && rejected.length === 0) return post;
		const { telemetry } = post;
		return {
			...post,
			telemetry: {
				...telemetry,
				acks: [...acks, ...telemetry.acks],
				rejected: [...rejected, ...telemetry.rejected],
			},
		};
	}

	/** What a completed POST said of commands is stored. */
	recorded({ telemetry: { acks, rejected } }: Post): void {
		if (this.acks.length > 0) this.acks = this.acks.filter((id) => !acks.includes(id));
		if (this.rejected.length > 0) this.rejected = this.rejected.filter((one) => !rejected.includes(one));
	}
}
