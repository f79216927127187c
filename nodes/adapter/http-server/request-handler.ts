import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, DeviceRequest, Moved, Refusal, Route } from '../../protocol/common/http.js';
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
	readonly rateLimiter: RateLimiter;
	readonly bodyReader: BodyReader;
	readonly errorResponder: ErrorResponder;
	/** Tells of something that should not have happened. Must not throw. */
	problem(error: unknown): void;
	/** Notes a POST to a path that nobody owns. */
	stray(path: string, remoteAddress: string): void;
	/** Tells that something in front has read a body. Must not throw. */
	bodyConsumed(): void;
}

/** Who wants to know how far a connection's request has come. */
export interface Progress {
	/** The request has been read to its end. */
	delivered(): void;
	/** The answer has been written. */
	answered(): void;
}

const SUBJECT_LENGTH = 64;
const NO_BODY = Buffer.alloc(0);

class IncomingRequest implements DeviceRequest {
	rawBody: Buffer = NO_BODY;
	readonly headers: IncomingHttpHeaders;
	readonly clientName: string | undefined;

	constructor(
		req: IncomingMessage,
		readonly method: string,
		readonly path: string,
		readonly query: string,
		readonly param: string,
		readonly remoteAddress: string,
		readonly maxBody: number,
	) {
		this.headers = req.headers;
		this.clientName = clientName(req.socket);
	}
}

/** A refusal on its way to the client. `told` ones become an event of the route. */
interface Verdict extends Refusal {
	readonly told: boolean;
}

const NOT_FOUND: Verdict = { refused: 'not-found', publicReason: 'not-found', status: 404, told: false };
const WRONG_METHOD: Verdict = {
	refused: 'method-not-allowed',
	publicReason: 'method-not-allowed',
	status: 405,
	told: false,
};
const TOO_LARGE: Verdict = { refused: 'too-large', publicReason: 'too-large', status: 413, told: true };

const UNREAD: Record<
	Exclude<BodyFailure, 'too-large' | 'aborted'>,
	readonly [status: number, reason: string]
> = {
	timeout: [408, 'timeout'],
	crowded: [503, 'busy'],
};

/** One request and its answer. Nothing that a route does can throw out of here. */
class RequestHandler {
	constructor(
		private readonly req: IncomingMessage,
		private readonly res: ServerResponse,
		private readonly host: RequestContext,
		private route: Route | undefined,
		private readonly routes: Router<RequestContext>,
		private readonly incoming: IncomingRequest,
		private readonly progress: Progress | undefined,
	) {}

	start(): void {
		const { req, host } = this;
		const refusal = this.refusalBeforeBody();
		if (refusal) this.refuse(refusal);
		else if (req.readableDidRead || req.readableEnded || req.readableFlowing === true) this.consumed();
		else if (!req.destroyed) {
			const sender = senderKey(this.incoming.remoteAddress);
			host.bodyReader.read(req, host.maxBody, sender, (result) => this.guard(() => this.received(result)));
		}
	}

	private refusalBeforeBody(): Verdict | undefined {
		const { route, incoming, host } = this;
		if (route === undefined) {
			if (incoming.method === 'POST') host.stray(incoming.path, incoming.remoteAddress);
			return NOT_FOUND;
		}
		if (incoming.method !== 'POST') return WRONG_METHOD;
		const refusal = route.admit(incoming);
		if (refusal) return { ...refusal, told: true };
		return Number(incoming.headers['content-length'] ?? 0) > host.maxBody ? TOO_LARGE : undefined;
	}

	/** Runs a step; what it throws becomes a 500. */
	guard(step: () => void): void {
		try {
			step();
		} catch (error) {
			this.fail(error);
		}
	}

	private received(result: Buffer | BodyFailure): void {
		if (result === 'too-large') this.refuse(TOO_LARGE);
		else if (typeof result !== 'string') this.handle(result);
		else if (result !== 'aborted') this.reply(...UNREAD[result]);
	}

	private handle(rawBody: Buffer): void {
		this.progress?.delivered();
		this.incoming.rawBody = rawBody;
		this.route?.handle(this.incoming).then(
			(decision) => this.guard(() => this.decided(decision)),
			(error: unknown) => this.fail(error),
		);
	}

	private decided(decision: Answer | Refusal | Moved): void {
		if ('moved' in decision) {
			this.follow();
			return;
		}
		this.host.bodyReader.buffers.giveBack(this.incoming.rawBody);
		if ('refused' in decision) this.refuse({ ...decision, told: true });
		else this.accept(decision);
	}

	/** Gives the request to the next owner of its path, once there is one. */
	private follow(): void {
		const { routes, incoming, route } = this;
		const again = () => {
			const next = routes.find(incoming.path)?.route;
			this.route = next === route ? undefined : next;
			const refusal = this.refusalBeforeBody();
			if (refusal) this.refuse(refusal);
			else this.handle(incoming.rawBody);
		};
		const vacant = routes.vacancies.at(incoming.path);
		if (vacant) void vacant.then(() => this.guard(again));
		else again();
	}

	private accept(decision: Answer): void {
		const { req, res } = this;
		try {
			answer(req, res, decision.status, decision.headers, decision.body);
		} catch (error) {
			// What was accepted stays accepted, whether or not the client can be told.
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
			this.host.problem(error);
		}
	}

	private refuse(verdict: Verdict): void {
		const { remoteAddress } = this.incoming;
		this.host.rateLimiter.count(remoteAddress, this.route !== undefined).then(
			({ limited, tell }) => {
				if (limited) this.reply(429, 'rate-limited');
				else this.reply(verdict.status, verdict.publicReason ?? verdict.refused);
				// Later, because the answer may leave with the next tick only and the flow behind may block.
				if (limited ? tell : verdict.told) setImmediate(() => this.tell(verdict, limited));
			},
			(error: unknown) => this.fail(error),
		);
	}

	private tell(verdict: Verdict, limited: boolean): void {
		const { remoteAddress, param } = this.incoming;
		const subject = verdict.subject ?? param.slice(0, SUBJECT_LENGTH);
		const { clockOffset } = verdict;
		const why = limited
			? { reason: 'rate-limited', status: 429 }
			: {
					reason: verdict.refused,
					status: verdict.status,
					...(clockOffset !== undefined && { clockOffset }),
				};
		try {
			this.route?.refused({ ...why, remoteAddress, subject });
		} catch (error) {
			this.host.problem(error);
		}
	}

	private consumed(): void {
		this.host.bodyConsumed();
		this.reply(500, 'internal');
	}

	private fail(error: unknown): void {
		this.host.problem(error);
		this.reply(500, 'internal');
	}

	private reply(status: number, reason: string): void {
		const { req, res, host } = this;
		try {
			if (res.headersSent) return;
			// Whether the connection stays open would tell a stranger that an id is known: its body was read.
			host.errorResponder.refuse(req, res, status, reason, status === 401);
			this.progress?.answered();
		} catch (error) {
			host.problem(error);
			req.socket.destroy();
		}
	}
}

/**
 * Serves one request. Only POST is a method; `match` undefined is a path that nobody owns, answered 404.
 * @param fallback the host of requests that nobody owns
 */
export function serve(
	req: IncomingMessage,
	res: ServerResponse,
	target: Target,
	routes: Router<RequestContext>,
	match: Match<RequestContext> | undefined,
	fallback: RequestContext,
	progress?: Progress,
): void {
	const host = match?.host ?? fallback;
	const address = senderAddress(req, host.trustProxy);
	const param = match?.param ?? '';
	const incoming = new IncomingRequest(
		req,
		req.method ?? '',
		target.path,
		target.query,
		param,
		address,
		host.maxBody,
	);
	const exchange = new RequestHandler(req, res, host, match?.route, routes, incoming, progress);
	exchange.guard(() => exchange.start());
}
