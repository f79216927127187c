import assert from 'node:assert/strict';
import { type DeployType, type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { endpoint, freePort, listening, TAB } from './kit.js';
import { type CommandReport, commandOut, httpIn, makePost, send, upsDevice } from './ups-kit.js';

const UPS = upsDevice('U1');

/** The same flow each time, with everything in it changed. */
function version(number: number, own: FlowNode[], at: string): FlowNode[] {
	const name = `version ${number}`;
	const config = own.map((node) => ({ ...node, name }));
	return [
		TAB,
		{ ...UPS, name },
		...config,
		httpIn('in', { name, endpoint: at }),
		commandOut('out', { name, device: 'ups-U1' }),
	];
}

describe('redeploys under traffic', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());

	/** Posts without a pause while it deploys, and counts what the UPS saw. */
	async function deployUnderTraffic(
		url: string,
		types: readonly DeployType[],
		flows: (number: number) => FlowNode[],
	): Promise<Map<string, number>> {
		const seen = new Map<string, number>();
		let deploying = true;
		const traffic = async (): Promise<void> => {
			while (deploying) {
				const { answer, error } = await send(makePost(url, 'U1'));
				const what = String(answer?.status ?? error);
				seen.set(what, (seen.get(what) ?? 0) + 1);
			}
		};
		const streams = [traffic(), traffic(), traffic()];
		for (const [number, type] of types.entries()) await nr.deploy(flows(number + 1), type);
		deploying = false;
		await Promise.all(streams);
		return seen;
	}

	const TYPES = Array.from(
		{ length: 50 },
		(_, number) => (['full', 'flows', 'nodes'] as const)[number % 3] ?? 'full',
	);

	it('loses no command that is ordered at the moment of a redeploy, and calls none failed', async () => {
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

	it("answers every POST at Node-RED's own server with 200", async () => {
		const flows = (number: number): FlowNode[] => version(number, [], '');
		await nr.deploy(flows(0));
		const seen = await deployUnderTraffic(nr.url, TYPES, flows);
		assert.deepEqual([...seen.keys()], ['200'], JSON.stringify([...seen]));
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('answers every POST at an own listener with 200, unless it is closed at that moment', async () => {
		const port = await freePort();
		const own = [endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port) })];
		const flows = (number: number): FlowNode[] => version(number, own, 'ep');
		await nr.deploy(flows(0));
		await listening(nr, 'ep');
		const seen = await deployUnderTraffic(`http://127.0.0.1:${port}`, TYPES, flows);
		const allowed = new Set(['200', 'unreachable', 'closed']);
		assert.deepEqual(
			[...seen.keys()].filter((what) => !allowed.has(what)),
			[],
			JSON.stringify([...seen]),
		);
		assert.ok((seen.get('200') ?? 0) > 0);
		assert.deepEqual(nr.untakenErrors(), []);
	});
});
