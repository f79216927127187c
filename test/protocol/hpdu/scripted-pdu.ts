import { createHmac } from 'node:crypto';
import { PduClient, PduHosts, type PduSettings } from '../../../nodes/protocol/hpdu/index.js';
import {
	type PduAnswer,
	type PduRequest,
	type Transport,
	TransportError,
} from '../../../nodes/protocol/hpdu/transport.js';
import { ManualTime } from '../manual-time.js';

/** What a resource says: a form with 200, a whole answer, a failure on the way, or what is worked out. */
export type Says = string | PduAnswer | Error | ((request: PduRequest) => Says | Promise<Says>);

/** What each resource says, by `GET /readable`; of several in turn, the last one for good. */
export type Script = Readonly<Record<string, Says | readonly Says[]>>;

export function form(body: string, status = 200): PduAnswer {
	return { status, mediaType: 'application/x-www-form-urlencoded', body: Buffer.from(body, 'latin1') };
}

export const status = (code: number): PduAnswer => ({ status: code, mediaType: '', body: Buffer.alloc(0) });

/** Never answers. */
export const silence = (): Promise<never> => new Promise(() => undefined);

/** A PDU at the other end of a connection: literal answers, but for tokens, which it looks at. */
export class ScriptedPdu implements Transport {
	readonly time = new ManualTime(1_800_000_000_000);
	readonly hosts = new PduHosts({ clock: this.time, timers: this.time }, () => this);
	readonly requests: PduRequest[] = [];
	/** When each request came, in monotonic milliseconds. */
	readonly times: number[] = [];
	/** Seconds that its clock shows at 0 of the monotonic one. */
	uptime = 0x1bd5b7dd;
	/** What it says to `POST /userid`; by itself the number of foo and its time. */
	userid: Says | undefined;
	password = 'bar';
	/** Seconds by which a token may be wrong. */
	tolerance = 10;
	/** Milliseconds of a request's way, and of its answer's. */
	latency = 0;
	refusals = 0;
	closed = 0;
	mostAtOnce = 0;
	private atOnce = 0;
	private readonly asked = new Map<string, number>();

	constructor(public script: Script = {}) {}

	client(changes: Partial<PduSettings> = {}, host = '192.168.1.10'): PduClient {
		const settings = { label: 'rack', username: 'foo', password: 'bar', timeout: 5000, minInterval: 0 };
		const join = () => this.hosts.join({ host, port: 80 });
		return new PduClient({ ...settings, ...changes }, join, this.time);
	}

	/** Such as `POST /userid user=foo`. */
	get lines(): string[] {
		return this.requests.map(({ method, path, body = '' }) => `${method} ${path} ${body}`.trim());
	}

	/** The lines, but for how it came to the time. */
	get signed(): string[] {
		return this.lines.filter((line) => line !== 'POST /userid user=foo');
	}

	/** What its clock shows. */
	get seconds(): number {
		return Math.floor(this.uptime + this.time.monotonic() / 1000);
	}

	/** The time in the last token. */
	get tokenTime(): number {
		const { Authorization = '' } = this.requests.at(-1)?.headers ?? {};
		return Math.floor(Number.parseInt(Authorization.slice(13, 21), 16) / 8);
	}

	async send(request: PduRequest): Promise<PduAnswer> {
		this.requests.push(request);
		this.times.push(this.time.monotonic());
		this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
		const ended = new Promise<never>((_, reject) => {
			request.signal.addEventListener('abort', () => reject(new TransportError('unreachable', 'closed')));
		});
		try {
			return await Promise.race([this.answer(request), ended]);
		} finally {
			this.atOnce--;
		}
	}

	async close(): Promise<void> {
		this.closed++;
	}

	private async answer(request: PduRequest): Promise<PduAnswer> {
		if (this.latency > 0) await this.time.advance(this.latency);
		const said = await this.says(request);
		if (this.latency > 0) await this.time.advance(this.latency);
		return said;
	}

	private says(request: PduRequest): Promise<PduAnswer> {
		const line = `${request.method} ${request.path}`;
		if (line === 'POST /userid') {
			return worked(this.userid ?? `userid=7&time=${this.seconds}`, request);
		}
		if (!this.knows(request.headers.Authorization ?? '')) {
			this.refusals++;
			return worked(status(401), request);
		}
		const said = this.script[line] ?? status(404);
		if (!Array.isArray(said)) return worked(said as Says, request);
		const turn = this.asked.get(line) ?? 0;
		this.asked.set(line, turn + 1);
		return worked(said[Math.min(turn, said.length - 1)] as Says, request);
	}

	private knows(authorization: string): boolean {
		const [, message = '', signature] = /^hPDU-auth-v1 ([0-9a-f]{8})([0-9a-f]{8})$/.exec(authorization) ?? [];
		const hmac = createHmac('sha256', `foo:${this.password}`).update(Buffer.from(message, 'hex'));
		const number = Number.parseInt(message, 16);
		const late = this.seconds - Math.floor(number / 8);
		return (
			number % 8 === 7 && Math.abs(late) <= this.tolerance && hmac.digest('hex').slice(0, 8) === signature
		);
	}
}

async function worked(says: Says, request: PduRequest): Promise<PduAnswer> {
	if (typeof says === 'function') return worked(await says(request), request);
	if (says instanceof Error) throw says;
	return typeof says === 'string' ? form(says) : says;
}
