import type { IncomingMessage } from 'node:http';
import { FairShares } from './fair-shares.js';
import type { Limits } from './settings.js';
import { Timeouts } from './timeouts.js';

/** Why a body was not read to its end. `crowded`: others needed the memory; `aborted`: the client has gone. */
export type BodyFailure = 'too-large' | 'timeout' | 'crowded' | 'aborted';

/** Is called once for each body, with its bytes or with why there are none. Must not throw. */
export type BodyListener = (result: Buffer | BodyFailure) => void;

const EMPTY = Buffer.alloc(0);
const FIRST_CAPACITY = 4096;
/** By how much a body's buffer may grow at once. Garbage outside of the heap brings on whole collections of it. */
const MAX_GROWTH = 8;

/**
 * One body on its way. A body in one piece is handed on as it came; more pieces are copied into one growing
 * buffer, because a list of a million one-byte pieces would cost a hundred times the memory of the body.
 */
class Reading {
	held = 0;
	private bytes: Buffer = EMPTY;
	private length = 0;

	constructor(
		private readonly req: IncomingMessage,
		private readonly maxBody: number,
		readonly sender: string,
		private readonly bodyReader: BodyReader,
		private readonly listener: BodyListener,
	) {}

	start(): void {
		this.req.on('data', this.take).on('end', this.finish).on('close', this.abort);
	}

	/** Ends the reading; the stream stays paused, so that it can be drained. */
	stop(result: Buffer | BodyFailure): void {
		if (!this.bodyReader.remove(this)) return;
		if (typeof result === 'string') {
			this.req.off('data', this.take).off('end', this.finish).off('close', this.abort);
			this.bytes = EMPTY;
		}
		this.listener(result);
	}

	private readonly take = (piece: Buffer): void => {
		const length = this.length + piece.length;
		if (length > this.maxBody) {
			this.stop('too-large');
			return;
		}
		if (this.length === 0) this.bytes = piece;
		else this.append(piece, length);
		this.length = length;
		this.bodyReader.account(this, this.bytes.length);
	};

	private append(piece: Buffer, length: number): void {
		// A first piece is full, so it is never written into: its memory is not ours.
		if (length > this.bytes.length) {
			const larger = this.bodyReader.buffers.take(this.capacityFor(length));
			this.bytes.copy(larger, 0, 0, this.length);
			this.bodyReader.buffers.giveBack(this.bytes);
			this.bytes = larger;
		}
		piece.copy(this.bytes, this.length);
	}

	/** A Content-Length is trusted up to a factor: a first kilobyte does not reserve a megabyte. */
	private capacityFor(length: number): number {
		const announced = Number(this.req.headers['content-length'] ?? 0);
		if (announced >= length && announced <= length * MAX_GROWTH) return announced;
		return Math.min(this.maxBody, Math.max(FIRST_CAPACITY, length * 2));
	}

	private readonly finish = (): void => {
		this.stop(this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length));
	};

	private readonly abort = (): void => this.stop('aborted');
}

/** Up to this size a buffer is kept for another body, and so many of them. */
const KEPT = { size: 256 * 1024, count: 8 };

/**
 * The buffers of bodies that came in several pieces, used again. The more memory outside of the heap is thrown away,
 * the more often V8 collects the whole heap, which costs a listener of large bodies more than reading them does.
 */
class Buffers {
	private readonly spare: Buffer[] = [];
	private readonly ours = new WeakSet<ArrayBufferLike>();

	/** A buffer of at least this size. */
	take(size: number): Buffer {
		const at = this.spare.findIndex(({ length }) => length >= size);
		const [found] = at < 0 ? [] : this.spare.splice(at, 1);
		if (found !== undefined) return found;
		const made = Buffer.allocUnsafeSlow(size);
		this.ours.add(made.buffer);
		return made;
	}

	/** Takes back a buffer of `take`, or a part of one, which must not be read any more; ignores any other. */
	giveBack({ buffer }: Buffer): void {
		const { length } = this.spare;
		if (!this.ours.has(buffer) || buffer.byteLength > KEPT.size) return;
		if (length >= KEPT.count) this.spare.shift();
		this.spare.push(Buffer.from(buffer));
	}
}

/** All bodies that are being read, and the limits that they share. */
export class BodyReader {
	readonly buffers = new Buffers();
	private readonly active: Timeouts<Reading>;
	private readonly shares = new FairShares<Reading>();
	private memory = 0;

	constructor(private readonly limits: Limits) {
		this.active = new Timeouts(limits.bodyTimeout, (reading) => reading.stop('timeout'));
	}

	/**
	 * Reads the body of a request, at most `maxBody` bytes of it.
	 * @param sender whose body it is: the sender that sends most gives way when there is no room
	 */
	read(req: IncomingMessage, maxBody: number, sender: string, listener: BodyListener): void {
		const reading = new Reading(req, maxBody, sender, this, listener);
		this.active.add(reading);
		this.shares.add(sender, reading);
		reading.start();
		if (this.active.size > this.limits.bodies) this.shares.oldestOfMost()?.stop('crowded');
	}

	/** Whether the reading was still in progress. */
	remove(reading: Reading): boolean {
		if (!this.active.delete(reading)) return false;
		this.memory -= reading.held;
		this.shares.weigh(reading.sender, -reading.held);
		this.shares.delete(reading.sender, reading);
		return true;
	}

	/** Notes what a reading holds; the sender that holds most gives way when all together hold too much. */
	account(reading: Reading, held: number): void {
		const change = held - reading.held;
		this.memory += change;
		this.shares.weigh(reading.sender, change);
		reading.held = held;
		while (this.memory > this.limits.bodyMemory && this.active.size > 1)
			this.shares.oldestOfHeaviest()?.stop('crowded');
	}
}
