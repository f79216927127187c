/** The flows that UPSes post to. */
import type { FlowNode } from '../../nodes/harness/index.js';
import { FLOW_THROUGH, POSITION, SINK, TAB } from '../flow-parts.js';
import type { Flow } from '../servers.js';
import { deviceId, deviceKey } from './fleet.js';

/** The path of the plain flow; fixed, since `http in` hands out raw bodies only for paths without parameters. */
export const PLAIN_PATH = '/telemetry';

/** `ups-http-in` for a number of configured UPSes, wired to a sink. */
export function collectionFlow(endpoint: FlowNode, devices: number): Flow {
	const indices = Array.from({ length: devices }, (_, index) => index);
	return {
		nodes: [
			TAB,
			endpoint,
			...indices.map((index) => ({
				...{ id: `ups${index}`, type: 'ups-device', name: `UPS ${index}`, deviceId: deviceId(index) },
				...{ clockSkew: 300, commandMaxAge: 600, offlineAfter: 120 },
			})),
			{
				...{ ...POSITION, id: 'in', type: 'ups-http-in', endpoint: endpoint.id, device: '' },
				wires: [['sink'], ['sink']],
			},
			SINK,
		],
		credentials: Object.fromEntries(indices.map((index) => [`ups${index}`, { httpKey: deviceKey(index) }])),
	};
}

/** The node that queues commands in {@link commandedFlow}. */
export const COMMAND_OUT = 'out';

const SAY_THAT_IT_IS_QUEUED = `if (msg.payload.state === 'queued') process.emit('${FLOW_THROUGH}');`;

/** One UPS that is sent a beep by each message; the flow is through when it is told that the beep is queued. */
export function commandedFlow(endpoint: FlowNode): Flow {
	const { nodes, credentials } = collectionFlow(endpoint, 1);
	const numbers = { freqHz: '', durMs: '', delayS: '', offMs: '', maxAge: '' };
	const beep = { device: 'ups0', command: 'ui.beep', text: 'payload', textType: 'msg', ...numbers };
	const told = { id: 'told', type: 'function', outputs: 1, func: SAY_THAT_IT_IS_QUEUED, wires: [] };
	return {
		nodes: [
			...nodes,
			{ ...POSITION, id: COMMAND_OUT, type: 'ups-command-out', ...beep, wires: [['told']] },
			{ ...POSITION, ...told, libs: [{ var: 'process', module: 'process' }] },
		],
		credentials,
	};
}

/** What somebody would write in a function node to verify a POST and sign the answer. No times, no nonces, no JSON. */
const VERIFY_AND_SIGN = `
const { headers } = msg.req;
const key = context.get('keys')[headers['x-w3pups-device']];
const nonce = headers['x-w3pups-nonce'];
const expected = crypto.createHmac('sha256', key)
	.update(headers['x-w3pups-ts'] + nonce).update(msg.payload).digest();
const signature = Buffer.from(headers['x-w3pups-sig'], 'hex');
if (signature.length !== expected.length || !crypto.timingSafeEqual(expected, signature)) {
	msg.statusCode = 401;
	msg.payload = '';
	return msg;
}
msg.payload = '{"commands":[]}';
const sig = crypto.createHmac('sha256', key).update(nonce).update(msg.payload).digest('hex');
msg.headers = { 'X-W3PUPS-Sig': sig };
return msg;
`;

/** `http in` with the raw body, a function that verifies and signs, `http response`: what core nodes offer. */
export function plainFlow(devices: number): Flow {
	const keys = Object.fromEntries(
		Array.from({ length: devices }, (_, index) => [deviceId(index), deviceKey(index)]),
	);
	const receive = { id: 'in', type: 'http in', method: 'post', url: PLAIN_PATH, skipBodyParsing: true };
	const verify = { id: 'verify', type: 'function', outputs: 1, libs: [{ var: 'crypto', module: 'crypto' }] };
	return {
		nodes: [
			TAB,
			{ ...POSITION, ...receive, wires: [['verify']] },
			{
				...{ ...POSITION, ...verify, func: VERIFY_AND_SIGN },
				...{ initialize: `context.set("keys", ${JSON.stringify(keys)});`, wires: [['respond']] },
			},
			{ ...POSITION, id: 'respond', type: 'http response', wires: [] },
		],
		credentials: {},
	};
}
