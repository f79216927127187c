import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { ask, fail, framebuffer, pduDevice, registerRead, registerWrite } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

/** Takes the PDU of each message. */
const BY_MESSAGE = { target: 'message', device: '' };

describe('msg.device names the PDU', () => {
	let nr: HelperFlow;
	let left: HpduServer;
	let right: HpduServer;
	let flows: FlowNode[];
	before(async () => {
		left = await HpduServer.start({ name: 'SP_Left' });
		right = await HpduServer.start({ name: 'SP_Right' });
		flows = [
			...[TAB, CATCH],
			pduDevice('left', left, { name: 'Rack left' }),
			pduDevice('right', right, { name: 'Rack right' }),
			...['twin-1', 'twin-2'].map((id) => pduDevice(id, right, { name: 'Twins' })),
			registerRead('read', BY_MESSAGE),
			registerWrite('write', BY_MESSAGE),
			framebuffer('display', { ...BY_MESSAGE, action: 'status' }),
			registerRead('fixed', { target: 'device', device: 'left', registers: 'stdvnm' }),
			registerRead('deleted', { target: 'device', device: '' }),
		];
		nr = await startFlow({ flows });
	});
	after(async () => {
		await nr.stop();
		await Promise.all([left.close(), right.close()]);
	});
	afterEach(() => nr.forget());

	it('by its name or its id', async () => {
		const names: readonly [given: unknown, device: string, name: string][] = [
			['Rack left', 'Rack left', 'SP_Left'],
			[' Rack right ', 'Rack right', 'SP_Right'],
			['right', 'Rack right', 'SP_Right'],
			['twin-2', 'Twins', 'SP_Right'],
		];
		for (const [given, device, name] of names) {
			const { payload, hpdu } = await ask(nr, 'read', { device: given, registers: 'stdvnm' });
			assert.deepEqual([payload, hpdu.device], [{ stdvnm: name }, device]);
		}
	});

	it('to be written to, and to be looked at', async () => {
		const { payload, hpdu } = await ask(nr, 'write', { device: 'right', payload: { stdvlc: 'Cellar' } });
		assert.deepEqual([payload, hpdu.device], [{ stdvlc: 'Cellar' }, 'Rack right']);
		assert.equal(right.device.self.text('stdvlc'), 'Cellar');
		assert.notEqual(left.device.self.text('stdvlc'), 'Cellar');
		assert.equal((await ask(nr, 'display', { device: 'Rack left' })).hpdu.device, 'Rack left');
	});

	it('and counts for nothing where the node has a PDU of its own', async () => {
		assert.deepEqual((await ask(nr, 'fixed', { device: 'Rack right' })).payload, { stdvnm: 'SP_Left' });
	});

	const UNKNOWN: readonly [why: string, device: unknown, code: string, says: RegExp][] = [
		['is missing', undefined, 'hpdu-bad-argument', /"msg\.device".*Rack left, Rack right/],
		['is no name of a PDU', 'Rack 7', 'hpdu-bad-argument', /"msg\.device Rack 7"/],
		['is an address', '127.0.0.1', 'hpdu-bad-argument', /"msg\.device 127\.0\.0\.1"/],
		['is a login', { host: '127.0.0.1', username: 'super' }, 'hpdu-bad-argument', /"msg\.device/],
		['is the name of two', 'Twins', 'device-ambiguous', /^Two devices share a name: "Twins".*twin-1, twin-2/],
	];
	for (const [why, device, code, says] of UNKNOWN) {
		it(`is an error where it ${why}, and nothing is sent`, async () => {
			const sent = left.requests.length + right.requests.length;
			for (const node of ['read', 'write', 'display']) {
				const { code: found, message } = await fail(nr, node, { device, registers: 'stdvnm', payload: {} });
				assert.equal(found, code);
				assert.match(message, says);
			}
			assert.equal(left.requests.length + right.requests.length, sent);
		});
	}

	it('but does not stand in for a PDU that was deleted', async () => {
		const sent = left.requests.length;
		await nr.deploy(flows);
		const { code, message } = await nr.error(({ from }) => from === 'deleted');
		assert.deepEqual([code, /"?device"?/.test(message)], ['config-invalid', true]);
		assert.equal(nr.badge('deleted')?.fill, 'red');
		await nr.inject('deleted', { device: 'Rack left', registers: 'stdvnm' });
		await nr.sync();
		assert.equal(left.requests.length, sent);
	});

	it('and events are those of all PDUs that were asked', async () => {
		await nr.deploy(flows);
		for (const device of ['left', 'right']) await ask(nr, 'read', { device, registers: 'stdvnm' });
		const devices: unknown[] = [];
		for (let count = 0; count < 2; count++) devices.push((await nr.message({ from: 'read', port: 1 })).topic);
		assert.deepEqual(devices, ['Rack left', 'Rack right']);
		right.reboot();
		await ask(nr, 'read', { device: 'right', registers: 'stdvnm' });
		const { topic, payload } = await nr.message({ from: 'read', port: 1 });
		assert.deepEqual([topic, (payload as { event: string }).event], ['Rack right', 'restarted']);
	});

	it('and events go on when a PDU that was asked is deployed anew, whoever asks it then', async () => {
		const withOther = (minInterval: string, ids = ['left', 'right']): FlowNode[] => [
			...[TAB, CATCH, registerRead('read', BY_MESSAGE)],
			...ids.map((id) => pduDevice(id, id === 'left' ? left : right, { name: `Rack ${id}`, minInterval })),
			registerRead('other', { target: 'message', device: '' }),
		];
		const tellsOnline = async (): Promise<void> => {
			const { topic, payload } = await nr.message({ from: 'read', port: 1 });
			assert.deepEqual([topic, (payload as { event: string }).event], ['Rack right', 'online']);
		};
		const askAnother = () => ask(nr, 'other', { device: 'right', registers: 'stdvnm' });
		await nr.deploy(withOther('0'));
		await ask(nr, 'read', { device: 'right', registers: 'stdvnm' });
		await tellsOnline();
		await nr.deploy(withOther('1'), 'nodes');
		await askAnother();
		await tellsOnline();
		await nr.deploy(withOther('1', ['left']), 'nodes');
		await nr.deploy(withOther('1'), 'nodes');
		await askAnother();
		await tellsOnline();
		// Not of one that only another node was asked about.
		await ask(nr, 'other', { device: 'left', registers: 'stdvnm' });
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'read', port: 1 }), []);
	});
});
