/** Crowds of connections that are idle, slow or never send, while UPSes and cars report. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Outcome as Came, postOnce } from '../devices/ups/index.js';
import { postOnce as postCar, WicanDevice } from '../devices/wican/index.js';
import { startNodeRed } from '../nodes/harness/index.js';
import { endpoint, freePort, listening, TAB } from '../nodes/kit.js';
import { HURRIED, httpIn, makePost, upsDevice } from '../nodes/ups-kit.js';
import { TOKEN, wicanIn } from '../nodes/wican-kit.js';
import { RudeCrowd } from './rude-crowd.js';
import type { Context, Outcome, Scenario } from './scenario.js';
import { eagerUps } from './traffic.js';

const IDLE = 2000;
const TRICKLING = 200;
const DEVICES = 4;
/** Milliseconds from an answer to the next POST. */
const PAUSE = 100;

/** Milliseconds that a modem needs to send a report: three pauses, the first one in the middle of its head. */
const MODEM_TIME = 900;

/** The way of one report from a device that sends over a modem. */
function modem() {
	let pauses = 0;
	const between = () => (pauses++ < 3 ? wait(MODEM_TIME / 3) : Promise.resolve());
	return { from: '127.0.0.2', chunkBytes: 150, between };
}

/** That of a device that is near. */
const lan = () => ({ from: '127.0.0.3' });
const linkOf = (number: number) => (number % 2 === 0 ? modem() : lan());

const SERVERS = { "Node-RED's own server": 'in', 'an own listener': 'own' } as const;

function flow(port: number) {
	const ids = Object.values(SERVERS).flatMap((server) =>
		Array.from({ length: DEVICES }, (_, number) => `${server}${number}`),
	);
	return [
		TAB,
		endpoint('listener', { server: 'own', host: '127.0.0.1', port: String(port) }),
		...ids.map((id) => upsDevice(id, HURRIED)),
		httpIn('in'),
		httpIn('own', { endpoint: 'listener' }),
		wicanIn('car-in', { path: '/car' }),
		wicanIn('car-own', { path: '/car', endpoint: 'listener' }),
	];
}

class Slow {
	readonly lost: string[] = [];
	readonly details: Record<string, number> = {};

	constructor(private readonly context: Context) {}

	/** So many POSTs of each device at one server, in the middle of the crowd. */
	async tryServer(name: string, url: string, node: string): Promise<void> {
		const crowd = new RudeCrowd(Number(new URL(url).port));
		try {
			crowd.idle(IDLE);
			const report = makePost(url, `${node}0`);
			crowd.trickle(TRICKLING, Buffer.concat([report.head, report.body]));
			crowd.flood(report.head);
			const numbers = Array.from({ length: DEVICES }, (_, number) => number);
			await Promise.all(
				numbers.flatMap((number) => [this.ups(name, url, node, number), this.car(name, url, number)]),
			);
		} finally {
			crowd.leave();
		}
		this.count(`connections of the crowd at ${name}`, crowd.opened);
		this.context.log(`${name}, ${crowd.opened} connections of the crowd, ${this.lost.length} lost`);
	}

	private async ups(name: string, url: string, node: string, number: number): Promise<void> {
		const ups = eagerUps(`${node}${number}`);
		for (let post = 1; post <= this.context.rounds; post++) {
			const { outcome } = await postOnce(ups, url, linkOf(number));
			this.judge(`POST ${post} of UPS ${number} at ${name}`, outcome);
			this.count('POSTs of UPSes');
			await wait(PAUSE);
		}
	}

	private async car(name: string, url: string, number: number): Promise<void> {
		const car = new WicanDevice({ auth: { kind: 'bearer', token: TOKEN } });
		for (let post = 1; post <= this.context.rounds; post++) {
			const { outcome } = await postCar(car, `${url}/car`, linkOf(number));
			this.judge(`POST ${post} of car ${number} at ${name}`, outcome);
			this.count('POSTs of cars');
			await wait(PAUSE);
		}
	}

	private judge(what: string, { answer, error }: Pick<Came, 'answer'> & { readonly error: unknown }): void {
		const came = answer?.status ?? error;
		if (came !== 200) this.lost.push(`seed ${this.context.seed}, ${what}: ${came}`);
	}

	private count(what: string, count = 1): void {
		this.details[what] = (this.details[what] ?? 0) + count;
	}
}

async function run(context: Context): Promise<Outcome> {
	const port = await freePort();
	const nr = await startNodeRed({ flows: flow(port) });
	try {
		await listening(nr, 'listener');
		const slow = new Slow(context);
		for (const [name, node] of Object.entries(SERVERS)) {
			await slow.tryServer(name, node === 'own' ? `http://127.0.0.1:${port}` : nr.url, node);
		}
		return { tried: 2 * context.rounds, lost: slow.lost, details: slow.details };
	} finally {
		await nr.stop();
	}
}

export const slow: Scenario = {
	name: 'slow',
	what: `While one address has ${IDLE} idle connections, ${TRICKLING} that send a byte a second, and 1,500 new ones a second, devices report, half of them by a modem that needs ${MODEM_TIME} ms to send.`,
	rounds: 150,
	short: 1,
	run,
};
