/**
 * Reads an answer as its bytes come. Takes what embedded servers are known to write beside RFC 9112: line ends of LF
 * alone, chunk sizes with blanks around them, a header that stands twice with one value. Everything is limited in size.
 */
import {
	type BodyFraming,
	decodeHead,
	MalformedResponse,
	mayBeResponse,
	type ResponseHead,
} from './http-head.js';
import type { PduAnswer } from './transport.js';

/** Larger answers are no PDU's: every register of one is some forty kilobytes. */
const MAX_BODY = 1 << 20;
/** Bytes of all that is not body: head, interim answers, chunk sizes, trailers. */
const MAX_OVERHEAD = 1 << 18;
/** Bytes of the lines of one head. */
const MAX_HEAD = 1 << 14;

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);

type Step = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'done';

/** One answer. */
export class ResponseReader {
	private step: Step = 'head';
	private rest: Buffer = NOTHING;
	/** Bytes of the present trailers. */
	private trailers = 0;
	private overhead = 0;
	private head: ResponseHead | undefined;
	private readonly pieces: Buffer[] = [];
	private length = 0;
	/** Bytes that the body or the present chunk still lacks. */
	private missing = 0;

	/** Whether anything has come. */
	hasBegun = false;

	/**
	 * Takes the next bytes.
	 * @returns whether the answer is complete
	 * @throws MalformedResponse
	 */
	push(bytes: Buffer): boolean {
		this.hasBegun = true;
		this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
		while (this.step !== 'done' && this.advance());
		return this.step === 'done';
	}

	/**
	 * The connection has ended.
	 * @returns whether the answer is complete
	 */
	end(): boolean {
		if (this.step === 'body' && this.head?.framing.kind === 'close') this.step = 'done';
		return this.step === 'done';
	}

	/** The complete answer. */
	get answer(): PduAnswer {
		const { status = 0, mediaType = '' } = this.head ?? {};
		const [only] = this.pieces;
		return { status, mediaType, body: this.pieces.length === 1 && only ? only : Buffer.concat(this.pieces) };
	}

	/** Milliseconds for which the connection can be used again; 0: not at all, also because something came behind. */
	get keepAlive(): number {
		return this.rest.length > 0 ? 0 : (this.head?.keepAlive ?? 0);
	}

	/** @returns false where more bytes are needed */
	private advance(): boolean {
		switch (this.step) {
			case 'head':
				return this.takeHead();
			case 'chunk-size':
				return this.takeLine((line) => this.beginChunk(line));
			case 'chunk-end':
				return this.takeLine((line) => this.endChunk(line));
			case 'trailers':
				return this.takeLine((line) => this.takeTrailer(line));
			default:
				return this.takeBody();
		}
	}

	private takeHead(): boolean {
		this.skipBlankLines();
		// What is no answer at all need not be waited for until its head ends.
		if (!mayBeResponse(this.rest.toString('latin1', 0, 8)))
			throw new MalformedResponse(isTls(this.rest) ? 'TLS' : 'not HTTP');
		const end = endOfHead(this.rest);
		this.limit(end < 0 ? this.rest.length : end);
		if (end < 0) return false;
		this.head = decodeHead(this.rest.toString('latin1', 0, end));
		this.rest = this.rest.subarray(end);
		this.overhead += end;
		if (this.head !== undefined) this.beginBody(this.head.framing);
		return true;
	}

	/** Some servers end a body with a line end that is none of its bytes. */
	private skipBlankLines(): void {
		let start = 0;
		while (this.rest[start] === LF || this.rest[start] === CR) start++;
		if (start > 0) this.rest = this.rest.subarray(start);
		this.overhead += start;
	}

	/** @throws MalformedResponse where so many bytes are too many for a head or a line */
	private limit(length: number): void {
		if (length > MAX_HEAD || this.overhead + length > MAX_OVERHEAD)
			throw new MalformedResponse('headers too long');
	}

	private takeLine(take: (line: string) => void): boolean {
		const end = this.rest.indexOf(LF);
		const length = end < 0 ? this.rest.length : end + 1;
		this.limit(length);
		if (end < 0) return false;
		this.overhead += length;
		const line = this.rest.toString('latin1', 0, end);
		this.rest = this.rest.subarray(length);
		take(line.endsWith('\r') ? line.slice(0, -1) : line);
		return true;
	}

	private takeTrailer(line: string): void {
		this.trailers += line.length + 1;
		this.limit(this.trailers);
		if (line === '') this.step = 'done';
	}

	private beginBody(framing: BodyFraming): void {
		this.step = framing.kind === 'chunked' ? 'chunk-size' : 'body';
		if (framing.kind === 'close') this.missing = Number.POSITIVE_INFINITY;
		if (framing.kind === 'length') this.expect(framing.length);
		if (framing.kind === 'length' && framing.length === 0) this.step = 'done';
	}

	private beginChunk(line: string): void {
		// What stands behind a semicolon is an extension.
		const size = (line.split(';', 1)[0] ?? '').trim();
		if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new MalformedResponse('chunk size');
		this.expect(Number.parseInt(size, 16));
		this.step = this.missing === 0 ? 'trailers' : 'chunk';
	}

	private endChunk(line: string): void {
		if (line.trim() !== '') throw new MalformedResponse('chunk');
		this.step = 'chunk-size';
	}

	private expect(length: number): void {
		if (this.length + length > MAX_BODY) throw new MalformedResponse(`more than ${MAX_BODY} bytes`);
		this.missing = length;
	}

	private takeBody(): boolean {
		if (this.rest.length === 0) return false;
		const piece = this.rest.length > this.missing ? this.rest.subarray(0, this.missing) : this.rest;
		this.rest = piece === this.rest ? NOTHING : this.rest.subarray(piece.length);
		this.length += piece.length;
		if (this.length > MAX_BODY) throw new MalformedResponse(`more than ${MAX_BODY} bytes`);
		this.pieces.push(piece);
		this.missing -= piece.length;
		if (this.missing === 0) this.step = this.step === 'chunk' ? 'chunk-end' : 'done';
		return true;
	}
}

/** Where the body begins: behind the first blank line. -1 while there is none. */
function endOfHead(bytes: Buffer): number {
	for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
		const next = bytes[at + 1] === CR ? at + 2 : at + 1;
		if (bytes[next] === LF) return next + 1;
	}
	return -1;
}

/** An alert by which a server of TLS answers a request in plain text: record type 21, version 3. */
function isTls(bytes: Buffer): boolean {
	return bytes[0] === 0x15 && (bytes[1] ?? 3) === 3;
}
