/** Limits and periods that are compiled into the firmware. Milliseconds unless a name says otherwise. */
export const FIRMWARE = {
	firstPostAfter: 12_000,
	longestWaitForClock: 15_000,
	pauseAfterPost: 30_000,
	socketTimeout: 20_000,
	snapshotKeptFor: 90_000,
	powerForwardPeriod: 30_000,
	networkRefreshPeriod: 60_000,
	mainsSeemAboveMv: 5000,
	answerBodyBytes: 2047,
	commandsPerAnswer: 8,
	executedRing: 16,
	rejectedKept: 4,
	acksKept: 8,
	idBytes: 47,
	urlBytes: 200,
	deviceIdBytes: 64,
} as const;

/** The newest firmware that the stand-in was compared with. */
export const DEFAULT_FIRMWARE = 'esp32:0.8.17';

/** What differs between firmware versions and is seen from outside. */
export interface FirmwareTraits {
	/** Reads a version 2 power frame as if it were version 1, so that every value lands under a wrong name. */
	readonly misreadsPowerV2: boolean;
	/** Cuts ids to 31 bytes and compares the whole id with the cut one: longer ones are executed at every poll. */
	readonly cutsIdsTo31: boolean;
	/** A modem reset does not begin the wait for the alarm again. */
	readonly alarmSurvivesModemReset: boolean;
}

/** The traits of a firmware named as in `fw_ver`, e.g. `esp32:0.8.17-1nce`. */
export function traitsOf(firmware: string): FirmwareTraits {
	const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(firmware) ?? [];
	const version = Number(major ?? 0) * 1_000_000 + Number(minor ?? 0) * 1000 + Number(patch ?? 0);
	return {
		misreadsPowerV2: version < 8009,
		cutsIdsTo31: version < 8010,
		alarmSurvivesModemReset: version >= 8018,
	};
}
