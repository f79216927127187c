import { PduClient, PduHosts } from '../../../nodes/protocol/hpdu/index.js';
import {
	type PduAnswer,
	type PduRequest,
	type Transport,
	TransportError,
} from '../../../nodes/protocol/hpdu/transport.js';
import { HpduDevice, type HpduOptions } from '../../devices/hpdu/index.js';
import { ManualTime } from '../manual-time.js';

/** A client and the simulator at the other end, without a network: both live in the time of the test. */
export class SimulatedPdu implements Transport {
	readonly time = new ManualTime(1_800_000_000_000);
	readonly device: HpduDevice;
	/** Such as `POST /databus/1/register/swounl_4 swounl_4=1`, without those for the PDU's time. */
	readonly lines: string[] = [];
	readonly client: PduClient;
	private seen = 0;

	constructor(options: HpduOptions = {}) {
		this.device = new HpduDevice({ startAt: this.time.now(), ...options });
		const hosts = new PduHosts({ clock: this.time, timers: this.time }, () => this);
		const settings = { label: 'rack', username: 'super', password: 'super', timeout: 5000, minInterval: 0 };
		const join = () => hosts.join({ host: '192.0.2.1', port: 80 }, undefined);
		this.client = new PduClient(settings, join, this.time);
	}

	async send({ method, path, headers, body = '' }: PduRequest): Promise<PduAnswer> {
		this.device.advance(this.time.monotonic() - this.seen);
		this.seen = this.time.monotonic();
		if (path !== '/userid') this.lines.push(`${method} ${path} ${body}`.trim());
		const answer = this.device.handle({ method, path, authorization: headers.Authorization, body });
		if (answer === undefined) throw new TransportError('unreachable', 'ECONNREFUSED');
		return { status: answer.status, mediaType: answer.type ?? '', body: answer.body };
	}

	async close(): Promise<void> {}

	/** Lets time pass, a second at most at once, until something is over. */
	async until<T>(job: Promise<T>): Promise<T> {
		let isOver = false;
		const over = (): void => {
			isOver = true;
		};
		job.then(over, over);
		for (;;) {
			await this.time.advance(0);
			await new Promise<void>((resolve) => setImmediate(resolve));
			if (isOver) return job;
			if (Number.isFinite(this.time.nextTimer)) {
				await this.time.advance(Math.max(0, this.time.nextTimer - this.time.monotonic()));
			}
		}
	}
}
