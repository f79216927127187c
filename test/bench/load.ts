/** What a family of devices posts in a benchmark. */

/** Whom POSTs are made for. Plain data: it goes to the process of the load. */
export interface Recipient {
	readonly port: number;
	/** Where every device posts to; left out: each device to the path that its family gives it. */
	readonly path?: string;
	/** How many devices it knows; they post in turn. */
	readonly devices: number;
	/** It gives back what it was sent. */
	readonly echoes?: boolean;
}

/** An answer, cut where its head ends. */
export interface Answer {
	/** Status line and headers. */
	readonly head: string;
	readonly body: Buffer;
}

/** A POST with everything that it takes, made before the time starts. */
export interface Post {
	readonly bytes: Buffer;
	/** @throws Error where an answer with status 200 is not the one that this POST should get */
	check(answer: Answer): void;
}

/**
 * Makes a POST.
 * @param count how many this process has made before: the values of two POSTs differ, and the devices take turns
 */
export type MakePost = (to: Recipient, count: number) => Post;
