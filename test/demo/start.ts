/**
 * What `npm start` runs: Node-RED with a flow to look at, and stand-in devices that talk to it.
 *
 *   --fresh       forget what was changed in the editor
 *   --dir <path>  another user directory than .demo in the checkout
 *   --period <s>  seconds between two reports of a stand-in device (3)
 *
 * PORT in the environment sets another port than 1880.
 */
import type { ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT } from '../nodes/harness/index.js';
import { type Absences, choosePduPort, findAbsences } from './absences.js';
import { type DemoFiles, prepareFiles } from './files.js';
import { hasDashboard, makeFlow } from './flow.js';
import { deploy, isFree, untilReachable, urlOf } from './node-red-api.js';
import { endProgram, startProgram } from './processes.js';
import { CREDENTIALS, type Places, STAND_INS, type StandIn } from './stand-ins.js';

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

/** It begins with the time. */
const LINE_OF_AN_EXCHANGE = /^\d{4}-\d\d-/;

function whereToLook({ url }: Places, { savedNodes }: DemoFiles): string {
	if (!hasDashboard(savedNodes)) {
		return `    ${url}\n\nYour saved flow has no dashboard. npm start -- --fresh brings one, and a tour.`;
	}
	return `    ${url}              the flows; the first tab is a tour\n    ${url}/dashboard    the three devices`;
}

const welcome = (places: Places, files: DemoFiles, absences: Absences): string => `
Node-RED runs with the Wattpost nodes and three simulated devices: a UPS, a car and a PDU. Open

${whereToLook(places, files)}

${STAND_INS.map((one) => absences.get(one) ?? one.story(places)).join('\n\n')}

Your changes are kept in ${files.userDir}; npm start -- --fresh starts over.
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

const allTalk = (places: Places, files: DemoFiles): string => `
All of them talk to Node-RED. Below comes only what changes; what there is to see is at

${whereToLook(places, files)}
`;

/** @param onExchange is told when the device has made an exchange with Node-RED and says so */
function startStandIn(one: StandIn, places: Places, onExchange: () => void): ChildProcess {
	const onLine = (line: string): void => {
		console.log(`[${one.label}]  ${line}`);
		if (LINE_OF_AN_EXCHANGE.test(line)) onExchange();
	};
	const args = [...one.options(places), '--log', 'changes'];
	const device = startProgram(join(CHECKOUT, 'dist/test/devices', one.program), args, {
		env: one.env,
		onLine,
	});
	device.once('exit', (code) => code && console.error(`The ${one.name} has ended with exit code ${code}.`));
	return device;
}

function readPeriod(text: string): number {
	const period = Number(text);
	if (period > 0) return period;
	throw new CannotStart(`--period must be a number of seconds above 0, not "${text}".`);
}

function readOptions(): { fresh: boolean; dir: string; period: string } {
	const options = {
		fresh: { type: 'boolean', default: false },
		dir: { type: 'string', default: '.demo' },
		period: { type: 'string', default: '3' },
	} as const;
	return parseArgs({ options }).values;
}

async function main(): Promise<number> {
	const { fresh, dir, ...options } = readOptions();
	const period = readPeriod(options.period);
	const port = readPort(process.env.PORT);
	if (!(await isFree(port))) throw new CannotStart(portTaken(port));

	const files = prepareFiles(resolve(CHECKOUT, dir), port, fresh);
	const places: Places = { url: urlOf(port), pduPort: await choosePduPort(files.savedNodes), period };
	const absences = await findAbsences(files.savedNodes, places);
	const present = STAND_INS.filter((one) => !absences.has(one));
	const silent = new Set(present);
	const onExchange = (one: StandIn): void => {
		if (silent.delete(one) && silent.size === 0) console.log(allTalk(places, files));
	};
	const start = (isServer: boolean): ChildProcess[] =>
		present
			.filter((one) => one.isServer === isServer)
			.map((one) => startStandIn(one, places, () => onExchange(one)));
	const nodeRed = startProgram(require.resolve('node-red/red.js'), [
		...['--settings', files.settings, '--userDir', files.userDir],
	]);
	const stopping = new AbortController();
	const devices = start(true);
	const show = async (): Promise<void> => {
		await untilReachable(places.url, stopping.signal);
		if (files.savedNodes === undefined && !stopping.signal.aborted) {
			await deploy(places.url, makeFlow(places), CREDENTIALS);
		}
		if (stopping.signal.aborted) return;
		console.log(welcome(places, files, absences));
		devices.push(...start(false));
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
