/** The stand-in devices of the demonstration, and how its flow knows them. */
import { urlOf } from './node-red-api.js';

/** Where the parts of the demonstration are. */
export interface Places {
	/** Of Node-RED, without a slash at its end. */
	readonly url: string;
	/** Where the stand-in PDU listens; undefined where the saved flow asks another one. */
	readonly pduPort: number | undefined;
}

export interface StandIn {
	/** What the console calls it. */
	readonly name: string;
	/** What there is to see, for the welcome text. */
	story(places: Places): string;
	/** Its program, below dist/test/devices. */
	readonly program: string;
	/** Its command line. */
	options(places: Places): readonly string[];
	/** Whether it waits to be asked: then it must be there before the flow is. */
	readonly isServer: boolean;
	/** Its secret: a command line could be read by everybody on the machine. */
	readonly env: Readonly<Record<string, string>>;
	/** The node of flow.json that holds the same secret. */
	readonly node: string;
	readonly credentials: Readonly<Record<string, string>>;
}

/** Seconds between two POSTs; real devices pause for longer. */
const PERIOD = 3;

/** Made up for devices that do not exist: they protect nothing. */
export const HTTP_KEY = 'DEM0DEM0DEM0DEM0';
export const TOKEN = 'token-of-a-car-that-does-not-exist';
export const PDU_PASSWORD = 'no-such-pdu';

export const DEVICE_ID = '8988228066680569990';

function upsStory(): string {
	return `A stand-in UPS posts to it every ${PERIOD} seconds. The Debug sidebar (the bug at the right) shows its telemetry and its
events; its mains fail after a minute and come back. The buttons at the left of the flow send it a command: below, the
line of the next POST says what it does, and the sidebar how the command fares.`;
}

function carStory({ url }: Places): string {
	return `A stand-in WiCAN posts from an electric car, on the tab Car. The car drives, parks, sleeps and wakes, all in three
minutes: its values come with their units, and events tell when they stand still and when nothing comes. As a page:

    ${url}/car`;
}

function pduStory({ url, pduPort }: Places): string {
	return `A stand-in PDU answers at ${urlOf(pduPort ?? 0)}, on the tab PDU. It is asked for its loads every 5 seconds;
buttons of the flow turn the pages of its display, rename it and look for the units behind it. Its display as a page:

    ${url}/pdu`;
}

export const UPS: StandIn = {
	name: 'stand-in UPS',
	story: upsStory,
	program: 'ups/cli.js',
	isServer: false,
	options: ({ url }) => [
		...['--url', url, '--device-id', DEVICE_ID, '--period', String(PERIOD), '--scenario', 'outages'],
	],
	env: { UPS_KEY: HTTP_KEY },
	node: 'demo-ups',
	credentials: { httpKey: HTTP_KEY },
};

export const CAR: StandIn = {
	name: 'stand-in car',
	story: carStory,
	program: 'wican/cli.js',
	isServer: false,
	options: ({ url }) => [
		...['--url', `${url}/wican`, '--auth', 'bearer', '--period', String(PERIOD)],
		...['--firmware', '4.51', '--car', 'electric', '--scenario', 'day', '--pace', '20'],
	],
	env: { WICAN_TOKEN: TOKEN },
	node: 'demo-car',
	credentials: { token: TOKEN },
};

export const PDU: StandIn = {
	name: 'stand-in PDU',
	story: pduStory,
	program: 'hpdu/cli.js',
	isServer: true,
	options: ({ pduPort }) => [
		...['--port', String(pduPort), '--name', 'Stand-in PDU', '--scenario', 'busy', '--scan-time', '2'],
	],
	env: { HPDU_PASSWORD: PDU_PASSWORD },
	node: 'demo-pdu',
	credentials: { username: 'super', password: PDU_PASSWORD },
};

export const STAND_INS: readonly StandIn[] = [UPS, CAR, PDU];

/** What the admin API takes with flow.json. */
export const CREDENTIALS = Object.fromEntries(STAND_INS.map(({ node, credentials }) => [node, credentials]));

/** The flow with the port at which the stand-in PDU listens. */
export function withPort<T extends { readonly id: string }>(
	flow: readonly T[],
	pduPort: number | undefined,
): T[] {
	return flow.map((node) => (node.id === PDU.node ? { ...node, port: String(pduPort) } : node));
}
