interface Share<T> {
	/** Oldest first. */
	readonly items: Set<T>;
	weight: number;
}

/**
 * What each sender holds of something limited, such as connections. Room is made from the sender that holds most, so
 * that no sender can lock others out by holding more. Among equals the oldest item goes.
 */
export class FairShares<T> {
	private readonly bySender = new Map<string, Share<T>>();

	add(sender: string, item: T): void {
		const share = this.bySender.get(sender) ?? { items: new Set<T>(), weight: 0 };
		share.items.add(item);
		this.bySender.set(sender, share);
	}

	/** Changes what the items of a sender weigh together, bytes for example. */
	weigh(sender: string, change: number): void {
		const share = this.bySender.get(sender);
		if (share) share.weight += change;
	}

	/** Takes an item off; its weight must have been taken off before. Returns whether it was there. */
	delete(sender: string, item: T): boolean {
		const share = this.bySender.get(sender);
		if (!share?.items.delete(item)) return false;
		if (share.items.size === 0) this.bySender.delete(sender);
		return true;
	}

	/** The oldest item of the sender that has the most items. */
	oldestOfMost(): T | undefined {
		return this.oldest(({ items }) => items.size);
	}

	/** The oldest item of the sender whose items weigh most. */
	oldestOfHeaviest(): T | undefined {
		return this.oldest(({ weight }) => weight);
	}

	private oldest(measure: (share: Share<T>) => number): T | undefined {
		let most: Share<T> | undefined;
		for (const share of this.bySender.values()) {
			if (most === undefined || measure(share) > measure(most)) most = share;
		}
		return most?.items.values().next().value;
	}
}
