import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { ask, pduDevice, registerRead, registerWrite } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

const NEW_PASSWORD = 'Ortolan-9316';

describe('a flow that changes the login by which it asks', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	let flows: FlowNode[];
	before(async () => {
		pdu = await HpduServer.start();
		const credentials = { username: 'admin', password: 'admin' };
		flows = [
			...[TAB, CATCH, pduDevice('pdu', pdu, { name: 'Rack 5', credentials })],
			...[registerRead('read', { registers: 'stdvnm' }), registerWrite('save', { write: 'save' })],
		];
		nr = await startFlow({ flows });
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});

	const readsWithoutRefusal = async (): Promise<void> => {
		const before = pdu.requests.length;
		assert.deepEqual((await ask(nr, 'read')).payload, { stdvnm: 'SP_Rack_1' });
		const refused = pdu.requests.slice(before).filter(({ status }) => status === 401);
		assert.deepEqual(refused, []);
	};

	it('goes on with the new one, and says that it has to be entered', async () => {
		await readsWithoutRefusal();
		const payload = { userid: 2, username: 'admin', chpasswd: 1, password: NEW_PASSWORD };
		await ask(nr, 'save', { saveGroup: 'user', payload });
		const { level, text } = await nr.logged(/Login changed by a flow: .*Rack 5/);
		assert.equal(level, 'warn');
		assert.ok(!text.includes(NEW_PASSWORD));
		await readsWithoutRefusal();
	});

	it('goes on with it also after a deploy, which brings the old one, and says so again', async () => {
		nr.forget();
		await nr.deploy(flows);
		await nr.logged(/Login changed by a flow: .*Rack 5/);
		await readsWithoutRefusal();
	});

	it('says nothing more once the new one is entered', async () => {
		const before = nr.log.length;
		const credentials = { username: 'admin', password: NEW_PASSWORD };
		await nr.deploy(flows.map((node) => (node.id === 'pdu' ? { ...node, credentials } : node)));
		await readsWithoutRefusal();
		await nr.sync();
		assert.deepEqual(
			nr.log.slice(before).filter(({ text }) => /Login changed/.test(text)),
			[],
		);
	});
});
