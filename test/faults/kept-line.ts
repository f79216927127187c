/** A connection that a device keeps from one POST to the next, for as long as the server lets it. */
import { connect, type Socket } from 'node:net';
import { parseAnswer } from '../devices/common/answer.js';
import type { Outcome, Post } from '../devices/wican/index.js';

export class KeptLine {
	/** How many connections it took. */
	opened = 0;
	private socket: Socket | undefined;

	/** Makes one POST; a connection that has gone in the meantime is opened anew. Never rejects. */
	exchange({ target, head, body }: Post): Promise<Outcome> {
		return new Promise((resolve) => {
			let raw: Buffer = Buffer.alloc(0);
			const finish = ({ answer, error }: Pick<Outcome, 'answer' | 'error'>): void => {
				socket?.off('data', take).off('close', close);
				resolve({ answer, error, received: raw.length });
			};
			const take = (piece: Buffer): void => {
				raw = Buffer.concat([raw, piece]);
				const answer = parseAnswer(raw, false);
				if (answer === 'malformed') finish({ answer: undefined, error: answer });
				else if (answer !== 'need-more') finish({ answer, error: undefined });
			};
			const close = (): void => finish({ answer: undefined, error: 'closed' });
			const socket = typeof target === 'string' ? undefined : this.open(target);
			if (socket === undefined) return void finish({ answer: undefined, error: 'unreachable' });
			socket.on('data', take).on('close', close);
			socket.write(Buffer.concat([head, body]));
		});
	}

	end(): void {
		this.socket?.destroy();
	}

	private open({ host, port }: { host: string; port: number }): Socket {
		if (this.socket?.writable) return this.socket;
		this.opened++;
		this.socket = connect({ host, port, noDelay: true });
		// What comes of it shows at its end.
		this.socket.on('error', () => undefined);
		return this.socket;
	}
}
