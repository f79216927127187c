/** What is known of each register. For words, units and checks; a PDU may have other registers, or fewer. */
import { DESCRIPTIONS } from './register-descriptions.js';
import { REGISTER_TABLE, type RegisterRow, type RegisterType, type WriteRole } from './register-table.js';

export type { RegisterType, WriteRole } from './register-table.js';

/** A register of the vendor's table (SPDM). */
export interface Register {
	readonly mnemonic: string;
	readonly type: RegisterType;
	/** Bytes of one value in the PDU. */
	readonly length: number;
	/** Repeats without the extended ones, which is what a PDU wants in `/register/<mnemonic>/<n>`; 1 for a single value. */
	readonly repeats: number;
	/** Whether as many extended repeats follow. */
	readonly isExtended: boolean;
	/** The highest channel: repeats, twice that where extended. Channels count from 1. */
	readonly channels: number;
	/** The group it comes with, as in `/group/<name>`. */
	readonly group: string;
	/** V, A, kW, kVA, kWh, uWh, %, degC, s or ms; blank where there is none or it depends on another register. */
	readonly unit: string;
	/** The vendor's name for it. */
	readonly name: string;
	/** One line of English. */
	readonly description: string;
	/** What the table says of the web; a PDU may say otherwise, and says it with a 403. */
	readonly isReadable: boolean;
	readonly isWritable: boolean;
	readonly writeRole: WriteRole;
	/** Whether what was written acts only after `rsboot`. */
	readonly needsReboot: boolean;
	/** The firmware that brought it: 251 is 2.51, 0 is any. */
	readonly since: number;
}

/** What `msg.hpdu.registers` tells of a register. */
export interface RegisterInfo {
	readonly name: string;
	readonly unit: string;
	readonly type: RegisterType;
}

/** The group that means every register a user may read. Source: WEBAPI, "GET /group/<group_name>". */
export const ALL_GROUP = 'all';

/** Every register of the table, in its order. */
export const REGISTERS: readonly Register[] = Object.entries(REGISTER_TABLE).flatMap(([group, rows]) =>
	rows.map((row) => registerOfRow(group, row)),
);

const BY_MNEMONIC: ReadonlyMap<string, Register> = new Map(
	REGISTERS.map((register) => [register.mnemonic, register]),
);

/** The mnemonics of each group, by its name; `all` holds every one. */
export const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
	...Object.entries(REGISTER_TABLE).map(
		([group, rows]) => [group, rows.map(([mnemonic]) => mnemonic)] as const,
	),
	[ALL_GROUP, REGISTERS.map((register) => register.mnemonic)] as const,
]);

/** What is known of a register, undefined for one that is not in the table, and which a PDU may have nonetheless. */
export function registerOf(mnemonic: string): Register | undefined {
	return BY_MNEMONIC.get(mnemonic);
}

/** Name, unit and type by mnemonic, of those of these that the table has. */
export function registerInfo(mnemonics: Iterable<string>): Record<string, RegisterInfo> {
	const infos: Record<string, RegisterInfo> = {};
	for (const mnemonic of mnemonics) {
		const register = BY_MNEMONIC.get(mnemonic);
		if (register === undefined) continue;
		const { name, unit, type } = register;
		infos[mnemonic] = { name, unit, type };
	}
	return infos;
}

function registerOfRow(group: string, row: RegisterRow): Register {
	const [mnemonic, type, length, repeats, flags, writeRole, since, unit, name] = row;
	const isExtended = flags.includes('x');
	return {
		mnemonic,
		type,
		length,
		repeats,
		isExtended,
		channels: isExtended ? 2 * repeats : repeats,
		group,
		unit,
		name,
		description: DESCRIPTIONS[mnemonic as keyof typeof DESCRIPTIONS],
		isReadable: flags.includes('r'),
		isWritable: flags.includes('w'),
		writeRole,
		needsReboot: flags.includes('b'),
		since,
	};
}
