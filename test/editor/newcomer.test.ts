import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HpduServer } from '../devices/hpdu/index.js';
import { postOnce as postReport, UpsDevice } from '../devices/ups/index.js';
import { postOnce as postValues, WicanDevice } from '../devices/wican/index.js';
import {
	ALL_NODES,
	CHECKOUT,
	makeTempDir,
	PACKAGE,
	type RunningNodeRed,
	redPath,
	removeDir,
} from '../nodes/harness/index.js';
import { npmOf, pack } from '../package/npm.js';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';
import { Newcomer, type PlacedNode, words } from './newcomer.js';
import { withEditor } from './stage.js';

const manifest = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
const TYPES: string[] = Object.keys(manifest['node-red'].nodes);

const UPS_ID = '8988228066680569990';
const SECOND_ID = '8988228066680569991';
/** As the display of the UPS shows it. */
const HTTP_KEY = 'ABCD EFGH JKMN PQRS';
const PDU_HOST = '127.0.0.1';
const EXAMPLE = '01 - Watch a UPS and send it commands';

const upsWith = (deviceId: string): UpsDevice =>
	new UpsDevice({ deviceId, key: HTTP_KEY.replaceAll(' ', ''), wallClock: Date.now });

describe('A newcomer with an empty Node-RED, by clicking and typing', function () {
	this.timeout(patience(60_000));
	let folder: string;
	let tarball: string;
	let nr: RunningNodeRed;
	let editor: Editor;
	let user: Newcomer;
	let pdu: HpduServer;
	let upsUrl: string;
	const ups = upsWith(UPS_ID);
	/** Our nodes in the flow. */
	const placed: PlacedNode[] = [];
	let hasFailed = false;

	// Each step goes on where the one before it has ended. Mocha's own way to stop there would stop other files too.
	beforeEach(function () {
		if (hasFailed) this.skip();
	});

	afterEach(function () {
		hasFailed ||= this.currentTest?.state === 'failed';
	});

	withEditor(
		async () => {
			folder = makeTempDir();
			tarball = (await pack(npmOf(redPath()), folder)).path;
			pdu = await HpduServer.start({ name: 'Rack 5' });
			return {
				link: false,
				settings: { ...ALL_NODES, externalModules: { palette: { allowInstall: true, allowUpload: true } } },
				env: { npm_config_prefer_offline: 'true' },
			};
		},
		(stage) => {
			({ nr, editor } = stage);
			user = new Newcomer(editor);
		},
	);
	after(async () => {
		await pdu?.close();
		if (folder !== undefined) removeDir(folder);
	});

	it('installs the package in the palette manager', async () => {
		assert.deepEqual((await user.install(tarball)).sort(), [...TYPES].sort());
	});

	it('adds a UPS, gives it the URL that the panel shows, and sees its report', async () => {
		const reports = await user.place('ups-http-in', { x: 380, y: 60 });
		await user.wire(reports, await user.place('debug', { x: 620, y: 60 }));
		const panel = await reports.open();
		await panel.fill({ scope: words('ups-http-in', 'option.scope-one') });
		const device = await panel.add('device', 'ups-device');
		await device.fill({ deviceId: UPS_ID, httpKey: HTTP_KEY });
		await device.done();
		upsUrl = await panel.value('url');
		await panel.done();
		await user.deploy();
		await postReport(ups, upsUrl);
		assert.match(await user.debugMessage(new RegExp(`${UPS_ID}[^]*firmware`)), /firmware: "esp32:/);
		await reports.shows('on mains 100 %');
		placed.push(reports);
	});

	it('lets the UPS beep by a button', async () => {
		const button = await user.place('inject', { x: 160, y: 140 });
		const command = await user.place('ups-command-out', { x: 380, y: 140 });
		await user.wire(button, command);
		await user.wire(command, await user.place('debug', { x: 620, y: 140 }));
		const panel = await command.open();
		await panel.fill({ device: UPS_ID, command: words('ups-command-out', 'option.beep') });
		await panel.done();
		await user.deploy();
		await button.press();
		await user.debugMessage('queued');
		await postReport(ups, upsUrl);
		assert.deepEqual(
			ups.executed.map(({ cmd }) => cmd),
			['ui.beep'],
		);
		await user.debugMessage('sent');
		placed.push(command);
	});

	it('adds a car with a token that the panel makes, and sees its values', async () => {
		const car = await user.place('wican-https-in', { x: 380, y: 220 });
		await user.wire(car, await user.place('debug', { x: 620, y: 220 }));
		const panel = await car.open();
		await panel.fill({ vehicle: 'van 3' });
		await panel.press('make-token');
		const token = await panel.value('made');
		const url = await panel.value('url');
		await panel.done();
		await user.deploy();
		await postValues(new WicanDevice({ auth: { kind: 'bearer', token } }), url);
		assert.match(await user.debugMessage('van 3'), /EngineRPM: /);
		placed.push(car);
	});

	it('adds a PDU, tests the connection, and reads registers by a button', async () => {
		const button = await user.place('inject', { x: 160, y: 300 });
		const read = await user.place('hpdu-register-read', { x: 380, y: 300 });
		await user.wire(button, read);
		await user.wire(read, await user.place('debug', { x: 620, y: 300 }));
		const panel = await read.open();
		const device = await panel.add('device', 'hpdu-device');
		await device.fill({ host: PDU_HOST, port: String(pdu.port), username: 'super', password: 'super' });
		await device.press('test');
		await device.tray.getByText(words('hpdu-device', 'test.found')).waitFor();
		await device.done();
		await panel.fill({ registers: 'stdvnm imcrac' });
		await panel.done();
		await user.deploy();
		await button.press();
		assert.match(await user.debugMessage('stdvnm'), /"Rack 5"/);
		placed.push(read);
	});

	it('names the PDU by a button, and has its display in the debug sidebar by another', async () => {
		const name = await user.place('inject', { x: 160, y: 380 });
		const write = await user.place('hpdu-register-write', { x: 380, y: 380 });
		const look = await user.place('inject', { x: 160, y: 460 });
		const display = await user.place('hpdu-framebuffer', { x: 380, y: 460 });
		const results = await user.place('debug', { x: 620, y: 380 });
		for (const [from, to] of [
			[name, write],
			[write, results],
			[look, display],
			[display, results],
		] as const)
			await user.wire(from, to);
		const writing = await write.open();
		await writing.fill({ register: 'stdvnm' });
		await writing.fillText('value', 'Rack 7');
		await writing.done();
		const looking = await display.open();
		await looking.fill({ format: words('hpdu-framebuffer', 'option.format-text') });
		await looking.done();
		await user.deploy();
		await name.press();
		await user.debugMessage('Rack 7');
		assert.equal(pdu.device.self.text('stdvnm'), 'Rack 7');
		await look.press();
		await user.debugMessage(/[█▀▄]/);
		placed.push(write, display);
	});

	it('opens every panel again and changes nothing, so that there is nothing to deploy', async () => {
		for (const node of placed) await (await node.open()).done();
		assert.deepEqual(await user.leftOver(), []);
	});

	it('imports an example, takes the id of a UPS that has come already, and sees its data', async () => {
		const second = upsWith(SECOND_ID);
		await postReport(second, upsUrl);
		await user.importExample(PACKAGE, EXAMPLE, 'Watch a UPS');
		const reports = user.node('ups-http-in', 'My UPS');
		const panel = await reports.open();
		const device = await panel.edit('device', 'ups-device');
		await device.press('use');
		assert.equal(await device.value('deviceId'), SECOND_ID);
		await device.fill({ httpKey: HTTP_KEY });
		await device.done();
		const url = await panel.value('url');
		await panel.done();
		await user.deploy();
		await postReport(second, url);
		assert.match(await user.debugMessage(new RegExp(`${SECOND_ID}[^]*firmware`)), /firmware: "esp32:/);
	});

	it('is left with no error, no dialog and nothing to deploy', async () => {
		assert.deepEqual(await user.leftOver(), []);
		assert.deepEqual(editor.problems, []);
		assert.deepEqual(nr.untakenErrors(), []);
	});
});
