import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import type { HpduDevice } from './device.js';
import type { HpduServer } from './server.js';

/** The value of `Authorization` for a user at a time of the PDU. */
export function authorization(name: string, password: string, uid: number, seconds: number): string {
	const message = Buffer.alloc(4);
	message.writeUInt32BE(seconds * 8 + uid);
	const signature = createHmac('sha256', `${name}:${password}`).update(message).digest('hex').slice(0, 8);
	return `hPDU-auth-v1 ${message.toString('hex')}${signature}`;
}

/** The value of `Authorization` for one of the five users of a PDU, now. */
export function authorizationOf(device: HpduDevice, role: string): string {
	const user = device.users.all.find((one) => one.role === role);
	return authorization(user?.name ?? '', user?.password ?? '', user?.uid ?? 7, device.clock.seconds);
}

/** What came back: status and body, `200 stdvnm=SP_Rack_5`. */
export type Ask = (request: string, body?: string) => string;

/** Asks a PDU without a network: `ask('GET /register/stdvnm')`, `ask('POST /register/stdvnm', 'stdvnm=x')`. */
export function asker(device: HpduDevice, role = 'super'): Ask {
	return (request, body = '') => {
		const [method = '', path = ''] = request.split(' ');
		const answer = device.handle({ method, path, body, authorization: authorizationOf(device, role) });
		return answer ? `${answer.status} ${answer.body.toString('latin1')}`.trimEnd() : 'no answer';
	};
}

/** What came over a connection until it was quiet: text with one character a byte, and how it ended. */
export interface RawAnswer {
	readonly text: string;
	readonly end: 'open' | 'closed' | 'reset';
}

const isWhole = (text: string) =>
	text.includes('\r\n\r\n') &&
	(text.endsWith('0\r\n\r\n') ||
		Number(/^content-length: (\d+)/im.exec(text)?.[1]) === text.length - text.indexOf('\r\n\r\n') - 4);

/** One connection that is written to and read as bytes. */
export class RawConnection {
	readonly #socket;
	#text = '';
	#end: RawAnswer['end'] = 'open';
	#look: () => void = () => undefined;

	constructor(server: HpduServer) {
		this.#socket = connect(server.port, server.host);
		this.#socket.setEncoding('latin1');
		this.#socket.on('data', (text: string) => {
			this.#text += text;
			this.#look();
		});
		this.#socket.on('error', (error: NodeJS.ErrnoException) => {
			this.#end = error.code === 'ECONNRESET' ? 'reset' : 'closed';
		});
		this.#socket.on('close', () => {
			this.#end = this.#end === 'open' ? 'closed' : this.#end;
			this.#look();
		});
	}

	/** Writes a request and reads until its answer is whole or the connection has ended. */
	ask(request: string): Promise<RawAnswer> {
		this.#text = '';
		this.#socket.write(request, 'latin1');
		return new Promise((resolve) => {
			this.#look = () => {
				if (isWhole(this.#text) || this.#end !== 'open') {
					resolve({ text: this.#text, end: this.#end });
				}
			};
			this.#look();
		});
	}

	close(): void {
		this.#socket.destroy();
	}
}
