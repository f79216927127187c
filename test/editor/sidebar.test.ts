import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { HpduServer } from '../devices/hpdu/index.js';
import { postOnce } from '../devices/ups/index.js';
import type { RunningNodeRed } from '../nodes/harness/index.js';
import { pduDevice, registerRead } from '../nodes/hpdu-kit.js';
import { TAB } from '../nodes/kit.js';
import { HURRIED, httpIn, makePost, send, standIn, upsDevice } from '../nodes/ups-kit.js';
import { send as sendCar, TOKEN, wicanIn } from '../nodes/wican-kit.js';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';
import { withEditor } from './stage.js';

describe('the sidebar', function () {
	this.timeout(patience(60_000));
	const ups = standIn('rack-5');
	let nr: RunningNodeRed;
	let editor: Editor;
	let pdu: HpduServer;

	const sidebar = (): Locator => editor.page.locator('.wattpost-sidebar');
	/** The row of a device, once it says this. */
	const row = (node: string, text: string | RegExp = ''): Locator =>
		sidebar().locator(`[data-node="${node}"]`).filter({ hasText: text });
	const line = (text: string | RegExp): Locator =>
		sidebar().locator('.wattpost-line').filter({ hasText: text });
	const show = (): Promise<unknown> => editor.evaluate("void RED.actions.invoke('wattpost:show-devices')");

	withEditor(
		async () => {
			pdu = await HpduServer.start();
			return { flows: [TAB] };
		},
		(stage) => ({ nr, editor } = stage),
	);
	after(() => pdu?.close());
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));

	it('says how to begin where nothing is set up', async () => {
		await show();
		await sidebar().getByText('No UPS, car or PDU is set up yet').waitFor();
		assert.equal(await sidebar().getByRole('button', { name: 'Copy diagnostics' }).isVisible(), false);
	});

	it('shows devices as soon as they are deployed', async () => {
		await nr.deploy([
			TAB,
			upsDevice('rack-5', HURRIED),
			httpIn('in'),
			wicanIn('car', { vehicle: 'Zoe', path: '/wican' }),
			wicanIn('same-path', { vehicle: 'Leaf', path: '/wican' }),
			pduDevice('pdu', pdu, { name: 'Rack' }),
			registerRead('read', { registers: 'stdvnm' }),
		]);
		await row('ups-rack-5', 'Name of rack-5').waitFor();
		await editor.reopen();
		await show();
		await row('car', 'Zoe').waitFor();
		await row('pdu', 'Rack').waitFor();
		assert.match(await row('ups-rack-5').innerText(), /waiting\s+no report yet/);
	});

	it('follows reports without being asked', async () => {
		await postOnce(ups, nr.url);
		await row('ups-rack-5', /on mains \d+ %/).waitFor();
		assert.match(await row('ups-rack-5').innerText(), /last report (now|\d+ seconds? ago) · battery \d+ %/);
	});

	it('says why a report is refused, and what to do', async () => {
		await sendCar(nr.url, { path: '/wican', body: {}, headers: { Authorization: 'Bearer wrong' } });
		await row('car', 'wrong token').waitFor();
		assert.match(await row('car').innerText(), /Refused now: its token or login does not match/);
	});
	it('shows a node that cannot work with the reason, and opens its panel', async () => {
		const problem = line('Path is taken');
		await problem.waitFor();
		await problem.getByRole('button', { name: 'Open the panel' }).click();
		await editor.page.locator('#node-dialog-cancel').waitFor();
		await editor.page.locator('#node-dialog-cancel').click();
	});

	it('offers the id of a UPS that nobody set up', async () => {
		await send(makePost(nr.url, 'stranger-1'));
		const unknown = line('stranger-1');
		await unknown.waitFor();
		await unknown.getByRole('button', { name: 'Use this id: stranger-1' }).click();
		const id = editor.page.locator('#node-config-input-deviceId');
		await id.waitFor();
		assert.equal(await id.inputValue(), 'stranger-1');
		await editor.page.locator('#node-config-dialog-cancel').click();
		await id.waitFor({ state: 'detached' });
	});

	it('tells of a POST to where nothing listens', async () => {
		await sendCar(nr.url, { path: '/wicna', body: {} });
		await line('A POST came to /wicna').waitFor();
	});

	it('lets a UPS beep with its next report', async () => {
		await row('ups-rack-5').getByRole('button', { name: 'Beep: Name of rack-5' }).click();
		await row('ups-rack-5', 'The UPS beeps with its next report.').waitFor();
		await row('ups-rack-5', 'commands waiting: 1').waitFor();
		const { outcome } = await postOnce(ups, nr.url);
		assert.match(String(outcome.answer?.body), /"ui\.beep"/);
	});

	it('reads the currents of a PDU', async () => {
		await row('pdu').getByRole('button', { name: 'Read now: Rack' }).click();
		await row('pdu', /Current of each input: \d.* A/).waitFor();
		await row('pdu', 'ok').waitFor();
	});

	it('works by the keyboard, and keeps the focus while it is brought up to date', async () => {
		const find = row('car').getByRole('button', { name: 'Show the node: Zoe' });
		await find.focus();
		await editor.page.keyboard.press('Enter');
		await postOnce(ups, nr.url);
		await row('ups-rack-5', 'last report').waitFor();
		assert.equal(
			await editor.evaluate("document.activeElement.getAttribute('aria-label')"),
			'Show the node: Zoe',
		);
	});

	it('copies diagnostics without names, ids, addresses or secrets', async () => {
		await sidebar().getByRole('button', { name: 'Copy diagnostics' }).click();
		const text = await sidebar().getByRole('textbox', { name: 'Diagnostics' }).inputValue();
		for (const secret of ['rack-5', 'Zoe', 'Rack', '127.0.0.1', 'stranger-1', TOKEN, 'super'])
			assert.equal(text.includes(secret), false, secret);
		const told = JSON.parse(text) as { devices: { family: string }[]; problems: object[] };
		assert.deepEqual(
			told.devices.map(({ family }) => family),
			['ups', 'wican', 'wican', 'hpdu'],
		);
		assert.deepEqual(told.problems, [{ type: 'wican-https-in', code: 'endpoint-path-taken' }]);
	});

	it('speaks the language of the editor', async () => {
		await editor.reopen({ language: 'de' });
		await show();
		await row('car', 'Auto').waitFor();
		assert.match(await row('ups-rack-5').innerText(), /letzte Meldung/);
		await editor.reopen();
	});
	it('is as narrow as the sidebar may be, in both themes, and nothing is cut off', async () => {
		for (const theme of ['light', 'dark'] as const) {
			await editor.reopen({ theme, viewport: { width: 1000, height: 700 } });
			await show();
			await row('car', 'Zoe').waitFor();
			assert.equal(
				await editor.evaluate(
					"$('.wattpost-sidebar').prop('scrollWidth') <= $('.wattpost-sidebar').prop('clientWidth')",
				),
				true,
				theme,
			);
		}
	});
});
