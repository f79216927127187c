import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, DeviceRequest, Refusal, Retry, Route } from '../../protocol/common/http.js';
import type { BodyFailure, BodyReader } from './body-reader.js';
import { senderAddress, senderKey } from './client-address.js';
import type { Target } from './paths.js';
import type { RateLimiter } from './rate-limiter.js';
import { answer, type ErrorResponder, whenSent } from './responses.js';
import type { Match, Router } from './router.js';
import { clientName } from './tls.js';

/** What the requests of one endpoint have in common. */
export interface RequestContext {
	readonly maxBody: number;
	readonly trustProxy: boolean;
	readonly shared: {
		readonly rateLimiter: RateLimiter;
		readonly bodyReader: BodyReader;
		readonly errorResponder: ErrorResponder;
	};
	/** Reports something that should not have happened. Must not throw. */
	problem(error: unknown): void;
	/** Notes a POST to a path that has no route. */
	unmatched(path: string, remoteAddress: string): void;
	/** Reports that something in front has read a body. Must not throw. */
	bodyConsumed(): void;
}

/** The server that a request came to. */
export interface RequestServer {
	readonly router: Router<RequestContext>;
	/** For requests to paths that have no route. */
	readonly context: RequestContext;
}

/** Is told how far the request of a connection has come. */
export interface Progress {
	/** The request has been read to its end. */
	delivered(): void;
	/** The answer has been written. */
	answered(): void;
}

const SUBJECT_LENGTH = 64;
const NO_BODY = Buffer.alloc(0);

/** A request whose body comes later. */
type IncomingRequest = DeviceRequest & { rawBody: Buffer };

function incomingRequest(
	req: IncomingMessage,
	{ path, query }: Target,
	param: string,
	{ maxBody, trustProxy }: RequestContext,
): IncomingRequest {
	const { method = '', headers, socket } = req;
	const remoteAddress = senderAddress(req, trustProxy);
	const rest = { remoteAddress, clientName: clientName(socket), rawBody: NO_BODY, maxBody };
	return { method, path, query, param, headers, ...rest };
}

/** A refusal on its way to the client. Reported ones become an event of the route. */
interface Rejection extends Refusal {
	readonly isReported: boolean;
}

const rejection = (status: number, reason: string, isReported: boolean): Rejection => {
	return { refused: reason, publicReason: reason, status, isReported };
};

const NOT_FOUND = rejection(404, 'not-found', false);
const WRONG_METHOD = rejection(405, 'method-not-allowed', false);
const TOO_LARGE = rejection(413, 'too-large', true);

const UNREAD: Record<
	Exclude<BodyFailure, 'too-large' | 'aborted'>,
	readonly [status: number, reason: string]
> = {
	timeout: [408, 'timeout'],
	crowded: [503, 'busy'],
};

/** Handles one request. Nothing that a route does can throw out of here. */
export class RequestHandler {
	private readonly context: RequestContext;
	private readonly incoming: IncomingRequest;

	/** @param match undefined for a path that has no route, which is answered 404 */
	constructor(
		private readonly req: IncomingMessage,
		private readonly res: ServerResponse,
		private readonly server: RequestServer,
		target: Target,
		private match: Match<RequestContext> | undefined,
		private readonly progress?: Progress,
	) {
		this.context = match?.context ?? server.context;
		this.incoming = incomingRequest(req, target, match?.param ?? '', this.context);
	}

	start(): void {
		this.guard(() => this.readBody());
	}

	private get route(): Route | undefined {
		return this.match?.entry.route;
	}

	private readBody(): void {
		const { req, context } = this;
		const refusal = this.refusalBeforeBody();
		if (refusal) this.refuse(refusal);
		else if (req.readableDidRead || req.readableEnded || req.readableFlowing === true) this.consumed();
		else if (!req.destroyed) {
			const sender = senderKey(this.incoming.remoteAddress);
			context.shared.bodyReader.read(req, context.maxBody, sender, (result) =>
				this.guard(() => this.received(result)),
			);
		}
	}

	private refusalBeforeBody(): Rejection | undefined {
		const { route, incoming, context } = this;
		if (route === undefined) {
			if (incoming.method === 'POST') context.unmatched(incoming.path, incoming.remoteAddress);
			return NOT_FOUND;
		}
		if (incoming.method !== 'POST') return WRONG_METHOD;
		const refusal = route.admit(incoming);
		if (refusal) return { ...refusal, isReported: true };
		return Number(incoming.headers['content-length'] ?? 0) > context.maxBody ? TOO_LARGE : undefined;
	}

	/** Runs a step; what it throws becomes a 500. */
	private guard(step: () => void): void {
		try {
			step();
		} catch (error) {
			this.fail(error);
		}
	}

	private received(result: Buffer | BodyFailure): void {
		if (result === 'too-large') this.refuse(TOO_LARGE);
		else if (typeof result === 'string') {
			if (result !== 'aborted') this.reply(...UNREAD[result]);
		} else {
			this.progress?.delivered();
			this.incoming.rawBody = result;
			this.handle();
		}
	}

	/** Lets the route decide. A route that has lost its owner meanwhile decides nothing: its next owner is asked. */
	private handle(): void {
		const { match } = this;
		if (!match?.entry.hasOwner) {
			this.retry();
			return;
		}
		match.entry.route.handle(this.incoming).then(
			(decision) => this.guard(() => this.decided(decision)),
			(error: unknown) => this.fail(error),
		);
	}

	private decided(decision: Answer | Refusal | Retry): void {
		if ('retry' in decision) {
			decision.retry.then(
				() => this.retry(),
				(error: unknown) => this.fail(error),
			);
			return;
		}
		this.context.shared.bodyReader.buffers.giveBack(this.incoming.rawBody);
		if ('refused' in decision) this.refuse({ ...decision, isReported: true });
		else this.accept(decision);
	}

	/** Asks the owner that the path has by now, or once there is one. */
	private retry(): void {
		this.server.router.whenFound(this.incoming.path, (match) => {
			this.match = match;
			this.guard(() => {
				const refusal = this.refusalBeforeBody();
				if (refusal) this.refuse(refusal);
				else this.handle();
			});
		});
	}

	private accept(decision: Answer): void {
		const { req, res } = this;
		try {
			answer(req, res, decision.status, decision.headers, decision.body);
		} catch (error) {
			// What was accepted stays accepted, whether or not the client gets the answer.
			this.fail(error);
		}
		this.progress?.answered();
		if (decision.after) whenSent(req, res, () => this.afterwards(decision));
	}

	/** The answer is out: whatever goes wrong now is nothing that the device needs to know. */
	private afterwards(decision: Answer): void {
		try {
			decision.after?.();
		} catch (error) {
			this.context.problem(error);
		}
	}

	private refuse(rejection: Rejection): void {
		const { remoteAddress } = this.incoming;
		this.context.shared.rateLimiter.count(remoteAddress, this.route !== undefined).then(
			({ limited, report }) => {
				if (limited) this.reply(429, 'rate-limited');
				else this.reply(rejection.status, rejection.publicReason ?? rejection.refused);
				// Later, because the answer may leave with the next tick only and the flow behind may block.
				if (limited ? report : rejection.isReported) setImmediate(() => this.report(rejection, limited));
			},
			(error: unknown) => this.fail(error),
		);
	}

	/** Reports a refusal to the route. */
	private report({ refused, status, subject, clockOffset }: Rejection, limited: boolean): void {
		const { remoteAddress, param } = this.incoming;
		const why = limited
			? { reason: 'rate-limited', status: 429 }
			: { reason: refused, status, ...(clockOffset !== undefined && { clockOffset }) };
		try {
			this.route?.refused({ ...why, remoteAddress, subject: subject ?? param.slice(0, SUBJECT_LENGTH) });
		} catch (error) {
			this.context.problem(error);
		}
	}

	private consumed(): void {
		this.context.bodyConsumed();
		this.reply(500, 'internal');
	}

	private fail(error: unknown): void {
		this.context.problem(error);
		this.reply(500, 'internal');
	}

	private reply(status: number, reason: string): void {
		const { req, res, context } = this;
		try {
			if (res.headersSent) return;
			// Keeping the connection open after a 401 would show that an id is known: its body was read.
			context.shared.errorResponder.respond(req, res, status, reason, status === 401);
			this.progress?.answered();
		} catch (error) {
			context.problem(error);
			req.socket.destroy();
		}
	}
}
