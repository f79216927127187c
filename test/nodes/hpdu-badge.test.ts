import assert from 'node:assert/strict';
import { FAULTS, HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { pduDevice, registerRead, spoil } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

describe('the badge of a node that takes the place of one that still waited for its PDU', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	const flows = (name: string) => [
		...[TAB, CATCH, pduDevice('pdu', pdu, { name })],
		registerRead('read', { registers: 'stdvnm' }),
	];
	before(async () => {
		pdu = await HpduServer.start();
		nr = await startFlow({ flows: flows('Rack 1') });
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});

	it('says nothing of what became of the other', async () => {
		spoil(pdu, FAULTS.silent());
		await nr.inject('read', {});
		await nr.deploy(flows('Rack 2'));
		assert.equal((await nr.error(({ from }) => from === 'read')).code, 'hpdu-unreachable');
		await nr.sync();
		assert.deepEqual(nr.badge('read') ?? {}, {});
	});
});
