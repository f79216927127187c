/** What is there once per Node-RED process, whatever number of nodes uses it. */
import { randomBytes } from 'node:crypto';
import type { Store } from '../protocol/common/store.js';
import type { Clock, GracePeriod, Timers } from '../protocol/common/time.js';
import { localise } from './errors.js';
import { gracePeriod } from './flows-started.js';
import type { NodeRed } from './node-red.js';
import { perRuntime } from './per-runtime.js';
import { systemClock, systemTimers } from './runtime-clock.js';
import { RuntimeStore } from './runtime-store.js';

/** What a protocol needs from outside. */
export interface Environment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	/** For a device whose node a redeploy has closed. */
	readonly gracePeriod: GracePeriod;
	readonly random: (count: number) => Uint8Array;
	/** Names this process: different at every start. */
	readonly instance: string;
	report(error: unknown): void;
}

/** Milliseconds. */
const DEVICE_GRACE_PERIOD = 1000;

type Service = new (environment: Environment) => unknown;

/** Names this process: different at every start. */
const instanceOf = perRuntime(() => randomBytes(8).toString('hex'));

const servicesOf = perRuntime(() => new Map<Service, unknown>());

/** The store of this process; open while a node holds it. */
export const storeOf = perRuntime((RED) => new RuntimeStore(RED, instanceOf(RED)));

/** The one instance of a protocol's service in this process. */
export function serviceOf<T>(RED: NodeRed, Service: new (environment: Environment) => T): T {
	const services = servicesOf(RED);
	const known = services.get(Service) as T | undefined;
	if (known !== undefined) return known;
	const service = new Service({
		store: storeOf(RED),
		clock: systemClock,
		timers: systemTimers,
		gracePeriod: gracePeriod(RED, DEVICE_GRACE_PERIOD),
		random: randomBytes,
		instance: instanceOf(RED),
		report: (error) => RED.log.error(localise(RED, error).message),
	});
	services.set(Service, service);
	return service;
}
