/** The stand-in devices of the demonstration, and how its flow knows them. */
import { urlOf } from './node-red-api.js';

/** Where the parts of the demonstration are. */
export interface Places {
	/** Of Node-RED, without a slash at its end. */
	readonly url: string;
	/** Where the stand-in PDU listens; undefined where the saved flow asks another one. */
	readonly pduPort: number | undefined;
	/** Seconds between two POSTs; real devices pause for longer. */
	readonly period: number;
}

/** An example with a page of the dashboard, and how the stand-in takes the place of the user's own device in it. */
export interface Example {
	/** In examples/dashboard. */
	readonly file: string;
	/** What the tab is called here. */
	readonly tab: string;
	/** The id that its node for the device has there. */
	readonly device: string;
	/** What that node is told here. */
	settings(places: Places): Readonly<Record<string, unknown>>;
}

export interface StandIn {
	/** What the console calls it. */
	readonly name: string;
	/** What its lines on the console begin with. */
	readonly label: string;
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
	/** The node of the flow that holds the same secret. */
	readonly node: string;
	/** The example whose flow shows it. */
	readonly example: Example;
	readonly credentials: Readonly<Record<string, string>>;
}

/** Made up for devices that do not exist: they protect nothing. */
export const HTTP_KEY = 'DEM0DEM0DEM0DEM0';
export const TOKEN = 'token-of-a-car-that-does-not-exist';
export const PDU_PASSWORD = 'no-such-pdu';

export const DEVICE_ID = '8988228066680569990';

function upsStory({ period }: Places): string {
	return `The UPS posts to Node-RED every ${period} seconds. Its mains fail after 40 seconds and come back, again and again. Press a
button to send it a command: a line below says what it does.`;
}

function carStory(): string {
	return `The WiCAN posts from an electric car. The car drives, parks, sleeps and wakes, all in three minutes: events tell when its
values stand still, and when nothing comes.`;
}

function pduStory({ pduPort }: Places): string {
	return `The PDU answers at ${urlOf(pduPort ?? 0)}. Its loads rise and fall, and now and then there is an alert. Buttons turn
the pages of its display.`;
}

export const UPS: StandIn = {
	name: 'simulated UPS',
	label: 'UPS',
	story: upsStory,
	program: 'ups/cli.js',
	isServer: false,
	options: ({ url, period }) => [
		...['--url', url, '--device-id', DEVICE_ID, '--period', String(period), '--scenario', 'tour'],
	],
	env: { UPS_KEY: HTTP_KEY },
	node: 'demo-ups',
	example: {
		file: 'UPS on a dashboard.json',
		tab: 'UPS',
		device: '5b1f0c2a9d3e4870',
		settings: () => ({ name: 'Simulated UPS', deviceId: DEVICE_ID }),
	},
	credentials: { httpKey: HTTP_KEY },
};

export const CAR: StandIn = {
	name: 'simulated car',
	label: 'car',
	story: carStory,
	program: 'wican/cli.js',
	isServer: false,
	options: ({ url, period }) => [
		...['--url', `${url}/wican`, '--auth', 'bearer', '--period', String(period)],
		...['--firmware', '6', '--gps', '--car', 'electric'],
		...['--scenario', 'day', '--pace', '20', '--distance', '5'],
	],
	env: { WICAN_TOKEN: TOKEN },
	node: 'demo-car',
	example: {
		file: 'Car on a dashboard.json',
		tab: 'Car',
		device: '40986243180f9090',
		// Soon enough for who watches for three minutes.
		settings: () => ({ name: 'Simulated car', vehicle: 'Simulated car', path: '/wican', offlineAfter: '20' }),
	},
	credentials: { token: TOKEN },
};

export const PDU: StandIn = {
	name: 'simulated PDU',
	label: 'PDU',
	story: pduStory,
	program: 'hpdu/cli.js',
	isServer: true,
	options: ({ pduPort }) => [
		...['--port', String(pduPort), '--name', 'Simulated PDU', '--scenario', 'busy', '--scan-time', '2'],
	],
	env: { HPDU_PASSWORD: PDU_PASSWORD },
	node: 'demo-pdu',
	example: {
		file: 'PDU on a dashboard.json',
		tab: 'PDU',
		device: '0152971624a352c7',
		settings: ({ pduPort }) => ({ name: 'Simulated PDU', host: '127.0.0.1', port: String(pduPort) }),
	},
	credentials: { username: 'super', password: PDU_PASSWORD },
};

export const STAND_INS: readonly StandIn[] = [UPS, CAR, PDU];

/** What the admin API takes with the flow. */
export const CREDENTIALS = Object.fromEntries(STAND_INS.map(({ node, credentials }) => [node, credentials]));
