import assert from 'node:assert/strict';
import {
	type Applied,
	applyTelemetry,
	type Before,
	type Post,
} from '../../../nodes/protocol/ups/apply-telemetry.js';
import { type Command, delivered, queued, stateOf } from '../../../nodes/protocol/ups/command-state.js';
import type { EventNotification } from '../../../nodes/protocol/ups/events.js';
import { type CommandName, decodeTelemetry } from '../../../nodes/protocol/ups/index.js';
import type { DeviceRecord } from '../../../nodes/protocol/ups/records.js';
import { bootSessionsAfter, isTooOld } from '../../../nodes/protocol/ups/report-order.js';
import { ENDPOINT, ID } from './site.js';

const TS = 1_795_200_781;
const CALM = { version: 2, flags: 31, vbus_in_mv: 20000, faults: 0 };
const OUTAGE = { ...CALM, flags: 6, vbus_in_mv: 100 };

/** A POST at so many seconds after TS by the UPS's clock. */
function post(at: number, body: object = {}, receivedAt = at, clockSkew = 300) {
	const telemetry = decodeTelemetry({
		ts: TS + at,
		uptime_s: 1000 + at,
		power: CALM,
		host: { uptime_s: 5000 + at },
		...body,
	});
	const receipt = { receivedAt: (TS + receivedAt) * 1000, endpoint: ENDPOINT, deviceId: ID };
	return { ts: TS + at, ...receipt, clockSkew, thresholds: {}, telemetry };
}
/** What a POST makes of what was remembered, at a store whose time is this machine's. */
const apply = (before: Partial<Before>, given: Post): Applied =>
	applyTelemetry(
		{ device: undefined, commands: [], silence: undefined, outboxDue: undefined, ...before },
		given,
		given.receivedAt,
	);
const eventsIn = ({ notifications }: Applied): object[] =>
	notifications.flatMap((notification) => {
		if (!('event' in notification)) return [];
		const { deviceId: _, time: __, ...event } = (notification as EventNotification).event;
		return [event];
	});
const deviceAfter = (body: object = {}, at = 0) => apply({}, post(at, body)).device;
const command = (id: string, name: CommandName = 'ui.beep', seq = 1): Command => ({
	...queued({ id, nodeId: 'n', command: name, args: {}, maxAge: 600_000 }, [], TS * 1000),
	seq,
});
const sentAt0 = (name: CommandName) => delivered(command('c', name), TS * 1000, { seen: 'up', uptime: 5000 });
const stateAfter = (device: DeviceRecord, name: CommandName, next: ReturnType<typeof post>) => {
	const commands = [sentAt0(name)];
	const { changed } = apply({ device, commands }, next);
	return stateOf(changed[0] ?? sentAt0(name));
};

describe('the first POST of a UPS', () => {
	it('makes the UPS online and gets the waiting commands', () => {
		const waiting = [command('a'), command('b', 'power.cycle', 2)];
		const { device, changed, deliveries, notifications, pending } = apply({ commands: waiting }, post(0));
		assert.deepEqual(device, {
			v: 1,
			ts: TS,
			uptime: 1000,
			hostThisBoot: true,
			endpoint: ENDPOINT,
			sentId: ID,
			seenAt: TS * 1000,
			floor: TS - 301,
			bootSessions: [{ from: TS - 1000, to: TS - 1000, newest: TS, forgotten: TS - 301 }],
			condition: {
				...{ online: true, mains: true, lossReported: false, inputVoltage: 20_000, output: true },
				...{ battery: true, batteryLow: false, faults: 0, host: { seen: 'up', uptime: 5000 } },
			},
		});
		assert.deepEqual(
			notifications.map((notification) =>
				'event' in notification
					? notification
					: [
							notification.nodeId,
							notification.report.id,
							notification.report.state,
							notification.report.sent,
							notification.report.time,
						],
			),
			[
				{ event: { event: 'online', deviceId: ID, time: TS * 1000 }, endpoint: ENDPOINT },
				['n', 'a', 'sent', 1, TS * 1000],
				['n', 'b', 'sent', 1, TS * 1000],
			],
		);
		assert.deepEqual(
			deliveries.map(({ id, sent }) => [id, sent]),
			[
				['b', 0],
				['a', 0],
			],
		);
		assert.deepEqual(
			changed.map((one) => [one.id, one.sent, stateOf(one)]),
			[
				['a', 1, 'sent'],
				['b', 1, 'sent'],
			],
		);
		assert.equal(pending, 2);
	});
});

describe('a later POST', () => {
	it('makes the events of all changes, a restart first', () => {
		const applied = apply(
			{ device: deviceAfter(), commands: [] },
			post(30, { uptime_s: 12, power: { ...OUTAGE, faults: 8 } }),
		);
		assert.deepEqual(eventsIn(applied), [
			{ event: 'restarted' },
			{ event: 'mains-lost', inputVoltage: 0.1, inputTooLow: false },
			{ event: 'fault', faults: ['battery-overvoltage'] },
		]);
	});

	it('without power keeps the power state', () => {
		const device = deviceAfter({ power: { ...OUTAGE, faults: 8 } });
		const next = apply({ device, commands: [] }, post(30, { power: undefined }));
		assert.deepEqual(
			[eventsIn(next), next.device.condition.mains, next.device.condition.faults],
			[[], false, 8],
		);
	});

	it('without uptime is no restart', () => {
		const next = apply({ device: deviceAfter(), commands: [] }, post(30, { uptime_s: null }));
		assert.deepEqual([eventsIn(next), next.device.uptime], [[], undefined]);
	});

	it('with an ack does not count that command as pending', () => {
		const { changed, pending } = apply(
			{ device: deviceAfter(), commands: [sentAt0('ui.beep')] },
			post(30, { acks: ['c'] }),
		);
		assert.deepEqual([changed.map(stateOf), pending], [['acked'], 0]);
	});
});

describe('a late POST', () => {
	it('changes nothing and gets no commands, but its message has its own values', () => {
		const memory = { device: deviceAfter({}, 30), commands: [command('a'), sentAt0('power.cycle')] };
		const late = post(29, { power: OUTAGE, acks: ['c'] });
		const { power, ...rest } = apply(memory, late);
		assert.deepEqual(rest, {
			device: memory.device,
			changed: [],
			deliveries: [],
			notifications: [],
			hasNotifications: false,
			pending: 2,
		});
		assert.equal(power.mains, false);
	});

	it('that does not fit the newer one makes later deliveries uncertain', () => {
		const late = (body: object) => apply({ device: deviceAfter({}, 100), commands: [] }, post(50, body));
		const stateAt130 = (device: DeviceRecord) => stateAfter(device, 'power.cycle', post(130));
		assert.equal(stateAt130(late({ uptime_s: 1055 }).device), 'sent');
		for (const uptime_s of [12, 1061, 2000, null]) {
			const { device, notifications, deliveries } = late({ uptime_s });
			assert.deepEqual([stateAt130(device), notifications, deliveries], ['unknown', [], []]);
			const { bootSessions } = device;
			assert.deepEqual(device, { ...deviceAfter({}, 100), bootSessions, mayHaveRestarted: true });
			const next = apply({ device, commands: [] }, post(130)).device;
			assert.equal(Object.hasOwn(next, 'mayHaveRestarted'), false);
		}
	});

	/** What is told and delivered by POSTs on battery at so many seconds, after one whose clock was 120 s ahead. */
	function afterClockSetBack(posts: readonly (readonly [at: number, uptime: number, receivedAt: number])[]) {
		let device = apply({}, post(120, { uptime_s: 100, host: undefined }, 0)).device;
		return posts.map(([at, uptime_s, receivedAt]) => {
			const memory = { device, commands: [command('a')] };
			const now = post(at, { uptime_s, power: OUTAGE, host: undefined }, receivedAt);
			const next = apply(memory, now);
			device = next.device;
			return [...eventsIn(next).map((one) => Object(one).event), ...next.deliveries.map(({ id }) => id)];
		});
	}

	it('is not late if its uptime proves that it is newer: the clock of the UPS was set back', () => {
		const minutes = [30, 60, 90].map((at) => [at, 100 + at, at] as const);
		assert.deepEqual(afterClockSetBack(minutes), [['mains-lost', 'a'], ['a'], ['a']]);
	});

	it('is not late if its uptime proves it, however soon it comes', () => {
		const atOnce = [130, 160, 190].map((uptime) => [0, uptime, 0] as const);
		assert.deepEqual(afterClockSetBack(atOnce), [['mains-lost', 'a'], ['a'], ['a']]);
	});

	it('is not late after the clock was set ahead and back again', () => {
		let device = apply({}, post(0, { uptime_s: 100 })).device;
		for (const [at, uptime_s, receivedAt] of [
			[150, 130, 30],
			[60, 160, 60],
		] as const)
			device = apply({ device, commands: [] }, post(at, { uptime_s }, receivedAt)).device;
		assert.equal(device.uptime, 160);
	});

	it('is late although its uptime is higher, if that is of an earlier boot', () => {
		const device = apply({}, post(60, { uptime_s: 20 })).device;
		const late = apply({ device, commands: [] }, post(30, { uptime_s: 5000, power: OUTAGE }, 90));
		assert.deepEqual([eventsIn(late), late.device.ts], [[], TS + 60]);
	});

	it('is late although its uptime is a little higher, if that is of a known earlier boot', () => {
		const first = apply({}, post(0, { uptime_s: 300 })).device;
		const device = apply({ device: first, commands: [] }, post(60, { uptime_s: 20 })).device;
		const late = apply({ device, commands: [] }, post(30, { uptime_s: 330, power: OUTAGE }, 62));
		assert.deepEqual([eventsIn(late), late.device.ts], [[], TS + 60]);
	});

	it('is not late within the same second', () => {
		const applied = apply({ device: deviceAfter({}, 30), commands: [] }, post(30, { uptime_s: 3 }));
		assert.deepEqual(eventsIn(applied), [{ event: 'restarted' }]);
	});

	it('is late within the 600 s that both clocks can differ; beyond, a clock was set back', () => {
		const device = deviceAfter({}, 600);
		assert.equal(apply({ device, commands: [] }, post(0)).device, device);
		assert.equal(apply({ device, commands: [] }, post(-1)).device.ts, TS - 1);
	});
});

describe('whether the UPS restarted in between', () => {
	const cases: readonly (readonly [string, number, object, string, receivedAt?: number])[] = [
		['it did not: uptime and clock went on alike', 30, { uptime_s: 1030 }, 'sent'],
		['it did not: the two clocks are read one after the other', 31, { uptime_s: 1030 }, 'sent'],
		['it did not: a day passed, its clocks drifted by ten seconds', 86_400, { uptime_s: 87_390 }, 'sent'],
		['it did: uptime fell', 30, { uptime_s: 12 }, 'unknown'],
		['it may have: uptime grew by less than the clock', 1100, { uptime_s: 1012 }, 'unknown'],
		['it may have: uptime grew by eleven seconds less', 41, { uptime_s: 1030 }, 'unknown'],
		['it did not: uptime grew by more than the clock, which was set back', 2, { uptime_s: 1180 }, 'sent'],
		['it may have: the clock was set back, and here more time passed', 2, { uptime_s: 1050 }, 'unknown', 161],
		['it may have: no uptime', 30, { uptime_s: null }, 'unknown'],
	];
	for (const [what, at, body, state, receivedAt] of cases) {
		it(what, () => {
			const now = post(at, body, receivedAt);
			const commands = [{ ...sentAt0('power.cycle'), due: null, expiresAt: null }];
			const { changed } = apply({ device: deviceAfter(), commands }, now);
			assert.equal(stateOf(changed[0] ?? sentAt0('power.cycle')), state);
		});
	}

	it('is unknown for a UPS without a record', () => {
		const { changed } = apply({ device: undefined, commands: [sentAt0('host.reset')] }, post(30));
		assert.deepEqual(changed.map(stateOf), ['unknown']);
	});

	it('does not matter to a beep', () => {
		assert.equal(stateAfter(deviceAfter(), 'ui.beep', post(30, { uptime_s: 12 })), 'sent');
	});
});

describe('a host that is missing', () => {
	const hostAfter = (device: DeviceRecord | undefined, at: number, uptime: number) => {
		const body = { uptime_s: uptime, host: undefined };
		return apply({ device, commands: [] }, post(at, body)).device.condition.host;
	};

	it('is down when it has been seen since the UPS started', () => {
		assert.deepEqual(hostAfter(deviceAfter({ uptime_s: 20 }), 30, 50), { seen: 'down', uptime: 5000 });
	});

	it('is as it was while the UPS has run for less than 90 s', () => {
		assert.deepEqual(hostAfter(deviceAfter(), 30, 89), { seen: 'up', uptime: 5000 });
		assert.deepEqual(hostAfter(deviceAfter(), 30, 90), { seen: 'down', uptime: 5000 });
		assert.deepEqual(hostAfter(undefined, 30, 89), { seen: 'unknown' });
		assert.deepEqual(hostAfter(undefined, 30, 90), { seen: 'down' });
	});

	it('stays seen in this boot after a POST without it', () => {
		const restarted = apply(
			{ device: deviceAfter(), commands: [] },
			post(30, { uptime_s: 5, host: undefined }),
		).device;
		assert.equal(restarted.hostThisBoot, false);
		const seen = apply({ device: restarted, commands: [] }, post(35, { uptime_s: 10 })).device;
		assert.deepEqual(hostAfter(seen, 40, 15), { seen: 'down', uptime: 5035 });
	});
});

describe('the floor under the timestamps', () => {
	it('rises with this machine’s clock', () => {
		const next = apply({ device: deviceAfter(), commands: [] }, post(30)).device;
		assert.equal(next.floor, TS + 30 - 301);
	});

	it('refuses a POST of the same boot that is as old', () => {
		const floors = { floor: TS, bootSessions: bootSessionsAfter([], { ts: TS, uptime: 1000 }, TS) };
		const device = { ...deviceAfter(), ...floors };
		assert.deepEqual(
			[1, 0, -1, -600, -601].map((at) => isTooOld(device, post(at))),
			[false, true, true, true, true],
		);
	});

	it('refuses a POST without uptime that is as old, or older by the accepted difference', () => {
		const device = { ...deviceAfter(), floor: TS };
		assert.deepEqual(
			[1, 0, -1, -600, -601].map((at) => isTooOld(device, post(at, { uptime_s: null }))),
			[false, true, true, true, false],
		);
	});

	it('stays when the accepted difference is raised', () => {
		const device = deviceAfter();
		const next = apply({ device, commands: [] }, post(1, {}, 1, 3600)).device;
		assert.equal(next.floor, TS - 301);
		assert.equal(isTooOld(next, post(-302, {}, 0, 3600)), true);
	});

	it('rises when the accepted difference is lowered', () => {
		assert.equal(apply({ device: deviceAfter(), commands: [] }, post(1, {}, 1, 60)).device.floor, TS - 60);
	});

	it('stays below the accepted POST when the clock was set back', () => {
		const ahead = apply({}, post(3600)).device;
		const next = apply({ device: ahead, commands: [] }, post(0)).device;
		assert.deepEqual([next.ts, next.floor], [TS, TS - 1]);
	});
});

describe('a POST that was accepted before', () => {
	const HOUR = 3600;
	const TEN_YEARS = 315_576_000;
	/**
	 * Whether a POST is refused when it comes again after POSTs, each at so many seconds by both clocks; the UPS's own
	 * time goes on by 30 s from each to the next. Nonces are forgotten up to the floor, as the store does it.
	 */
	const isRefused = (moments: readonly number[], again: number) => {
		let device: DeviceRecord | undefined;
		let nonces: { index: number; ts: number }[] = [];
		moments.forEach((at, index) => {
			const { device: next } = apply({ device, commands: [] }, post(at, { uptime_s: 30 * index }));
			nonces = [...nonces.filter(({ ts }) => ts > next.floor), { index, ts: TS + at }];
			device = next;
		});
		const sentAgain = post(moments[again] ?? Number.NaN, { uptime_s: 30 * again });
		return nonces.some(({ index }) => index === again) || (!!device && isTooOld(device, sentAgain));
	};

	it('is refused once both clocks jumped ahead and came back', () => {
		assert.equal(isRefused([0, HOUR, HOUR + 30, 90], 0), true);
		assert.equal(isRefused([0, TEN_YEARS, TEN_YEARS + 30, 90], 0), true);
	});

	it('is refused however often the clocks were set, and however far', () => {
		const jumps = [0, HOUR, TEN_YEARS, -HOUR, 120, 2 * HOUR, -TEN_YEARS, 210, 240, HOUR + 270];
		for (let index = 0; index < jumps.length - 1; index++)
			assert.equal(isRefused(jumps, index), true, `the POST at ${jumps[index]}`);
	});

	it('is refused when it comes from the middle of a long time', () => {
		const day = Array.from({ length: 2880 }, (_, index) => 30 * index);
		assert.equal(isRefused([...day, TEN_YEARS, 30 * 2881], 1440), true);
	});

	it('differs from a new one of the same second, after a clock was set back', () => {
		const bootSessions = bootSessionsAfter([], { ts: TS + 60, uptime: 60 }, TS + 60);
		const device = { ...deviceAfter({}, -HOUR), bootSessions };
		assert.equal(isTooOld(device, post(30, { uptime_s: 30 })), true);
		assert.equal(isTooOld(device, post(30, { uptime_s: 150 })), false);
	});
});
