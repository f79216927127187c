import assert from 'node:assert/strict';
import { type FirmwareName, postOnce, WicanDevice } from '../devices/wican/index.js';
import { type DeployType, type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { endpoint, freePort, listening, nextEvent, ON_TAB, TAB } from './kit.js';
import { eventsOf, nextSnapshot, type Snapshot, send, TOKEN, wicanIn } from './wican-kit.js';

const FIRMWARES: readonly FirmwareName[] = ['4.40', '4.48', '4.51', '6', 'ha6'];

/** One of the cars reports to a node in a subflow, which Node-RED makes anew, with an id of its own. */
const INNER = 'instance-inner';
const SUBFLOW: FlowNode[] = [
	{ id: 'sub', type: 'subflow', name: 'Sub', in: [], out: [] },
	wicanIn('inner', { z: 'sub', path: `/${INNER}` }),
	{ id: 'instance', type: 'subflow:sub', ...ON_TAB, wires: [] },
];

const idOf = (firmware: string): string =>
	firmware === '4.48' ? INNER : `car-${firmware.replace('.', '-')}`;

/** What a message says of the car and of what its values mean. */
function meaning({ topic, units, classes, wican }: Snapshot): object {
	const { vehicle, deviceId, firmware } = wican;
	const [known, sorts] = [units, classes].map((map) =>
		Object.entries(map).filter(([name]) => ALWAYS.test(name)),
	);
	return { topic, vehicle, deviceId, firmware, known, sorts };
}

/** Parameters that change with every POST of a car that drives, so that webhooks tell them each time too. */
const ALWAYS = /RPM|^SPEED|COOLANT_TMP|MAF/;

describe('Node-RED ends in the middle of a drive', () => {
	let nr: RunningNodeRed;
	const cars = new Map<string, WicanDevice>();
	before(async () => {
		const cars = FIRMWARES.filter((firmware) => idOf(firmware) !== INNER);
		nr = await startNodeRed({ flows: [TAB, ...SUBFLOW, ...cars.map((one) => wicanIn(idOf(one)))] });
	});
	after(() => nr.stop());

	async function post(firmware: string): Promise<Snapshot> {
		const car = cars.get(firmware);
		assert.ok(car);
		assert.equal((await postOnce(car, `${nr.url}/${idOf(firmware)}`)).result, 'ok');
		return nextSnapshot(nr, idOf(firmware));
	}

	async function afterwards(end: () => Promise<unknown>): Promise<void> {
		const before = new Map<string, Snapshot>();
		for (const firmware of FIRMWARES) {
			cars.set(firmware, new WicanDevice({ firmware, auth: { kind: 'bearer', token: TOKEN } }));
			assert.equal((await post(firmware)).wican.first, true);
			before.set(firmware, await post(firmware));
		}
		await nr.sync();
		nr.forget();
		await end();
		for (const firmware of FIRMWARES) {
			const [last, next] = [before.get(firmware), await post(firmware)];
			assert.ok(last);
			assert.deepEqual(meaning(next), meaning(last), firmware);
			assert.ok(Object.keys(next.units).length > 5, firmware);
			assert.equal(next.wican.first, firmware === 'ha6' ? true : undefined);
			assert.deepEqual(await eventsOf(nr, idOf(firmware)), [], firmware);
		}
	}

	it('restarted: the next POST means the same, and nothing is told again', () =>
		afterwards(() => nr.restart()));

	it('killed right after the answer: the same', () =>
		afterwards(async () => {
			await nr.kill('SIGKILL');
			await nr.start();
		}));
});

describe('a car that falls silent while Node-RED is restarted', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({
			flows: [TAB, wicanIn('in', { offlineAfter: '1' }), wicanIn('gone', { offlineAfter: '1' })],
		});
	});
	after(() => nr.stop());

	const post = (path: string) => send(nr.url, { path, body: { autopid_data: { SOC: 1 } } });

	it('is offline then, which is told once; and online when it reports', async () => {
		await post('/gone');
		await nextEvent(nr, 'offline', 'gone');
		await post('/in');
		await nextEvent(nr, 'online');
		await nr.restart();
		await nextEvent(nr, 'offline');
		nr.forget();
		await nr.restart();
		const badges = ['in', 'gone'].map((id) => nr.status(id, ({ fill }) => fill === 'grey'));
		assert.deepEqual(
			(await Promise.all(badges)).map(({ text }) => text),
			['offline', 'offline'],
		);
		assert.deepEqual(await eventsOf(nr), []);
		assert.deepEqual(await eventsOf(nr, 'gone'), []);
		await post('/in');
		await nextEvent(nr, 'online');
	});
});

describe('redeploys while cars report', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	const TYPES = Array.from(
		{ length: 24 },
		(_, n): DeployType => (['full', 'flows', 'nodes'] as const)[n % 3] ?? 'full',
	);

	/** Posts numbers without a pause while it deploys. Gives what was answered, and the numbers that got 200. */
	async function deployUnderTraffic(url: string, flows: (n: number) => FlowNode[]) {
		const answers = new Set<string>();
		const accepted: number[] = [];
		let [deploying, last] = [true, 0];
		const traffic = async (): Promise<void> => {
			while (deploying) {
				const SOC = ++last;
				const body = { autopid_data: { SOC }, ...(SOC % 5 === 0 && { config: { SOC: { unit: '%' } } }) };
				const { answer, error } = await send(url, { path: '/in', body });
				answers.add(String(answer?.status ?? error));
				if (answer?.status === 200) accepted.push(SOC);
			}
		};
		const streams = [traffic(), traffic(), traffic()];
		for (const [n, type] of TYPES.entries()) await nr.deploy(flows(n + 1), type);
		deploying = false;
		await Promise.all(streams);
		await nr.sync();
		const shown = nr
			.untakenMessages({ from: 'in', port: 0 })
			.map(({ payload }) => (payload as { SOC: number }).SOC);
		const byNumber = (one: number, other: number): number => one - other;
		return { answers: [...answers], accepted: accepted.sort(byNumber), shown: shown.sort(byNumber) };
	}

	it("at Node-RED's own server: each POST gets 200, and what got 200 has become one message", async () => {
		const flows = (n: number): FlowNode[] => [TAB, wicanIn('in', { name: `version ${n}` })];
		await nr.deploy(flows(0));
		const { answers, accepted, shown } = await deployUnderTraffic(nr.url, flows);
		assert.deepEqual(answers, ['200']);
		assert.deepEqual(shown, accepted);
		const events = (await eventsOf(nr)).map(({ event }) => event);
		assert.deepEqual([events, nr.untakenErrors()], [['online'], []]);
	});

	it('at an own listener: 200 as well, unless it is closed at that moment', async () => {
		const port = await freePort();
		const flows = (n: number): FlowNode[] => [
			TAB,
			endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port), name: `version ${n}` }),
			wicanIn('in', { name: `version ${n}`, endpoint: 'ep' }),
		];
		await nr.deploy(flows(0));
		await listening(nr, 'ep');
		const { answers, accepted, shown } = await deployUnderTraffic(`http://127.0.0.1:${port}`, flows);
		const allowed = new Set(['200', 'unreachable', 'closed']);
		assert.deepEqual(
			answers.filter((answer) => !allowed.has(answer)),
			[],
		);
		assert.ok(accepted.length > 0);
		assert.deepEqual(
			accepted.filter((number) => !shown.includes(number)),
			[],
		);
		assert.equal(new Set(shown).size, shown.length);
		assert.deepEqual(nr.untakenErrors(), []);
	});
});
