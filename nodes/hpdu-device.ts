/** Config node `hpdu-device`: one PDU, as its nodes ask it; and what panels want to know of PDUs. */
import { type AdminRequest, answerPanels, sharedOf } from './adapter/admin.js';
import { type ConfigChoice, hasConfigNode } from './adapter/choice.js';
import { isParsed } from './adapter/credentials.js';
import { nameDevice } from './adapter/devices.js';
import { localise } from './adapter/errors.js';
import type { TlsConfig } from './adapter/http-server/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { NodeConfig, NodeRed } from './adapter/node-red.js';
import { type DeviceFacts, overviewChanged, showDevice } from './adapter/overview.js';
import { resolveFields } from './adapter/panel-fields.js';
import { serviceOf } from './adapter/runtime.js';
import { number, text } from './adapter/values.js';
import { ProtocolError } from './protocol/common/errors.js';
import {
	addressText,
	allRights,
	checkLogin,
	type PduAddress,
	PduClient,
	PduHosts,
	panelTables,
	parseHost,
	type TransportFailure,
	testConnection,
} from './protocol/hpdu/index.js';

type Credentials = Readonly<Record<string, string | undefined>>;

/** What the nodes of a PDU share. */
interface SharedPdu {
	readonly client: PduClient;
	/** How messages name it. */
	readonly device: string;
	readonly address: PduAddress;
	/** Host, port and TLS. */
	readonly place: string;
}

const TLS: ConfigChoice = {
	...{ property: 'useTls', values: ['false', 'true'], field: 'tls', type: 'tls-config' },
};

/** Where a PDU is to be found. */
function placeOf(RED: NodeRed, config: NodeConfig) {
	const tlsId = hasConfigNode(config, TLS) ? text(config, 'tls') : '';
	const node = tlsId === '' ? null : (RED.nodes.getNode(tlsId) as TlsConfig | null);
	if (tlsId !== '' && typeof node?.addTLSOptions !== 'function')
		throw new ProtocolError('config-missing', { property: 'tls' });
	const host = parseHost(text(config, 'host'));
	const blank = node === null ? 80 : 443;
	const port = number(config, 'port', { min: 1, max: 65_535, blank, isWhole: true });
	const tls = node?.addTLSOptions({});
	return { address: { host, port, ...(tls && { tls }) }, tlsId, place: `${host} ${port} ${tlsId}` };
}

/** How messages name a PDU. */
const nameOf = (config: NodeConfig): string => text(config, 'name') || config.id;

/** @param onLoginChanged of a deployed PDU: is called where another login than the configured one holds; none for a test */
function connect(
	RED: NodeRed,
	config: NodeConfig,
	{ username = '', password = '' }: Credentials,
	onLoginChanged?: () => void,
): SharedPdu {
	const hosts = serviceOf(RED, PduHosts);
	const { address, tlsId, place } = placeOf(RED, config);
	const configured = { username, password };
	const login = onLoginChanged ? hosts.presentLogin(address, configured) : configured;
	if (login !== configured) onLoginChanged?.();
	const device = nameOf(config);
	const settings = {
		...login,
		...{ label: text(config, 'name') || address.host, address: addressText(address), device },
		timeout: number(config, 'timeout', { min: 100, max: 600_000, blank: 5000 }),
		minInterval: number(config, 'minInterval', { min: 0, max: 3_600_000, blank: 0 }),
		...(onLoginChanged && { onLoginChanged }),
	};
	const join = () => (onLoginChanged ? hosts.join(address, tlsId) : hosts.joinForTest(address, tlsId));
	const client = new PduClient(settings, join, hosts.clock);
	return { client, address, place, device };
}

function open(context: NodeContext) {
	const { RED, config, node } = context;
	const changed = new ProtocolError('hpdu-login-changed', { device: nameOf(config) });
	const warn = (): void => node.warn(localise(RED, changed).message);
	const shared = connect(RED, config, node.credentials ?? {}, warn);
	context.onClose(() => shared.client.close());
	nameDevice(context, { id: config.id, name: text(config, 'name') }, shared);
	const { client, device } = shared;
	showDevice(context, { family: 'hpdu', device, name: text(config, 'name'), facts: () => factsOf(client) });
	const events = client.subscribe(() => overviewChanged(RED));
	context.onClose(() => events.end());
	return { shared };
}

/** The badges of a PDU that does not answer. */
const FAILURES = {
	timeout: 'device-timeout',
	unreachable: 'device-unreachable',
	'bad-response': 'device-failed',
} as const satisfies Record<TransportFailure, string>;

/** What the sidebar tells of a PDU. */
function factsOf({ presence: { state, reason, answeredAt } }: PduClient): DeviceFacts {
	const badge = { unknown: 'waiting', online: 'device-ok', offline: FAILURES[reason] } as const;
	return { badge: [badge[state]], seenAt: answeredAt ?? null };
}

/** The PDU of a panel, as it was deployed. */
function deployed(RED: NodeRed, { params }: AdminRequest): PduClient {
	const { client }: Partial<SharedPdu> = sharedOf(RED, params.device);
	if (client instanceof PduClient) return client;
	throw new ProtocolError('config-missing', { property: 'device' });
}

/** Asks the PDU of an open panel who it is, with what stands in the panel. */
async function test(RED: NodeRed, { body }: AdminRequest): Promise<unknown> {
	const hosts = serviceOf(RED, PduHosts);
	const id = String(body.id ?? '');
	const { fields, confidential } = resolveFields(RED, id, body);
	const config = { ...fields, id, type: 'hpdu-device' };
	// Whoever may edit flows must not be able to have a login that he does not know sent anywhere.
	const shared = RED.nodes.getNode(id)?.shared as Partial<SharedPdu> | undefined;
	const isElsewhere = placeOf(RED, config).place !== shared?.place;
	const isConfidential = confidential.has('username') || confidential.has('password');
	if (isConfidential && isElsewhere) throw new ProtocolError('hpdu-password-needed');
	const credentials = { username: String(fields.username ?? ''), password: String(fields.password ?? '') };
	return hosts.tests.ask(text(config, 'host'), JSON.stringify(body), () => {
		const { client, address } = connect(RED, config, credentials);
		return testConnection(client, address, hosts);
	});
}

export = (RED: NodeRed): void => {
	const isPossible = isParsed((value) => checkLogin({ username: value, password: value }));
	defineNode(RED, {
		type: 'hpdu-device',
		credentials: { username: { type: 'text', isPossible }, password: { type: 'password', isPossible } },
		open,
	});
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/hpdu/registers', permission: 'hpdu-device.read' },
			answer: () => panelTables(),
		},
		{
			...{ method: 'get', path: '/wattpost/hpdu/:device/rights', permission: 'hpdu-device.read' },
			answer: (request) => deployed(RED, request).askForPanel('rights', allRights),
		},
		{
			...{ method: 'post', path: '/wattpost/hpdu/test', permission: 'hpdu-device.write' },
			answer: (request) => test(RED, request),
		},
	]);
};
