/** What a WiCAN's POSTs are compared with, and what is to be reached. */
import { compareMemory, compareScale, type Fleet } from '../fleets.js';
import type { LoadName } from '../load-generator.js';
import type { Comparison, Plan } from '../plan.js';
import { atLeast, atMost, row } from '../report.js';
import { type Server, withServers } from '../servers.js';
import { compareServers, type Ratio, type Traffic } from '../throughput.js';
import { startCars, startFleet, startPlain } from './servers.js';

const OWN = 'own listener';
const NODE_RED = "Node-RED's server";
const PLAIN = 'plain flow';
const SHORT = 'plain flow with a short answer';

const NOTES = [
	'WiCAN: the plain flow is http in, json (always to an object), http response, which answers with the object that it was given, as it does unless told otherwise. The plain flow with a short answer has a change node before http response that sets {"status":"ok"}, which is what the collection answers. Neither checks who posts; the collection checks a bearer token. A first post of a car carries its whole table of parameters, which the collection stores before it answers.',
];

const BODIES: readonly { readonly name: string; readonly load: LoadName; readonly large: boolean }[] = [
	{ name: 'periodic post of 4.2 KB', load: 'wican-periodic', large: false },
	{ name: 'first post of 100 KB', load: 'wican-first', large: true },
];

const WITH_TARGETS: readonly Ratio[] = [
	[OWN, PLAIN, 'perSecond', atLeast(2)],
	[NODE_RED, PLAIN, 'perSecond', atLeast(1.2)],
];
const WITHOUT_TARGETS: readonly Ratio[] = [
	[OWN, PLAIN, 'perSecond'],
	[NODE_RED, PLAIN, 'perSecond'],
];
const FURTHER: readonly Ratio[] = [
	[OWN, SHORT, 'perSecond'],
	[NODE_RED, SHORT, 'perSecond'],
	[OWN, PLAIN, 'p99'],
	[NODE_RED, PLAIN, 'p99'],
	[OWN, PLAIN, 'mainEach'],
	[NODE_RED, PLAIN, 'mainEach'],
];

/** A car opens a connection for every post; what keeping it would change is shown beside. */
const CONNECTIONS = [
	{ name: 'new connections', keepAlive: false, ratios: [...WITH_TARGETS, ...FURTHER] },
	{ name: 'kept alive', keepAlive: true, ratios: [...WITHOUT_TARGETS, ...FURTHER] },
] as const;

function traffic({ posts, warmUp, largePosts, largeWarmUp }: Plan): Traffic[] {
	return CONNECTIONS.flatMap(({ name, ...connection }) =>
		BODIES.map(({ name: body, load, large }) => ({
			...{ ...connection, name: `WiCAN ${body}, ${name}`, load },
			...(large ? { posts: largePosts, warmUp: largeWarmUp } : { posts, warmUp }),
		})),
	);
}

/** The collection beside plain flows, with the units of the older car known. */
async function compareThroughput(plan: Plan): Promise<Comparison> {
	const starting = {
		[PLAIN]: () => startPlain('echo', plan),
		[SHORT]: () => startPlain('short', plan),
		[OWN]: () => startCars('own', plan),
		[NODE_RED]: () => startCars('node-red', plan),
	};
	const introduce = (server: Server) =>
		plan.generator.load({ server, load: 'wican-introduction', keepAlive: false, posts: 1 });
	return { ...(await compareServers(starting, traffic(plan), plan, introduce)), notes: NOTES };
}

/** Milliseconds from a car's request to the answer, where the flow behind then blocks Node-RED. */
async function answerTime(server: Server, load: LoadName, { generator }: Plan): Promise<number> {
	await server.child.call('watchFlow');
	const { p50 } = await generator.load({ server, load, keepAlive: false, posts: 1 });
	await server.child.call('flowThrough');
	return p50;
}

/** How long a car waits where the flow behind is slow. */
function compareSlowFlow(plan: Plan): Promise<Comparison> {
	const { slowFlow, rounds, tell } = plan;
	const subjects = [
		{ name: OWN, start: () => startCars('own', plan, slowFlow), target: atMost(1000) },
		{ name: NODE_RED, start: () => startCars('node-red', plan, slowFlow), target: atMost(1000) },
		{ name: PLAIN, start: () => startPlain('echo', plan, slowFlow), target: undefined },
	];
	return withServers(
		subjects.map(({ start }) => start),
		async (servers) => {
			const cases = BODIES.flatMap(({ name: body, load }) =>
				subjects.flatMap(({ name, target }, index) => {
					const server = servers[index];
					const title = `WiCAN ${body}, flow behind blocks for ${slowFlow} ms: ${name}, request to answer`;
					return server ? [{ name: title, server, load, target, times: [] as number[] }] : [];
				}),
			);
			for (let round = 0; round < rounds; round++) {
				for (const { server, load, times } of cases) times.push(await answerTime(server, load, plan));
				tell(`round ${round + 1} of ${rounds}`);
			}
			const rows = cases.map(({ name, times, target }) => row(name, 'ms', times, target));
			return { rows, measured: [] };
		},
	);
}

/** Cars in the numbers that are compared. */
function fleet(plan: Plan): Fleet {
	const { fleets, posts, warmUp } = plan;
	return {
		called: (count) => (count === 1 ? 'one car' : `${count} cars`),
		start: (count) => startFleet('own', count, plan),
		counts: fleets.wican,
		...{ first: 'wican-fleet-introduction', load: 'wican-fleet-periodic', posts, warmUp },
	};
}

export const WICAN_COMPARISONS = {
	throughput: compareThroughput,
	'slow-flow': compareSlowFlow,
	memory: (plan: Plan) => compareMemory(fleet(plan), plan),
	scale: (plan: Plan) => compareScale(fleet(plan), plan),
} as const;
