/** What one POST, or the lack of any, does to what is remembered of a vehicle. Pure: no clock, no store. */
import { type Meaning, updatedMeanings } from './config.js';
import type { Report } from './report.js';
import type {
	StoredEvent,
	StoredVehicle,
	VehicleChange,
	VehicleEventName,
	VehicleRecord,
} from './repository.js';
import { type EcuState, type Status, uptimeSeconds } from './status.js';

/** More names than any car has; a body that makes up names must not fill the store. */
const MAX_MEANINGS = 10_000;

/** A start of the device later than the one known by less than this may be its clock's or ours. Milliseconds. */
const START_TOLERANCE = 60_000;

/** What only the process that runs knows of a POST. Times in milliseconds. */
export interface Circumstances {
	readonly receivedAt: number;
	readonly remoteAddress: string;
	/** Time since the last status and what its uptime was in seconds; undefined unless this process has seen one. */
	readonly lastStatus: { readonly ago: number; readonly uptime: number } | undefined;
	/** Whether the POST before this one, a moment ago, was a first one too: then its answer was lost. */
	readonly isResent: boolean;
	/** Whether any value differs from the last one that is known; undefined where none is known. */
	readonly moved: boolean | undefined;
	/** For how long the values have stood still, milliseconds. */
	readonly stillFor: number;
	/** A digest of the values last known, this POST's included. */
	digest(): string;
}

/** What becomes of a vehicle: everything as it is now, and what of it is new. */
export interface AppliedPost extends VehicleChange {
	readonly now: { readonly vehicle: VehicleRecord; readonly config: readonly Meaning[] };
}

const UNKNOWN: VehicleRecord = { status: {}, online: false };

/**
 * Takes in one POST. Pure.
 * @param longest for how long values may stand still before they count as stale, milliseconds
 */
export function applyPost(
	stored: StoredVehicle,
	report: Report,
	circumstances: Circumstances,
	longest: number,
): AppliedPost {
	const { status } = report;
	const before = stored.vehicle ?? UNKNOWN;
	const isOther = isOtherDevice(before, status);
	const isStarted = isOther || hasStarted(before, report, circumstances);
	const known = knownBefore(before, isOther, isStarted);
	const after = {
		...known,
		...still(known, circumstances, longest),
		...ofStatus(known, status, circumstances),
	};
	const events = eventsBetween(before, after, { isOther, isStarted, ecu: known.ecu }, report, circumstances);
	const vehicle: VehicleRecord = { ...after, online: true };
	const config = configAfter(stored.config, isOther, report);
	const isNews = events.length > 0 || (status !== undefined && !isSame(vehicle, before));
	// Once acknowledged the device does not repeat it before its next start, whatever happens to this machine.
	const isOnce = config !== undefined || isIdentityNew(before, vehicle);
	return {
		now: { vehicle: isNews ? vehicle : before, config: config ?? stored.config },
		events,
		...(isNews && { vehicle }),
		...(config && { config }),
		...(isOnce && { durable: true }),
	};
}

/** Whether a report carries what the device sends until it is told that it was accepted, and then not again. */
export function isFirst({ config, status }: Report): boolean {
	return config !== undefined || status !== undefined;
}

/** Takes in that no POST came for too long. Pure. */
export function applySilence({ vehicle }: StoredVehicle, time: number): VehicleChange {
	if (!vehicle?.online) return {};
	const { deviceId } = vehicle;
	const event: StoredEvent = { event: 'offline', time, ...(deviceId !== undefined && { deviceId }) };
	return { vehicle: { ...vehicle, online: false }, events: [event] };
}

/** Units and classes if they change: those of another device's car mean nothing for this one. */
function configAfter(
	known: readonly Meaning[],
	isOther: boolean,
	{ config = [], meanings = [] }: Report,
): readonly Meaning[] | undefined {
	const updated = updatedMeanings(isOther ? [] : known, [...config, ...meanings], MAX_MEANINGS);
	return updated ?? (isOther && known.length > 0 ? [] : undefined);
}

function isIdentityNew(before: VehicleRecord, { deviceId, firmware }: VehicleRecord): boolean {
	return deviceId !== before.deviceId || firmware !== before.firmware;
}

function isOtherDevice({ deviceId }: VehicleRecord, status: Status | undefined): boolean {
	return deviceId !== undefined && status?.deviceId !== undefined && status.deviceId !== deviceId;
}

/** What still holds of what was known: a start ends what was known of the car's control units, so that each drive tells it. */
function knownBefore(before: VehicleRecord, isOther: boolean, isStarted: boolean): VehicleRecord {
	if (isOther) return { ...UNKNOWN, online: before.online };
	if (!isStarted) return before;
	const { ecu: _, ...others } = before;
	return others;
}

/** Whether the values stand still. */
function still(
	{ stale }: VehicleRecord,
	{ moved, stillFor, digest }: Circumstances,
	longest: number,
): { stale: string | undefined } {
	if (stale === undefined) return { stale: stillFor >= longest ? digest() : undefined };
	// After a restart nothing is known but the digest.
	const isFresh = moved === undefined ? digest() !== stale : moved;
	return { stale: isFresh ? undefined : stale };
}

function ofStatus(known: VehicleRecord, status: Status | undefined, { receivedAt }: Circumstances) {
	if (status === undefined) return {};
	const all = { ...known.status, ...status.safe };
	return {
		...((known.statusAt === undefined || !isSame(all, known.status)) && {
			status: all,
			statusAt: receivedAt,
		}),
		...(status.deviceId !== undefined && { deviceId: status.deviceId }),
		...(status.firmware !== undefined && { firmware: status.firmware }),
		...(status.ecu !== undefined && { ecu: status.ecu }),
	};
}

function eventsBetween(
	before: VehicleRecord,
	after: VehicleRecord & { readonly stale: string | undefined },
	{ isOther, isStarted, ecu }: { isOther: boolean; isStarted: boolean; ecu: EcuState | undefined },
	{ status }: Report,
	{ receivedAt: time, remoteAddress }: Circumstances,
): StoredEvent[] {
	const { deviceId } = after;
	const facts = { time, remoteAddress, ...(deviceId !== undefined && { deviceId }) };
	const previous = before.deviceId === undefined ? {} : { previousDeviceId: before.deviceId };
	const happened: readonly (readonly [boolean, VehicleEventName, object?])[] = [
		[!before.online, 'online'],
		[isOther, 'device-changed', previous],
		[isStarted, 'started'],
		[status?.ecu === 'online' && ecu !== 'online', 'ecu-online'],
		[status?.ecu === 'offline' && ecu !== 'offline', 'ecu-offline'],
		[before.stale !== undefined && after.stale === undefined, 'fresh'],
		[before.stale === undefined && after.stale !== undefined, 'stale'],
	];
	return happened.flatMap(([isTrue, event, more]) => (isTrue ? [{ event, ...facts, ...more }] : []));
}

/**
 * Whether the device has started since its last status: the first one ever, an uptime that fell, or an uptime that
 * grew by less than the time that has passed. A first POST comes some seconds after every start, so that the uptimes
 * of two drives may well be the same. Firmware before 4.42 tells none, but sends its `config` only after a start, and a
 * status after silence only then too.
 */
function hasStarted(
	before: VehicleRecord,
	{ status, config }: Report,
	{ receivedAt, lastStatus, isResent }: Circumstances,
): boolean {
	if (status === undefined) return false;
	if (before.statusAt === undefined) return true;
	if (status.uptime === undefined) return (config !== undefined || !before.online) && !isResent;
	const uptime = uptimeSeconds(before.status.uptime);
	if (uptime === undefined) return false;
	// Another process may have had a status since; this one's steady clock counts where its own was the last.
	const ago = lastStatus?.uptime === uptime ? lastStatus.ago : receivedAt - before.statusAt;
	return status.uptime < uptime || (uptime + ago / 1000 - status.uptime) * 1000 > START_TOLERANCE;
}

function isSame(one: unknown, other: unknown): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}
