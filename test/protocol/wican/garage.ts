import assert from 'node:assert/strict';
import type { Answer, DeviceRequest, Refusal } from '../../../nodes/protocol/common/http.js';
import {
	type AuthSettings,
	authenticator,
	MessageMaker,
	type MessageSettings,
	type ParameterMessage,
	type Reading,
	type Report,
	readReport,
	type SnapshotMessage,
	type Vehicle,
	VehicleRegistry,
	type VehicleSettings,
	type WicanEvent,
	WicanReceiver,
} from '../../../nodes/protocol/wican/index.js';
import { ManualTime, settled } from '../manual-time.js';
import { TestStore } from '../memory-store.js';

/** 2026-11-20T18:53:01Z, in milliseconds. */
export const START = 1_795_200_781_000;
export const ADDRESS = '203.0.113.7';
export const ID = '60550fc2a6b1';
export const OTHER_ID = '60550fd00000';
export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export type Body = object | string | Buffer;

/** What can be special about a request. */
export interface RequestParts {
	readonly headers?: Record<string, string>;
	readonly query?: string;
	readonly maxBody?: number;
	readonly remoteAddress?: string;
}

export function bytesOf(body: Body): Buffer {
	if (Buffer.isBuffer(body)) return body;
	return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

export function requestOf(body: Body, parts: RequestParts = {}): DeviceRequest {
	return {
		method: 'POST',
		path: '/wican',
		param: '',
		query: '',
		headers: { 'content-type': 'application/json' },
		remoteAddress: ADDRESS,
		clientName: undefined,
		rawBody: bytesOf(body),
		maxBody: 1_048_576,
		...parts,
	};
}

/** A JSON text as a report, which it must become. */
export function reportOf(json: string | object, form = false): Report {
	const text = typeof json === 'string' ? json : JSON.stringify(json);
	const report = readReport({ text, value: JSON.parse(text), form });
	return typeof report === 'string' ? assert.fail(report) : report;
}

/** Objects in objects, or arrays in arrays, this many. */
export const deepObject = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
export const deepArray = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

export interface GarageSettings {
	readonly key?: string;
	readonly auth?: Partial<AuthSettings>;
	readonly vehicle?: Partial<VehicleSettings>;
	readonly messages?: Partial<MessageSettings>;
}

let processes = 0;

/** One Node-RED with one vehicle, as far as the protocol goes: a process between two restarts. */
export class Garage {
	readonly readings: Reading[] = [];
	readonly messages: (SnapshotMessage | ParameterMessage)[] = [];
	readonly events: WicanEvent[] = [];
	/** In what order things came. */
	readonly journal: string[] = [];
	readonly failures: unknown[] = [];
	readonly problems: unknown[] = [];
	/** How often the badge was to be looked at without a message or an event. */
	views = 0;
	readonly registry: VehicleRegistry;
	readonly store: TestStore;
	readonly vehicle: Vehicle;
	readonly receiver: WicanReceiver;
	readonly close: () => void;
	private readonly maker: MessageMaker;
	private isOver = false;

	constructor(
		readonly settings: GarageSettings = {},
		store?: TestStore,
		readonly time = new ManualTime(START),
		registry?: VehicleRegistry,
	) {
		this.store = store ?? new TestStore(time);
		this.registry = registry ?? this.newRegistry();
		this.vehicle = this.registry.vehicle(settings.key ?? 'n1');
		this.maker = new MessageMaker({
			emit: 'snapshot',
			changedOnly: false,
			statusFields: 'safe',
			...settings.messages,
		});
		const auth = { kind: 'none', name: '', token: '', username: '', password: '', ...settings.auth } as const;
		this.receiver = new WicanReceiver(this.vehicle, authenticator(auth), this.registry.environment, {
			reading: (reading) => this.take(reading),
			failure: (error) => this.failures.push(error),
		});
		this.close = this.vehicle.open(
			{ name: '', path: '/wican', offlineAfter: undefined, ...settings.vehicle },
			{
				event: (event) => {
					if (this.isOver) return;
					this.journal.push(event.event);
					this.events.push(event);
				},
				view: () => this.views++,
				failure: (error) => this.failures.push(error),
			},
		);
	}

	/** The next process over what is remembered; this one does nothing any more. */
	restarted(settings: GarageSettings = this.settings, store = this.store.afterKill()): Garage {
		this.isOver = true;
		this.store.stop();
		return new Garage(settings, store, this.time);
	}

	/** The same process after a redeploy. */
	redeployed(settings: GarageSettings = this.settings): Garage {
		this.close();
		return new Garage(settings, this.store, this.time, this.registry);
	}

	/** One request as an endpoint passes it on: the head first, then all of it, then what comes after the answer. */
	async receive(request: DeviceRequest): Promise<Answer | Refusal> {
		const decision = this.receiver.admit(request) ?? (await this.receiver.handle(request));
		if ('refused' in decision) {
			const { refused: reason, status, subject = '' } = decision;
			this.receiver.refused({ reason, status, subject, remoteAddress: request.remoteAddress });
		} else if ('status' in decision) decision.after?.();
		await settled();
		return decision;
	}

	/** @returns the status of the answer */
	async post(body: Body, parts: RequestParts = {}): Promise<number> {
		const decision = await this.receive(requestOf(body, parts));
		return decision.status;
	}

	/** The last message, which has all values. */
	get snapshot(): SnapshotMessage {
		const message = this.messages.at(-1);
		return message !== undefined && 'units' in message ? message : assert.fail('no snapshot');
	}

	get eventNames(): string[] {
		return this.events.map(({ event }) => event);
	}

	/** Names of the events since the last look. */
	news(): string[] {
		return this.events.splice(0).map(({ event }) => event);
	}

	/** What is remembered of the vehicle. */
	get remembered(): Record<string, unknown> {
		return this.store.entriesOf(`wican/${this.vehicle.key}`);
	}

	private take(reading: Reading): void {
		if (this.isOver) return;
		this.journal.push('message');
		this.readings.push(reading);
		this.messages.push(...this.maker.messages(reading));
	}

	private newRegistry(): VehicleRegistry {
		const { store, time } = this;
		return new VehicleRegistry({
			store,
			instance: `process ${++processes}`,
			clock: time,
			timers: {
				// A process that is over fires no timers any more.
				set: (callback, delay) => time.set(() => this.isOver || callback(), delay),
				clear: (handle) => time.clear(handle),
			},
			report: (error) => this.problems.push(error),
		});
	}
}
