/** What goes wrong while nodes are made, before the Catch and Status nodes of the flows are there. */
import assert from 'node:assert/strict';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { pduDevice, registerRead } from './hpdu-kit.js';
import { CATCH, endpoint, type Fields, ON_TAB, occupyPort, TAB } from './kit.js';
import { httpIn, upsDevice } from './ups-kit.js';
import { wicanIn } from './wican-kit.js';

const STATUS: FlowNode = { id: 'badges', type: 'status', ...ON_TAB, scope: null, wires: [[]] };

const OTHER_KEY = 'QRSTUVWXYZ012345';

/** By the node that cannot work: what the Catch node is given, the badge, and the config node that the error is of. */
const TOLD: Readonly<
	Record<string, readonly [code: string, begins: string, badge: string, source?: string]>
> = {
	'at-a-used-port': ['endpoint-port-in-use', 'Port ', 'port in use', 'used'],
	'without-its-tls': ['config-invalid', 'Choose again: tls. ', 'config missing'],
	'at-a-reserved-path': ['config-invalid', 'Wrong value: path ', 'config invalid'],
	second: ['endpoint-path-taken', 'Path is taken: ', 'path taken'],
	'without-a-token': ['wican-no-credential', 'No credential entered: ', 'no credential'],
	'of-a-bad-key': ['ups-bad-key', 'HTTP key is malformed: ', 'config invalid'],
	'of-nothing': ['config-missing', 'Not chosen: device. ', 'config missing'],
	'of-a-pdu-without-a-host': ['hpdu-bad-argument', 'Nothing sent to PDU: ', 'config invalid'],
};

describe('an error of a node that is being made', () => {
	let nr: RunningNodeRed;
	let free: () => Promise<void>;
	before(async () => {
		const taken = await occupyPort();
		free = taken.free;
		const own = (id: string, more: Fields): FlowNode =>
			endpoint(id, { server: 'own', host: '127.0.0.1', port: String(taken.port), ...more });
		nr = await startNodeRed({
			flows: [
				...[TAB, CATCH, STATUS, own('used', {}), own('open', { useTls: true })],
				...[upsDevice('one'), upsDevice('bad', {}, 'short'), upsDevice('other', {}, OTHER_KEY)],
				httpIn('at-a-used-port', { endpoint: 'used' }),
				httpIn('without-its-tls', { endpoint: 'open' }),
				wicanIn('at-a-reserved-path', { path: '/flows' }),
				...[wicanIn('first', { path: '/car' }), wicanIn('second', { path: '/car' })],
				wicanIn('without-a-token', { credentials: {} }),
				httpIn('of-a-bad-key', { device: 'ups-bad' }),
				registerRead('of-nothing', { device: '' }),
				...[
					pduDevice('lost', { port: 80 }, { host: '' }),
					registerRead('of-a-pdu-without-a-host', { device: 'lost' }),
				],
			],
		});
	});
	after(async () => {
		await nr?.stop();
		await free?.();
	});

	for (const [when, act] of [
		['a deploy', async () => undefined] as const,
		['a start of Node-RED', () => nr.restart()] as const,
	]) {
		describe(`after ${when}`, () => {
			before(act);

			for (const [id, [code, begins, badge, source = id]] of Object.entries(TOLD))
				it(`reaches Catch and Status nodes: ${id}`, async () => {
					const isOf = (node: unknown, wanted: string): boolean => (node as { id: string }).id === wanted;
					const { error } = await nr.message({
						from: CATCH.id,
						where: (msg) => isOf((msg.error as { source: unknown }).source, source),
					});
					const told = error as { code: string; message: string };
					assert.equal(told.code, code);
					assert.ok(told.message.startsWith(begins), told.message);
					await nr.message({
						from: STATUS.id,
						where: ({ status }) => {
							const { source: node, text } = status as { source: unknown; text: string };
							return isOf(node, id) && text === badge;
						},
					});
				});
		});
	}
});
