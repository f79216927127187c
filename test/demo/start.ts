/**
 * What `npm start` runs: Node-RED with a flow to look at, and a stand-in UPS that posts to it and obeys.
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
import { DEVICE_ID, DEVICE_NODE, HTTP_KEY, PERIOD } from './stand-in.js';

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

const welcome = (url: string, { userDir }: DemoFiles): string => `
Node-RED runs with the Wattpost nodes. Open

    ${url}

A stand-in UPS posts to it every ${PERIOD} seconds. The Debug sidebar (the bug at the right) shows its telemetry and its
events; its mains fail after a minute and come back. The buttons at the left of the flow send it a command: below, the
line of the next POST says what it does, and the sidebar how the command fares.

Your changes are kept in ${userDir}; npm start -- --fresh starts over.
Ctrl-C ends everything.
`;

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

function startStandIn(url: string): ChildProcess {
	const path = join(CHECKOUT, 'dist/test/devices/ups/cli.js');
	const options = [
		'--url',
		url,
		'--device-id',
		DEVICE_ID,
		'--period',
		String(PERIOD),
		'--scenario',
		'outages',
	];
	const ups = startProgram(path, options, { UPS_KEY: HTTP_KEY });
	ups.once('exit', (code) => code && console.error(`The stand-in UPS has ended with exit code ${code}.`));
	return ups;
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
	let ups: ChildProcess | undefined;
	const show = async (): Promise<void> => {
		await untilReachable(url, stopping.signal);
		if (!files.hasFlow && !stopping.signal.aborted) {
			await deploy(url, readFlow(), { [DEVICE_NODE]: { httpKey: HTTP_KEY } });
		}
		if (stopping.signal.aborted) return;
		console.log(welcome(url, files));
		ups = startStandIn(url);
	};
	try {
		return await Promise.race([untilTheEnd(nodeRed), show().then(() => new Promise<never>(() => undefined))]);
	} finally {
		stopping.abort();
		await Promise.all([endProgram(ups), endProgram(nodeRed)]);
	}
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		console.error(error instanceof CannotStart ? error.message : error);
		process.exit(1);
	},
);
