/** All examples in one Node-RED, as somebody has them who tries one after the other. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HpduServer } from '../devices/hpdu/index.js';
import { postOnce as postReport, UpsDevice } from '../devices/ups/index.js';
import { postOnce as postValues, WicanDevice } from '../devices/wican/index.js';
import { CHECKOUT, type FlowNode, type RunningNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';
import { overlapping } from './layout.js';
import { LIGHT_EDITOR_WITH_ALL_NODES } from './light.js';
import { CAR_TOKEN, HTTP_KEY } from './panels.js';
import { withEditor } from './stage.js';

const FOLDER = join(CHECKOUT, 'examples');

const EXAMPLES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
	.filter((name) => name.endsWith('.json'))
	.sort();

const read = (name: string): FlowNode[] => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

const tabOf = (name: string): string => read(name).find(({ type }) => type === 'tab')?.id ?? '';

/** What is entered in the panel of a node: what an example cannot know. */
type Entries = Readonly<Record<string, string>>;

const SECOND_KEY = 'FEDCBA9876543210';

/** A UPS of its own for each way: what one was sent is remembered. */
const UPS_IDS = { copy: '8988228066680569990', replace: '8988228066680569991' } as const;

/** Buttons of the examples for a PDU that only read, or write what can be written again. */
const BUTTONS = ['Find the units', 'Write the names'];

/** Nodes that wait for somebody who presses a button of the PDU's display. */
const UNASKED = ['Press', 'Press it'];

describe('all examples in one Node-RED, imported in turn', function () {
	this.timeout(patience(240_000));
	let nr: RunningNodeRed;
	let editor: Editor;
	let pdu: HpduServer;
	let upsId: string;

	withEditor(
		async () => {
			pdu = await HpduServer.start({ name: 'Rack 5' });
			return { settings: LIGHT_EDITOR_WITH_ALL_NODES };
		},
		(stage) => ({ nr, editor } = stage),
	);
	afterEach(async () => {
		nr.forget();
		await nr.redeployed(() => editor.clear());
	});
	after(async () => {
		await pdu?.close();
	});

	/** What a node is told once, by what it is. */
	function entriesFor({ type, name }: FlowNode): Entries {
		if (type === 'ups-device')
			return name === 'My UPS'
				? { deviceId: upsId, httpKey: HTTP_KEY }
				: { deviceId: `${upsId}-2`, httpKey: SECOND_KEY };
		if (type === 'wican-https-in') return { token: CAR_TOKEN };
		if (type === 'hpdu-device')
			return { host: '127.0.0.1', port: String(pdu.port), username: 'super', password: 'super' };
		return {};
	}

	/** Opens the panel of a node, and fills in what is marked as wrong. @returns what that was */
	async function complete(node: FlowNode): Promise<string[]> {
		const entries = entriesFor(node);
		const panel = await editor.openPanel(node.id);
		const wrong = await panel.wrongFields();
		// A port has a usual value, which is not that of the simulator.
		const fields = wrong.includes('host') ? [...wrong, 'port'] : wrong;
		for (const field of fields) await panel.fill(field, entries[field] ?? '');
		await panel.done();
		return wrong;
	}

	/** Imports an example and enters what the editor marks. @returns the marked fields of what was there before */
	async function add(example: string, way: 'copy' | 'replace'): Promise<string[]> {
		const flow = read(example);
		const before = await editor.ids();
		const shares = flow.some(({ id }) => before.includes(id));
		await (shares ? editor.importAgain(flow, way) : editor.importFlows(flow));
		const nodes = flow.filter((node) => Object.keys(entriesFor(node)).length > 0);
		const again: string[] = [];
		for (const node of nodes) {
			const id = (await editor.idOf(node.type, String(node.name), before)) ?? node.id;
			if (before.includes(id) && (await editor.isValid(id))) continue;
			const wrong = await complete({ ...node, id });
			if (before.includes(id)) again.push(...wrong.map((field) => `${node.type} ${field}`));
		}
		assert.deepEqual(await editor.invalidNodes(), [], example);
		await nr.redeployed(() => editor.deploy());
		assert.deepEqual(
			errorsBut('hpdu-unreachable'),
			[],
			`${example}: a deploy may only break off a request to a PDU`,
		);
		return again;
	}

	const errorsBut = (...codes: string[]): unknown[] =>
		nr
			.untakenErrors()
			.filter(({ code, message }) => !codes.some((one) => code === one || message.includes(one)));

	/** The nodes of some types that are deployed and enabled. */
	function deployed(flows: readonly FlowNode[], ...types: string[]): FlowNode[] {
		return flows.filter(({ type, d }) => types.includes(type) && d !== true);
	}

	async function upsReaches(flows: readonly FlowNode[]): Promise<void> {
		const receivers = deployed(flows, 'ups-http-in');
		assert.ok(receivers.length >= 7);
		const device = new UpsDevice({ deviceId: upsId, key: HTTP_KEY, wallClock: Date.now });
		await postReport(device, nr.url);
		for (const { id } of receivers) await nr.message({ from: id, where: ({ topic }) => topic === upsId });
		const beep = deployed(flows, 'inject').find(({ name }) => name === 'Beep');
		const [command] = deployed(flows, 'ups-command-out').filter(({ z }) => z === beep?.z);
		// Its button sends to the UPS whose id this node has kept.
		const kept = deployed(flows, 'change').find(({ name, z }) => name === 'Keep its id' && z === beep?.z);
		await nr.message({ from: String(kept?.id) });
		await nr.inject(String(beep?.id));
		await nr.message({ from: String(command?.id) });
		await postReport(device, nr.url);
		assert.deepEqual(
			device.executed.map(({ cmd }) => cmd),
			['ui.beep'],
		);
	}

	async function carsReach(flows: readonly FlowNode[]): Promise<void> {
		const cars = deployed(flows, 'wican-https-in');
		assert.ok(cars.length >= 10);
		for (const { id, endpoint, path } of cars) {
			const prefix = flows.find((node) => node.id === endpoint)?.path ?? '';
			const car = new WicanDevice({ auth: { kind: 'bearer', token: CAR_TOKEN } });
			await postValues(car, `${nr.url}${prefix}${path}`);
			await nr.message({ from: id, port: 0 });
		}
	}

	async function pduAnswers(flows: readonly FlowNode[]): Promise<void> {
		for (const { id, name } of deployed(flows, 'inject'))
			if (BUTTONS.includes(String(name))) await nr.inject(id);
		await pagesAnswer(flows);
		const asking = deployed(flows, 'hpdu-register-read', 'hpdu-framebuffer');
		assert.ok(asking.length >= 15);
		for (const { id, name } of asking)
			if (!UNASKED.includes(String(name))) await nr.message({ from: id, port: 0 });
	}

	async function pagesAnswer(flows: readonly FlowNode[]): Promise<void> {
		for (const { url, method } of deployed(flows, 'http in'))
			if (method === 'get') assert.equal((await fetch(`${nr.url}${url}`)).status, 200, String(url));
	}

	for (const [way, marked] of [
		['copy', []] as const,
		['replace', ['hpdu-device host', 'ups-device deviceId']] as const,
	]) {
		it(`all work after "${way}", with the id and the key of a UPS and the login of a PDU in one place`, async () => {
			upsId = UPS_IDS[way];
			const again = new Set<string>();
			for (const example of EXAMPLES) {
				for (const field of await add(example, way)) again.add(field);
				// A copy has another id.
				if (way === 'replace') assert.deepEqual(await overlapping(editor, tabOf(example)), [], example);
			}
			assert.deepEqual([...again].sort(), marked);
			const flows: FlowNode[] = JSON.parse(await editor.exportFlows());
			const shared = ['ups-device', 'hpdu-device', 'ui-base', 'ui-theme'];
			assert.deepEqual(
				shared.map((type) => deployed(flows, type).length),
				[2, 1, 1, 1],
			);
			await upsReaches(flows);
			await carsReach(flows);
			await pduAnswers(flows);
			await nr.sync();
			// A PDU does not take the names of its outlets, NUT's folder is not there, and no InfluxDB.
			assert.deepEqual(errorsBut('hpdu-forbidden', 'ENOENT', 'ECONNREFUSED'), []);
			assert.deepEqual(editor.problems.splice(0), []);
		});
	}
});
