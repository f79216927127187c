import assert from 'node:assert/strict';
import { FAULTS, HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, fail, framebuffer, pduDevice, registerRead, registerWrite, spoil } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

const READ = { registers: 'ssstat' };

describe('the second output of the nodes of a PDU', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	beforeEach(async () => {
		pdu = await HpduServer.start();
		nr = await startFlow({
			flows: [
				...[TAB, CATCH, pduDevice('pdu', pdu, { name: 'Rack 5' })],
				...[registerRead('read'), registerWrite('write'), framebuffer('display')],
				registerRead('once', { errors: 'once' }),
			],
		});
	});
	afterEach(async () => {
		await nr.stop();
		await pdu.close();
	});

	const event = async (from: string) => nr.message({ from, port: 1 });

	it('says of each that the PDU is online, whichever of them asked', async () => {
		await ask(nr, 'read', READ);
		for (const node of ['read', 'write', 'display', 'once']) {
			const { topic, payload } = await event(node);
			const { event: name, device, time } = payload as Record<string, unknown>;
			assert.deepEqual([topic, name, device, typeof time], ['Rack 5', 'online', 'Rack 5', 'number']);
		}
	});

	it('says that it was restarted', async () => {
		await ask(nr, 'read', READ);
		await event('read');
		pdu.reboot();
		await ask(nr, 'read', READ);
		assert.equal(((await event('read')).payload as { event: string }).event, 'restarted');
	});

	it('says that it is offline after three failures, and errors come once or with each message', async () => {
		await ask(nr, 'read', READ);
		await ask(nr, 'once', READ);
		await Promise.all([event('read'), event('once')]);
		const mend = pdu.faults.add(FAULTS.closeUnheard());
		for (let time = 0; time < 2; time++) {
			assert.equal((await fail(nr, 'read', READ)).code, 'hpdu-unreachable');
		}
		assert.equal((await fail(nr, 'once', READ)).code, 'hpdu-unreachable');
		for (const node of ['read', 'once']) {
			const { event: name, reason } = (await event(node)).payload as Record<string, unknown>;
			assert.deepEqual([name, reason], ['offline', 'unreachable']);
		}
		nr.forget();
		await nr.inject('once', READ);
		await fail(nr, 'read', READ);
		assert.ok(!nr.untakenErrors().some(({ from }) => from === 'once'));
		mend();
		await ask(nr, 'once', READ);
		assert.equal(((await event('once')).payload as { event: string }).event, 'online');
	});

	it('says that it is offline while its plug is pulled, and online and restarted once it is back', async () => {
		await ask(nr, 'read', READ);
		await event('read');
		const { port } = pdu;
		await pdu.close();
		for (let time = 0; time < 3; time++) await fail(nr, 'read', READ);
		const { event: gone, reason } = (await event('read')).payload as Record<string, unknown>;
		assert.deepEqual([gone, reason], ['offline', 'unreachable']);
		pdu = new HpduServer({ uptime: 1 });
		await pdu.listen(port);
		await ask(nr, 'read', READ);
		const told = [await event('read'), await event('read')].map(
			({ payload }) => (payload as { event: string }).event,
		);
		assert.deepEqual(told, ['online', 'restarted']);
	});

	it('leaves the badge of a node alone that takes the place of one that still waited for its PDU', async () => {
		const flows = (name: string) => [
			...[TAB, CATCH, pduDevice('pdu', pdu, { name })],
			registerRead('read', { registers: 'stdvnm' }),
		];
		await nr.deploy(flows('Rack 1'));
		spoil(pdu, FAULTS.silent());
		await nr.inject('read', {});
		await nr.deploy(flows('Rack 2'));
		assert.equal((await nr.error(({ from }) => from === 'read')).code, 'hpdu-unreachable');
		await nr.sync();
		assert.deepEqual(nr.badge('read') ?? {}, {});
	});
});
