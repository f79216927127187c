/** How requests get to a PDU: what a client needs, and what can go wrong on the way. */
import type { RequestHeaders } from './http-head.js';

/** One HTTP request. */
export interface PduRequest {
	readonly method: 'GET' | 'POST';
	readonly path: string;
	readonly headers: RequestHeaders;
	readonly body?: string;
	/** Milliseconds from sending to the end of the answer. */
	readonly timeout: number;
	/** Whether nothing is changed by sending it twice. */
	readonly isRepeatable: boolean;
	/** Ends it early. */
	readonly signal: AbortSignal;
}

/** A whole answer. */
export interface PduAnswer {
	readonly status: number;
	/** Media type in lower case, without parameters; empty where there is none. */
	readonly mediaType: string;
	readonly body: Buffer;
}

/** What can go wrong before there is a whole answer. */
export type TransportFailure = 'timeout' | 'unreachable' | 'bad-response';

/** @param reason a word or code that tells a technician more; never anything secret */
export class TransportError extends Error {
	constructor(
		readonly failure: TransportFailure,
		readonly reason: string,
		cause?: unknown,
	) {
		super(`${failure}: ${reason}`, cause === undefined ? undefined : { cause });
		this.name = 'TransportError';
	}
}

/** A connection to one PDU. One request at a time. */
export interface Transport {
	/**
	 * @throws TransportError
	 */
	send(request: PduRequest): Promise<PduAnswer>;
	/** Ends every connection. */
	close(): Promise<void>;
}
