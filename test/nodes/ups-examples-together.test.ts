import assert from 'node:assert/strict';
import type { Message } from '../../nodes/adapter/node-red.js';
import { makeKey, postOnce, UpsDevice } from '../devices/ups/index.js';
import { type Changes, copyOf, Example, FILES } from './example.js';
import { type FlowNode, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { nowSeconds } from './kit.js';
import { type CommandReport, HURRIED, KEY, makePost, nextState, send } from './ups-kit.js';

const { watch, outage, start, silent, several, refusals } = FILES;
const DASHBOARD = 'dashboard/UPS on a dashboard.json';

/** A UPS, the examples that it reports to, and what it was ordered so far. */
interface Story {
	readonly nr: RunningNodeRed;
	readonly example: Example;
	readonly ups: UpsDevice;
	readonly ordered: string[];
	report(times?: number): Promise<void>;
}

/** What an example has told by the end of a chapter of the story. */
interface Chapters {
	/** Mains were away three times for a moment. */
	flapped?(story: Story): Promise<void>;
	/** Mains are away, and the battery is nearly empty. */
	low?(story: Story): Promise<void>;
	/** The Pi is off, and the UPS says nothing. */
	silent?(story: Story): Promise<void>;
	/** Mains are back. */
	back?(story: Story): Promise<void>;
	/** Some minutes later. */
	over?(story: Story): Promise<void>;
}

const CHAPTERS: Readonly<Record<string, Chapters>> = {
	[watch]: {
		async over({ nr, example, ups, ordered, report }) {
			await nr.inject(example.id('Beep', 'inject'));
			await nr.message({ from: example.id('Send to the UPS'), where: isQueued });
			await report();
			ordered.push('ui.beep');
			assert.deepEqual(executed(ups), ordered);
		},
	},
	[outage]: {
		async flapped({ example }) {
			assert.deepEqual(await example.sent('Time to shut down?'), []);
		},
		async low({ nr, example, ups, ordered, report }) {
			assert.equal(await example.next('Time to shut down?'), 'battery for 5 more minutes');
			const queued = await nextState(nr, example.id('Shut the Pi down', 'ups-command-out'));
			assert.deepEqual([queued.command, queued.state], ['host.shutdown', 'queued']);
			await report(6);
			ordered.push('host.shutdown');
			assert.deepEqual(executed(ups), ordered);
			assert.deepEqual(await example.sent('Time to shut down?'), [], 'once in an outage');
		},
		async back({ example }) {
			assert.equal(await example.next('Time to shut down?', 1), 'mains is back');
		},
	},
	[start]: {
		async flapped({ example }) {
			assert.deepEqual(await example.sent('Start the Pi'), []);
		},
		async over({ ups, ordered, report }) {
			ordered.push('power.cycle');
			while (!executed(ups).includes('power.cycle')) await report();
			await report(20);
			assert.equal(ups.host.state, 'running');
		},
	},
	[silent]: {
		async silent({ example }) {
			assert.match(String(await example.next('Silent')), /came on battery/);
		},
		async back({ example, ups }) {
			const reports = `UPS ${ups.deviceId} reports.`;
			assert.deepEqual([await example.next('Back'), await example.next('Back')], [reports, reports]);
		},
	},
	[several]: {
		async back({ example }) {
			const of = (trouble: string) => [`My UPS: ALARM: ${trouble}`, `My UPS: over: ${trouble}`];
			const expected = Array(4).fill(of('it runs on battery')).flat();
			const told: string[] = [];
			while (told.length < expected.length) {
				const news = String(await example.next('Watch them all'));
				if (news.includes('it runs on battery')) told.push(news);
			}
			assert.deepEqual(told, expected);
		},
	},
	[refusals]: {
		async over({ nr, example, ups }) {
			await postOnce(new UpsDevice({ deviceId: ups.deviceId, key: makeKey() }), nr.url);
			const { reason, deviceId } = JSON.parse(String(await example.next('Add to the file')));
			assert.deepEqual([reason, deviceId], ['bad-signature', ups.deviceId]);
		},
	},
	[DASHBOARD]: {
		async back({ nr, example }) {
			const expected = Array(4).fill(['Mains restored', 'Mains lost']).flat();
			const where = (msg: Message) => mainsIn(msg).join() === expected.join();
			await nr.message({ from: example.id('Timeline', 'function'), where });
		},
	},
};

const FILES_OF_UPS = Object.keys(CHAPTERS);

/** Each alone, the two that are the whole job together, and all of them. */
const COMBINATIONS = [...FILES_OF_UPS.map((file) => [file]), [outage, start], FILES_OF_UPS];

/** In seconds; the tests post faster than that. */
const OFFLINE_AFTER = '2';

const titleOf = (file: string): string => file.replace(/ - .*|\.json$/g, '');

const executed = (ups: UpsDevice): string[] => ups.executed.map(({ cmd }) => cmd);

const isQueued = ({ payload }: Message): boolean => (payload as CommandReport).state === 'queued';

/** What a message for the timeline of the dashboard says of mains. */
function mainsIn({ payload }: Message): string[] {
	const lines = Array.isArray(payload) ? (payload as { text?: string }[]) : [];
	return lines.map(({ text = '' }) => text).filter((text) => text.startsWith('Mains '));
}

/** What a user enters in *My UPS* alone, and what else the test needs. */
function filledIn(deviceId: string): Changes {
	const device = { ...HURRIED, credentials: { httpKey: KEY } };
	return {
		'My UPS': { ...device, deviceId, offlineAfter: OFFLINE_AFTER },
		'Second UPS': { ...device, deviceId: `${deviceId}-b`, credentials: { httpKey: makeKey() } },
		'My car': { path: `/wican/${deviceId}`, credentials: { token: 'a token of the tests' } },
	};
}

/** Drives a UPS through an outage and lets each of the examples prove what it told. */
async function tell(story: Story, files: readonly string[]): Promise<void> {
	const { ups, report } = story;
	const chapter = async (name: keyof Chapters): Promise<void> => {
		for (const file of files) await CHAPTERS[file]?.[name]?.(story);
	};
	await report();
	for (let flap = 0; flap < 3; flap++) {
		ups.setMains(false);
		await report();
		ups.setMains(true);
		await report();
	}
	await chapter('flapped');
	ups.setMains(false);
	while (ups.power.displayedLevel > 20) await report();
	await chapter('low');
	if (ups.host.state !== 'halted') ups.host.shutdown();
	await report();
	await chapter('silent');
	ups.setMains(true);
	await report();
	await chapter('back');
	await chapter('over');
	assert.deepEqual(executed(ups), story.ordered);
}

describe('the examples for a UPS, alone and side by side on one Node-RED', () => {
	let nr: RunningNodeRed;
	let deviceId: string;
	let last = 0;
	before(async () => {
		// Beside the other tests this one needs Dashboard 2.
		nr = await startNodeRed({ settings: { nodesExcludes: [] } });
	});
	after(() => nr.stop());
	beforeEach(() => {
		deviceId = `together-${++last}`;
	});
	afterEach(async () => {
		await nr.deploy([]);
		nr.forget();
	});

	for (const files of COMBINATIONS) {
		it(`tell the whole story of an outage: ${files.map(titleOf).join(', ')}`, async () => {
			const withPi: Changes = files.includes(outage) ? { 'Shut the Pi down': { d: false } } : {};
			const example = await Example.start(files, nr, { ...filledIn(deviceId), ...withPi });
			const ups = new UpsDevice({ deviceId, key: KEY, batteryLevel: 60, batteryMah: 600 });
			const report = async (times = 1): Promise<void> => {
				for (let post = 0; post < times; post++) assert.equal((await postOnce(ups, nr.url)).result, 'ok');
			};
			await tell({ nr, example, ups, report, ordered: [] }, files);
			assert.deepEqual(nr.untakenErrors(), []);
		});
	}

	it('tell at one endpoint that a UPS is silent and that it is back, and nothing at another', async () => {
		const elsewhere = { id: 'elsewhere', type: 'wattpost-endpoint', name: 'Elsewhere', path: '/elsewhere' };
		const copy = copyOf(silent, { 'Every UPS': { server: 'endpoint', endpoint: elsewhere.id } });
		const nodes: FlowNode[] = [elsewhere, ...copy];
		const example = await Example.start(silent, nr, filledIn(deviceId), nodes);
		const there = (node: string): string => `${example.id(node)}-copy`;
		const ups = new UpsDevice({ deviceId, key: KEY });
		const back = `UPS ${deviceId} reports.`;

		await postOnce(ups, nr.url);
		assert.equal(await example.next('Back'), back);
		assert.match(String(await example.next('Silent')), /is silent/);
		await postOnce(ups, nr.url);
		assert.equal(await example.next('Back'), back);
		for (const node of ['Silent', 'Back']) assert.deepEqual(nr.untakenMessages({ from: there(node) }), []);

		await postOnce(ups, `${nr.url}/elsewhere`);
		assert.match(String((await nr.message({ from: there('Silent') })).payload), /is silent/);
		await postOnce(ups, `${nr.url}/elsewhere`);
		assert.equal((await nr.message({ from: there('Back') })).payload, back);
		for (const node of ['Silent', 'Back']) assert.deepEqual(await example.sent(node), []);
	});

	it('call an alarm about a UPS that never reported off wherever they told it', async () => {
		const elsewhere = { id: 'elsewhere', type: 'wattpost-endpoint', name: 'Elsewhere', path: '/elsewhere' };
		const copy = copyOf(silent, { 'Every UPS': { server: 'endpoint', endpoint: elsewhere.id } });
		const example = await Example.start(silent, nr, filledIn(deviceId), [elsewhere, ...copy]);
		const sent = async (node: string): Promise<string[]> => {
			const ids = [example.id(node), `${example.id(node)}-copy`];
			return Promise.all(ids.map(async (from) => String((await nr.message({ from })).payload)));
		};
		for (const text of await sent('Silent')) assert.match(text, /has never reported/);
		await postOnce(new UpsDevice({ deviceId, key: KEY }), nr.url);
		assert.deepEqual(await sent('Back'), Array(2).fill(`UPS ${deviceId} reports.`));
	});

	it('tell on the dashboard what is wrong with supply and battery', async () => {
		const example = await Example.start(DASHBOARD, nr, filledIn(deviceId));
		const shows = async (power: object): Promise<unknown[]> => {
			const body = {
				ts: nowSeconds(),
				fw_ver: 'esp32:0.8.17',
				uptime_s: 100,
				power: { version: 2, ...power },
			};
			await send(makePost(nr.url, deviceId, { body: Buffer.from(JSON.stringify(body)) }));
			const { payload } = await nr.message({ from: example.id('State in words', 'function') });
			const { headline, tone, note, rows } = payload as Record<'headline' | 'tone' | 'note', string> & {
				rows: { text: string }[];
			};
			return [headline, tone, note, rows[0]?.text];
		};
		const told = (text: string) =>
			nr.message({
				from: example.id('Timeline', 'function'),
				where: ({ payload }) => Array.isArray(payload) && payload[0]?.text === text,
			});

		const charger = { flags: 22, vbus_in_mv: 5150, charge_state: 0 };
		const tooLow = 'Its supply gives too few volts: it needs 12 to 20.';
		assert.deepEqual(await shows({ ...charger, vbat_mv: 7600 }), ['On battery', 'warning', tooLow, 'in use']);
		assert.deepEqual(await shows({ ...charger, vbat_mv: 6800 }), ['On battery', 'bad', tooLow, 'low']);
		await told('Battery low');
		const mains = { flags: 27, vbus_in_mv: 19_870, vbat_mv: 0, charge_state: 0 };
		assert.deepEqual(await shows(mains), ['On mains', 'bad', '', 'taken out']);
		await told('Battery taken out');
		await send(makePost(nr.url, deviceId, { key: makeKey() }));
		await told('A report was refused: wrong key');
	});
});
