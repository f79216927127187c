import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { ALL_NODES, type FlowNode, type RunningNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { type Editor, openEditor } from './editor.js';
import { overflowing, rawKeys, unlabelled, visibleTexts } from './layout.js';
import { withEditor } from './stage.js';

const FLOWS: FlowNode[] = [
	{ id: 'tab', type: 'tab', label: 'Core' },
	{
		id: 'broker',
		type: 'mqtt-broker',
		name: '',
		broker: 'localhost',
		port: '1883',
		autoConnect: false,
		credentials: { user: 'me', password: 'hidden word' },
	},
	{
		id: 'delay',
		type: 'delay',
		z: 'tab',
		name: '',
		pauseType: 'delay',
		timeout: '5',
		timeoutUnits: 'seconds',
		rate: '1',
		nbRateUnits: '1',
		rateUnits: 'second',
		randomFirst: '1',
		randomLast: '5',
		randomUnits: 'seconds',
		x: 200,
		y: 100,
		wires: [[]],
	},
];

describe('the tools of the editor tests, on core nodes', function () {
	this.timeout(patience(60_000));
	let browser: Browser;
	let nr: RunningNodeRed;
	let editor: Editor;

	withEditor(
		() => ({ link: false, settings: ALL_NODES, flows: FLOWS }),
		(stage) => ({ browser, nr, editor } = stage),
	);
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));

	it('fill in, deploy, reload and find it again', async () => {
		const panel = await editor.openPanel('delay');
		await panel.fill('name', 'five');
		await panel.fill('timeout', '');
		assert.deepEqual(await panel.wrongFields(), ['timeout']);
		await panel.fill('timeout', '7');
		assert.deepEqual(await panel.wrongFields(), []);
		await panel.done();
		await editor.deploy();
		await editor.load();
		assert.equal(await editor.property('delay', 'name'), 'five');
		const again = await editor.openPanel('delay');
		assert.equal(await again.value('timeout'), '7');
		await again.cancel();
	});

	it('see masked secrets of a config node', async () => {
		await editor.reopen({ theme: 'dark', viewport: { width: 800, height: 600 } });
		const panel = await editor.openPanel('broker');
		assert.equal(await panel.value('password'), '__PWRD__');
		await panel.cancel();
		assert.equal((await editor.exportFlows()).includes('hidden word'), false);
	});

	it('notice fields that stick out, fields without a label, and raw keys', async () => {
		await editor.reopen();
		const panel = await editor.openPanel('delay');
		assert.deepEqual(await overflowing(editor), []);
		await editor.evaluate(`$('.red-ui-tray-body form').append(
			'<div id="wide" style="width: 3000px; height: 9px"></div><input id="node-input-bare"><p>delay.label.gone</p>')`);
		assert.match((await overflowing(editor)).join('\n'), /div#wide/);
		assert.match((await unlabelled(editor)).join('\n'), /input#node-input-bare/);
		assert.deepEqual(rawKeys(await visibleTexts(editor)), ['delay.label.gone']);
		await panel.cancel();
	});

	it('import flows', async () => {
		await editor.reopen();
		await editor.importFlows([
			{ id: 'more', type: 'tab', label: 'More' },
			{ id: 'note', type: 'comment', z: 'more', name: 'imported', x: 100, y: 100, wires: [] },
		]);
		await editor.deploy();
		const flows = await (await fetch(`${nr.url}/flows`)).text();
		assert.match(flows, /"imported"/);
	});

	it('speak German', async () => {
		await editor.close();
		editor = await openEditor(browser, nr, { language: 'de' });
		const panel = await editor.openPanel('delay');
		assert.ok((await visibleTexts(editor)).includes('Sekunden'));
		await panel.cancel();
	});
});
