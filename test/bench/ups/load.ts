/** What UPSes post: signed telemetry, each with a nonce of its own. */
import { randomBytes } from 'node:crypto';
import { answerSignature, encodePost } from '../../devices/ups/index.js';
import type { Answer, MakePost } from '../load.js';
import { deviceId, deviceKey, telemetryBody } from './fleet.js';

const run = randomBytes(4).toString('hex');

function checkSignature(key: string, nonce: string, { head, body }: Answer): void {
	const signature = /\r\nx-w3pups-sig: *([0-9a-f]{64})\r\n/i.exec(head)?.[1]?.toLowerCase();
	if (
		signature !== answerSignature(key, nonce, body) ||
		!body.toString('latin1').startsWith('{"commands":[')
	) {
		throw new Error(`an answer without a valid signature: ${head}${body.toString('latin1')}`);
	}
}

const telemetry: MakePost = ({ port, path, devices }, count) => {
	const ts = Math.floor(Date.now() / 1000);
	const key = deviceKey(count % devices);
	const nonce = run + count.toString(16).padStart(8, '0');
	const { head, body } = encodePost(
		{
			...{ url: `http://127.0.0.1:${port}`, deviceId: deviceId(count % devices), key },
			...{ ts: String(ts), nonce, body: telemetryBody(ts, count) },
		},
		path === undefined ? {} : { path },
	);
	return { bytes: Buffer.concat([head, body]), check: (answer) => checkSignature(key, nonce, answer) };
};

export const UPS_LOADS = { 'ups-telemetry': telemetry } as const;
