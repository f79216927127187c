/** The flows that read a register of a PDU. */
import type { FlowNode } from '../../nodes/harness/index.js';
import { POSITION, TAB } from '../flow-parts.js';
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

/** Where messages end: at a node that does nothing by itself. */
export const END = 'end';

/** Not its name: Node-RED would take that for a node that names itself. */
const deviceId = (pdu: string): string => `device ${pdu}`;

/** The first nodes of the flows of a PDU. */
export const entries = (pdu: string) => ({
	node: `read ${pdu}`,
	plain: `sign ${pdu}`,
	'plain kept alive': `sign kept alive ${pdu}`,
});

/** `function`, `http request`, `function`: what core nodes offer. */
function plainFlow(id: string, { port, session }: RunningPdu, persist: boolean): FlowNode[] {
	const sign = { id, type: 'function', outputs: 1, func: MAKE_TOKEN };
	const [ask, parse] = [`ask, ${id}`, `parse, ${id}`];
	const url = `http://127.0.0.1:${port}${PATH}`;
	return [
		{
			...{ ...POSITION, ...sign, libs: [{ var: 'crypto', module: 'crypto' }] },
			...{ initialize: `context.set('session', ${JSON.stringify(session)});`, wires: [[ask]] },
		},
		{
			...{ ...POSITION, id: ask, type: 'http request', method: 'GET', ret: 'txt', paytoqs: 'ignore', url },
			...{ persist, senderr: false, headers: [], wires: [[parse]] },
		},
		{ ...POSITION, id: parse, type: 'function', outputs: 1, func: PARSE_FORM, wires: [[END]] },
	];
}

function flowsOf(name: string, pdu: RunningPdu): FlowNode[] {
	const { node, plain, 'plain kept alive': kept } = entries(name);
	const device = { id: deviceId(name), type: 'hpdu-device', name, host: '127.0.0.1', port: String(pdu.port) };
	const read = { read: 'registers', registers: MNEMONIC, group: '', unit: '', format: 'values' };
	return [
		{ ...device, tls: '', timeout: '5000', minInterval: '0' },
		{ ...POSITION, id: node, type: 'hpdu-register-read', device: device.id, ...read, wires: [[END]] },
		...plainFlow(plain, pdu, false),
		...plainFlow(kept, pdu, true),
	];
}

/** All flows of these PDUs; whatever fails goes where the answers go. */
export function readFlows(pdus: Readonly<Record<string, RunningPdu>>): Flow {
	const all = Object.entries(pdus);
	return {
		nodes: [
			TAB,
			...all.flatMap(([name, pdu]) => flowsOf(name, pdu)),
			{ ...POSITION, id: 'failed', type: 'catch', scope: null, uncaught: false, wires: [[END]] },
			{ ...POSITION, id: END, type: 'comment', wires: [] },
		],
		credentials: Object.fromEntries(all.map(([name]) => [deviceId(name), LOGIN])),
	};
}
