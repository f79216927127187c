import assert from 'node:assert/strict';
import { patience } from '../patience.js';
import { testDevicePanel } from './hpdu-device-panel.js';
import { testFramebufferPanel } from './hpdu-framebuffer-panel.js';
import { assertUntouched, editor, onOneStage, USERS, until, VARIABLE, viewOf } from './hpdu-panel-kit.js';
import { testReadPanel } from './hpdu-register-read-panel.js';
import { testWritePanel } from './hpdu-register-write-panel.js';

/** Nodes that name registers, with a field that needs the table of all registers, and where it tells of them. */
const NAMING = [
	{ id: 'read', field: 'registers', ...viewOf('hpdu-register-read') },
	{ id: 'write', field: 'register', ...viewOf('hpdu-register-write') },
];

describe('the panels of a PDU and its nodes', function () {
	this.timeout(patience(60_000));
	onOneStage();

	describe('where no PDU is chosen', () => {
		const isValid = (id: string): Promise<boolean> => editor.evaluate(`RED.nodes.node('${id}').valid`);

		for (const { type, make } of USERS) {
			it(`${type} is marked as not ready, and says what to do`, async () => {
				const { fault } = viewOf(type);
				assert.equal(await isValid(`none-${type}`), false);
				const panel = await editor.openPanel(`none-${type}`);
				assert.deepEqual(await panel.wrongFields(), ['device']);
				assert.equal(await fault('device'), 'Choose one, or add one with the plus button');
				await panel.fill('device', 'pdu');
				assert.deepEqual([await panel.wrongFields(), await fault('device')], [[], '']);
				await panel.done();
				assert.equal(await isValid(`none-${type}`), true);
			});

			it(`${type} takes a variable for one, and keeps it`, async () => {
				assert.equal(await isValid(`variable-${type}`), true);
				const panel = await editor.openPanel(`variable-${type}`);
				assert.equal(await panel.value('device'), VARIABLE);
				assert.deepEqual(await panel.wrongFields(), []);
				await panel.cancel();
				await assertUntouched(`variable-${type}`);
				assert.equal(await editor.property(`variable-${type}`, 'device'), VARIABLE);
			});

			it(`${type} greets nobody with it in a new node`, async () => {
				const node = make(`new-${type}`, { device: '' });
				await editor.evaluate(`void RED.view.importNodes([${JSON.stringify(node)}], { addFlow: false })`);
				const { fault } = viewOf(type);
				const panel = await editor.openPanel(node.id);
				assert.equal(await fault('device'), '');
				await panel.field('device').focus();
				await panel.field('name').focus();
				assert.equal(await fault('device'), 'Choose one, or add one with the plus button');
				assert.equal(await panel.field('device').getAttribute('aria-invalid'), 'true');
				await panel.cancel();
			});
		}
	});

	it('mark a saved node whose register has no such channel, once the table is there', async () => {
		await until("RED.nodes.node('no-channel').valid === false");
		assert.equal(await editor.evaluate("RED.nodes.node('read').valid"), true);
	});

	it('show the default of what came later than the flow, and change nothing by that', async () => {
		for (const id of ['read', 'write', 'untouched']) {
			const panel = await editor.openPanel(id);
			assert.equal(await panel.value('errors'), 'each');
			await panel.cancel();
			await assertUntouched(id);
		}
	});

	it('in a subflow, take the PDU of each instance for one', async () => {
		await editor.evaluate("void RED.workspaces.show('subflow')");
		const panel = await editor.openPanel('inside');
		assert.deepEqual([await panel.value('device'), await panel.wrongFields()], [VARIABLE, []]);
		const offered = await panel.field('device').locator('option').allTextContents();
		assert.deepEqual(
			offered.filter((text) => text.includes('SOMETHING')),
			['[env] SOMETHING'],
		);
		await panel.cancel();
		await editor.evaluate("void RED.workspaces.show('tab')");
	});

	testDevicePanel();
	testReadPanel();
	testWritePanel();

	it('where registers are named, work without the table, and load it when they are opened again', async () => {
		const assertAborted = (): void =>
			assert.deepEqual(
				[...new Set(editor.problems.splice(0))],
				['console: Failed to load resource: net::ERR_FAILED'],
			);
		await editor.page.route('**/wattpost/hpdu/registers', (route) => route.abort());
		await editor.load();
		for (const { id, field, says } of NAMING) {
			const panel = await editor.openPanel(id);
			await panel.fill(field, 'stdvnm');
			await says('chosen', 'could not be loaded');
			if (id === 'write') {
				await panel.fill('write', 'save');
				await panel.fill('saveGroup', 'http');
				await says('keys', 'could not be loaded');
			}
			assert.deepEqual(await panel.wrongFields(), []);
			await panel.cancel();
			assertAborted();
		}
		await editor.page.unrouteAll();
		for (const { id, field, says } of NAMING) {
			const panel = await editor.openPanel(id);
			await panel.fill(field, 'stdvnm');
			await says('chosen', 'deviceName');
			await panel.cancel();
		}
		await until("RED.nodes.node('no-channel').valid === false");
	});

	testFramebufferPanel();
});
