import assert from 'node:assert/strict';
import type { UpsEvent } from '../../../nodes/protocol/ups/index.js';
import { scenario } from '../../devices/ups/index.js';
import { Simulation } from './simulation.js';
import { ENDPOINT, START } from './site.js';

const MINUTE = 60_000;

/** What flows are told while the stand-in UPS plays a scenario. */
async function play(name: string, minutes: number): Promise<Simulation> {
	const { options, prepare } = scenario(name) ?? assert.fail();
	const simulation = new Simulation(options);
	prepare?.(simulation.device);
	await simulation.run(minutes * MINUTE);
	assert.deepEqual([simulation.site.problems, simulation.site.failures], [[], []]);
	return simulation;
}

const namesOf = (events: readonly UpsEvent[]): string[] => events.map(({ event }) => event);
/** In which five minutes since the start. */
const slotOf = ({ time }: UpsEvent): number => Math.floor((time - START) / (5 * MINUTE));

describe('the stand-in UPS', () => {
	it('has a battery that becomes low: once, until it is charged or the mains are back', async () => {
		const { events } = await play('low-battery', 28);
		assert.deepEqual(namesOf(events), [
			'online',
			'mains-lost',
			'battery-low',
			'mains-restored',
			'battery-ok',
		]);
		const low = events[2];
		assert.ok(Number(low?.batteryLevel) < 16.1 && Number(low?.batteryLevel) > 14, String(low?.batteryLevel));
		assert.ok(Number(low?.batteryMinutes) >= 0);
	});

	it('has its battery taken out and put in while it runs', async () => {
		const { events, site } = await play('no-battery', 13);
		const pair = ['battery-removed', 'battery-inserted'];
		assert.deepEqual(namesOf(events), ['online', ...pair, ...pair, ...pair.slice(0, 1)]);
		const power = site.messages.at(-1)?.payload.power as Record<string, unknown> | undefined;
		assert.deepEqual(
			[power?.batteryPresent, power?.batteryLevel, power?.batteryLow],
			[false, undefined, false],
		);
	});

	it('runs on its battery at a weak supply, which is one loss of the mains however it sags', async () => {
		const { events, site } = await play('weak-supply', 21);
		assert.deepEqual(
			events.slice(1).map((event) => [event.event, event.inputTooLow]),
			[
				['mains-lost', true],
				['mains-restored', undefined],
				['mains-lost', true],
				['mains-restored', undefined],
			],
		);
		const weak = site.messages.filter(
			({ payload }) => (payload.power as { inputTooLow?: true })?.inputTooLow,
		);
		assert.ok(weak.length >= 16, String(weak.length));
	});

	it('is refused without network time, and its badge says so', async () => {
		const simulation = await play('no-time', 10);
		assert.equal(simulation.refusals, simulation.posts.length);
		for (const { event, reason, clockOffset, status } of simulation.events.filter(({ never }) => !never))
			assert.deepEqual(
				[event, reason, status, Number(clockOffset) < -1e9],
				['refused', 'stale-timestamp', 401, true],
			);
		const [view] = simulation.site.service.views(undefined, ENDPOINT);
		assert.deepEqual([view?.seen, view?.refused?.reason], [false, 'stale-timestamp']);
	});

	it('loses no event by a clock that is set back and ahead', async () => {
		const { options, prepare } = scenario('clock-back') ?? assert.fail();
		const simulation = new Simulation(options);
		const { device } = simulation;
		prepare?.(device);
		// The mains are lost right after each setting of the clock, for a minute.
		device.timeline.every(5 * MINUTE, () => device.setMains(false), 5 * MINUTE + 1000);
		device.timeline.every(5 * MINUTE, () => device.setMains(true), 6 * MINUTE + 1000);
		await simulation.run(29 * MINUTE);
		const { events, refusals } = simulation;
		assert.equal(refusals, 0);
		const told = events.map((event) => `${event.event} ${slotOf(event)}`);
		assert.deepEqual(told, [
			'online 0',
			...[1, 2, 3, 4, 5].flatMap((slot) => [`mains-lost ${slot}`, `mains-restored ${slot}`]),
		]);
	});

	it('has faults that change their number, each told once', async () => {
		const { events } = await play('faults', 19);
		const cleared = { event: 'fault-cleared', faults: undefined };
		assert.deepEqual(
			events.slice(1).map(({ event, faults }) => ({ event, faults })),
			[
				['output-short'],
				['battery-ntc'],
				['charge-fault'],
				['charger-watchdog', 'output-overvoltage'],
			].flatMap((faults) => [{ event: 'fault', faults }, cleared]),
		);
	});
});
