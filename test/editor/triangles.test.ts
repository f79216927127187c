import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, type FlowNode, type RunningNodeRed } from '../nodes/harness/index.js';
import { pduDevice, registerRead } from '../nodes/hpdu-kit.js';
import { TAB } from '../nodes/kit.js';
import { httpIn, upsDevice } from '../nodes/ups-kit.js';
import { wicanIn } from '../nodes/wican-kit.js';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';
import { CAR_TOKEN, HTTP_KEY } from './panels.js';
import { withEditor } from './stage.js';

const env = (name: string): string => `\${${name}}`;

/** 9 characters of 16. */
const SHORT_KEY = 'ABCDEFGHJ';
const PDU = { port: 80 };

const FLOWS: FlowNode[] = [
	TAB,
	upsDevice('good'),
	upsDevice('short', {}, SHORT_KEY),
	upsDevice('variable', {}, env('WATTPOST_KEY')),
	httpIn('in-good', { device: 'ups-good' }),
	httpIn('in-short', { device: 'ups-short' }),
	wicanIn('car', { path: '/car' }),
	wicanIn('tokenless', { path: '/tokenless', credentials: {} }),
	wicanIn('open', { path: '/open', auth: 'none', credentials: {} }),
	wicanIn('login', { path: '/login', auth: 'basic', credentials: { username: 'a:b', password: CAR_TOKEN } }),
	wicanIn('lines', { path: '/lines', credentials: { token: 'first line\nsecond line' } }),
	wicanIn('unused', { path: '/unused', auth: 'none', credentials: { token: 'first line\nsecond line' } }),
	wicanIn('first', { path: '/same' }),
	wicanIn('second', { path: '//Same/' }),
	pduDevice('pdu', PDU),
	pduDevice('long', PDU, { credentials: { username: 'super', password: 'seventeen letters' } }),
	pduDevice('loginless', PDU, { credentials: {} }),
	registerRead('read', { device: 'pdu' }),
	registerRead('read-long', { device: 'long' }),
];

/** What is wrong in this flow, and why, as the triangle says to the mouse. */
const WRONG: Readonly<Record<string, RegExp>> = {
	'ups-short': /HTTP key: what is stored cannot be right\. Enter it again/,
	'in-short': /./,
	tokenless: /Enter the token that the WiCAN is given/,
	login: /Username: what is stored cannot be right/,
	lines: /Token: what is stored cannot be right/,
	first: /\/\/Same\/ .*already receives at this path/,
	second: /\/same .*already receives at this path/,
	long: /Password: what is stored cannot be right/,
	loginless: /Enter the name of a user of the PDU.*Enter the password of this user/s,
	'read-long': /./,
};

describe('red triangles of nodes whose panel was never open', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let editor: Editor;

	withEditor(
		() => ({ env: { WATTPOST_KEY: HTTP_KEY }, flows: FLOWS }),
		(stage) => ({ nr, editor } = stage),
	);
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));

	/** Resolves when exactly these nodes are marked. */
	async function marked(...ids: string[]): Promise<void> {
		const list = `(() => {
			const invalid = [];
			const look = ({ id, valid }) => void (valid === false && invalid.push(id));
			RED.nodes.eachConfig(look);
			RED.nodes.eachNode(look);
			return invalid.sort().join();
		})()`;
		const expected = JSON.stringify([...ids].sort().join());
		await editor.page
			.waitForFunction(`${list} === ${expected}`, undefined, { polling: 50 })
			.catch(async () => assert.equal(await editor.evaluate(list), [...ids].sort().join()));
	}
	const change = (id: string, properties: object): Promise<unknown> =>
		editor.evaluate(`(() => {
			const node = Object.assign(RED.nodes.node('${id}'), ${JSON.stringify(properties)});
			RED.events.emit('nodes:change', node);
		})()`);
	const remove = (id: string): Promise<unknown> =>
		editor.evaluate(`(() => {
			RED.view.select({ nodes: [RED.nodes.node('${id}')] });
			RED.actions.invoke('core:delete-selection');
		})()`);
	const undo = (): Promise<unknown> => editor.evaluate("void RED.actions.invoke('core:undo')");
	const without = (...ids: string[]): string[] => Object.keys(WRONG).filter((id) => !ids.includes(id));

	it('stand at a key of 9 characters, a missing token or login, one that cannot be right, and cars on one path', async () => {
		await marked(...Object.keys(WRONG));
		for (const [id, reason] of Object.entries(WRONG)) {
			const said: string[] = await editor.evaluate(`RED.nodes.node('${id}').validationErrors`);
			assert.match(said.join('; '), reason, id);
			assert.equal(said.join().includes(SHORT_KEY), false);
		}
	});

	it('become a warning at deploy', async () => {
		await change('car', { vehicle: 'Another' });
		await editor.evaluate('void RED.nodes.dirty(true)');
		await editor.evaluate("void RED.actions.invoke('core:deploy-flows')");
		const warning = editor.page.locator('.red-ui-notification', { hasText: 'not properly configured' });
		const text = (await warning.textContent()) ?? '';
		// Node-RED names five, and counts the others.
		for (const told of [
			'Name of short (ups-device)',
			'(hpdu-device)',
			`+ ${Object.keys(WRONG).length - 5} more`,
		])
			assert.ok(text.includes(told), `${told}: ${text}`);
		assert.equal(text.includes('Name of good'), false);
		await warning.getByRole('button', { name: 'Cancel' }).click();
		await warning.waitFor({ state: 'hidden' });
	});

	it('go from a device and the nodes that name it when its key is entered, also once that is deployed', async () => {
		const panel = await editor.openPanel('ups-short');
		await panel.fill('httpKey', HTTP_KEY);
		await panel.done();
		await marked(...without('ups-short', 'in-short'));
		await nr.redeployed(() => editor.deploy());
		await marked(...without('ups-short', 'in-short'));
		await editor.load();
		await marked(...without('ups-short', 'in-short'));
	});

	it('stay when a panel is closed without a change', async () => {
		await (await editor.openPanel('tokenless')).cancel();
		await (await editor.openPanel('loginless')).cancel();
		await marked(...without('ups-short', 'in-short'));
	});

	it('come back with a key that is emptied, and go with an undo', async () => {
		const panel = await editor.openPanel('ups-good');
		await panel.fill('httpKey', '');
		await panel.done();
		await marked(...without('ups-short', 'in-short'), 'ups-good', 'in-good');
		await undo();
		await marked(...without('ups-short', 'in-short'));
	});

	it('go from a car when the other one on its path is changed or deleted, and come back with an undo', async () => {
		await change('second', { path: '/another' });
		await marked(...without('ups-short', 'in-short', 'first', 'second'));
		await change('second', { path: '//Same/' });
		await marked(...without('ups-short', 'in-short'));
		await remove('second');
		await marked(...without('ups-short', 'in-short', 'first', 'second'));
		await undo();
		await marked(...without('ups-short', 'in-short'));
	});

	it('stand at all in an example that needs a credential, at once', async () => {
		await nr.redeployed(() => editor.clear());
		for (const name of [
			'01 - Watch a UPS and send it commands',
			'05 - Car values in a live table',
			'09 - Loads of a PDU in one table',
		]) {
			const flow: FlowNode[] = JSON.parse(readFileSync(join(CHECKOUT, 'examples', `${name}.json`), 'utf8'));
			await editor.importFlows(flow);
			const needs = flow.filter(({ type }) => ['ups-device', 'wican-https-in', 'hpdu-device'].includes(type));
			assert.ok(needs.length > 0, name);
			const invalid = await editor.evaluate<string[]>(
				`${JSON.stringify(needs.map(({ id }) => id))}.filter((id) => RED.nodes.node(id).valid === false)`,
			);
			assert.deepEqual(
				invalid,
				needs.map(({ id }) => id),
				name,
			);
		}
	});
});
