/** What the editor tests know of each panel: a node with good values, other good values, and wrong ones. */
import type { FlowNode } from '../nodes/harness/index.js';
import type { FieldValue } from './editor.js';

export interface PanelCase {
	/** A node without errors, as a flow holds it. */
	readonly node: FlowNode;
	/** Other good values, in the order in which a user fills them in (some show further fields). */
	readonly fields: Readonly<Record<string, FieldValue>>;
	/** Credentials to type. They come back masked. */
	readonly secrets: Readonly<Record<string, string>>;
	/** Values of single fields that must be marked as wrong. `given` shows the field first. */
	readonly wrong: readonly { field: string; value: string; given?: Readonly<Record<string, FieldValue>> }[];
}

export const HTTP_KEY = '0123456789ABCDEF';
export const CAR_TOKEN = 'a token for one car';
/** As long as a PDU has room for. */
export const PDU_PASSWORD = 'sixteen letters.';

export const PANELS: readonly PanelCase[] = [
	{
		node: {
			id: 'endpoint',
			type: 'wattpost-endpoint',
			name: '',
			server: 'own',
			host: '127.0.0.1',
			port: '18481',
			path: '/',
			tls: '',
			clientCert: 'none',
			maxBody: '1048576',
			trustProxy: false,
		},
		fields: {
			server: 'own',
			name: 'Behind the proxy',
			host: '127.0.0.2',
			port: '18480',
			path: '/devices',
			maxBody: '4096',
			trustProxy: true,
		},
		secrets: {},
		wrong: [
			{ field: 'port', value: '70000', given: { server: 'own' } },
			{ field: 'port', value: 'http', given: { server: 'own' } },
			{ field: 'maxBody', value: '-1' },
		],
	},
	{
		node: {
			id: 'device',
			type: 'ups-device',
			name: '',
			deviceId: '8988228066680569990',
			clockSkew: '300',
			commandMaxAge: '600',
			offlineAfter: '120',
			credentials: { httpKey: HTTP_KEY },
		},
		fields: {
			name: 'Rack 5',
			deviceId: 'my-ups-01',
			clockSkew: '60',
			commandMaxAge: '0',
			offlineAfter: '90',
		},
		secrets: { httpKey: 'ZYXW VTSR QPNM K987' },
		wrong: [
			{ field: 'deviceId', value: '' },
			{ field: 'deviceId', value: 'x'.repeat(65) },
			{ field: 'httpKey', value: 'too short' },
			{ field: 'clockSkew', value: 'soon' },
			{ field: 'commandMaxAge', value: '-1' },
			{ field: 'offlineAfter', value: 'never' },
		],
	},
	{
		node: {
			id: 'in',
			type: 'ups-http-in',
			z: 'tab',
			name: '',
			endpoint: 'endpoint',
			device: 'device',
			emit: 'every',
			x: 200,
			y: 100,
			wires: [[], []],
		},
		fields: { name: 'All UPSes', device: '', emit: 'changes' },
		secrets: {},
		wrong: [],
	},
	{
		node: {
			id: 'out',
			type: 'ups-command-out',
			z: 'tab',
			name: '',
			device: 'device',
			command: 'ui.beep',
			freqHz: '',
			durMs: '',
			text: 'payload',
			textType: 'msg',
			delayS: '',
			offMs: '',
			maxAge: '',
			x: 200,
			y: 200,
			wires: [[]],
		},
		fields: { name: 'Beep', command: 'ui.beep', freqHz: '2000', durMs: '400', maxAge: '30' },
		secrets: {},
		wrong: [
			{ field: 'freqHz', value: '65536', given: { command: 'ui.beep' } },
			{ field: 'durMs', value: '-1', given: { command: 'ui.beep' } },
			{ field: 'delayS', value: 'later', given: { command: 'host.shutdown' } },
			{ field: 'offMs', value: '60001', given: { command: 'power.cycle' } },
			{ field: 'maxAge', value: 'long', given: { command: 'ui.beep' } },
		],
	},
	{
		node: {
			id: 'car',
			type: 'wican-https-in',
			z: 'tab',
			name: '',
			endpoint: '',
			path: '/car',
			vehicle: '',
			offlineAfter: '',
			auth: 'bearer',
			authName: '',
			emit: 'snapshot',
			changedOnly: false,
			statusFields: 'safe',
			credentials: { token: CAR_TOKEN },
			x: 200,
			y: 300,
			wires: [[], []],
		},
		fields: {
			vehicle: 'van 3',
			endpoint: 'endpoint',
			path: '/van-3',
			auth: 'basic',
			username: 'van-3',
			emit: 'parameters',
			changedOnly: true,
			statusFields: 'none',
			offlineAfter: '90',
			name: 'Our van',
		},
		secrets: { password: 'of the van' },
		wrong: [
			{ field: 'path', value: 'car' },
			{ field: 'path', value: '/car?key=1' },
			{ field: 'token', value: '' },
			{ field: 'offlineAfter', value: '0.5' },
			{ field: 'authName', value: 'x api key', given: { auth: 'api-key-header' } },
			{ field: 'authName', value: 'key=', given: { auth: 'api-key-query' } },
			{ field: 'authName', value: '', given: { auth: 'client-cert', authName: 'van-3' } },
			{ field: 'username', value: '', given: { auth: 'basic', username: 'van-3', password: 'of the van' } },
			{ field: 'username', value: 'van:3' },
			{ field: 'password', value: ' ' },
		],
	},
	{
		node: {
			id: 'pdu',
			type: 'hpdu-device',
			name: '',
			// Nobody listens there: what the panels ask fails at once.
			host: '127.0.0.1',
			port: '9',
			tls: '',
			timeout: '5000',
			minInterval: '0',
			credentials: { username: 'power', password: PDU_PASSWORD },
		},
		fields: {
			name: 'Rack 5',
			host: 'localhost',
			port: '7',
			username: 'viewer',
			timeout: '2500',
			minInterval: '200',
		},
		secrets: { password: 'of the viewer' },
		wrong: [
			{ field: 'host', value: '' },
			{ field: 'host', value: 'two words' },
			{ field: 'host', value: 'http://me:secret@pdu/' },
			{ field: 'host', value: '192.168.1.300' },
			{ field: 'port', value: '65536' },
			{ field: 'username', value: '' },
			{ field: 'username', value: 'u'.repeat(17) },
			{ field: 'password', value: '' },
			{ field: 'password', value: 'é'.repeat(9) },
			{ field: 'timeout', value: '99' },
			{ field: 'minInterval', value: '-1' },
		],
	},
	{
		node: {
			id: 'display',
			type: 'hpdu-framebuffer',
			z: 'tab',
			name: '',
			device: 'pdu',
			action: 'image',
			format: 'png',
			scale: '4',
			rotate: '0',
			invert: false,
			bitOrder: 'lsb-top',
			page: '',
			button1: '',
			button2: '',
			x: 200,
			y: 400,
			wires: [[]],
		},
		fields: {
			name: 'Display of rack 5',
			device: 'pdu',
			action: 'pages',
			format: 'data-url',
			scale: '2',
			rotate: '90',
			bitOrder: 'msb-top',
			invert: true,
		},
		secrets: {},
		wrong: [
			{ field: 'scale', value: '17' },
			{ field: 'scale', value: '1.5' },
			{ field: 'page', value: 'two', given: { action: 'page' } },
		],
	},
];

export const FLOWS: readonly FlowNode[] = [
	{ id: 'tab', type: 'tab', label: 'Panels' },
	...PANELS.map(({ node }) => node),
];
