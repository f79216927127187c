/** What both Node-REDs of the scenario have. */
import { TAB } from '../nodes/kit.js';
import { commandOut, HURRIED, httpIn, upsDevice } from '../nodes/ups-kit.js';
import { wicanIn } from '../nodes/wican-kit.js';

export const UPSES = Array.from({ length: 6 }, (_, number) => `U${number}`);
export const CARS = { 'car-v4': '4.51', 'car-v6': '6' } as const;

/** Seconds: longer than any fault lasts. */
export const OFFLINE_AFTER = 20;
/** Seconds: a command whose answer got lost has an end before the scenario has one. */
const MAX_AGE = 15;

export const FLOW = [
	TAB,
	...UPSES.map((id) => upsDevice(id, { ...HURRIED, offlineAfter: String(OFFLINE_AFTER) })),
	...Object.keys(CARS).map((id) => wicanIn(id, { offlineAfter: String(OFFLINE_AFTER) })),
	httpIn('in'),
	commandOut('out', { maxAge: String(MAX_AGE) }),
	commandOut('probe', { maxAge: String(MAX_AGE) }),
];
