import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came in, for a test to look at. */
export interface RecordedRequest {
	readonly method: string;
	readonly path: string;
	/** Lower-case names. */
	readonly headers: IncomingHttpHeaders;
	/** Names and values in turn, as they were sent. */
	readonly rawHeaders: readonly string[];
	readonly body: Buffer;
	/** Milliseconds of a clock that only goes forth, when the request was complete. */
	readonly at: number;
	/** Which connection it came over, counted from 1. */
	readonly connection: number;
	/** Whether that connection has served a request before. */
	readonly reused: boolean;
	/** Connections that were open, this one included. */
	readonly open: number;
	/** Requests that had no answer yet, this one included. */
	readonly inFlight: number;
	/** The status of the answer; undefined as long as none has left whole. */
	status?: number | undefined;
	/** When the answer left. */
	answeredAt?: number | undefined;
}
