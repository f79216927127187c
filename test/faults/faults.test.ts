import assert from 'node:assert/strict';
import { describeWithRedis } from '../adapter/store/find-redis.js';
import { patience } from '../patience.js';
import { runScenario } from './scenario.js';
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
