/** Config node `hpdu-device`: one PDU, as its nodes ask it; and what panels want to know of PDUs. */
import { type AdminRequest, answerPanels, sharedOf } from './adapter/admin.js';
import type { TlsConfig } from './adapter/endpoint/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { NodeConfig, NodeRed } from './adapter/red.js';
import { serviceOf } from './adapter/runtime.js';
import { number, text, withEnvironment } from './adapter/values.js';
import { ProtocolError } from './protocol/common/errors.js';
import { identify, PduClient, PduHosts, panelTables, parseHost, readRights } from './protocol/hpdu/index.js';

type Credentials = Readonly<Record<string, string | undefined>>;

/** What the nodes of a PDU share. */
interface SharedPdu {
	readonly client: PduClient;
	/** How messages name it. */
	readonly device: string;
}

function connect(RED: NodeRed, config: NodeConfig, { username = '', password = '' }: Credentials): PduClient {
	const hosts = serviceOf(RED, PduHosts);
	const tlsId = text(config, 'tls');
	const node = tlsId === '' ? null : (RED.nodes.getNode(tlsId) as TlsConfig | null);
	if (tlsId !== '' && node === null) throw new ProtocolError('config-missing', { property: 'tls' });
	const host = parseHost(text(config, 'host'));
	const port = number(config, 'port', { min: 1, max: 65_535, blank: node === null ? 80 : 443 });
	const settings = {
		label: text(config, 'name') || host,
		timeout: number(config, 'timeout', { min: 100, max: 600_000, blank: 5000 }),
		minInterval: number(config, 'minInterval', { min: 0, max: 3_600_000, blank: 0 }),
		...{ username, password },
	};
	const tls = node?.addTLSOptions({});
	return new PduClient(settings, () => hosts.join({ host, port, ...(tls && { tls }) }, tlsId), hosts.clock);
}

function open(context: NodeContext) {
	const { RED, config, node } = context;
	const client = connect(RED, config, node.credentials ?? {});
	context.onClose(() => client.close());
	const shared: SharedPdu = { client, device: text(config, 'name') || node.id };
	return { shared };
}

/** The PDU of a panel, as it was deployed. */
function deployed(RED: NodeRed, { params }: AdminRequest): PduClient {
	const { client }: Partial<SharedPdu> = sharedOf(RED, params.device);
	if (client instanceof PduClient) return client;
	throw new ProtocolError('config-missing', { property: 'device' });
}

/** Asks the PDU of an open panel who it is, with what stands in the panel. */
async function test(RED: NodeRed, { body }: AdminRequest): Promise<unknown> {
	const id = String(body.id ?? '');
	const isStored = body.password === '__PWRD__';
	const given = isStored ? { ...body, password: RED.nodes.getCredentials(id)?.password } : body;
	const fields = withEnvironment(RED, given, RED.nodes.getNode(id));
	const credentials = { username: String(fields.username ?? ''), password: String(fields.password ?? '') };
	const client = connect(RED, { ...fields, id, type: 'hpdu-device' }, credentials);
	return identify(client).finally(() => client.close());
}

export = (RED: NodeRed): void => {
	defineNode(RED, {
		type: 'hpdu-device',
		credentials: { username: { type: 'text' }, password: { type: 'password' } },
		open,
	});
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/hpdu/registers', permission: 'hpdu-device.read' },
			answer: () => panelTables(),
		},
		{
			...{ method: 'get', path: '/wattpost/hpdu/:device/rights', permission: 'hpdu-device.read' },
			answer: async (request) => {
				const client = deployed(RED, request);
				const readable = await readRights(client, 'readable', 0);
				const writable = await readRights(client, 'writable', 0);
				return { readable: readable.mnemonics, writable: writable.mnemonics };
			},
		},
		{
			...{ method: 'post', path: '/wattpost/hpdu/test', permission: 'hpdu-device.write' },
			answer: (request) => test(RED, request),
		},
	]);
};
