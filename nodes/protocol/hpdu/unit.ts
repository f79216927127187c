/** Units behind a PDU, on its databus. Source: WEBAPI, chapter 4.1, "Bridging over Databus (BoD)". */
import { flowText } from './flow-text.js';
import { badArgument } from './mnemonic.js';

/** The highest address of a unit; 0 is the PDU itself. */
const LAST = 65_535;

/**
 * Reads a unit address: blank, null or 0 is the PDU itself.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function parseUnit(value: unknown): number {
	const text = flowText(value);
	const unit = Number(text);
	if (text !== undefined && /^\d*$/.test(text) && unit <= LAST) return unit;
	throw badArgument('unit', `0..${LAST}`);
}

/** What stands before the path of a resource to reach a unit. */
export function prefixOf(unit: number): string {
	return unit === 0 ? '' : `/databus/${unit}`;
}
