import assert from 'node:assert/strict';
import type { CommandName } from '../../../nodes/protocol/ups/index.js';
import { chance, isRisky, type Kill, Simulation, STATES } from './simulation.js';
import { ENDPOINT } from './site.js';

const NAMES: readonly CommandName[] = [
	'ui.beep',
	'ui.display_msg',
	'host.shutdown',
	'host.reset',
	'power.cycle',
];
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const YEARS = 315_360_000_000;

const KILLS: readonly Kill[] = ['before telling', 'after telling'];

const argsOf = (command: CommandName) => (command === 'ui.display_msg' ? { text: 'Hello' } : {});

/** What must hold whatever happened: one states for each command, nothing dangerous twice. */
function check(simulation: Simulation): void {
	const { device, queued } = simulation;
	for (const { id, command } of queued) {
		const states = simulation.statesOf(id).join(' ');
		assert.match(states, STATES[isRisky(command) ? 'host' : 'ui'], `${command} ${id}`);
		if (isRisky(command)) assert.ok(device.dispatches(id) <= 1, `${command} ${id} twice`);
		if (/confirmed|acked/.test(states)) assert.ok(device.dispatches(id) >= 1, `${command} ${id} never`);
		if (/expired|cancelled/.test(states) && !states.includes('unknown'))
			assert.equal(device.dispatches(id), 0);
	}
	assert.equal(new Set(simulation.accepted).size, simulation.accepted.length);
	assert.deepEqual(simulation.open, []);
	assert.deepEqual(simulation.site.problems, []);
	assert.deepEqual(simulation.site.leftovers, { messages: 0, stored: 0, outbox: 0 });
}

describe('a UPS that loses every third answer and reboots twice', () => {
	it('ends each of 100 commands once, executes all display commands and no other one twice', async () => {
		const simulation = new Simulation();
		const { device } = simulation;
		device.timeline.in(7 * MINUTE + 5 * SECOND, () => device.rebootEsp32());
		device.timeline.in(14 * MINUTE + 50 * SECOND, () => device.rebootEsp32());
		let left = 100;
		await simulation.run(
			2 * HOUR,
			async (count) => {
				for (let index = 0; index < (count % 2) * 5 && left > 0; index++) {
					const command = NAMES[(100 - left--) % 5] ?? 'ui.beep';
					await simulation.queue(command, argsOf(command));
				}
			},
			(count) => count % 3 === 0,
		);
		assert.equal(simulation.queued.length, 100);
		check(simulation);
		for (const { id, command } of simulation.queued) {
			if (isRisky(command)) continue;
			assert.ok(device.dispatches(id) >= 1, id);
			assert.deepEqual(simulation.statesOf(id), ['queued', 'sent', 'acked']);
		}
		const ends = new Set(simulation.queued.map(({ id }) => simulation.statesOf(id).at(-1)));
		assert.deepEqual([...ends].sort(), ['acked', 'confirmed', 'unconfirmed', 'unknown']);
	});
});

describe('a day of outages', () => {
	it('gives exactly the events of the UPS', async () => {
		const simulation = new Simulation({ batteryMah: 5000, batteryLevel: 90 });
		const { device } = simulation;
		const random = chance(7);
		const expected: string[] = ['online'];
		const at = (moment: number, event: string, action: () => void) =>
			device.timeline.in(moment, () => {
				expected.push(event);
				action();
			});
		let next = 10 * MINUTE;
		while (next < 23 * HOUR) {
			const end = next + 2 * MINUTE + Math.floor(random() * 10) * MINUTE;
			const kind = Math.floor(random() * 4);
			if (kind < 2) {
				at(next, 'mains-lost', () => device.setMains(false));
				at(end, 'mains-restored', () => device.setMains(true));
			} else if (kind === 2) {
				at(next, 'fault', () => device.setFaults(256));
				at(next + 2 * MINUTE, 'fault', () => device.setFaults(256 | 1));
				at(end + 2 * MINUTE, 'fault-cleared', () => device.setFaults(0));
			} else {
				at(next, 'restarted', () => device.rebootEsp32());
			}
			next = end + 10 * MINUTE;
		}
		await simulation.run(24 * HOUR);
		assert.deepEqual(
			simulation.events.map(({ event }) => event),
			expected,
		);
		assert.ok(expected.length > 100);
		assert.ok(simulation.posts.length > 2700);
	});
});

/** Orders, restarts, kills, losses and reboots by chance. */
async function roughDay(seed: number): Promise<Simulation> {
	const simulation = new Simulation({}, seed);
	const { device } = simulation;
	const random = chance(seed);
	for (let index = 0; index < 6; index++) {
		device.timeline.in(random() * 3 * HOUR, () => device.rebootEsp32());
	}
	await simulation.run(
		3 * HOUR,
		async () => {
			if (random() < 0.3) await simulation.restart();
			if (random() < 0.3) {
				const command = NAMES[Math.floor(random() * 5)] ?? 'ui.beep';
				await simulation.queue(command, argsOf(command));
			}
		},
		() => random() < 0.2,
	);
	await simulation.run(30 * MINUTE);
	return simulation;
}

/** How often a POST told of a shorter uptime than the one before it. */
function restartsSeen({ posts }: Simulation): number {
	const uptimes = posts.map(({ body }) => (JSON.parse(body.toString()) as { uptime_s: number }).uptime_s);
	return uptimes.filter((uptime, index) => uptime < (uptimes[index - 1] ?? 0)).length;
}

describe('Node-RED restarted at random between the POSTs', () => {
	for (const seed of [1, 2, 3, 4, 5, 6]) {
		it(`delivers each command's states once and in order, seed ${seed}`, async () => {
			const simulation = await roughDay(seed);
			assert.ok(simulation.queued.length > 50);
			check(simulation);
			for (const { id } of simulation.queued) {
				const told = simulation.toldOf(id);
				assert.equal(new Set(told).size, told.length, told.join(', '));
			}
			const names = simulation.events.map(({ event }) => event);
			assert.equal(names.filter((name) => name === 'online').length, 1);
			assert.equal(names.filter((name) => name === 'restarted').length, restartsSeen(simulation));
		});
	}
});

describe('Node-RED killed right after an answer', () => {
	for (const seed of [11, 12, 13, 14]) {
		it(`delivers the last state again, with the same time, and loses none, seed ${seed}`, async () => {
			const simulation = new Simulation({}, seed);
			const random = chance(seed);
			await simulation.run(
				3 * HOUR,
				async () => {
					if (random() < 0.3) {
						const command = NAMES[Math.floor(random() * 5)] ?? 'ui.beep';
						await simulation.queue(command, argsOf(command));
					}
				},
				() => random() < 0.1,
				() => KILLS[Math.floor(random() * 5)],
			);
			await simulation.run(30 * MINUTE);
			check(simulation);
			assert.ok(simulation.queued.length > 50);
			let toldAgain = 0;
			for (const { id } of simulation.queued) {
				const told = simulation.toldOf(id);
				const times = told.map((step) => Number(step.split(' ')[1]));
				// What is told again is what became known last: nothing newer was told before it.
				assert.deepEqual([...times].sort(), times);
				toldAgain += told.length - new Set(told).size;
			}
			assert.ok(toldAgain > 0);
		});
	}
});

describe('clocks that jump', () => {
	const cases: readonly (readonly [string, number, boolean, boolean])[] = [
		['an hour forth on the server', HOUR, true, false],
		['ten years forth on the server', YEARS, true, false],
		['an hour back on the server', -HOUR, true, false],
		['ten years back on the server', -YEARS, true, false],
		['an hour forth on the UPS', HOUR, false, true],
		['ten years forth on the UPS', YEARS, false, true],
		['an hour back on the UPS', -HOUR, false, true],
		['100 s back on the UPS', -100 * SECOND, false, true],
		['250 s forth on the UPS', 250 * SECOND, false, true],
		['an hour forth on both', HOUR, true, true],
		['ten years forth on both', YEARS, true, true],
		['an hour back on both', -HOUR, true, true],
	];
	for (const [what, step, server, ups] of cases) {
		it(`${what}, and back: all recovers, nothing runs twice, no nonce counts twice`, async () => {
			const simulation = new Simulation();
			const { device, time } = simulation;
			const jump = (by: number) => {
				if (server) time.setClock(time.now() + by);
				if (ups) device.clock.offset += by / SECOND;
			};
			const work = async (count: number) => {
				if (count % 4 !== 0) return;
				const command = NAMES[(count / 4) % 5] ?? 'ui.beep';
				await simulation.queue(command, argsOf(command));
			};
			await simulation.run(20 * MINUTE, work, (count) => count % 5 === 0);
			jump(step);
			await simulation.run(20 * MINUTE, work, (count) => count % 5 === 0);
			jump(-step);
			await simulation.run(20 * MINUTE, work, (count) => count % 5 === 0);
			await simulation.run(30 * MINUTE);
			check(simulation);
			assert.equal(simulation.site.service.views(undefined, ENDPOINT)[0]?.online, true);
			const before = simulation.refusals;
			await simulation.run(5 * MINUTE);
			assert.equal(simulation.refusals, before);
			await simulation.queue('ui.beep');
			await simulation.run(2 * MINUTE);
			assert.deepEqual(simulation.statesOf(simulation.queued.at(-1)?.id ?? ''), ['queued', 'sent', 'acked']);
		});
	}

	it('on a UPS that restarts at the same time make it run nothing twice', async () => {
		for (const ahead of [40, 100, 200, 290]) {
			const simulation = new Simulation({ clockOffset: ahead });
			const { device } = simulation;
			await simulation.queue('power.cycle');
			device.timeline.in(17 * SECOND, () => {
				device.clock.offset = 0;
				device.rebootEsp32();
			});
			await simulation.run(20 * MINUTE);
			check(simulation);
			assert.deepEqual(simulation.statesOf(simulation.queued[0]?.id ?? ''), ['queued', 'sent', 'unknown']);
		}
	});

	for (const clock of ['server', 'UPS', 'server and UPS'] as const) {
		it(`on the ${clock} do not make an accepted POST acceptable again`, async () => {
			const simulation = new Simulation();
			const { device, time } = simulation;
			const jump = (by: number) => {
				if (clock !== 'UPS') time.setClock(time.now() + by);
				if (clock !== 'server') device.clock.offset += by / SECOND;
			};
			await simulation.run(20 * MINUTE);
			jump(YEARS);
			await simulation.run(4 * MINUTE);
			jump(-YEARS);
			const accepted = simulation.posts.filter(({ nonce }) => simulation.accepted.includes(nonce));
			assert.ok(accepted.length > 30);
			for (const post of accepted) assert.equal((await simulation.receive(post)).answer?.status, 401);
		});
	}
});
