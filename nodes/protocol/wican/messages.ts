/** What a flow gets to see of a car: the messages of `wican-https-in`. */
import { Changes } from './changes.js';
import { type Meaning, meaningOf, meaningsByName } from './config.js';
import { type Json, setMember } from './json.js';
import type { Position } from './position.js';
import type { Report } from './report.js';
import type { VehicleEventName } from './repository.js';
import type { EcuState, Status } from './status.js';
import { unitsAndClasses } from './units.js';

/** What of `status` may enter a message. */
export type StatusFields = 'safe' | 'all' | 'none';

/** What is known of a POST beside its values. Times in milliseconds since the epoch. */
export interface WicanFacts {
	readonly vehicle: string;
	readonly deviceId?: string;
	readonly firmware?: string;
	/** There, and true, on a POST that carried `config` or `status`. */
	readonly first?: true;
	readonly sampledAt?: number;
	readonly receivedAt: number;
	/** The query's parameters without the credential. */
	readonly query: Readonly<Record<string, string>>;
	readonly remoteAddress: string;
	/** Only what this POST says. */
	readonly ecu?: EcuState;
	/** There, and true, while the values stand still: between the events `stale` and `fresh`. */
	readonly stale?: true;
	readonly status: Json;
	readonly duplicates?: readonly string[];
	readonly odd?: readonly string[];
}

/** All values of one POST. */
export type SnapshotMessage = {
	readonly topic: string;
	readonly payload: Json;
	readonly units: Json;
	readonly classes: Json;
	readonly position?: Position;
	readonly wican: WicanFacts;
};

/** One value of one POST. */
export type ParameterMessage = {
	readonly topic: string;
	readonly payload: unknown;
	readonly unit?: string;
	readonly class?: string;
	readonly position?: Position;
	readonly wican: WicanFacts;
};

/** Something that happened to a vehicle, or a POST that was refused. */
export interface WicanEvent {
	readonly event: VehicleEventName | 'refused';
	readonly vehicle: string;
	/** Milliseconds since the epoch. */
	readonly time: number;
	readonly reason?: string;
	readonly status?: number;
	readonly remoteAddress?: string;
	readonly deviceId?: string;
	readonly previousDeviceId?: string;
}

/** One POST, with what is remembered of its vehicle. */
export interface Reading {
	readonly report: Report;
	readonly vehicle: string;
	readonly deviceId: string | undefined;
	readonly firmware: string | undefined;
	readonly config: readonly Meaning[];
	/** Whether the values have stood still for too long. */
	readonly stale: boolean;
	readonly receivedAt: number;
	readonly query: Readonly<Record<string, string>>;
	readonly remoteAddress: string;
}

/** How messages are made of a reading. */
export interface MessageSettings {
	readonly emit: 'snapshot' | 'parameters';
	readonly changedOnly: boolean;
	readonly statusFields: StatusFields;
}

/** The part of `status` that may enter a message. */
const STATUS_PARTS: Readonly<Record<StatusFields, (status: Status | undefined) => Json>> = {
	safe: (status) => ({ ...status?.safe }),
	all: (status) => copy(status?.all ?? {}),
	none: () => ({}),
};

/** Makes messages of readings. Remembers the last values where only what changed is wanted. */
export class MessageMaker {
	private readonly changes: Changes | undefined;

	constructor(private readonly settings: MessageSettings) {
		this.changes = settings.changedOnly ? new Changes() : undefined;
	}

	/** The messages of one POST, in the order in which its values came; none where nothing has changed. */
	messages(reading: Reading): (SnapshotMessage | ParameterMessage)[] {
		const { report } = reading;
		const { changes } = this;
		const payload = changes ? changes.among(report.payload) : report.payload;
		const position = changes ? changes.ofPosition(report.position) : report.position;
		if (this.settings.emit === 'parameters') return this.parameters(reading, payload, position);
		const isEmpty = position === undefined && Object.keys(payload).length === 0;
		return changes && isEmpty ? [] : [this.snapshot(reading, payload, position)];
	}

	private snapshot(reading: Reading, payload: Json, position: Position | undefined): SnapshotMessage {
		const { vehicle: topic, report, config } = reading;
		const numbers = payload === report.payload ? report.numbers : undefined;
		const words = unitsAndClasses(payload, config, numbers);
		return { topic, payload, ...words, ...(position && { position }), wican: this.facts(reading) };
	}

	/** Each message has facts of its own: a flow may change those of one. */
	private parameters(reading: Reading, payload: Json, position: Position | undefined): ParameterMessage[] {
		const meanings = meaningsByName(reading.config);
		return Object.keys(payload).map((name) => {
			const [, unit, className] = meaningOf(meanings, name);
			return {
				topic: name,
				payload: payload[name],
				...(unit !== '' && { unit }),
				...(className !== '' && { class: className }),
				...(position && { position: { ...position } }),
				wican: this.facts(reading),
			};
		});
	}

	private facts(reading: Reading): WicanFacts {
		const { report, vehicle, deviceId, firmware, receivedAt, query, remoteAddress } = reading;
		const { status, sampledAt, duplicates, odd } = report;
		return {
			vehicle,
			...(deviceId !== undefined && { deviceId }),
			...(firmware !== undefined && { firmware }),
			...((report.config ?? status) && { first: true as const }),
			...(sampledAt !== undefined && { sampledAt }),
			receivedAt,
			query: { ...query },
			remoteAddress,
			...(status?.ecu !== undefined && { ecu: status.ecu }),
			...(reading.stale && { stale: true as const }),
			status: STATUS_PARTS[this.settings.statusFields](status),
			...(duplicates.length > 0 && { duplicates: [...duplicates] }),
			...(odd.length > 0 && { odd: [...odd] }),
		};
	}
}

function copy(json: Json): Json {
	const copied: Json = {};
	for (const name of Object.keys(json)) {
		const value = json[name];
		setMember(copied, name, typeof value === 'object' ? structuredClone(value) : value);
	}
	return copied;
}
