/** Who asks the PDUs of the benchmark, and for what. */
import { createHmac } from 'node:crypto';

export const LOGIN = { username: 'super', password: 'super' } as const;

/** The register that is read, and what it holds. */
export const MNEMONIC = 'stdvnm';
export const NAME = 'SP_Rack_5';
export const PATH = `/register/${MNEMONIC}`;
export const BODY = `${MNEMONIC}=${NAME}`;

/** What a PDU told of its user and its clock. */
export interface Session {
	readonly userId: number;
	/** Unix seconds at which the PDU's time was 0. */
	readonly bootedAt: number;
}

/** Asks a PDU what a token needs. */
export async function openSession(port: number): Promise<Session> {
	const body = new URLSearchParams({ user: LOGIN.username });
	const response = await fetch(`http://127.0.0.1:${port}/userid`, { method: 'POST', body });
	const form = new URLSearchParams(await response.text());
	const bootedAt = Math.floor(Date.now() / 1000) - Number(form.get('time'));
	return { userId: Number(form.get('userid')), bootedAt };
}

/** The header that signs requests in one second of Unix time. */
export function sign({ userId, bootedAt }: Session, second: number): string {
	const message = Buffer.alloc(4);
	message.writeUInt32BE((second - bootedAt) * 8 + userId);
	const key = `${LOGIN.username}:${LOGIN.password}`;
	const digest = createHmac('sha256', key).update(message).digest('hex');
	return `hPDU-auth-v1 ${message.toString('hex')}${digest.slice(0, 8)}`;
}
