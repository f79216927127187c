/** How long a command takes on its way to a UPS, but for the time until that posts again. */
import { exchange, UpsDevice } from '../../devices/ups/index.js';
import type { Comparison, Plan } from '../plan.js';
import { row } from '../report.js';
import type { Server } from '../servers.js';
import { median } from '../statistics.js';
import { deviceId, deviceKey } from './fleet.js';
import { COMMAND_OUT } from './flows.js';
import { startCommanded } from './servers.js';

const NOTES = [
	'UPS command: a beep is queued, and a UPS posts as soon as the flow is told so, and once more to say that it has beeped; then it posts with nothing to fetch and nothing to say. Each POST has a connection of its own and is timed from opening that to the whole answer. Every command is flushed to disk before a flow is told that it is queued.',
];

/** One command, and a POST without any: milliseconds. */
interface Taken {
	readonly queued: number;
	readonly carrying: number;
	readonly acknowledging: number;
	readonly without: number;
}

/** Milliseconds that a POST of the UPS takes. */
async function post(device: UpsDevice, url: string): Promise<number> {
	device.advanceToPost();
	const made = device.buildPost(url);
	const began = performance.now();
	const outcome = await exchange(made);
	const taken = performance.now() - began;
	device.takeAnswer(made, outcome);
	return taken;
}

async function command(device: UpsDevice, { child, to }: Server): Promise<Taken> {
	const url = `http://127.0.0.1:${to.port}`;
	const { length: executed } = device.executed;
	const { length: told } = device.acksSent;
	const without = await post(device, url);
	const queued = await child.call<number>('inject', { node: COMMAND_OUT, msg: {} });
	const carrying = await post(device, url);
	const acknowledging = await post(device, url);
	if (device.executed.length !== executed + 1 || device.acksSent.length !== told + 1) {
		throw new Error('a command did not come with the first answer');
	}
	return { queued, carrying, acknowledging, without };
}

/** Commands to one UPS at a listener of its own, by round. */
async function measure({ rounds, commands, warmUp, generator, tell, ...options }: Plan): Promise<Taken[][]> {
	const server = await startCommanded('own', options);
	const device = new UpsDevice({ deviceId: deviceId(0), key: deviceKey(0), wallClock: Date.now });
	const some = async (): Promise<Taken[]> => {
		const taken: Taken[] = [];
		for (let count = 0; count < commands; count++) taken.push(await command(device, server));
		return taken;
	};
	try {
		await generator.load({ server, load: 'ups-telemetry', keepAlive: false, posts: warmUp });
		await some();
		const taken: Taken[][] = [];
		for (let round = 0; round < rounds; round++) {
			taken.push(await some());
			tell(`round ${round + 1} of ${rounds}`);
		}
		return taken;
	} finally {
		await server.stop();
	}
}

/** A command beside none. */
export async function compareCommands(plan: Plan): Promise<Comparison> {
	const taken = await measure(plan);
	const middle = (round: readonly Taken[], kind: keyof Taken): number =>
		median(round.map((one) => one[kind]));
	const each = (kind: keyof Taken): number[] => taken.map((round) => middle(round, kind));
	const ratio = (kind: keyof Taken): number[] =>
		taken.map((round) => middle(round, kind) / middle(round, 'without'));
	const post = 'UPS command: POST';
	return {
		rows: [
			row('UPS command: message to queued told', 'ms', each('queued')),
			row(`${post} right after queued told, request to answer`, 'ms', each('carrying')),
			row(`${post} that fetches it / POST without, request to answer`, 'x', ratio('carrying')),
			row(`${post} that acknowledges it / POST without, request to answer`, 'x', ratio('acknowledging')),
		],
		measured: [],
		checked: taken.flat().length,
		notes: NOTES,
	};
}
