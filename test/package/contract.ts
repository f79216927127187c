/** The flow contract as data: what a saved flow holds of each node. */
export interface Contract {
	readonly ports: readonly [inputs: number | undefined, outputs: number | undefined];
	/** Every property that a flow file holds, with the value that a new node gets. */
	readonly defaults: Readonly<Record<string, unknown>>;
	/** Properties that name a config node, with its type. */
	readonly configs: Readonly<Record<string, string>>;
	readonly credentials: Readonly<Record<string, 'password' | 'text'>>;
}

/** Flows that people have saved hold these names: none may be dropped, and none may change its meaning. */
export const CONTRACT: Readonly<Record<string, Contract>> = {
	'wattpost-endpoint': {
		ports: [undefined, undefined],
		defaults: {
			name: '',
			server: 'node-red',
			host: '',
			port: 8480,
			path: '/',
			tls: '',
			clientCert: 'none',
			maxBody: 1048576,
			trustProxy: false,
		},
		configs: { tls: 'tls-config' },
		credentials: {},
	},
	'ups-device': {
		ports: [undefined, undefined],
		defaults: {
			name: '',
			deviceId: '',
			clockSkew: 300,
			lowBattery: '',
			mainsLostAfter: 0,
			commandMaxAge: 600,
			offlineAfter: 120,
		},
		configs: {},
		credentials: { httpKey: 'password' },
	},
	'ups-http-in': {
		ports: [0, 2],
		defaults: { name: '', endpoint: '', device: '', emit: 'every' },
		configs: { endpoint: 'wattpost-endpoint', device: 'ups-device' },
		credentials: {},
	},
	'ups-command-out': {
		ports: [1, 1],
		defaults: {
			name: '',
			device: '',
			command: '',
			freqHz: '',
			durMs: '',
			text: 'payload',
			textType: 'msg',
			delayS: '',
			offMs: '',
			maxAge: '',
		},
		configs: { device: 'ups-device' },
		credentials: {},
	},
	'wican-https-in': {
		ports: [0, 2],
		defaults: {
			name: '',
			endpoint: '',
			path: '/wican',
			vehicle: '',
			offlineAfter: '',
			auth: 'bearer',
			authName: '',
			emit: 'snapshot',
			changedOnly: false,
			statusFields: 'safe',
		},
		configs: { endpoint: 'wattpost-endpoint' },
		credentials: { token: 'password', username: 'text', password: 'password' },
	},
	'hpdu-device': {
		ports: [undefined, undefined],
		defaults: { name: '', host: '', port: '', tls: '', timeout: 5000, minInterval: 0 },
		configs: { tls: 'tls-config' },
		credentials: { username: 'text', password: 'password' },
	},
	'hpdu-register-read': {
		ports: [1, 2],
		defaults: {
			name: '',
			device: '',
			read: 'registers',
			registers: '',
			group: '',
			unit: '',
			format: 'values',
			errors: 'each',
		},
		configs: { device: 'hpdu-device' },
		credentials: {},
	},
	'hpdu-register-write': {
		ports: [1, 2],
		defaults: {
			name: '',
			device: '',
			write: 'registers',
			register: '',
			value: 'payload',
			valueType: 'msg',
			saveGroup: '',
			hardwareId: '',
			unitAddress: '',
			unit: '',
			onMismatch: 'error',
			errors: 'each',
			unlock: false,
			settle: '',
		},
		configs: { device: 'hpdu-device' },
		credentials: {},
	},
	'hpdu-framebuffer': {
		ports: [1, 2],
		defaults: {
			name: '',
			device: '',
			action: 'image',
			format: 'png',
			scale: 4,
			rotate: 0,
			invert: false,
			bitOrder: 'lsb-top',
			page: '',
			button1: '',
			button2: '',
			errors: 'each',
		},
		configs: { device: 'hpdu-device' },
		credentials: {},
	},
};
