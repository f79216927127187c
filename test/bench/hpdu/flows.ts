/** The flows that read a register of a PDU. */
import type { FlowNode } from '../../nodes/harness/index.js';
import { POSITION, SINK, TAB } from '../flow-parts.js';
import type { Flow } from '../servers.js';
import { LOGIN, MNEMONIC, PATH, type Session } from './login.js';

/** A PDU that runs. */
export interface RunningPdu {
	readonly port: number;
	readonly session: Session;
}

const MAKE_TOKEN = `
const { userId, bootedAt } = context.get('session');
const message = Buffer.alloc(4);
message.writeUInt32BE((Math.floor(Date.now() / 1000) - bootedAt) * 8 + userId);
const digest = crypto.createHmac('sha256', '${LOGIN.username}:${LOGIN.password}').update(message).digest('hex');
msg.headers = { authorization: 'hPDU-auth-v1 ' + message.toString('hex') + digest.slice(0, 8) };
return msg;
`;

const PARSE_FORM = `
msg.payload = Object.fromEntries(new URLSearchParams(msg.payload));
return msg;
`;

const deviceId = (pdu: string): string => `device ${pdu}`;

/** The first and the last node of a flow. */
interface Ends {
	readonly first: string;
	readonly last: string;
}

/** The flows of a PDU. */
export const flowsOf = (pdu: string) =>
	({
		node: { first: `read ${pdu}`, last: `read ${pdu}` },
		plain: { first: `sign ${pdu}`, last: `parse ${pdu}` },
		kept: { first: `sign kept alive ${pdu}`, last: `parse kept alive ${pdu}` },
	}) satisfies Record<string, Ends>;

/** `function`, `http request`, `function`: what core nodes offer. */
function plainFlow({ first, last }: Ends, { port, session }: RunningPdu, persist: boolean): FlowNode[] {
	const sign = { id: first, type: 'function', outputs: 1, func: MAKE_TOKEN };
	const ask = `ask, ${first}`;
	const url = `http://127.0.0.1:${port}${PATH}`;
	return [
		{
			...{ ...POSITION, ...sign, libs: [{ var: 'crypto', module: 'crypto' }] },
			...{ initialize: `context.set('session', ${JSON.stringify(session)});`, wires: [[ask]] },
		},
		{
			...{ ...POSITION, id: ask, type: 'http request', method: 'GET', ret: 'txt', paytoqs: 'ignore', url },
			...{ persist, senderr: false, headers: [], wires: [[last]] },
		},
		{ ...POSITION, id: last, type: 'function', outputs: 1, func: PARSE_FORM, wires: [[SINK.id]] },
	];
}

/** `hpdu-register-read` for each PDU. */
export function collectionFlow(pdus: Readonly<Record<string, RunningPdu>>): Flow {
	const read = { read: 'registers', registers: MNEMONIC, group: '', unit: '', format: 'values' };
	const nodes = Object.entries(pdus).flatMap(([name, pdu]) => {
		const device = { id: deviceId(name), type: 'hpdu-device', host: '127.0.0.1', port: String(pdu.port) };
		const id = flowsOf(name).node.first;
		return [
			{ ...device, name: '', tls: '', timeout: '5000', minInterval: '0' },
			{ ...POSITION, id, type: 'hpdu-register-read', device: device.id, ...read, wires: [[SINK.id]] },
		];
	});
	return {
		nodes: [TAB, ...nodes, SINK],
		credentials: Object.fromEntries(Object.keys(pdus).map((name) => [deviceId(name), LOGIN])),
	};
}

/** The two plain flows for each PDU: with a new connection for each request, and with one that is kept. */
export function plainFlows(pdus: Readonly<Record<string, RunningPdu>>): Flow {
	const nodes = Object.entries(pdus).flatMap(([name, pdu]) => [
		...plainFlow(flowsOf(name).plain, pdu, false),
		...plainFlow(flowsOf(name).kept, pdu, true),
	]);
	return { nodes: [TAB, ...nodes, SINK], credentials: {} };
}
