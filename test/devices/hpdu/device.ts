import { type Cancel, Timeline } from '../common/timeline.js';
import type { Call, Reply } from './call.js';
import { DeviceClock } from './clock.js';
import { Display } from './display.js';
import { hardwareId } from './factory.js';
import { formatForm, parseForm } from './form.js';
import type { HpduOptions, UnitOptions } from './options.js';
import { Refusal } from './refusal.js';
import { type Method, postUserid, RESOURCES, type Resource } from './resources.js';
import { letsIn } from './save.js';
import { type Around, Unit } from './unit.js';
import { Users } from './users.js';

/** A request as it reaches the PDU. */
export interface HpduRequest {
	readonly method: string;
	/** With the databus prefix, e.g. `/databus/27/register/stdvnm`. */
	readonly path: string;
	/** The value of `Authorization`. */
	readonly authorization?: string | undefined;
	readonly body?: Buffer | string;
	/** Address of the client. Default 127.0.0.1. */
	readonly from?: string;
	/** Whether it came by HTTPS. */
	readonly secure?: boolean;
}

/** What the PDU answers. */
export interface HpduAnswer {
	readonly status: number;
	/** Media type; without one there is no body. */
	readonly type: string | undefined;
	readonly body: Buffer;
	/** Milliseconds until it comes. */
	readonly takes: number;
}

export const FORM_TYPE = 'application/x-www-form-urlencoded';
const BINARY_TYPE = 'application/octet-stream';
const UPTIME = 4_000_000;

interface Route {
	readonly resource: Resource;
	readonly args: readonly string[];
	readonly unit: string | undefined;
}

function unitOptions(options: HpduOptions): (UnitOptions & { readonly address: number })[] {
	const { units = [], address = 1 } = options;
	const others = typeof units === 'number' ? Array.from({ length: units }, () => ({})) : units;
	return [options, ...others].map((unit: UnitOptions, n) => ({
		...unit,
		address: unit.address ?? address + n,
		hardwareId: unit.hardwareId ?? hardwareId(n),
	}));
}

/** A PDU with its units, without a network: it is asked and answers. It lives in simulated time. */
export class HpduDevice {
	readonly timeline: Timeline;
	readonly clock: DeviceClock;
	readonly users: Users;
	/** Itself first, then what is behind the databus. */
	readonly units: readonly [Unit, ...Unit[]];
	readonly display: Display;
	readonly options: HpduOptions;
	/** How often it has booted. */
	boots = 1;
	/** Is called when it goes down for a reboot. */
	onReboot: () => void = () => undefined;
	#cancelReboot: Cancel = () => undefined;

	/** @throws RangeError when there cannot be such a PDU */
	constructor(options: HpduOptions = {}) {
		this.options = options;
		this.timeline = new Timeline(options.startAt ?? Date.now());
		this.clock = new DeviceClock(this.timeline, options.uptime ?? UPTIME);
		this.users = new Users(this.clock, options.users);
		const around: Around = {
			unitsFound: () => this.units.filter(({ isThere }) => isThere).length,
			userName: (level) => this.users.all[level - 1]?.name ?? '',
		};
		const [itself, ...others] = unitOptions(options).map(
			(one, n) => new Unit(this.timeline, n, one, options, around),
		);
		if (!itself) {
			throw new RangeError('There is no PDU.');
		}
		this.units = [itself, ...others];
		this.display = new Display(this.timeline, itself, options.bitOrder ?? 'lsb-top');
	}

	/** The PDU itself, as opposed to what is behind its databus. */
	get self(): Unit {
		return this.units[0];
	}

	/** The unit of an address; 0 is the PDU itself. */
	unit(address: number): Unit | undefined {
		return address === 0 ? this.self : this.units.find((unit) => unit.isThere && unit.address === address);
	}

	/** Lets `ms` milliseconds pass. */
	advance(ms: number): void {
		this.timeline.advance(ms);
	}

	/** Whether it takes requests: not while it reboots, nor from strangers, nor where its server is switched off. */
	listensTo(from: string, secure = false): boolean {
		const { self } = this;
		const on = self.active(secure ? 'hthsen' : 'hthpen') !== '0';
		return self.isThere && on && letsIn((key) => self.active(key), from);
	}

	/** Reboots the PDU: its uptime begins anew, so that all tokens die, and settings come into effect. */
	reboot(): void {
		this.#cancelReboot();
		this.boots++;
		this.clock.restart();
		this.self.reboot();
		this.display.restart();
		this.onReboot();
	}

	/** Reboots a unit once the request that asked for it is answered. */
	rebootSoon(unit: Unit): void {
		this.#cancelReboot();
		this.#cancelReboot = this.timeline.in(0, () => (unit === this.self ? this.reboot() : unit.reboot()));
	}

	/** Numbers the units that are meant, one after the other. */
	renumber(first: number, meant: (unit: Unit) => boolean): void {
		this.units.filter(meant).forEach((unit, n) => {
			unit.assign(first + n);
		});
	}

	/** Answers a request, or does not: undefined while it is away. Before that, what is due happens. */
	handle(request: HpduRequest): HpduAnswer | undefined {
		this.advance(0);
		if (!this.listensTo(request.from ?? '127.0.0.1', request.secure)) {
			return undefined;
		}
		try {
			return encode(this.#answer(request));
		} catch (error) {
			if (error instanceof Refusal) {
				return encode(error);
			}
			throw error;
		}
	}

	#answer(request: HpduRequest): Reply {
		const form = parseForm(Buffer.from(request.body ?? ''));
		if (request.path === '/userid') {
			if (request.method !== 'POST') {
				throw new Refusal(405);
			}
			return postUserid(this, form);
		}
		const route = this.#route(request.path);
		const handler = route.resource.methods[request.method as Method];
		if (!handler) {
			throw new Refusal(405);
		}
		const user = this.users.authenticate(request.authorization);
		if (!user) {
			throw new Refusal(401);
		}
		const unit = this.unit(Number(route.unit ?? 0));
		if (!unit) {
			return { status: 404, takes: this.options.absentTime ?? 0 };
		}
		unit.refresh();
		const { from = '127.0.0.1', secure = false } = request;
		const bridged = route.unit !== undefined;
		const call: Call = {
			device: this,
			unit,
			bridged,
			foreign: unit !== this.self,
			user,
			args: route.args,
			form,
			from,
			secure,
		};
		return handler(call);
	}

	/** @throws Refusal 404 */
	#route(path: string): Route {
		const bridge = /^\/databus\/(\d{1,5})(\/.*)$/.exec(path);
		const rest = bridge?.[2] ?? path;
		for (const resource of RESOURCES) {
			const found = resource.path.exec(rest);
			if (found && (!bridge || resource.bridged(this))) {
				return { resource, args: found.slice(1), unit: bridge?.[1] };
			}
		}
		throw new Refusal(404);
	}
}

function encode({ status = 200, pairs, bytes, takes = 0 }: Reply): HpduAnswer {
	if (bytes) {
		return { status, type: BINARY_TYPE, body: bytes, takes };
	}
	return { status, type: FORM_TYPE, body: formatForm(pairs ?? []), takes };
}
