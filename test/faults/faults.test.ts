import assert from 'node:assert/strict';
import { describeWithRedis } from '../adapter/store/find-redis.js';
import { patience } from '../patience.js';
import { chance, runScenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

const SEED = 1;

for (const scenario of SCENARIOS) {
	const { name, what, short } = scenario;
	const describeScenario = name === 'instances' ? describeWithRedis : describe;
	describeScenario(`faults: ${name}`, () => {
		it(`loses nothing: ${what}`, async function () {
			this.timeout(patience(120_000));
			const { outcome } = await runScenario(scenario, { seed: SEED, rounds: short });
			assert.deepEqual(outcome.lost, []);
			assert.ok(outcome.tried > 0);
		});
	});
}

describe('faults', () => {
	it('have names that differ', () => {
		const names = SCENARIOS.map(({ name }) => name);
		assert.deepEqual([...new Set(names)], names);
	});

	it('make the same choices for the same seed, and others for another', () => {
		const choices = (seed: number, name: string): number[] => {
			const random = chance(seed, name);
			return Array.from({ length: 100 }, random);
		};
		assert.deepEqual(choices(7, 'kill'), choices(7, 'kill'));
		assert.notDeepEqual(choices(7, 'kill'), choices(8, 'kill'));
		assert.notDeepEqual(choices(7, 'kill'), choices(7, 'other'));
		assert.ok(choices(7, 'kill').every((number) => number >= 0 && number < 1));
	});

	it('have lost something when a scenario breaks off', async () => {
		const broken = {
			...{ name: 'broken', what: 'It throws.', rounds: 1, short: 1 },
			run: () => Promise.reject(new Error('a reason')),
		};
		const { outcome } = await runScenario(broken, { seed: SEED, rounds: 1 });
		assert.match(outcome.lost.join(), /seed 1 .*a reason/);
	});
});
