/** What a UPS's POSTs are compared with, and what is to be reached. */
import { compareMemory, compareScale, type Fleet } from '../fleets.js';
import type { Comparison, Plan } from '../plan.js';
import { atLeast, atMost } from '../report.js';
import { compareServers, type Ratio } from '../throughput.js';
import { compareCommands } from './commands.js';
import { compareDisk } from './disk.js';
import { startFloor, startFloorNode, startPlain, startUpses } from './servers.js';

/** Devices open a new connection for each POST; proxies keep theirs. What an own listener is to reach, beside the others. */
const LOADS = [
	{ name: 'new connections', keepAlive: false, ofFloor: 0.75, ofPlain: 2 },
	{ name: 'kept alive', keepAlive: true, ofFloor: 0.65, ofPlain: 1.7 },
] as const;

const throughput = (ofFloor: number, ofPlain: number): readonly Ratio[] => [
	['own listener', 'floor in Node-RED', 'perSecond', atLeast(ofFloor)],
	['own listener', 'floor in Node-RED', 'mainEach'],
	['own listener', 'bare floor', 'perSecond'],
	['own listener', 'plain flow', 'perSecond', atLeast(ofPlain)],
	['own listener', 'plain flow', 'p99', atMost(1)],
	['own listener', 'plain flow', 'mainEach'],
	["Node-RED's server", 'plain flow', 'perSecond', atLeast(1.3)],
	["Node-RED's server", 'plain flow', 'p99', atMost(1)],
	["Node-RED's server", 'plain flow', 'mainEach'],
];

/** The collection beside the floor and the plain flow. */
function compareThroughput(plan: Plan): Promise<Comparison> {
	const { devices, posts, warmUp } = plan;
	return compareServers(
		{
			'bare floor': () => startFloor(devices, plan),
			'floor in Node-RED': () => startFloorNode(devices, plan),
			'plain flow': () => startPlain(devices, plan),
			'own listener': () => startUpses('own', devices, plan),
			"Node-RED's server": () => startUpses('node-red', devices, plan),
		},
		LOADS.map(({ ofFloor, ofPlain, ...kind }) => ({
			...{ ...kind, load: 'ups-telemetry', posts, warmUp },
			ratios: throughput(ofFloor, ofPlain),
		})),
		plan,
	);
}

/** UPSes in the numbers that are compared. */
function fleet(plan: Plan): Fleet {
	const { fleets, fleetPosts, warmUp } = plan;
	return {
		called: (count) => (count === 1 ? 'one UPS' : `${count} UPSes`),
		start: (count) => startUpses('own', count, plan),
		counts: fleets.ups,
		...{ first: 'ups-telemetry', load: 'ups-telemetry', posts: fleetPosts, warmUp },
		targets: { memory: atMost(150), timeEach: atMost(1.2) },
	};
}

export const UPS_COMPARISONS = {
	throughput: compareThroughput,
	memory: (plan: Plan) => compareMemory(fleet(plan), plan),
	scale: (plan: Plan) => compareScale(fleet(plan), plan),
	commands: compareCommands,
	disk: compareDisk,
} as const;
