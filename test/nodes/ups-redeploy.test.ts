import assert from 'node:assert/strict';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { TAB } from './kit.js';
import { type CommandReport, commandOut, upsDevice } from './ups-kit.js';

const UPS = upsDevice('U1');

describe('a redeploy', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());

	it('loses no command that is ordered at that moment, and calls none failed', async () => {
		const flows = (number: number): FlowNode[] => [
			TAB,
			{ ...UPS, name: `version ${number}` },
			commandOut('out', { name: `version ${number}`, device: 'ups-U1', command: 'ui.beep' }),
		];
		await nr.deploy(flows(0));
		const ids = new Set<string>();
		for (let number = 1; number <= 20; number++) {
			await nr.inject('out', { topic: number });
			await nr.deploy(flows(number), number % 2 === 0 ? 'full' : 'nodes');
		}
		for (let number = 1; number <= 20; number++) {
			const { topic, payload } = await nr.message({ from: 'out' });
			const { id, state } = payload as CommandReport;
			assert.deepEqual([topic, state], [number, 'queued']);
			ids.add(id);
		}
		await nr.sync();
		assert.deepEqual([ids.size, nr.untakenErrors(), nr.untakenMessages({ from: 'out' })], [20, [], []]);
		await nr.inject('out', { cancel: true });
	});
});
