/**
 * What `npm start` runs: Node-RED with a flow to look at, and stand-in devices that talk to it.
 *
 *   --fresh       forget what was changed in the editor
 *   --dir <path>  another user directory than .demo in the checkout
 *
 * PORT in the environment sets another port than 1880.
 */
import type { ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT } from '../nodes/harness/index.js';
import { type DemoFiles, prepareFiles, readFlow } from './files.js';
import { deploy, isFree, untilReachable, urlOf } from './node-red-api.js';
import { endProgram, startProgram } from './processes.js';
import { CREDENTIALS, STAND_INS, type StandIn } from './stand-ins.js';

/** A reason not to start that needs no stack. */
class CannotStart extends Error {}

function readPort(text = '1880'): number {
	const port = Number(text);
	if (Number.isInteger(port) && port > 0 && port < 65536) return port;
	throw new CannotStart(`PORT must be a number from 1 to 65535, not "${text}".`);
}

const portTaken = (port: number): string =>
	`Port ${port} is taken, perhaps by another Node-RED. End that program, or choose another port:\n\n` +
	`    PORT=${port === 65535 ? 1880 : port + 1} npm start\n`;

/** What is said of a device whose node is gone from the flow that was saved. */
const absent = ({ name }: StandIn): string =>
	`The ${name} stays away: your saved flow has no node for it. npm start -- --fresh brings it back.`;

const welcome = (url: string, { userDir, savedNodes }: DemoFiles): string => `
Node-RED runs with the Wattpost nodes. Open

    ${url}

${STAND_INS.map((one) => (isExpected(one, savedNodes) ? one.story(url) : absent(one))).join('\n\n')}

Your changes are kept in ${userDir}; npm start -- --fresh starts over.
Ctrl-C ends everything.
`;

/** Whether the flow has a node for a device: a new flow has one for each. */
function isExpected({ node }: StandIn, savedNodes: ReadonlySet<string> | undefined): boolean {
	return savedNodes?.has(node) ?? true;
}

/** Resolves with the exit code when it is time to end: Node-RED has ended, a signal came, or the parent is gone. */
function untilTheEnd(nodeRed: ChildProcess): Promise<number> {
	return new Promise((resolve) => {
		nodeRed.once('exit', (code) => resolve(code ?? 1));
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(0));
		// A shell between npm and this process does not pass signals on; it just disappears.
		const parent = process.ppid;
		setInterval(() => process.ppid === parent || resolve(0), 500).unref();
	});
}

function startStandIn({ name, program, options, env }: StandIn, url: string): ChildProcess {
	const device = startProgram(join(CHECKOUT, 'dist/test/devices', program), options(url), env);
	device.once('exit', (code) => code && console.error(`The ${name} has ended with exit code ${code}.`));
	return device;
}

async function main(): Promise<number> {
	const options = {
		fresh: { type: 'boolean', default: false },
		dir: { type: 'string', default: '.demo' },
	} as const;
	const { fresh, dir } = parseArgs({ options }).values;
	const port = readPort(process.env.PORT);
	if (!(await isFree(port))) throw new CannotStart(portTaken(port));

	const url = urlOf(port);
	const files = prepareFiles(resolve(CHECKOUT, dir), port, fresh);
	const nodeRed = startProgram(require.resolve('node-red/red.js'), [
		...['--settings', files.settings, '--userDir', files.userDir],
	]);
	const stopping = new AbortController();
	const devices: ChildProcess[] = [];
	const show = async (): Promise<void> => {
		await untilReachable(url, stopping.signal);
		if (files.savedNodes === undefined && !stopping.signal.aborted) {
			await deploy(url, readFlow(), CREDENTIALS);
		}
		if (stopping.signal.aborted) return;
		console.log(welcome(url, files));
		const expected = STAND_INS.filter((one) => isExpected(one, files.savedNodes));
		devices.push(...expected.map((one) => startStandIn(one, url)));
	};
	try {
		return await Promise.race([untilTheEnd(nodeRed), show().then(() => new Promise<never>(() => undefined))]);
	} finally {
		stopping.abort();
		await Promise.all([...devices, nodeRed].map(endProgram));
	}
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		console.error(error instanceof CannotStart ? error.message : error);
		process.exit(1);
	},
);
