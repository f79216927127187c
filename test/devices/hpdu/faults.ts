import type { RecordedRequest } from './record.js';

/** How an answer leaves the PDU. */
export type Manner =
	/** In chunks, as real devices do. */
	| 'whole'
	/** With Content-Length. */
	| 'counted'
	/** The connection is closed in its place. */
	| 'close'
	/** The connection is reset in its place. */
	| 'reset'
	/** Half of the body, in whole chunks, and then the connection is closed. */
	| 'close-halfway'
	/** Half of the body, in whole chunks, and then the connection is reset. */
	| 'reset-halfway'
	/** A chunk says that it is longer than what comes of it before the connection is closed. */
	| 'cut-in-chunk'
	/** A chunk whose length is no number. */
	| 'bad-chunk'
	/** Never. */
	| 'never';

/** An answer on its way out. */
export interface Delivery {
	readonly status: number;
	/** Media type, as it stands in the header. */
	readonly type: string | undefined;
	readonly body: Buffer;
	readonly manner: Manner;
	/** Milliseconds until it leaves. */
	readonly delay: number;
}

/** Something that goes wrong. */
export interface Fault {
	/** The PDU does not get to see the request; otherwise it does what it was told and the answer suffers. */
	readonly unheard?: boolean;
	/** Only requests over a connection that has served one before. */
	readonly reusedOnly?: boolean;
	readonly change: (delivery: Delivery) => Delivery;
}

const altered =
	<T>(change: (delivery: Delivery, value: T) => Partial<Delivery>, usual: T) =>
	(value: T = usual): Fault => ({ change: (delivery) => ({ ...delivery, ...change(delivery, value) }) });

const sent =
	(manner: Manner, more: Omit<Fault, 'change'> = {}) =>
	(): Fault => ({
		...more,
		change: (delivery) => ({ ...delivery, manner }),
	});

const editText = (edit: (text: string) => string) =>
	altered(({ body }) => ({ body: Buffer.from(edit(body.toString('latin1')), 'latin1') }), undefined);

const TEN_MEGABYTES = 10 * 1024 * 1024;
const PROXY_PAGE = '<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n';

/** The value of the first field becomes something else, byte for byte. */
const firstValue = (usual: string) =>
	altered<string>(
		({ body }, value) => ({
			body: Buffer.from(
				body.toString('latin1').replace(/=[^&]*/, () => `=${value}`),
				'latin1',
			),
		}),
		usual,
	);

/** All that can go wrong: `faults.add(FAULTS.slow(500))`, `faults.next(FAULTS.html())`. */
export const FAULTS = {
	/** Each answer comes so many milliseconds later. */
	slow: altered<number>(({ delay }, ms) => ({ delay: delay + ms }), 2000),
	/** There is never an answer. */
	silent: sent('never'),
	/** The connection is closed, and the PDU has not seen the request. */
	closeUnheard: sent('close', { unheard: true }),
	/** The connection is reset, and the PDU has not seen the request. */
	resetUnheard: sent('reset', { unheard: true }),
	/** A connection that has served a request before is found closed by the next one, as when it was idle too long. */
	closeIdle: sent('close', { unheard: true, reusedOnly: true }),
	/** As `closeIdle`, with a reset. */
	resetIdle: sent('reset', { unheard: true, reusedOnly: true }),
	/** The PDU does what it was told, but the connection is closed before it says so. */
	closeInstead: sent('close'),
	/** The PDU does what it was told, but the connection is reset before it says so. */
	resetInstead: sent('reset'),
	closeHalfway: sent('close-halfway'),
	resetHalfway: sent('reset-halfway'),
	cutInChunk: sent('cut-in-chunk'),
	badChunk: sent('bad-chunk'),
	/** With Content-Length in place of chunks. */
	counted: sent('counted'),
	status: altered<number>((_, status) => ({ status }), 418),
	/** Any value of Content-Type; undefined leaves it out. */
	mediaType: altered<string | undefined>(
		(_, type) => ({ type }),
		'Application/X-WWW-Form-Urlencoded; charset=utf-8',
	),
	noMediaType: altered(() => ({ type: undefined }), undefined),
	/** What a proxy says when it does not reach the PDU. */
	html: altered(() => ({ status: 502, type: 'text/html', body: Buffer.from(PROXY_PAGE) }), undefined),
	/** The same page, as if all were well. */
	htmlAsForm: altered(() => ({ status: 200, body: Buffer.from(PROXY_PAGE) }), undefined),
	/** So many bytes of form fields. */
	huge: altered<number>((_, bytes) => ({ body: Buffer.alloc(bytes, 'stdvnm=SP_Rack_5&') }), TEN_MEGABYTES),
	empty: altered(() => ({ body: Buffer.alloc(0) }), undefined),
	/** Any bytes. */
	body: altered<Buffer | string>((_, body) => ({ body: Buffer.from(body) }), ''),
	/** The first key comes twice, first with a wrong value. */
	duplicateKeys: editText((text) => `${text.split('=', 1).join()}=0&${text}`),
	/** Keys that nobody asked for, one with an underscore and no number behind it. */
	extraKeys: altered<string>(
		({ body }, more) => ({ body: Buffer.concat([body, Buffer.from(`&${more}`)]) }),
		'curr_page=3&_=&foo_bar=baz&zzunkn=1',
	),
	/** The second channel of everything is missing. */
	gaps: editText((text) =>
		text
			.split('&')
			.filter((part) => !/_2=/.test(part))
			.join('&'),
	),
	/** A value in Latin-1, not escaped. */
	latin1: firstValue('Caf\xe9'),
	/** A value in Latin-1, escaped. */
	latin1Escaped: firstValue('Caf%E9'),
	/** Control characters and a NUL with something behind it. */
	controls: firstValue('a%01b%7Fc%C2%85d%00zz'),
	/** Another value, as it is to stand on the wire. */
	firstValue: firstValue(''),
	/** The answer ends in the middle, and says so. */
	partial: editText((text) => {
		const parts = text.split('&');
		return [...parts.slice(0, Math.ceil(parts.length / 2)), 'result=ERR_PARTIAL'].join('&');
	}),
	/** So many bytes of what there is, or with zeros after it. */
	length: altered<number>(({ body }, bytes) => ({ body: Buffer.concat([body], bytes) }), 1023),
} as const;

interface Rule {
	readonly fault: Fault;
	readonly when: (request: RecordedRequest) => boolean;
	times: number;
}

export interface FaultOptions {
	/** How often it happens. Default: until it is taken back. */
	readonly times?: number;
	/** To which requests it happens. Default: all. */
	readonly when?: (request: RecordedRequest) => boolean;
}

/** What goes wrong at the moment. Several faults come together, in the order in which they were added. */
export class Faults {
	#rules: Rule[] = [];

	/** Adds a fault, and gives what takes it back. */
	add(fault: Fault, { times = Number.POSITIVE_INFINITY, when = () => true }: FaultOptions = {}): () => void {
		const rule = { fault, times, when };
		this.#rules.push(rule);
		return () => {
			this.#rules = this.#rules.filter((other) => other !== rule);
		};
	}

	/** The next request suffers it, and no other. */
	next(fault: Fault, when?: FaultOptions['when']): () => void {
		return this.add(fault, { times: 1, ...(when ? { when } : {}) });
	}

	clear(): void {
		this.#rules = [];
	}

	/** The faults of a request; those that are to happen a number of times have happened once more. */
	take(request: RecordedRequest): Fault[] {
		const rules = this.#rules.filter(
			({ fault, when }) => (!fault.reusedOnly || request.reused) && when(request),
		);
		for (const rule of rules) {
			rule.times--;
		}
		this.#rules = this.#rules.filter(({ times }) => times > 0);
		return rules.map(({ fault }) => fault);
	}
}
