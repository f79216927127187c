import { clocks } from './clocks.js';
import { cut } from './cut.js';
import { disk } from './disk.js';
import { instances } from './instances.js';
import { kill } from './kill.js';
import { pdu } from './pdu.js';
import { processes } from './processes.js';
import { proxy } from './proxy.js';
import { redeploy } from './redeploy.js';
import type { Scenario } from './scenario.js';
import { slow } from './slow.js';

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
	...[kill, processes, instances, redeploy],
	...[cut, slow, proxy, clocks],
	...[disk, pdu],
];
