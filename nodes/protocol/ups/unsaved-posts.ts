/** The POSTs of a UPS that were accepted while the store was away. */
import { Scope } from '../common/scope.js';
import type { Nonce } from '../common/store.js';
import { type Applied, applyTelemetry, type Post } from './apply-telemetry.js';
import type { DeviceRecord } from './records.js';
import { isTooOld } from './report-order.js';
import type { Telemetry } from './telemetry.js';

export class UnsavedPosts {
	private readonly nonces = new Scope();
	/** Nonces that are not stored yet. */
	private unclaimed: Nonce[] = [];
	private device: DeviceRecord | undefined;
	/** What the UPS reported about its commands: it does so only until it gets a 200. */
	private acks: readonly string[] = [];
	private rejected: Telemetry['rejected'] = [];

	/** Whether this process has accepted a POST before, or a later one while the store was away that makes it too old. */
	refuses(post: Post, nonce: string): boolean {
		const claim = { token: nonce, at: post.ts, floor: 0 };
		const isKnown = this.nonces.isReplayed({ result: undefined, nonce: claim });
		return isKnown || (this.device !== undefined && isTooOld(this.device, post));
	}

	/** Keeps the nonce of a stored POST: a server that is away can't be asked for it. */
	remember({ ts: at }: Post, token: string, { floor }: DeviceRecord): void {
		this.nonces.apply({ result: undefined, nonce: { token, at, floor } });
	}

	/**
	 * Accepts a POST without events and commands, which need the store.
	 * @param before what this process knows of the UPS
	 */
	accept(before: DeviceRecord | undefined, post: Post, nonce: string): Applied | 'replayed' {
		const isOld = before !== undefined && isTooOld(before, post);
		if (isOld || this.refuses(post, nonce)) return 'replayed';
		const { telemetry, ts: at, receivedAt } = post;
		const state = { device: before, silence: undefined, commands: [], outboxDue: undefined };
		const applied = applyTelemetry(state, post, receivedAt);
		const { floor } = applied.device;
		this.device = applied.device;
		this.acks = [...this.acks, ...telemetry.acks];
		this.rejected = [...this.rejected, ...telemetry.rejected];
		this.remember(post, nonce, applied.device);
		this.unclaimed = [...this.unclaimed.filter((one) => one.at > floor), { token: nonce, at, floor }];
		return { ...applied, notifications: [], hasNotifications: false };
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

	/** A POST together with what unsaved POSTs reported about commands. */
	completed(post: Post): Post {
		const { acks, rejected } = this;
		if (acks.length === 0 && rejected.length === 0) return post;
		const { telemetry } = post;
		const both = {
			acks: [...acks, ...telemetry.acks],
			rejected: [...rejected, ...telemetry.rejected],
		};
		return { ...post, telemetry: { ...telemetry, ...both } };
	}

	/** Forgets what a completed POST has stored about commands. */
	recorded({ telemetry: { acks, rejected } }: Post): void {
		if (this.acks.length > 0) this.acks = this.acks.filter((id) => !acks.includes(id));
		if (this.rejected.length > 0) this.rejected = this.rejected.filter((one) => !rejected.includes(one));
	}
}
