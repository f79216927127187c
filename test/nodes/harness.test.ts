import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { FlowNode, RunningNodeRed } from './harness/index.js';
import { ALL_NODES, startNodeRed } from './harness/index.js';

const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'Test' };

const ECHO: FlowNode[] = [
	TAB,
	{ id: 'in', type: 'http in', z: 'tab', url: '/echo', method: 'post', wires: [['work']] },
	{
		id: 'work',
		type: 'function',
		z: 'tab',
		func: 'node.status({ fill: "green", shape: "dot", text: msg.payload.word }); msg.payload = { said: msg.payload.word }; return msg;',
		outputs: 1,
		wires: [['out']],
	},
	{ id: 'out', type: 'http response', z: 'tab', wires: [] },
];

const FUNCTION = (id: string, func: string): FlowNode => ({
	id,
	type: 'function',
	z: 'tab',
	func,
	outputs: 2,
	wires: [[], []],
});

async function post(nr: RunningNodeRed, path: string, body: unknown): Promise<Response> {
	const headers = { 'content-type': 'application/json' };
	return fetch(`${nr.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

for (const version of [5, 4] as const) {
	describe(`the harness on Node-RED ${version}`, () => {
		let nr: RunningNodeRed;
		before(async () => {
			nr = await startNodeRed({ version, link: false, settings: ALL_NODES });
		});
		after(() => nr.stop());

		it('runs that version', async () => {
			const release = await nr.run((RED) => RED.version());
			assert.equal(release.split('.')[0], String(version));
		});

		it('answers over a real socket and shows what went from node to node', async () => {
			await nr.deploy(ECHO);
			const answer = await post(nr, '/echo', { word: 'hello' });
			assert.deepEqual([answer.status, await answer.json()], [200, { said: 'hello' }]);
			const msg = await nr.message({ from: 'work', port: 0 });
			assert.deepEqual(msg.payload, { said: 'hello' });
			assert.equal(msg.req, '[object IncomingMessage]');
			assert.deepEqual(await nr.status('work'), { fill: 'green', shape: 'dot', text: 'hello' });
		});

		it('sees messages that go nowhere, with Buffers, in the order of sending, by output', async () => {
			await nr.deploy([
				TAB,
				FUNCTION('bare', 'return [[{ payload: 1 }, { payload: 2 }], { payload: Buffer.from([1, 0, 255]) }];'),
			]);
			await nr.inject('bare');
			assert.deepEqual((await nr.message({ from: 'bare', port: 0 })).payload, 1);
			assert.deepEqual((await nr.message({ from: 'bare', port: 0 })).payload, 2);
			assert.deepEqual((await nr.message({ from: 'bare', port: 1 })).payload, Buffer.from([1, 0, 255]));
			await nr.sync();
			assert.deepEqual(nr.untakenMessages({ from: 'bare' }), []);
		});

		it('tells errors with their code, and whether a Catch node sees them', async () => {
			const func =
				'const error = new Error("no way"); error.code = "no-way"; node.error(error, msg); node.error("loud");';
			await nr.deploy([TAB, FUNCTION('angry', func)]);
			await nr.inject('angry', { payload: 1 });
			const caught = await nr.error('no-way');
			assert.deepEqual([caught.from, caught.message, caught.catchable], ['angry', 'no way', true]);
			const loud = await nr.error(({ message }) => message === 'loud');
			assert.equal(loud.catchable, false);
			assert.equal((await nr.logged('loud')).level, 'error');
		});

		it('fails a deploy whose flows cannot run', async () => {
			await assert.rejects(
				nr.deploy([TAB, { id: 'x', type: 'no-such-node', z: 'tab', wires: [] }]),
				/no-such-node/,
			);
		});

		it('keeps flows, credentials and port over a SIGKILL, and takes its files along in the end', async () => {
			const server: FlowNode = {
				id: 'auth',
				type: 'http request',
				z: 'tab',
				authType: 'basic',
				wires: [[]],
				credentials: { user: 'me', password: 'secret' },
			};
			await nr.deploy([...ECHO, server]);
			const { port } = nr;
			await nr.kill('SIGKILL');
			await assert.rejects(post(nr, '/echo', {}));
			await nr.start();
			assert.equal(nr.port, port);
			assert.equal((await post(nr, '/echo', { word: 'again' })).status, 200);
			const credentials = await nr.run((RED) => RED.nodes.getNode('auth')?.credentials);
			assert.deepEqual(credentials, { user: 'me', password: 'secret' });
			await nr.stop();
			assert.equal(existsSync(nr.userDir), false);
		});
	});
}
