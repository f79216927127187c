import assert from 'node:assert/strict';
import { ManualTime, settled } from '../manual-time.js';
import { TestStore } from '../memory-store.js';
import { Garage, HOUR, ID, MINUTE, requestOf, SECOND, START } from './garage.js';

const FIRST = {
	config: { SOC: { unit: '%' } },
	status: { device_id: ID, uptime: '00:00:41', ecu_status: 'online' },
	autopid_data: { SOC: 62 },
};

/** Two Node-REDs with the same flows over one store. */
function twoProcesses() {
	const time = new ManualTime(START);
	const store = new TestStore(time);
	store.shared = true;
	const [one, other] = [new Garage({}, store, time), new Garage({}, store, time)];
	const all = () =>
		[...one.events, ...other.events]
			.sort((first, second) => first.time - second.time)
			.map(({ event, time: at }) => `${event} ${at - START}`);
	return { time, store, one, other, all };
}

describe('two processes that serve one car', () => {
	it('tell each event once, whichever of them takes the POST', async () => {
		const { time, one, other, all } = twoProcesses();
		for (let count = 0; count < 12; count++) {
			await (count % 2 ? one : other).post(count === 0 ? FIRST : { autopid_data: { SOC: count } });
			await time.advance(10 * SECOND);
		}
		assert.deepEqual(all(), ['online 0', 'started 0', 'ecu-online 0']);
		await time.advance(HOUR);
		assert.deepEqual(all().slice(3), [`offline ${11 * 10 * SECOND + 2 * MINUTE}`]);
	});

	it('give a message its units, whichever of them took the first POST', async () => {
		const { one, other } = twoProcesses();
		await one.post(FIRST);
		await other.post({ autopid_data: { SOC: 63 } });
		assert.deepEqual([other.snapshot.units, other.snapshot.topic], [{ SOC: '%' }, ID]);
	});

	it('agree on the usual interval, though each sees every second POST', async () => {
		const { time, one, other, all } = twoProcesses();
		for (let count = 0; count < 6; count++) {
			await time.advance(MINUTE);
			await (count % 2 ? one : other).post({ autopid_data: { SOC: count } });
		}
		await time.advance(5 * MINUTE - 1);
		assert.deepEqual(all(), [`online ${MINUTE}`]);
		await time.advance(1);
		assert.deepEqual(all().slice(1), [`offline ${11 * MINUTE}`]);
	});

	it('tell no silence of a car that the other one hears', async () => {
		const { time, one, all } = twoProcesses();
		for (let count = 0; count < 60; count++) {
			await one.post({ autopid_data: { SOC: count } });
			await time.advance(10 * SECOND);
		}
		assert.deepEqual(all(), ['online 0']);
	});

	it('tell 5 s later, with the same time, what one of them did not live to tell', async () => {
		const { time, one, other } = twoProcesses();
		// Answered, but never shown: the process ends there.
		await one.receiver.handle(requestOf(FIRST));
		await time.advance(4999);
		assert.deepEqual([one.events, other.events], [[], []]);
		await time.advance(2);
		await settled();
		assert.deepEqual(
			other.events.map(({ event, time: at }) => [event, at]),
			[
				['online', START],
				['started', START],
				['ecu-online', START],
			],
		);
		assert.deepEqual(one.events, []);
	});

	it('keep a car online when one of them restarts', async () => {
		const { time, store, one, all } = twoProcesses();
		await one.post(FIRST);
		await time.advance(MINUTE);
		const restarted = new Garage({}, store, time);
		await time.advance(59 * SECOND);
		assert.deepEqual(all().length, 3);
		await time.advance(MINUTE);
		assert.deepEqual([...all().slice(3), ...restarted.eventNames], [`offline ${2 * MINUTE}`]);
	});
});
