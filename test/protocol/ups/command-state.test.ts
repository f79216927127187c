import assert from 'node:assert/strict';
import {
	afterPost,
	afterTime,
	type Command,
	cancelled,
	delivered,
	dueAt,
	type HostState,
	isCancellable,
	isDeliverable,
	isFinal,
	longestWait,
	queued,
	type Report,
	shifted,
} from '../../../nodes/protocol/ups/command-state.js';
import type { CommandName } from '../../../nodes/protocol/ups/index.js';

const T0 = 1_795_200_000_000;
const UP: HostState = { seen: 'up', uptime: 500 };
const DOWN: HostState = { seen: 'down', uptime: 500 };
const UNKNOWN: HostState = { seen: 'unknown' };

/** What the POSTs of a story tell; `at` in seconds. Those of a test that says nothing else see the host run. */
interface Told {
	readonly acks?: readonly string[];
	readonly rejected?: string;
	readonly rebooted?: boolean;
	/** The host's uptime in this POST; null: the object is missing, `old`: missing, and that says nothing yet. */
	readonly host?: number | null | 'silent';
}

/** A command and the host, as they go from POST to POST. */
class Story {
	host: HostState = UP;
	constructor(public command: Command) {}

	deliver(at: number): this {
		this.command = delivered(this.command, T0 + at * 1000, this.host);
		return this;
	}

	post(at: number, { acks = [], rejected, rebooted = false, host = 500 + at }: Told = {}): this {
		const before = this.host;
		const present = typeof host === 'number';
		if (present) this.host = { seen: 'up', uptime: host };
		else if (host === null) this.host = { ...before, seen: 'down' };
		const report: Report = {
			now: T0 + at * 1000,
			ts: T0 / 1000 + at,
			acks: new Set(acks),
			rejected: new Map(rejected === undefined ? [] : [['c', rejected]]),
			sameBoot: !rebooted,
			host: { before, after: this.host, present },
		};
		this.command = afterPost(this.command, report);
		return this;
	}

	time(at: number): this {
		this.command = afterTime(this.command, T0 + at * 1000);
		return this;
	}

	/** States with the seconds at which they began, and reasons. */
	get states(): string[] {
		return this.command.history.map(({ state, time, reason }) =>
			[state, (time - T0) / 1000, reason].filter((part) => part !== undefined).join(' '),
		);
	}
}

const story = (command: CommandName, maxAge = 600_000) =>
	new Story(queued({ id: 'c', nodeId: 'n', command, args: {}, maxAge }, [], T0));
const ACK: Told = { acks: ['c'] };

describe('a new command', () => {
	it('comes after the existing ones', () => {
		const first = queued(
			{ id: 'a', nodeId: 'n', command: 'ui.beep', args: { freq_hz: 5 }, maxAge: 1000 },
			[],
			T0,
		);
		assert.deepEqual(first, {
			id: 'a',
			seq: 1,
			nodeId: 'n',
			command: 'ui.beep',
			args: { freq_hz: 5 },
			queuedAt: T0,
			expiresAt: T0 + 1000,
			maxAge: 1000,
			due: T0 + 1000,
			sent: 0,
			history: [{ state: 'queued', time: T0 }],
		});
		const second = queued({ id: 'b', nodeId: 'n', command: 'ui.beep', args: {}, maxAge: 0 }, [first], T0);
		assert.deepEqual([second.seq, second.expiresAt, dueAt(second)], [2, null, undefined]);
		assert.deepEqual([isDeliverable(second), isFinal(second), isCancellable(second)], [true, false, true]);
	});
});

describe('ui.beep and ui.display_msg', () => {
	for (const name of ['ui.beep', 'ui.display_msg'] as const) {
		it(`${name} is final with its ack`, () => {
			const { states, command } = story(name).deliver(10).post(40, ACK);
			assert.deepEqual(states, ['queued 0', 'sent 10', 'acked 40']);
			assert.deepEqual([isFinal(command), isDeliverable(command), dueAt(command)], [true, false, undefined]);
		});

		it(`${name} is sent again after a reboot, and stays sent`, () => {
			const one = story(name).deliver(10).post(40, { rebooted: true });
			assert.deepEqual([one.states, isDeliverable(one.command)], [['queued 0', 'sent 10'], true]);
			one.deliver(40).post(70, ACK);
			assert.deepEqual([one.states, one.command.sent], [['queued 0', 'sent 10', 'acked 70'], 2]);
		});

		it(`${name} delivered and not acked in time is unknown`, () => {
			const { states, command } = story(name).deliver(10).time(599).time(600);
			assert.deepEqual(states, ['queued 0', 'sent 10', 'unknown 600 expired']);
			assert.equal(isFinal(command), true);
		});
	}
});

describe('a delivery', () => {
	it('by a process whose clock is a little behind is not older than the command', () => {
		assert.deepEqual(story('power.cycle').deliver(-0.007).states, ['queued 0', 'sent 0']);
	});

	it('after the clock was set back has the time of the clock', () => {
		assert.deepEqual(story('power.cycle').deliver(-3600).states, ['queued 0', 'sent -3600']);
	});

	for (const name of ['ui.beep', 'host.shutdown', 'host.reset', 'power.cycle'] as const) {
		it(`of ${name} that the next POST of the same boot does not acknowledge is repeated`, () => {
			const one = story(name).deliver(10).post(40);
			assert.deepEqual([one.states, isDeliverable(one.command)], [['queued 0', 'sent 10'], true]);
			one.deliver(40).post(70).deliver(70).post(100, ACK);
			assert.deepEqual([one.states, one.command.sent], [['queued 0', 'sent 10', 'acked 100'], 3]);
		});

		it(`of ${name} that the UPS rejects is final`, () => {
			const { states, command } = story(name).deliver(10).post(40, { rejected: 'unsupported_cmd' });
			assert.deepEqual(states, ['queued 0', 'sent 10', 'rejected 40 unsupported_cmd']);
			assert.equal(isFinal(command), true);
		});
	}

	for (const name of ['host.shutdown', 'host.reset', 'power.cycle'] as const) {
		it(`of ${name} before a reboot of the UPS is unknown and never repeated`, () => {
			const { states, command } = story(name).deliver(10).post(40, { rebooted: true });
			assert.deepEqual(states, ['queued 0', 'sent 10', 'unknown 40 rebooted']);
			assert.deepEqual([isFinal(command), isDeliverable(command)], [true, false]);
		});

		it(`of ${name} that is acked although the UPS seems to have rebooted was executed`, () => {
			const { states } = story(name)
				.deliver(10)
				.post(40, { ...ACK, rebooted: true });
			assert.deepEqual(states, ['queued 0', 'sent 10', 'acked 40']);
		});

		it(`of ${name} that has not happened is not affected by a reboot`, () => {
			const { states, command } = story(name).post(40, { rebooted: true });
			assert.deepEqual([states, isDeliverable(command)], [['queued 0'], true]);
		});
	}

	it('acked by another id is not acked', () => {
		assert.deepEqual(
			story('ui.beep')
				.deliver(10)
				.post(40, { acks: ['d', '__proto__', ''] }).states,
			['queued 0', 'sent 10'],
		);
	});

	it('acked three times is acked once', () => {
		const { states } = story('ui.beep').deliver(10).post(40, ACK).post(70, ACK).post(100, ACK);
		assert.deepEqual(states, ['queued 0', 'sent 10', 'acked 40']);
	});

	it('acked and rejected is acked', () => {
		assert.deepEqual(
			story('ui.beep')
				.deliver(10)
				.post(40, { ...ACK, rejected: 'bad_id' })
				.states.at(-1),
			'acked 40',
		);
	});
});

describe('expiry', () => {
	it('ends a command that was never delivered, at its time', () => {
		const { states, command } = story('power.cycle').time(599.999).time(600);
		assert.deepEqual(states, ['queued 0', 'expired 600']);
		assert.deepEqual([isFinal(command), isDeliverable(command)], [true, false]);
	});

	it('comes before the delivery when a POST arrives too late', () => {
		assert.deepEqual(story('power.cycle').post(600).states, ['queued 0', 'expired 600']);
	});

	it('makes a delivery without ack unknown', () => {
		assert.deepEqual(story('power.cycle').deliver(10).post(601).states, [
			'queued 0',
			'sent 10',
			'unknown 601 expired',
		]);
	});

	it('does not apply to a command that the same POST acknowledges', () => {
		assert.deepEqual(story('ui.beep').deliver(10).post(601, ACK).states, [
			'queued 0',
			'sent 10',
			'acked 601',
		]);
	});

	it('never applies to a command without an age', () => {
		const one = story('ui.beep', 0).time(1e9);
		assert.deepEqual([one.states, dueAt(one.command)], [['queued 0'], undefined]);
	});

	it('does not change an acked command', () => {
		assert.deepEqual(
			story('host.reset', 60_000).deliver(10).post(40, ACK).time(600).states.at(-1),
			'acked 40',
		);
	});
});

describe('cancelling', () => {
	it('ends a queued command', () => {
		const { command } = story('host.shutdown');
		const { history } = cancelled(command, T0 + 5000);
		assert.deepEqual(history, [
			{ state: 'queued', time: T0 },
			{ state: 'cancelled', time: T0 + 5000 },
		]);
		assert.equal(isFinal(cancelled(command, T0)), true);
	});

	it('is too late after a delivery, an ack or an end', () => {
		const one = story('host.shutdown').deliver(10);
		assert.equal(isCancellable(one.command), false);
		assert.equal(isCancellable(one.post(40).command), false);
		assert.equal(isCancellable(one.post(70, ACK).command), false);
		assert.equal(isCancellable(story('ui.beep').time(600).command), false);
	});
});

describe('host.shutdown is confirmed', () => {
	const acked = () =>
		story('host.shutdown')
			.deliver(10)
			.post(40, { ...ACK, host: 510 });

	it('when the host is gone', () => {
		const one = acked().post(70, { host: 510 }).post(100, { host: null });
		assert.deepEqual(one.states, ['queued 0', 'sent 10', 'acked 40', 'confirmed 100']);
		assert.equal(isFinal(one.command), true);
	});

	it('when the host is gone in the POST with the ack', () => {
		const { states } = story('host.shutdown')
			.deliver(10)
			.post(40, { ...ACK, host: null });
		assert.deepEqual(states, ['queued 0', 'sent 10', 'acked 40', 'confirmed 40']);
	});

	it('when the uptime did not change over three POSTs that span 60 s', () => {
		assert.deepEqual(acked().post(70, { host: 510 }).post(100, { host: 510 }).states.at(-1), 'confirmed 100');
	});

	it('but not over three POSTs within less than 60 s', () => {
		const one = acked().post(69, { host: 510 }).post(99, { host: 510 });
		assert.deepEqual(one.states.at(-1), 'acked 40');
		assert.deepEqual(one.post(100, { host: 510 }).states.at(-1), 'confirmed 100');
	});

	it('but not over two POSTs, however far apart', () => {
		assert.deepEqual(acked().post(140, { host: 510 }).states.at(-1), 'acked 40');
	});

	it('but not while the uptime grows', () => {
		const one = acked().post(70, { host: 510 }).post(100, { host: 540 }).post(130, { host: 540 });
		assert.deepEqual(one.states.at(-1), 'acked 40');
		assert.deepEqual(one.post(160, { host: 540 }).states.at(-1), 'confirmed 160');
	});

	it('but not by a POST that says nothing of the host right after the UPS restarted', () => {
		assert.deepEqual(acked().post(70, { host: 'silent' }).states.at(-1), 'acked 40');
	});

	it('but not when the host was away before', () => {
		const one = story('host.shutdown');
		one.host = DOWN;
		one
			.deliver(10)
			.post(40, { ...ACK, host: null })
			.post(70, { host: null });
		assert.deepEqual(one.states.at(-1), 'acked 40');
		assert.deepEqual(one.time(640).states.at(-1), 'unconfirmed 640');
	});

	it('when an unknown host is seen and then gone', () => {
		const one = story('host.shutdown');
		one.host = UNKNOWN;
		one
			.deliver(10)
			.post(40, { ...ACK, host: 20 })
			.post(70, { host: null });
		assert.deepEqual(one.states.at(-1), 'confirmed 70');
	});

	it('only by reports since the last delivery', () => {
		const one = story('host.shutdown').deliver(10).post(40, { host: 500 }).post(75, { host: 500 });
		one.deliver(75).post(105, { ...ACK, host: 500 });
		assert.deepEqual(one.states.at(-1), 'acked 105');
	});

	it('or not within 600 s', () => {
		const one = acked();
		for (let at = 70; at <= 610; at += 30) one.post(at);
		assert.deepEqual(one.states.at(-1), 'acked 40');
		assert.deepEqual(dueAt(one.command), T0 + 640_000);
		assert.deepEqual(one.post(640).states.at(-1), 'unconfirmed 640');
		assert.equal(isFinal(one.command), true);
	});
});

for (const name of ['host.reset', 'power.cycle'] as const) {
	describe(`${name} is confirmed`, () => {
		const acked = () =>
			story(name)
				.deliver(10)
				.post(40, { ...ACK, host: 530 });

		it("when the host's uptime is lower than before", () => {
			assert.deepEqual(acked().post(70, { host: 25 }).states, [
				'queued 0',
				'sent 10',
				'acked 40',
				'confirmed 70',
			]);
		});

		it('when that shows in the POST with the ack', () => {
			const { states } = story(name)
				.deliver(10)
				.post(40, { ...ACK, host: 3 });
			assert.deepEqual(states, ['queued 0', 'sent 10', 'acked 40', 'confirmed 40']);
		});

		it('when the host is back, however old it says it is', () => {
			const one = acked().post(70, { host: null });
			assert.deepEqual(one.states.at(-1), 'acked 40');
			assert.deepEqual(one.post(100, { host: 900 }).states.at(-1), 'confirmed 100');
		});

		it('when a host that was halted comes up', () => {
			const one = story(name);
			one.host = DOWN;
			one
				.deliver(10)
				.post(40, { ...ACK, host: null })
				.post(70, { host: 25 });
			assert.deepEqual(one.states.at(-1), 'confirmed 70');
		});

		it('but not when the host is gone, or its uptime stays or grows', () => {
			const one = acked().post(70, { host: 530 }).post(100, { host: 560 }).post(130, { host: null });
			assert.deepEqual(one.states.at(-1), 'acked 40');
		});

		it('but not by a host that was never seen before', () => {
			const one = story(name);
			one.host = UNKNOWN;
			assert.deepEqual(
				one
					.deliver(10)
					.post(40, { ...ACK, host: 900 })
					.states.at(-1),
				'acked 40',
			);
		});

		it('or not within 600 s, also when nothing comes', () => {
			const one = acked().time(639);
			assert.deepEqual(one.states.at(-1), 'acked 40');
			assert.deepEqual(one.time(640).states.at(-1), 'unconfirmed 640');
		});
	});
}

describe('a clock that is set', () => {
	it('keeps the time left of a command', () => {
		const one = shifted(story('ui.beep').command, 3_600_000);
		assert.deepEqual([one.queuedAt, one.expiresAt, dueAt(one)], [T0, T0 + 4_200_000, T0 + 4_200_000]);
		const { command } = story('host.reset', 0).deliver(10).post(40, ACK);
		assert.deepEqual([shifted(command, -5).expiresAt, dueAt(shifted(command, -5))], [null, T0 + 639_995]);
	});

	it('makes no wait longer than the longest possible one', () => {
		const years = 315_360_000_000;
		const order = { id: 'a', nodeId: 'n', command: 'host.reset', args: {}, maxAge: 700_000 } as const;
		const moved = shifted(queued(order, [], T0), years);
		assert.deepEqual([longestWait(moved), dueAt(moved)], [700_000, T0 + years + 700_000]);
		const { command } = story('host.reset', 0).deliver(10).post(40, ACK);
		assert.equal(longestWait(shifted(command, years)), 600_000);
	});

	it('does not change a final command', () => {
		const { command } = story('ui.beep').time(600);
		assert.equal(shifted(command, 5), command);
	});
});

describe('a command that nothing happens to', () => {
	it('stays the same object', () => {
		const { command } = story('ui.beep').post(30);
		const one = new Story(command);
		assert.equal(one.post(60).time(90).command, command);
	});
});
