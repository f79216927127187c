/** A site with everything at once: UPSes, cars, a PDU, and people who are none of them. */
import { HpduServer } from '../devices/hpdu/index.js';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { exchange as exchangeCar, WicanDevice } from '../devices/wican/index.js';
import { type DeployType, type FlowNode, type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { framebuffer, pduDevice, registerRead, registerWrite } from '../nodes/hpdu-kit.js';
import { endpoint, freePort, letTimePass, listening, TAB } from '../nodes/kit.js';
import { commandOut, httpIn, makePost, send as sendUps, standIn, upsDevice } from '../nodes/ups-kit.js';
import { send as sendCar, TOKEN, wicanIn } from '../nodes/wican-kit.js';

/** How large a site is. */
export interface Size {
	readonly upses: number;
	readonly cars: number;
	/** How many addresses strangers have. */
	readonly addresses: number;
}

/** Seconds by which a clock may differ: so long, and as long again, a nonce is remembered. */
const CLOCK_SKEW = '30';
const FIRMWARES = ['4.40', '4.51', '6', 'ha4', 'ha6', 'classic'] as const;
const READS = ['stdvnm', 'imcrac', 'imcrac_2 stolnm_1', 'ssstat'] as const;
const COMMANDS = ['ui.beep', 'ui.display_msg', 'host.reset', 'power.cycle'] as const;
const DEPLOYS: readonly DeployType[] = ['nodes', 'flows', 'full'];

/** What a stranger can get wrong. */
const STRANGERS: readonly ((site: Site, from: Record<string, string>, count: number) => Promise<unknown>)[] =
	[
		(site, headers) => sendUps(makePost(site.nr.url, 'U0', { key: 'WRONGWRONGWRONG1', headers })),
		(site, headers, count) => sendUps(makePost(site.nr.url, `nobody${count}`, { headers })),
		(site, headers) => sendUps(makePost(site.nr.url, 'U0', { ts: '1000000000', headers })),
		(site, headers) => sendUps(makePost(site.nr.url, 'U1', { body: '{"ts":', headers })),
		(site, headers) => sendUps(makePost(site.nr.url, 'U1', { method: 'PUT', headers })),
		(site, headers) =>
			sendCar(site.carUrl, { path: '/car0', headers: { ...headers, Authorization: 'Bearer no' } }),
		(site, headers) => sendCar(site.carUrl, { path: '/car0', body: '{"a":', headers }),
		(site, headers, count) => sendCar(site.carUrl, { path: `/stray${count}`, body: '{}', headers }),
		(site, headers) => sendCar(site.carUrl, { path: '/car0', method: 'GET', headers }),
		(site, headers) => sendCar(site.carUrl, { path: '/car0', body: Buffer.alloc(300_000, 0x20), headers }),
	];

export class Site {
	/** What came of everything, by words that people read. */
	readonly counts: Record<string, number> = {};
	/** POSTs of the configured devices that were not answered with 200. */
	unserved = 0;
	/** By how much the time of the devices is ahead of ours, in milliseconds. */
	private ahead = 0;
	private readonly upses: UpsDevice[];
	private readonly cars: WicanDevice[];
	private made = 0;
	/** While flows are deployed there is no node to give a message to. */
	private deploying = false;

	private constructor(
		readonly nr: RunningNodeRed,
		private readonly pdu: HpduServer,
		readonly carUrl: string,
		private readonly flows: readonly FlowNode[],
		private readonly size: Size,
	) {
		const pace = {
			clockSetAfter: 0,
			firstPostAfter: 0,
			pauseAfterPost: 3000,
			wallClock: () => Date.now() + this.ahead,
		};
		this.upses = Array.from({ length: size.upses }, (_, index) => standIn(`U${index}`, pace));
		this.cars = Array.from({ length: size.cars }, (_, index) => {
			const firmware = FIRMWARES[index % FIRMWARES.length] ?? '6';
			const car = new WicanDevice({ firmware, auth: { kind: 'bearer', token: TOKEN } });
			car.drive();
			return car;
		});
	}

	static async start(size: Size): Promise<Site> {
		const pdu = await HpduServer.start({ units: 2 });
		const port = await freePort();
		const flows = flowsOf(size, pdu, port);
		const nr = await startNodeRed({ flows });
		await listening(nr, 'listener');
		return new Site(nr, pdu, `http://127.0.0.1:${port}`, flows, size);
	}

	/** Everything that has been sent, refused ones included. */
	get requests(): number {
		return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
	}

	async ups(index = this.made++): Promise<void> {
		const device = this.upses[index % this.upses.length];
		if (device === undefined) return;
		const { result, outcome } = await postOnce(device, this.nr.url);
		this.count(`UPS ${result}`);
		if (outcome.answer?.status !== 200) this.unserved++;
	}

	async car(): Promise<void> {
		const index = this.made++ % this.cars.length;
		const car = this.cars[index];
		if (car === undefined) return;
		car.advance(5000);
		const post = car.buildPost(`${this.carUrl}/car${index}`);
		const outcome = await exchangeCar(post);
		car.takeAnswer(post, outcome);
		this.count(`car ${outcome.answer?.status ?? outcome.error}`);
		if (outcome.answer?.status !== 200) this.unserved++;
	}

	/** Something that is asked of the PDU, or shown or changed there. */
	async ask(): Promise<void> {
		if (this.deploying) return;
		const number = this.made++;
		if (number % 10 === 8) await this.nr.inject('look', {});
		else if (number % 10 === 9) await this.nr.inject('write', { payload: { stdvnm: `Rack ${number}` } });
		else await this.nr.inject('read', { registers: READS[number % READS.length] });
		this.count('asked of the PDU');
	}

	async command(): Promise<void> {
		if (this.deploying) return;
		const number = this.made++;
		const command = COMMANDS[number % COMMANDS.length];
		const payload = command === 'ui.display_msg' ? `Text ${number}` : {};
		await this.nr.inject('out', { command, payload, device: `U${number % this.size.upses}` });
		this.count('commands');
	}

	async stranger(): Promise<void> {
		const number = this.made++;
		const address = number % this.size.addresses;
		const from = {
			'X-Forwarded-For': `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`,
		};
		const stranger = STRANGERS[number % STRANGERS.length];
		await stranger?.(this, from, number);
		this.count('strangers');
	}

	/** Changes the flows a little and deploys them, in one way after the other. */
	async redeploy(): Promise<void> {
		const number = this.made++;
		const changed = this.flows.map((node) =>
			node.id === 'read' ? { ...node, name: `Read ${number}` } : node,
		);
		this.deploying = true;
		await this.nr.deploy(changed, DEPLOYS[number % DEPLOYS.length]);
		this.deploying = false;
		await listening(this.nr, 'listener');
		this.count('deploys');
	}

	/** Lets so much time pass, and every UPS post after it: what was remembered for a while may be forgotten. */
	async later(milliseconds: number): Promise<void> {
		await letTimePass(this.nr, milliseconds);
		this.ahead += milliseconds;
		for (const index of this.upses.keys()) await this.ups(index);
	}

	async stop(): Promise<void> {
		await this.nr.stop();
		await this.pdu.close();
	}

	private count(what: string): void {
		this.counts[what] = (this.counts[what] ?? 0) + 1;
	}
}

function flowsOf({ upses, cars }: Size, pdu: HpduServer, port: number): FlowNode[] {
	const shared = { trustProxy: true, maxBody: '200000' };
	return [
		...[
			TAB,
			endpoint('web', shared),
			endpoint('listener', { ...shared, server: 'own', host: '127.0.0.1', port: String(port) }),
		],
		...Array.from({ length: upses }, (_, index) => upsDevice(`U${index}`, { clockSkew: CLOCK_SKEW })),
		...Array.from({ length: cars }, (_, index) => wicanIn(`car${index}`, { endpoint: 'listener' })),
		...[httpIn('in', { endpoint: 'web' }), commandOut('out'), pduDevice('pdu', pdu)],
		...[registerRead('read'), registerWrite('write'), framebuffer('look')],
	];
}
