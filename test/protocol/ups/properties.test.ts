import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtocolError } from '../../../nodes/protocol/common/errors.js';
import {
	afterPost,
	afterTime,
	answerBody,
	type Command,
	cancelled,
	delivered,
	isCancellable,
	isDeliverable,
	isFinal,
	queued,
	shifted,
	stateOf,
} from '../../../nodes/protocol/ups/command-state.js';
import { eventsBetween } from '../../../nodes/protocol/ups/events.js';
import {
	COMMAND_NAMES,
	type CommandName,
	collectArguments,
	decodeTelemetry,
	hasNetworkTime,
	isAuthentic,
	parseArguments,
	parseKey,
	readSignedHead,
} from '../../../nodes/protocol/ups/index.js';
import { afterSample } from '../../../nodes/protocol/ups/power-state.js';
import {
	answered,
	answeredSigned,
	encodePost,
	requestSignature,
	UpsDevice,
} from '../../devices/ups/index.js';
import { isRisky, STATES } from './simulation.js';
import { ID, KEY, START } from './site.js';

/** The same runs every time; what fails is printed with its seed. */
const RUNS = { numRuns: 400, seed: 20_261_120 };

const WIRE_NAMES = [
	...[
		'ts',
		'fw_ver',
		'uptime_s',
		'power',
		'host',
		'net',
		'acks',
		'rejected',
		'resp_dropped',
		'version',
		'flags',
	],
	...[
		'charge_state',
		'vbus_in_mv',
		'vbat_mv',
		'faults',
		'temp_dc',
		'eth_state',
		'state',
		'rssi_dbm',
		'bytes',
		'max',
	],
	...['__proto__', 'constructor', 'toString', 'id', 'reason'],
];

/** Objects with the names of telemetry and whatever values JSON can hold. */
const telemetryLike = fc
	.letrec((tie) => ({
		value: fc.oneof(
			{ maxDepth: 3, withCrossShrink: true },
			fc.oneof(
				fc.constantFrom(
					0,
					-0,
					1,
					2,
					3,
					5000,
					8160,
					2 ** 31,
					2 ** 32,
					1e308,
					-1e308,
					'esp32:0.8.17',
					'',
					true,
					null,
				),
				fc.double({ noNaN: true, noDefaultInfinity: true }),
				fc.integer(),
				fc.string(),
			),
			fc.array(tie('value'), { maxLength: 4 }),
			tie('object'),
		),
		object: fc.dictionary(fc.oneof(fc.constantFrom(...WIRE_NAMES), fc.string()), tie('value'), {
			maxKeys: 8,
		}),
	}))
	.object.map((object): Record<string, unknown> => JSON.parse(JSON.stringify(object)));

/** Values that JSON would change: undefined, NaN, functions and so on. */
function lostByJson(value: unknown): unknown[] {
	if (typeof value === 'number') return Number.isFinite(value) ? [] : [value];
	if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
	return typeof value === 'object' ? Object.values(value).flatMap(lostByJson) : [value];
}

describe('telemetry, whatever comes', () => {
	it('is decoded without an error into what JSON can hold', () => {
		fc.assert(
			fc.property(telemetryLike, (body) => {
				const { payload, acks, rejected, odd } = decodeTelemetry(body);
				assert.deepEqual(lostByJson({ payload, acks, rejected, odd }), []);
				assert.ok(acks.every((id) => typeof id === 'string'));
			}),
			RUNS,
		);
	});

	it('gives edges that JSON can hold', () => {
		fc.assert(
			fc.property(telemetryLike, telemetryLike, (first, second) => {
				const [before, after] = [first, second].map((body) => {
					const { power, uptime } = decodeTelemetry(body);
					const time = { receivedAt: START, ts: START / 1000, uptime };
					const state = power === undefined ? {} : afterSample({}, power, time, {});
					return { ...state, online: true, host: { seen: 'unknown' as const } };
				});
				if (after !== undefined) assert.deepEqual(lostByJson(eventsBetween(before, after)), []);
			}),
			RUNS,
		);
	});
});

const field = fc.oneof(fc.constant(''), fc.nat(70_000).map(String), fc.string({ maxLength: 5 }));
const argument = fc.oneof(
	fc.integer({ min: -2, max: 70_000 }),
	fc.nat(70_000).map(String),
	fc.string({ unit: 'binary', maxLength: 70 }),
	fc.string({ unit: 'grapheme', maxLength: 40 }),
	fc.constantFrom(undefined, null, '', 'x', 21.5, true, '\ud800', 'two\r\nrows', '"\\"'),
);
const payload = fc.oneof(
	argument,
	fc.dictionary(fc.constantFrom('freq_hz', 'dur_ms', 'delay_s', 'off_ms', 'text', '__proto__'), argument, {
		maxKeys: 3,
	}),
);

/** What the stand-in makes of an answer that carries one command. */
function executedBy(command: CommandName, body: string): object | undefined {
	const device = new UpsDevice({ deviceId: ID, key: KEY, startAt: START });
	const post = device.buildPost('http://ups.example');
	assert.equal(device.takeAnswer(post, answeredSigned(post, KEY, JSON.parse(body))), 'ok');
	const [executed] = device.executed;
	if (executed?.cmd !== command) return undefined;
	// The stand-in knows no Unicode: a character of its texts is a byte.
	const { text } = executed.args;
	const read = typeof text === 'string' && { text: Buffer.from(text, 'latin1').toString('utf8') };
	return { ...executed.args, ...read };
}

/** What a UPS takes where an argument is left out. */
const DEFAULTS: Readonly<Record<CommandName, object>> = {
	'ui.beep': { freq_hz: 0, dur_ms: 0 },
	'ui.display_msg': { line: 0 },
	'host.shutdown': { delay_s: 5 },
	'host.reset': { delay_s: 5 },
	'power.cycle': { off_ms: 1500 },
};

describe('arguments of commands, whatever is given', () => {
	it('are refused with a code, or arrive at the UPS as they are', () => {
		let arrived = 0;
		fc.assert(
			fc.property(
				fc.constantFrom(...COMMAND_NAMES),
				fc.record({ freq_hz: field, dur_ms: field, delay_s: field, off_ms: field }),
				payload,
				payload,
				fc.boolean(),
				(command, fields, fromPayload, display, mayClear) => {
					const given = collectArguments(command, { fields, display, payload: fromPayload });
					let args: ReturnType<typeof parseArguments>;
					try {
						args = parseArguments(command, given, mayClear);
					} catch (error) {
						assert.equal(error instanceof ProtocolError && error.code, 'ups-bad-argument');
						return;
					}
					const ordered = queued({ id: 'c', nodeId: 'n', command, args, maxAge: 0 }, [], 0);
					assert.deepEqual(executedBy(command, answerBody([ordered])), { ...DEFAULTS[command], ...args });
					arrived++;
				},
			),
			RUNS,
		);
		assert.ok(arrived > 100);
	});
});

describe('a captured POST cut anew', () => {
	const key = parseKey(KEY);
	const body = fc.oneof(
		telemetryLike.map((object) => Buffer.from(JSON.stringify(object))),
		fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
		// The most dangerous of all: a body that goes on like a nonce or a timestamp.
		fc.stringMatching(/^[0-9a-f]{0,40}$/).map((text) => Buffer.from(text)),
	);

	const cut = fc.oneof(fc.constantFrom(9, 10, 11, 25, 26, 27), fc.nat(60));

	it('is accepted only as it was', () => {
		fc.assert(
			fc.property(
				fc.stringMatching(/^[0-9]{10}$/),
				fc.stringMatching(/^[0-9a-f]{16}$/),
				body,
				cut,
				cut,
				(ts, nonce, rawBody, first, second) => {
					const { signature } = encodePost({
						url: 'http://ups.example',
						deviceId: ID,
						key: KEY,
						ts,
						nonce,
						body: rawBody,
					});
					const whole = Buffer.concat([Buffer.from(ts + nonce), rawBody]);
					const [low, high] = [Math.min(first, second), Math.max(first, second)];
					const headers = {
						'x-w3pups-ts': whole.toString('latin1', 0, low),
						'x-w3pups-nonce': whole.toString('latin1', low, high),
						'x-w3pups-sig': signature,
					};
					const head = readSignedHead(headers);
					const rest = whole.subarray(high);
					const isAccepted = typeof head !== 'string' && hasNetworkTime(head) && isAuthentic(key, head, rest);
					const isWhole = low === 10 && Math.min(high, whole.length) === 26;
					assert.equal(isAccepted, isWhole);
				},
			),
			{ ...RUNS, numRuns: 1000 },
		);
	});

	it('has the same signature in every cut, so the form alone tells', () => {
		const whole = Buffer.from('17952007812bee6844d6b90e94{}');
		assert.equal(
			requestSignature(KEY, '17952007', '812bee6844d6b90e94{', Buffer.from('}')),
			requestSignature(KEY, '1795200781', '2bee6844d6b90e94', whole.subarray(26)),
		);
	});
});

/** What may happen to a command, and after how many seconds. */
const happening = fc.record({
	after: fc.nat(200),
	kind: fc.constantFrom('deliver', 'post', 'post', 'time', 'cancel', 'shift'),
	told: fc.constantFrom('ack', 'reject', 'nothing', 'nothing'),
	sameBoot: fc.boolean(),
	host: fc.constantFrom(null, 5, 500, 501),
	shift: fc.integer({ min: -1e6, max: 1e6 }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function afterHappening(command: Command, event: Happening, now: number): Command {
	const before = { seen: 'up', uptime: 500 } as const;
	switch (event.kind) {
		case 'deliver':
			return isDeliverable(command) ? delivered(command, now, before) : command;
		case 'time':
			return afterTime(command, now);
		case 'cancel':
			return isCancellable(command) ? cancelled(command, now) : command;
		case 'shift':
			return shifted(command, event.shift);
		default:
			return afterPost(command, {
				now,
				ts: now / 1000,
				acks: new Set(event.told === 'ack' ? ['c'] : []),
				rejected: new Map(event.told === 'reject' ? [['c', 'bad_args']] : []),
				sameBoot: event.sameBoot,
				host: {
					before,
					after: event.host === null ? { ...before, seen: 'down' } : { seen: 'up', uptime: event.host },
					present: event.host !== null,
				},
			});
	}
}

/** The command after all this; its history only ever grows, and not any more after an end. */
function lived(command: Command, events: readonly Happening[]): Command {
	let now = START;
	return events.reduce((before, event) => {
		now += event.after * 1000;
		const next = afterHappening(before, event, now);
		if (isFinal(before)) assert.equal(next, before);
		assert.deepEqual(next.history.slice(0, before.history.length), before.history);
		return next;
	}, command);
}

describe('a command, whatever happens', () => {
	for (const name of COMMAND_NAMES) {
		it(`${name} has one end and stays there`, () => {
			const ends = new Set<string>();
			fc.assert(
				fc.property(fc.array(happening, { maxLength: 12 }), fc.constantFrom(0, 300_000), (events, maxAge) => {
					const order = { id: 'c', nodeId: 'n', command: name, args: {}, maxAge };
					const command = lived(queued(order, [], START), events);
					if (!isFinal(command)) return;
					ends.add(stateOf(command));
					const states = command.history.map(({ state }) => state).join(' ');
					assert.match(states, STATES[isRisky(name) ? 'host' : 'ui']);
					assert.equal(isDeliverable(command), false);
				}),
				RUNS,
			);
			const reached = isRisky(name)
				? ['cancelled', 'confirmed', 'expired', 'rejected', 'unconfirmed', 'unknown']
				: ['acked', 'cancelled', 'expired', 'rejected', 'unknown'];
			assert.deepEqual([...ends].sort(), reached);
		});
	}

	it('that must not run twice is not delivered again after a reboot', () => {
		fc.assert(
			fc.property(fc.constantFrom('host.shutdown', 'host.reset', 'power.cycle'), happening, (name, event) => {
				const order = { id: 'c', nodeId: 'n', command: name as CommandName, args: {}, maxAge: 0 };
				const sent = delivered(queued(order, [], START), START, { seen: 'up', uptime: 500 });
				const next = afterHappening(sent, { ...event, kind: 'post', sameBoot: false }, START + 30_000);
				assert.equal(isDeliverable(next), false);
			}),
			RUNS,
		);
	});
});

describe('the stand-in', () => {
	it('takes an unsigned answer for no answer, so that these tests can fail', () => {
		const device = new UpsDevice({ deviceId: ID, key: KEY, startAt: START });
		const post = device.buildPost('http://ups.example');
		const body = '{"commands":[{"id":"c","cmd":"ui.beep","args":{}}]}';
		assert.equal(device.takeAnswer(post, answered(200, body)), 'ignored');
	});
});
