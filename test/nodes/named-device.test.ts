import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { fail, pduDevice, registerRead } from './hpdu-kit.js';
import { TAB } from './kit.js';
import { commandOut, httpIn, nextState, upsDevice } from './ups-kit.js';

describe('a device that messages name', () => {
	let nr: HelperFlow;
	let left: HpduServer;
	let right: HpduServer;
	before(async () => {
		[left, right] = [await HpduServer.start(), await HpduServer.start()];
		const twins = { name: 'Twin' };
		nr = await startFlow({
			flows: [
				TAB,
				pduDevice('pdu-left', left, { name: 'Left' }),
				pduDevice('pdu-right', right, { name: 'Right' }),
				...[pduDevice('twin-1', left, twins), pduDevice('twin-2', right, twins)],
				registerRead('read', { target: 'message', device: '', registers: 'ssstat', wires: [[], []] }),
				...[upsDevice('rack-5', { name: 'Rack' }), upsDevice('rack-6', twins), upsDevice('rack-7', twins)],
				httpIn('in', { scope: 'every' }),
				commandOut('out', { target: 'message', command: 'ui.beep' }),
			],
		});
	});
	after(async () => {
		await nr.stop();
		await Promise.all([left.close(), right.close()]);
	});
	afterEach(() => nr.forget());

	for (const device of ['127.0.0.1', 'left', undefined, { host: '127.0.0.1' }]) {
		it(`is no PDU by anything else: ${JSON.stringify(device)}`, async () => {
			const asked = left.requests.length + right.requests.length;
			const { code, message } = await fail(nr, 'read', { device });
			assert.equal(code, 'hpdu-bad-argument');
			assert.match(message, /^Nothing sent.*name or id of a hpdu-device \(Left, Right, Twin, Twin\)/);
			assert.equal(left.requests.length + right.requests.length, asked);
		});
	}

	it('is a UPS by its id or by its name', async () => {
		for (const device of ['Rack', 'rack-5']) {
			await nr.inject('out', { device });
			const { state, deviceId } = await nextState(nr);
			assert.deepEqual([state, deviceId], ['queued', 'rack-5']);
		}
	});

	it('is no UPS by a name that two have, or that none has', async () => {
		const codes: unknown[] = [];
		for (const device of ['Twin', 'Cellar']) codes.push((await fail(nr, 'out', { device })).code);
		assert.deepEqual(codes, ['device-ambiguous', 'ups-unknown-device']);
		const { code, message } = await fail(nr, 'read', { device: 'Twin' });
		assert.equal(code, 'device-ambiguous');
		assert.match(message, /twin-1, twin-2/);
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'out' }), []);
	});
});
