import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type FlowNode, type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { type Editor, launchBrowser, openEditor } from './editor.js';
import { LIGHT_EDITOR } from './light.js';

const CAR: FlowNode = {
	id: 'car',
	type: 'wican-https-in',
	z: 'tab',
	name: '',
	endpoint: '',
	path: '/car',
	vehicle: 'van 3',
	offlineAfter: '300',
	authName: '',
	emit: 'parameters',
	changedOnly: true,
	statusFields: 'none',
	x: 200,
	y: 100,
	wires: [[], []],
};

/** Every way to authenticate, with what belongs to it. */
const CARS: readonly FlowNode[] = [
	{ ...CAR, id: 'none', auth: 'none' },
	{ ...CAR, id: 'bearer', auth: 'bearer', credentials: { token: 'secret' } },
	{ ...CAR, id: 'header', auth: 'api-key-header', authName: 'X-Car', credentials: { token: 'secret' } },
	{ ...CAR, id: 'query', auth: 'api-key-query', credentials: { token: 'secret' } },
	{ ...CAR, id: 'basic', auth: 'basic', credentials: { username: 'van', password: 'secret' } },
	{ ...CAR, id: 'cert', auth: 'client-cert', authName: 'wican-van-3' },
	{ ...CAR, id: 'blank', auth: 'bearer' },
].map((car) => ({ ...car, path: `/${car.id}` }));

describe('A panel of wican-https-in in which nothing was changed', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let browser: Browser;
	let editor: Editor;

	before(async function () {
		browser = await launchBrowser(this);
		nr = await startNodeRed({
			settings: LIGHT_EDITOR,
			flows: [{ id: 'tab', type: 'tab', label: 'Cars' }, ...CARS],
		});
		editor = await openEditor(browser, nr);
	});
	after(async () => {
		await editor?.close();
		await browser?.close();
		await nr?.stop();
	});

	for (const { id } of CARS) {
		it(`leaves nothing to be deployed: ${id}`, async () => {
			await editor.evaluate('void RED.nodes.dirty(false)');
			await (await editor.openPanel(id)).done();
			assert.equal(await editor.evaluate('RED.nodes.dirty()'), false);
			await (await editor.openPanel(id)).cancel();
			assert.equal(await editor.evaluate('RED.nodes.dirty()'), false);
		});
	}
});
