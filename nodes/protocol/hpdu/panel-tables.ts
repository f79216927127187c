/** What panels show of registers and groups. */
import { fieldOf, isSecret } from './fields.js';
import { ALL_GROUP, GROUPS, REGISTERS } from './registers.js';
import { SAVE_GROUPS } from './save-groups.js';

/** The tables as JSON holds them. */
export function panelTables(): object {
	return {
		registers: REGISTERS.map(
			({ mnemonic, name, description, unit, type, length, group, channels, isReadable, isWritable }) => ({
				...{ mnemonic, name, description, unit, type, length, group, channels },
				...{ readable: isReadable, writable: isWritable, secret: isSecret(mnemonic) },
				...limitsOf(mnemonic),
			}),
		),
		groups: [...GROUPS.keys()].filter((name) => name !== ALL_GROUP).concat(ALL_GROUP),
		saveGroups: [...SAVE_GROUPS].map(([name, { keys, optional }]) => ({ name, keys, optional })),
	};
}

/** What a value may be, where its type and length do not tell it: the greatest number, and whether text fills its bytes. */
function limitsOf(mnemonic: string): { readonly most?: number; readonly isWhole?: boolean } {
	const { range, isWhole } = fieldOf(mnemonic) ?? {};
	return { ...(range && { most: range[1] }), ...(isWhole && { isWhole }) };
}
