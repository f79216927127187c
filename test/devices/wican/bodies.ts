import { gzipSync } from 'node:zlib';
import { makeConfig } from './config.js';
import { encodeJson, type Json, type Member, Members } from './json.js';
import type { Parameter } from './parameters.js';
import { makeStatus, type Self } from './status.js';
import { position, type Reading, readValues } from './values.js';

/** Everything that goes into a body. */
export interface Snapshot extends Reading {
	readonly self: Self;
	/** All of the car, read or not. */
	readonly configured: readonly Parameter[];
}

/** A body with the header lines that say what it is. */
export interface Body {
	readonly bytes: Buffer;
	readonly contentType: string;
	readonly contentEncoding?: string;
}

function autopidData(snapshot: Snapshot): Members {
	const { firmware, self } = snapshot;
	const stamp: Member[] = firmware.stampsValues ? [['timestamp', self.seconds]] : [];
	return new Members([...readValues(snapshot), ...stamp]);
}

/** Each part of a body by its name. */
function parts(snapshot: Snapshot): Record<'config' | 'status' | 'autopid_data', Members> {
	return {
		config: makeConfig(snapshot.firmware, snapshot.configured),
		status: makeStatus(snapshot.self),
		autopid_data: autopidData(snapshot),
	};
}

/** The body of the first POST: config, status and values. */
export function fullJson(snapshot: Snapshot): Members {
	return Members.of(parts(snapshot));
}

/** The body of every later POST: the values alone. */
export function periodicJson(snapshot: Snapshot): Members {
	return Members.of({ autopid_data: autopidData(snapshot) });
}

/** m/s as Home Assistant has it. */
function gpsBlock(snapshot: Snapshot): Members {
	const { latitude, longitude, altitude, speed, heading, satellites } = position(snapshot.motion);
	return Members.of({
		latitude,
		longitude,
		accuracy: 4.5,
		altitude,
		speed: speed / 3.6,
		heading,
		satellites,
	});
}

/** The body for a webhook of Home Assistant with everything in it. */
export function webhookJson(snapshot: Snapshot): Members {
	const { config, status, autopid_data } = parts(snapshot);
	if (snapshot.firmware.shape !== 'ha6') {
		return Members.of({ config, status, autopid_data });
	}
	const gps: Record<string, Json> = snapshot.gps ? { gps: gpsBlock(snapshot) } : {};
	return Members.of({ schema: 1, status, autopid_data, config, ...gps });
}

export function asJson(json: Members, gzip = false): Body {
	const bytes = encodeJson(json);
	const contentType = 'application/json';
	return gzip ? { bytes: gzipSync(bytes), contentType, contentEncoding: 'gzip' } : { bytes, contentType };
}
