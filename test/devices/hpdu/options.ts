import type { Register } from './registers.js';
import type { UserOptions } from './users.js';

/** One unit: the PDU itself, or one behind its databus. */
export interface UnitOptions {
	/** 1..65535; 0 for a unit that was never given one. */
	readonly address?: number;
	/** Three numbers of 16 bits. */
	readonly hardwareId?: readonly [number, number, number];
	/** Default 27. With more than 27 the extended registers have 54 channels. */
	readonly outlets?: number;
	/** Outlets that can be switched. Default: all. */
	readonly switched?: number;
	/** Outlets that are measured. Default: all. */
	readonly measured?: number;
	/** Phases at the input. Default 3. */
	readonly phases?: number;
	readonly name?: string;
	/** A version times 100; registers that came later are not there. Default 251. */
	readonly firmware?: number;
	/** `stdiso`: 0 no display, 1 vertical, 2 vertical upside down, 3 horizontal, 4 horizontal upside down. Default 3. */
	readonly orientation?: number;
	/** Registers beside those of the table, or in their place. */
	readonly registers?: readonly Register[];
	/** Mnemonics of registers of the table that this unit does not have. */
	readonly lacks?: readonly string[];
}

/** A PDU with what is behind its databus. Times in milliseconds. */
export interface HpduOptions extends UnitOptions {
	/** In place of the five users super, admin, power, user and viewer, whose passwords are their names. */
	readonly users?: readonly UserOptions[];
	/** The units behind the databus, or how many; they get the addresses after that of the PDU. */
	readonly units?: number | readonly UnitOptions[];
	/** Seconds since its boot. Default 4 000 000, 46 days. */
	readonly uptime?: number;
	/** True time at which the story begins. Default: now. */
	readonly startAt?: number;
	/** How long a scan of the databus takes. Default 0. */
	readonly scanTime?: number;
	/** How long it takes to find out that there is no unit of an address. Default 0. */
	readonly absentTime?: number;
	/** How long the PDU is away when it reboots. Default 0. */
	readonly rebootTime?: number;
	/** How long `swounl` unlocks an outlet. Default 5000. */
	readonly unlockTime?: number;
	/** What it takes for a register with several channels: the bare mnemonic, `/n`, or either. Default `both`. */
	readonly repeatedForm?: 'both' | 'n-only' | 'bare-only';
	/** Whether all channels of a register can be written at once; otherwise that is a 405. Default true. */
	readonly wholeWrites?: boolean;
	/** Leaves out the channels of measurements that the PDU does not have; otherwise they read 0. */
	readonly onlyFitted?: boolean;
	/** Lets a bridged request write what the databus may write, such as outlets. */
	readonly bridgedWrites?: boolean;
	/** Whether `/group` can be bridged. Default true. */
	readonly bridgedGroups?: boolean;
	/** Answers `/address` with 422 although the address was assigned, as real devices do. Default true. */
	readonly addressBug?: boolean;
	/** HTTP status of a refusal that has a result code. Default 200. */
	readonly refusalStatus?: number;
	/** The number of the first page of the display. Default 1. */
	readonly firstPage?: 0 | 1;
	/** Which bit of a byte is the upper pixel. Default `lsb-top`. */
	readonly bitOrder?: 'lsb-top' | 'msb-top';
}
