/** Which stand-in devices cannot take part in the demonstration, and why. */
import type { SavedNodes } from './files.js';
import { freePort, isFree } from './node-red-api.js';
import { PDU, type Places, STAND_INS, type StandIn } from './stand-ins.js';

/** Why a device stays away, for each one that does. */
export type Absences = ReadonlyMap<StandIn, string>;

const FRESH = 'npm start -- --fresh brings it back.';

/** Where the flow looks for the stand-in PDU: a saved one knows, for a new one any free port will do. */
export async function choosePduPort(savedNodes: SavedNodes | undefined): Promise<number | undefined> {
	if (savedNodes === undefined) return freePort();
	const { host, port } = savedNodes.get(PDU.node) ?? {};
	const saved = Number(port);
	return host === '127.0.0.1' && Number.isInteger(saved) && saved > 0 && saved < 65536 ? saved : undefined;
}

/** What keeps a device from taking part, undefined for nothing. A new flow has a node for each. */
async function absenceOf(
	one: StandIn,
	savedNodes: SavedNodes | undefined,
	{ pduPort }: Places,
): Promise<string | undefined> {
	const away = `The ${one.name} stays away`;
	if (savedNodes?.has(one.node) === false) return `${away}: your saved flow has no node for it. ${FRESH}`;
	if (!one.isServer) return undefined;
	if (pduPort === undefined) return `${away}: your saved flow asks another PDU. ${FRESH}`;
	if (await isFree(pduPort)) return undefined;
	return `${away}: port ${pduPort}, where your saved flow asks it, is taken. End that program; or ${FRESH}`;
}

/** Asks of all devices whether they can take part. */
export async function findAbsences(savedNodes: SavedNodes | undefined, places: Places): Promise<Absences> {
	const reasons = new Map<StandIn, string>();
	for (const one of STAND_INS) {
		const reason = await absenceOf(one, savedNodes, places);
		if (reason !== undefined) reasons.set(one, reason);
	}
	return reasons;
}
