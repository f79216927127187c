/**
 * How a device's request reaches a protocol, and how the answer goes back. Nothing here knows which server
 * carries it: the adapter's endpoint fills these shapes from Node-RED's server or from an own listener.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** What is known of a request before its body has been read. */
export interface RequestHead {
	/** Upper-case HTTP method. */
	readonly method: string;
	/** Path as sent, without the query. */
	readonly path: string;
	/** The variable part of the path, exactly as sent (never decoded or lower-cased); empty where a route has none. */
	readonly param: string;
	/** The raw query without `?`, as sent; empty where there is none. */
	readonly query: string;
	readonly headers: IncomingHttpHeaders;
	/** Sender's address without a `::ffff:` prefix, or the proxy's word for it where the endpoint trusts the proxy. */
	readonly remoteAddress: string;
	/** Common name of the client certificate's subject; undefined unless TLS has verified a certificate. */
	readonly clientName: string | undefined;
}

/**
 * A whole request. `rawBody` holds the bytes as sent: a signature is over these and nothing else. They are good until the
 * route has decided, when their memory is used for the next body: who wants to keep any of it copies.
 */
export interface DeviceRequest extends RequestHead {
	readonly rawBody: Buffer;
	/** Bytes of the largest body that the endpoint takes; a route that inflates one keeps to it too. */
	readonly maxBody: number;
}

/** An answer to a request that was accepted. */
export interface Answer {
	readonly status: number;
	/** Content-Length is added by the endpoint; nothing else is. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	/**
	 * Called as soon as the answer is out, in the same tick where the connection allows; also when the client has gone
	 * before. It may throw: the endpoint catches.
	 */
	after?(): void;
}

/** A request that is refused. The endpoint counts it, may make it a 429, answers and reports it to the route. */
export interface Refusal {
	/** Why, in the words of the flow contract, e.g. `bad-signature`. */
	readonly refused: string;
	readonly status: number;
	/** What the answer's body says instead of `refused`; a 401 does not tell which check failed. */
	readonly publicReason?: string;
	/** Whom the request claimed to come from (at most 64 characters), for the event. */
	readonly subject?: string;
	/** Seconds by which the clock of a device that proved who it is, is ahead of this machine's, where that is why. */
	readonly clockOffset?: number;
}

/** The device is not configured at this moment, as at a redeploy: the endpoint asks the route again once `retry` resolves. */
export interface Retry {
	readonly retry: Promise<unknown>;
}

/** What a route is told of a refusal, `rate-limited` ones once per address and minute. */
export interface RefusedRequest {
	readonly reason: string;
	readonly status: number;
	readonly remoteAddress: string;
	readonly subject: string;
	readonly clockOffset?: number;
}

/** One owner of one path. The endpoint calls it; it may throw, which becomes a 500 and a logged error. */
export interface Route {
	/** Looks at the head alone, so that a refusal needs no body. Undefined lets the body be read. */
	admit(head: RequestHead): Refusal | undefined;
	/** Decides on the whole request. */
	handle(request: DeviceRequest): Promise<Answer | Refusal | Retry>;
	/** Is told of every refusal of this route's requests: its own, and the endpoint's (`too-large`, `rate-limited`). */
	refused(request: RefusedRequest): void;
}
