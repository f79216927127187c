import { isIPv4, isIPv6 } from 'node:net';
import type { Register, RegisterType } from './registers.js';

/** The largest number that a `fixed` holds. */
const FIXED_MAX = 3276.8;
/** Above it, a `fixed` counts in tenths. */
const FIXED_FINE_MAX = 327.67;

/** Ranges that are narrower than the bytes would allow. */
const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
	cfnrph: [1, 3],
	cfnrno: [0, 54],
	cfnrso: [0, 54],
	cfnrmo: [0, 54],
	stdiso: [0, 4],
	stfodl: [100, 65535],
	strsal: [0, 1],
	stextn: [0, 1],
	stunlo: [0, 1],
	swocst: [0, 1],
	swounl: [0, 1],
	sworeb: [0, 1],
	rsboot: [0, 1],
	rsalrt: [0, 1],
	rspval: [0, 1],
	etdhen: [0, 1],
	etdhfb: [0, 1],
	etaipm: [0, 32],
	etip6p: [0, 128],
	iaenab: [0, 1],
	hthpen: [0, 1],
	hthsen: [0, 1],
	hthppo: [1, 65535],
	hthspo: [1, 65535],
	snmpv1: [0, 1],
	snmplp: [1, 65535],
	snmptp: [1, 65535],
	mbtcen: [0, 1],
	mbtcpo: [1, 65535],
};

/** A number as the PDU writes a `fixed`: two places, counted in tenths where it is large. */
export function formatFixed(value: number): string {
	const clamped = Math.min(FIXED_MAX, Math.max(0, value));
	return (clamped > FIXED_FINE_MAX ? Math.round(clamped * 10) / 10 : clamped).toFixed(2);
}

function acceptInt(text: string, { mnemonic, bytes }: Register): string | undefined {
	const [min, max] = (Object.hasOwn(RANGES, mnemonic) && RANGES[mnemonic]) || [0, 256 ** bytes - 1];
	const value = Number(text);
	return /^\d{1,12}$/.test(text) && value >= min && value <= max ? String(value) : undefined;
}

function acceptFixed(text: string): string | undefined {
	const value = Number(text);
	return /^\d+(\.\d*)?$/.test(text) && value <= FIXED_MAX ? formatFixed(value) : undefined;
}

const ACCEPT: Readonly<Record<RegisterType, (text: string, register: Register) => string | undefined>> = {
	int: acceptInt,
	fixed: acceptFixed,
	ascii: (text, { bytes }) => text.split('\0', 1).join().slice(0, bytes),
	ipv4: (text) => (isIPv4(text) ? text : undefined),
	ipv6: (text) => (isIPv6(text) ? text.toLowerCase() : undefined),
};

/** What a register keeps of a value that is written to it (one character a byte), or undefined: rejected. */
export function accept(register: Register, value: string): string | undefined {
	return ACCEPT[register.type](value, register);
}

const BLANK: Readonly<Record<RegisterType, string>> = {
	int: '0',
	fixed: '0.00',
	ascii: '',
	ipv4: '0.0.0.0',
	ipv6: '::',
};

/** What an unset register reads. */
export function blank(register: Register): string {
	return BLANK[register.type];
}
