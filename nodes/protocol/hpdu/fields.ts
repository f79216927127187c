/** What a named value looks like, whether it is a register's or a parameter of the user group, which is in no register. */
import { type RegisterType, registerOf } from './registers.js';

/** The form of one value. */
export interface Field {
	readonly type: RegisterType;
	/** Bytes of one value in the PDU. */
	readonly length: number;
	/** The highest channel, 1 for what has only one value. */
	readonly channels: number;
	/** For numbers, where their range is less than the bytes would hold. */
	readonly range?: readonly [least: number, greatest: number];
	/** For text that must fill its bytes. */
	readonly isWhole?: boolean;
}

const BIT = { type: 'int', length: 1, channels: 1, range: [0, 1] } as const satisfies Field;

/**
 * What is in no table, or more than a table says. The meaning of `prmssns` is told nowhere, so it goes through as it is.
 * Source: WEBAPI, "/save/user"; chapter 3.4, "ERR_IPAPI_KEY_LENGTH_16"; for outlets the vendor's register table.
 */
const SPECIAL_FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
	['iarc4k', { type: 'ascii', length: 16, channels: 1, isWhole: true }],
	['userid', { type: 'int', length: 1, channels: 1, range: [1, 5] }],
	['username', { type: 'ascii', length: 16, channels: 1 }],
	['chpasswd', BIT],
	['password', { type: 'ascii', length: 16, channels: 1 }],
	['chprmssns', BIT],
	...['swocst', 'swounl', 'sworeb'].map((mnemonic) => [mnemonic, { ...BIT, channels: 54 }] as const),
]);

/** The form of a value by its mnemonic or parameter name, undefined where it is not known. */
export function fieldOf(mnemonic: string): Field | undefined {
	return SPECIAL_FIELDS.get(mnemonic) ?? registerOf(mnemonic);
}

/** Keys and passwords, also scrambled ones, and the communities by which SNMP knows a manager. */
const SECRETS: ReadonlySet<string> = new Set([
	'iarc4k',
	'uspaswd',
	'uspsea',
	'uspseb',
	'password',
	'sncmpb',
	'sncmpr',
	'sncmtr',
]);

/** Whether a value must not leave the client; by mnemonic, with or without a channel, however a PDU spells it. */
export function isSecret(key: string): boolean {
	const [, mnemonic = ''] = /^[\s\p{Cc}]*([a-z0-9]+)/iu.exec(key) ?? [];
	return SECRETS.has(mnemonic.toLowerCase());
}

/** C0, DEL and C1: what a display can't show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;
