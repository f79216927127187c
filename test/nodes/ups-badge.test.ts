import assert from 'node:assert/strict';
import type { Message } from '../../nodes/adapter/node-red.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { CATCH, endpoint, nowSeconds, TAB } from './kit.js';
import { commandOut, httpIn, makePost, nonce, send, upsDevice } from './ups-kit.js';

/** What is wrong with a report, by the badge that tells it. */
const REFUSED: Readonly<Record<string, () => object>> = {
	'wrong key': () => ({ key: 'ABCDEFGHJKMNPQR0' }),
	'clock 10 min off': () => ({ ts: String(nowSeconds() + 630) }),
	'no network time': () => ({ ts: '41' }),
	'bad headers': () => ({ nonce: 'no nonce' }),
	'unreadable report': () => ({ body: Buffer.from('[]') }),
};

/** A message that a command node cannot obey, by the badge that tells it. */
const WRONG: Readonly<Record<string, Message>> = {
	'unknown command': { command: 'ui.sing' },
	'wrong input': { command: 'ui.beep', payload: { freq_hz: 1.5 } },
	'cannot be cancelled': { cancel: 'no-such-id' },
	'unknown UPS': { device: 'nobody', command: 'ui.beep', payload: {} },
};

/** Each case has nodes of its own: a badge that changes often is shown once a second. */
const deviceOf = (badge: string): string => `of-${badge.replaceAll(' ', '-')}`;
const UPSES = ['battery', 'moving', 'repeated'];

describe('the badges of the UPS nodes', () => {
	let nr: RunningNodeRed;
	before(async () => {
		const upses = [...UPSES, ...Object.keys(REFUSED).map(deviceOf), 'beeping'];
		nr = await startNodeRed({
			flows: [
				...[TAB, CATCH, httpIn('any'), endpoint('second', { path: '/second' })],
				httpIn('there', { endpoint: 'second' }),
				...upses.flatMap((id) => [upsDevice(id), httpIn(`in-${id}`, { device: `ups-${id}`, scope: 'one' })]),
				...Object.keys(WRONG).map((badge) => commandOut(deviceOf(badge), { target: 'message' })),
			],
		});
		nr.forget();
	});
	after(() => nr.stop());

	const shows = (node: string, wanted: string) => nr.status(node, ({ text }) => text === wanted);

	it('say "unknown id" of a UPS that nobody configured', async () => {
		await send(makePost(nr.url, 'somebody'));
		await shows('any', 'unknown id');
	});

	it('say why a report is refused, until one is accepted', () =>
		Promise.all(
			Object.entries(REFUSED).map(async ([badge, overrides]) => {
				const deviceId = deviceOf(badge);
				await send(makePost(nr.url, deviceId, overrides()));
				await shows(`in-${deviceId}`, badge);
				await send(makePost(nr.url, deviceId));
				await shows(`in-${deviceId}`, 'on mains');
			}),
		));

	it('say how full the battery is while the UPS runs on it, in red once it is low', async () => {
		const power = { version: 2, flags: 22, vbus_in_mv: 0, vbat_mv: 7600 };
		const post = (more: object) => {
			const body = { ts: nowSeconds(), fw_ver: 'esp32:0.8.17', uptime_s: 100, power: { ...power, ...more } };
			return send(makePost(nr.url, 'battery', { body: Buffer.from(JSON.stringify(body)) }));
		};
		await post({});
		assert.equal((await shows('in-battery', 'on battery 75 %')).fill, 'yellow');
		await post({ vbat_mv: 6800 });
		assert.equal((await shows('in-battery', 'battery low 10 %')).fill, 'red');
	});

	it('say of a UPS that it reports at another endpoint, until it reports here', async () => {
		await send(makePost(`${nr.url}/second`, 'moving'));
		await shows('there', 'on mains');
		await shows('in-moving', 'at another endpoint');
		await send(makePost(nr.url, 'moving'));
		await shows('in-moving', 'on mains');
	});

	it('stay as they are when a report is repeated that was accepted', async () => {
		const post = makePost(nr.url, 'repeated', { nonce: nonce() });
		await send(post);
		await shows('in-repeated', 'on mains');
		await send(post);
		assert.equal(nr.badge('in-repeated')?.text, 'on mains');
	});

	it('say why a command node cannot obey a message, until it obeys one', () =>
		Promise.all(
			Object.entries(WRONG).map(async ([badge, msg]) => {
				const node = deviceOf(badge);
				await nr.inject(node, { device: 'beeping', ...msg });
				assert.equal((await shows(node, badge)).fill, 'red');
				await nr.inject(node, { command: 'ui.beep', device: 'beeping', payload: {} });
				await shows(node, 'queued');
			}),
		));
});
