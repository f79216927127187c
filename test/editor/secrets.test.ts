import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { FlowNode } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import type { Editor, Panel } from './editor.js';
import { CAR_TOKEN, HTTP_KEY } from './panels.js';
import { withEditor } from './stage.js';

const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'Secrets' };
const CAR: FlowNode = {
	...{ id: 'car', type: 'wican-https-in', z: 'tab', name: '', endpoint: '', path: '/car', vehicle: '' },
	...{
		offlineAfter: '',
		auth: 'bearer',
		authName: '',
		emit: 'snapshot',
		changedOnly: false,
		statusFields: 'safe',
	},
	...{ credentials: { token: CAR_TOKEN }, x: 200, y: 100, wires: [[], []] },
};
const UPS: FlowNode = {
	id: 'ups',
	type: 'ups-device',
	name: '',
	deviceId: 'a',
	credentials: { httpKey: HTTP_KEY },
};
const PDU: FlowNode = {
	...{ id: 'pdu', type: 'hpdu-device', name: '', host: '192.0.2.1', port: '', tls: '' },
	...{ timeout: 5000, minInterval: 0, credentials: { username: 'super', password: 'super' } },
};

/** Each secret that a panel asks for, by the node, and what is said of the length of `typed by händ`. */
const SECRETS = [
	['car', 'token', '13 characters; at least 20 are asked for.'],
	['ups', 'httpKey', '10 of 16 characters'],
	['pdu', 'password', '14 of at most 16 bytes'],
] as const;

describe('a secret in a panel', function () {
	this.timeout(patience(60_000));
	let editor: Editor;
	let panel: Panel;

	withEditor(
		() => ({ flows: [TAB, CAR, UPS, PDU] }),
		(stage) => ({ editor } = stage),
	);

	const buttonOf = (name: string): Locator => panel.field(name).locator('~ .wattpost-reveal');
	const typeOf = (name: string): Promise<string | null> => panel.field(name).getAttribute('type');

	for (const [id, name, length] of SECRETS) {
		it(`is shown and hidden by a button while it is typed, but not once it is saved: ${name}`, async () => {
			panel = await editor.openPanel(id);
			const button = buttonOf(name);
			assert.deepEqual([await typeOf(name), await button.isDisabled()], ['password', true]);
			assert.match((await button.getAttribute('title')) ?? '', /saved already/);

			await panel.fill(name, 'typed by händ');
			assert.deepEqual([await button.isDisabled(), await button.innerText()], [false, ' Show']);
			assert.ok((await panel.field(name).locator('xpath=..').innerText()).includes(length));
			await button.click();
			assert.deepEqual([await typeOf(name), await button.innerText()], ['text', ' Hide']);
			assert.equal(await panel.value(name), 'typed by händ');
			await button.click();
			assert.deepEqual([await typeOf(name), await button.innerText()], ['password', ' Show']);

			await button.click();
			await panel.fill(name, '');
			assert.deepEqual([await typeOf(name), await button.isDisabled()], ['password', true]);
			await panel.cancel();
		});
	}
});
