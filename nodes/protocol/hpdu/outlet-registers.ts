/** The registers that switch outlets. Source: the vendor's register table SPDM, group switched_outlets. */
import { ProtocolError } from '../common/errors.js';

/** State of an outlet, 0 or 1. */
export const STATE = 'swocst';
/** 1 while a change of an outlet waits for its relay. */
export const SCHEDULED = 'swosch';
/** Writing 1 unlocks an outlet for some seconds. */
export const UNLOCK = 'swounl';
/** Writing 1 switches an outlet off and, after `OFF_TIME`, on again. */
export const CYCLE = 'sworeb';
/** Seconds that a power cycle takes. */
export const OFF_TIME = 'strebt';

/** By both of the vendor's tables the web API does not write these, though the databus does. */
const SWITCHING: ReadonlySet<string> = new Set([STATE, UNLOCK, CYCLE, 'stunlo']);

/** Whether a register switches an outlet, which must be unlocked for it. */
export function isSwitch(mnemonic: string): boolean {
	return mnemonic === STATE || mnemonic === CYCLE;
}

/** A refusal to write a register, which for those of outlets says in which other ways they can be switched. */
export function explainRefusal(error: unknown, mnemonic: string): unknown {
	if (!(error instanceof ProtocolError) || error.code !== 'hpdu-forbidden' || !SWITCHING.has(mnemonic)) {
		return error;
	}
	return new ProtocolError(error.code, { ...error.params, context: 'outlets' }, error);
}
