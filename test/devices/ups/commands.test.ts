import assert from 'node:assert/strict';
import {
	answered,
	answeredSigned,
	type DevicePost,
	type Outcome,
	simulate,
	UpsDevice,
	type UpsOptions,
} from './index.js';
import { answerSignature } from './wire.js';

const KEY = 'ABCDEFGHJKMNPQRS';
const NOTHING: Outcome = answered(200, '{}');

function makeDevice(options: Partial<UpsOptions> = {}): UpsDevice {
	return new UpsDevice({ deviceId: 'DEV1', key: KEY, startAt: 1_795_200_769_000, ...options });
}

/** The next POST, with what is said to it. */
function post(device: UpsDevice, answer: (post: DevicePost) => Outcome): DevicePost {
	device.advanceToPost();
	const made = device.buildPost('http://ups.example');
	device.takeAnswer(made, answer(made));
	return made;
}

function order(device: UpsDevice, ...commands: unknown[]): DevicePost {
	return post(device, (made) => answeredSigned(made, KEY, { commands }));
}

/** What the next POST tells, as it is in the body. */
function told(device: UpsDevice, answer = NOTHING): unknown {
	const { acks, rejected, resp_dropped } = JSON.parse(post(device, () => answer).body.toString());
	return { acks, ...(rejected ? { rejected } : {}), ...(resp_dropped ? { resp_dropped } : {}) };
}

const beep = (id: unknown) => ({ id, cmd: 'ui.beep', args: {} });

describe('stand-in UPS and its commands', () => {
	const ARGUMENTS: [string, unknown, object][] = [
		['ui.beep', {}, { freq_hz: 0, dur_ms: 0 }],
		['ui.beep', { freq_hz: 880.9, dur_ms: 70_000 }, { freq_hz: 880, dur_ms: 65_535 }],
		['ui.beep', { freq_hz: '2000', dur_ms: -1 }, { freq_hz: 0, dur_ms: 0 }],
		['ui.beep', null, { freq_hz: 0, dur_ms: 0 }],
		['ui.beep', [1], { freq_hz: 0, dur_ms: 0 }],
		['ui.beep', undefined, { freq_hz: 0, dur_ms: 0 }],
		['ui.display_msg', { text: 'a'.repeat(65), line: 256 }, { text: 'a'.repeat(64), line: 255 }],
		['ui.display_msg', { text: 5 }, { text: '', line: 0 }],
		['ui.display_msg', { text: 'é' }, { text: '\u00c3\u00a9', line: 0 }],
		['host.shutdown', {}, { delay_s: 5 }],
		['host.shutdown', { delay_s: 199.9 }, { delay_s: 199 }],
		['host.reset', { delay_s: 1e9 }, { delay_s: 65_535 }],
		['power.cycle', {}, { off_ms: 1500 }],
		['power.cycle', { off_ms: 60_001 }, { off_ms: 60_000 }],
		['power.cycle', { off_ms: 0 }, { off_ms: 0 }],
	];
	for (const [cmd, args, expected] of ARGUMENTS) {
		it(`takes ${cmd} ${JSON.stringify(args)} for ${JSON.stringify(expected).slice(0, 60)}`, () => {
			const device = makeDevice();
			order(device, { id: 'c-1', cmd, args });
			assert.deepEqual(device.executed, [{ id: 'c-1', cmd, args: expected, at: 1_795_200_781_000, boot: 1 }]);
			assert.deepEqual(told(device), { acks: ['c-1'] });
		});
	}

	const REJECTED: [string, unknown, object][] = [
		['an unknown command', { id: 'c-1', cmd: 'power.off' }, { id: 'c-1', reason: 'unsupported_cmd' }],
		['a name of every object', { id: 'c-1', cmd: 'toString' }, { id: 'c-1', reason: 'unsupported_cmd' }],
		['a command that is no text', { id: 'c-1', cmd: 5 }, { id: 'c-1', reason: 'bad_args' }],
		['no command', { id: 'c-1' }, { id: 'c-1', reason: 'bad_args' }],
		['no id', { cmd: 'ui.beep' }, { id: '', reason: 'bad_id' }],
		['an id that is no text', beep(5), { id: '', reason: 'bad_id' }],
		['an empty id', beep(''), { id: '', reason: 'bad_id' }],
		['an entry that is no object', 'ui.beep', { id: '', reason: 'bad_id' }],
		['an id of 48 bytes', beep('x'.repeat(48)), { id: 'x'.repeat(47), reason: 'bad_id' }],
	];
	for (const [name, entry, expected] of REJECTED) {
		it(`rejects ${name}`, () => {
			const device = makeDevice();
			order(device, entry);
			assert.deepEqual(device.executed, []);
			assert.deepEqual(told(device), { acks: [], rejected: [expected] });
			assert.deepEqual(told(device), { acks: [] });
		});
	}

	it('executes an id of 47 bytes', () => {
		const device = makeDevice();
		order(device, beep('x'.repeat(47)));
		assert.deepEqual(told(device), { acks: ['x'.repeat(47)] });
	});

	it('cuts a long id in the middle of a character and then sends invalid UTF-8', () => {
		const device = makeDevice();
		order(device, beep(`${'x'.repeat(46)}é`));
		const { body } = post(device, () => NOTHING);
		const tail = Buffer.concat([
			Buffer.from(`,"acks":[],"rejected":[{"id":"${'x'.repeat(46)}`),
			Buffer.from([0xc3]),
			Buffer.from('","reason":"bad_id"}]}'),
		]);
		assert.deepEqual(body.subarray(-tail.length), tail);
	});

	it('reads escapes in ids as the bytes they stand for', () => {
		const device = makeDevice();
		const body = Buffer.from('{"commands":[{"id":"a\\u00e9\\"\\\\\\ud83d\\ude00","cmd":"ui.beep"}]}');
		post(device, ({ nonce }) => answered(200, body, [['x-w3pups-sig', answerSignature(KEY, nonce, body)]]));
		const next = post(device, () => NOTHING);
		assert.ok(next.body.toString().endsWith(',"acks":["aé\\"\\\\😀"]}'), next.body.toString());
	});

	it('obeys the first eight entries only, good or bad', () => {
		const device = makeDevice();
		const bad = Array.from({ length: 7 }, (_, n) => ({ id: `bad-${n}`, cmd: 'nope' }));
		order(device, ...bad, beep('c-8'), beep('c-9'));
		assert.deepEqual(told(device), {
			acks: ['c-8'],
			rejected: ['bad-3', 'bad-4', 'bad-5', 'bad-6'].map((id) => ({ id, reason: 'unsupported_cmd' })),
		});
		assert.equal(device.dispatches('c-9'), 0);
	});

	it('rejects an id once, with the newest reason', () => {
		const device = makeDevice();
		order(device, { id: 'c-1', cmd: 'nope' }, { id: 'c-1', cmd: 5 });
		assert.deepEqual(told(device), { acks: [], rejected: [{ id: 'c-1', reason: 'bad_args' }] });
	});

	it('acks an id again without executing it again, until 16 newer ones have come', () => {
		const device = makeDevice();
		order(device, beep('first'));
		assert.deepEqual(order(device, beep('first')).feedback.acks, ['first']);
		assert.deepEqual(told(device), { acks: ['first'] });
		for (const half of [0, 8]) {
			order(device, ...Array.from({ length: 8 }, (_, n) => beep(`c-${half + n}`)));
		}
		assert.equal(device.dispatches('first'), 1);
		order(device, beep('first'));
		assert.equal(device.dispatches('first'), 2);
	});

	it('repeats what it has to tell until a POST gets a 2xx', () => {
		const device = makeDevice();
		order(device, beep('c-1'), { id: 'c-2', cmd: 'nope' });
		const all = { acks: ['c-1'], rejected: [{ id: 'c-2', reason: 'unsupported_cmd' }] };
		assert.deepEqual(told(device, answered(500)), all);
		assert.deepEqual(told(device, { answer: undefined, error: 'timeout', received: 0 }), all);
		assert.deepEqual(told(device, answered(201)), all);
		assert.deepEqual(told(device), { acks: [] });
		assert.deepEqual(
			device.acksSent.map(({ id }) => id),
			['c-1', 'c-1', 'c-1'],
		);
	});

	it('forgets everything at a reboot, also what a POST under way has brought', () => {
		const device = makeDevice();
		order(device, beep('c-1'));
		device.advanceToPost();
		const underWay = device.buildPost('http://ups.example');
		device.rebootEsp32();
		assert.equal(
			device.takeAnswer(underWay, answeredSigned(underWay, KEY, { commands: [beep('c-2')] })),
			'rebooted',
		);
		assert.deepEqual(told(device), { acks: [] });
		order(device, beep('c-1'));
		assert.deepEqual(
			device.executed.map(({ id, boot }) => [id, boot]),
			[
				['c-1', 1],
				['c-1', 2],
			],
		);
	});

	it('executes ids of more than 31 bytes again and again before 0.8.10', () => {
		const device = makeDevice({ firmware: 'esp32:0.8.9' });
		const id = 'x'.repeat(32);
		order(device, beep(id));
		order(device, beep(id));
		assert.equal(device.dispatches('x'.repeat(31)), 2);
		assert.deepEqual(told(device), { acks: ['x'.repeat(31)] });
	});

	it('signs with a new key from the next POST on', () => {
		const device = makeDevice();
		const old = post(device, () => NOTHING);
		const key = device.rerollKey();
		assert.match(key, /^[0-9A-HJKMNP-TV-Z]{16}$/);
		device.advanceToPost();
		const made = device.buildPost('http://ups.example', { nonce: old.nonce, ts: old.ts, body: old.body });
		assert.notEqual(made.signature, old.signature);
		assert.equal(device.takeAnswer(made, answeredSigned(made, KEY, { commands: [beep('c-1')] })), 'ignored');
	});

	it('beeps within the limits of the buzzer', () => {
		const device = makeDevice();
		order(device, beep('c-1'), { id: 'c-2', cmd: 'ui.beep', args: { freq_hz: 440, dur_ms: 6000 } });
		assert.deepEqual(device.panel.beeps, [
			{ at: device.now, freqHz: 1500, durMs: 150 },
			{ at: device.now, freqHz: 440, durMs: 5000 },
		]);
	});

	it('shows a notice in four rows of ten for a minute', () => {
		const device = makeDevice();
		order(device, { id: 'c-1', cmd: 'ui.display_msg', args: { text: 'Mains lost\nsince 14:05 é\n\nx\ny' } });
		assert.deepEqual(device.panel.notice, ['Mains lost', 'since 14:0', '5 ??', '']);
		device.advance(59_999);
		assert.equal(device.panel.notice?.length, 4);
		device.advance(1);
		assert.equal(device.panel.notice, null);
	});

	it('takes the notice away for an empty text', () => {
		const device = makeDevice();
		order(device, { id: 'c-1', cmd: 'ui.display_msg', args: { text: 'x' } });
		assert.deepEqual(device.panel.notice, ['x']);
		order(device, { id: 'c-2', cmd: 'ui.display_msg', args: { text: 7 } });
		assert.equal(device.panel.notice, null);
	});

	it('sounds the alarm half an hour after the last 2xx, until the next', async () => {
		const device = makeDevice();
		const start = device.now;
		await simulate(device, 1_799_999, () => answered(401));
		assert.deepEqual(device.watchdog.alarms, []);
		await simulate(device, 600_000, () => answered(401));
		assert.deepEqual(device.watchdog.alarms, [{ at: start + 1_800_000, endedAt: null }]);
		post(device, () => NOTHING);
		assert.deepEqual(device.watchdog.alarms, [{ at: start + 1_800_000, endedAt: device.now }]);
		assert.deepEqual(device.watchdog.modemActions, []);
	});

	it('resets the modem when nothing at all can be reached', async () => {
		const device = makeDevice({ internetReachable: () => false });
		const start = device.now;
		await simulate(device, 1_000_000, () => ({ answer: undefined, error: 'unreachable', received: 0 }));
		assert.deepEqual(
			device.watchdog.modemActions.map(({ at, action }) => [(at - start) / 1000, action]),
			[
				[390, 'reset'],
				[690, 'power-cycle'],
				[990, 'reset'],
			],
		);
	});
});
