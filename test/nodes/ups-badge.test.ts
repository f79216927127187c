import assert from 'node:assert/strict';
import type { Message } from '../../nodes/adapter/red.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { CATCH, endpoint, nowSeconds, TAB } from './kit.js';
import { commandOut, httpIn, makePost, nonce, send, upsDevice } from './ups-kit.js';

describe('the badges of the UPS nodes', () => {
	let nr: RunningNodeRed;
	let last = 0;
	let deviceId: string;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());
	beforeEach(async () => {
		deviceId = `B${++last}`;
		const out = commandOut('out', { device: `ups-${deviceId}` });
		const any = commandOut('any', { command: 'ui.beep' });
		const there = [endpoint('second', { path: '/second' }), httpIn('there', { endpoint: 'second' })];
		await nr.deploy([TAB, CATCH, upsDevice(deviceId), httpIn('in'), ...there, out, any]);
		nr.forget();
	});

	const shows = (node: string, wanted: string) => nr.status(node, ({ text }) => text === wanted);

	const REFUSED: readonly (readonly [badge: string, overrides: () => object])[] = [
		['wrong key', () => ({ key: 'ABCDEFGHJKMNPQR0' })],
		['clock 10 min off', () => ({ ts: String(nowSeconds() + 630) })],
		['no network time', () => ({ ts: '41' })],
		['bad headers', () => ({ nonce: 'no nonce' })],
		['unreadable report', () => ({ body: Buffer.from('[]') })],
	];
	for (const [badge, overrides] of REFUSED) {
		it(`say "${badge}" of a report that is refused for it, until one is accepted`, async () => {
			await send(makePost(nr.url, deviceId, overrides()));
			await shows('in', badge);
			await send(makePost(nr.url, deviceId));
			await shows('in', 'on mains');
		});
	}

	it('say how full the battery is while the UPS runs on it, in red once it is low', async () => {
		const power = { version: 2, flags: 22, vbus_in_mv: 0, vbat_mv: 7600 };
		const post = (more: object) => {
			const body = { ts: nowSeconds(), fw_ver: 'esp32:0.8.17', uptime_s: 100, power: { ...power, ...more } };
			return send(makePost(nr.url, deviceId, { body: Buffer.from(JSON.stringify(body)) }));
		};
		await post({});
		assert.equal((await shows('in', 'on battery 75 %')).fill, 'yellow');
		await post({ vbat_mv: 6800 });
		assert.equal((await shows('in', 'battery low 10 %')).fill, 'red');
	});

	it('say "unknown id" of a UPS that nobody configured', async () => {
		await send(makePost(nr.url, 'somebody'));
		await shows('in', 'unknown id');
	});

	it('say of a UPS that it reports at another endpoint, until it reports here', async () => {
		await send(makePost(`${nr.url}/second`, deviceId));
		await shows('there', 'on mains');
		await shows('in', 'at another endpoint');
		await send(makePost(nr.url, deviceId));
		await shows('in', 'on mains');
		await shows('there', 'at another endpoint');
	});

	it('stay as they are when a report is repeated that was accepted', async () => {
		const post = makePost(nr.url, deviceId, { nonce: nonce() });
		await send(post);
		await shows('in', 'on mains');
		await send(post);
		assert.equal(nr.badge('in')?.text, 'on mains');
	});

	const WRONG: readonly (readonly [badge: string, node: string, msg: Message])[] = [
		['unknown command', 'out', { command: 'ui.sing' }],
		['wrong input', 'out', { command: 'ui.beep', payload: { freq_hz: 1.5 } }],
		['cannot be cancelled', 'out', { cancel: 'no-such-id' }],
		['unknown UPS', 'any', { device: 'nobody', payload: {} }],
	];
	for (const [badge, node, msg] of WRONG) {
		it(`say "${badge}" of a message that a command node cannot obey, until it obeys one`, async () => {
			await nr.inject(node, msg);
			assert.equal((await shows(node, badge)).fill, 'red');
			await nr.inject(node, { command: 'ui.beep', device: deviceId, payload: {} });
			await shows(node, 'queued');
		});
	}
});
