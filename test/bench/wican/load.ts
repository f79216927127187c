/** What WiCANs post, and what they are answered. */
import { deepEqual } from 'node:assert/strict';
import type { Answer, MakePost } from '../load.js';
import { firstBody, introductionBody, periodicBody } from './car.js';

/** One car of each generation, each with a path and a token of its own. */
export const CARS = {
	v4: { path: '/wican/v4', token: 'a-token-of-the-older-car', userAgent: 'ESP32 WiCAN/1.0' },
	v6: { path: '/wican/v6', token: 'a-token-of-the-newer-car', userAgent: 'WiCAN/6' },
} as const;

/** What a car posts with. */
export interface Car {
	readonly path: string;
	readonly token: string;
	readonly userAgent: string;
}

/** A car of a fleet: of the older generation, with a path and a token of its own. */
export function fleetCar(index: number): Car {
	const { userAgent } = CARS.v4;
	return { path: `/wican/fleet/${index}`, token: `a-token-of-car-${index}-of-the-fleet`, userAgent };
}

const ACCEPTED = '{"status":"ok"}';

function check(echoes: boolean, sent: string, { head, body }: Answer): void {
	if (!/\r\ncontent-type: *application\/json/i.test(head))
		throw new Error(`an answer that is no JSON: ${head}`);
	const text = body.toString();
	if (echoes) deepEqual(JSON.parse(text), JSON.parse(sent));
	else if (text !== ACCEPTED) throw new Error(`an unexpected answer: ${head}${text}`);
}

/** Posts as the device writes them: a car of one generation, and a kind of body. */
function poster(carAt: (index: number) => Car, makeBody: (sample: number) => string) {
	const make: MakePost = ({ port, devices, echoes = false }, count) => {
		const { path, token, userAgent } = carAt(count % devices);
		const body = makeBody(count);
		const head = [
			...[`POST ${path} HTTP/1.1`, `User-Agent: ${userAgent}`, `Host: 127.0.0.1:${port}`],
			...['Content-Type: application/json', `Authorization: Bearer ${token}`],
			...[`Content-Length: ${Buffer.byteLength(body)}`, '', body],
		];
		return { bytes: Buffer.from(head.join('\r\n')), check: (answer) => check(echoes, body, answer) };
	};
	return make;
}

export const WICAN_LOADS = {
	/** The first post of a car of the older generation, which makes its units known. */
	'wican-introduction': poster(() => CARS.v4, introductionBody),
	'wican-periodic': poster(() => CARS.v4, periodicBody),
	/** A first post of the newer generation. */
	'wican-first': poster(() => CARS.v6, firstBody),
	/** The same of the cars of a fleet in turn. */
	'wican-fleet-introduction': poster(fleetCar, introductionBody),
	'wican-fleet-periodic': poster(fleetCar, periodicBody),
} as const;
