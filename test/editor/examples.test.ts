import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { CHECKOUT, type FlowNode, type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { type Editor, launchBrowser, openEditor } from './editor.js';
import { overlapping } from './layout.js';
import { LIGHT_EDITOR_WITH_ALL_NODES } from './light.js';

const FOLDER = join(CHECKOUT, 'examples');

/**
 * What an example cannot know, and what an export never holds. The id of its node is an id and a key for each UPS that no
 * other has.
 */
function entriesFor({ id, type }: FlowNode): Readonly<Record<string, string>> | undefined {
	if (type === 'ups-device') return { deviceId: `ups-${id}`, httpKey: id.toUpperCase() };
	if (type === 'wican-https-in') return { token: 'a token of the tests' };
	if (type === 'hpdu-device') return { host: '192.0.2.10', username: 'super', password: 'super' };
	return undefined;
}

const EXAMPLES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
	name.endsWith('.json'),
);

const read = (name: string): FlowNode[] => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

describe('the examples in the editor', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let browser: Browser;
	let editor: Editor;

	before(async function () {
		browser = await launchBrowser(this);
		nr = await startNodeRed({ settings: LIGHT_EDITOR_WITH_ALL_NODES });
		editor = await openEditor(browser, nr);
	});
	beforeEach(() => nr.forget());
	afterEach(async function () {
		const problems = editor.problems.splice(0);
		await nr.redeployed(() => editor.clear());
		// What a failed test left open must not fail the tests that follow.
		if (this.currentTest?.state === 'failed') await editor.load();
		assert.deepEqual(problems, []);
	});
	after(async () => {
		await editor?.close();
		await browser?.close();
		await nr?.stop();
	});

	for (const name of EXAMPLES) {
		it(`"${name}" runs after an import, what its nodes ask for and a deploy`, async () => {
			const flow = read(name);
			await editor.importFlows(flow);
			assert.deepEqual(await overlapping(editor, flow.find(({ type }) => type === 'tab')?.id ?? ''), []);
			for (const node of flow) {
				const entries = entriesFor(node);
				if (entries === undefined) continue;
				const panel = await editor.openPanel(node.id);
				assert.deepEqual(await panel.wrongFields(), Object.keys(entries));
				for (const [name, value] of Object.entries(entries)) await panel.fill(name, value);
				await panel.done();
			}
			assert.deepEqual(await editor.invalidNodes(), []);
			await nr.redeployed(() => editor.deploy());
			const isOurs = ({ type, d }: FlowNode): boolean =>
				/^(ups|wican|hpdu|wattpost)-/.test(type) && d !== true;
			const ours = flow.filter(isOurs).map(({ id }) => id);
			const running = await nr.run((RED, ids) => ids.filter((id) => RED.nodes.getNode(id)), ours);
			assert.deepEqual(running, ours);
			assert.deepEqual(nr.untakenErrors(), []);
		});
	}

	it('two for the dashboard have one dashboard, although each brings it along', async () => {
		await editor.importFlows(read('dashboard/UPS on a dashboard.json'));
		await editor.importFlows(read('dashboard/Car on a dashboard.json'));
		await editor.page.getByRole('button', { name: 'Import copy' }).click();
		await editor.page.getByText('Car dashboard').first().waitFor();
		const count = (type: string): Promise<number> =>
			editor.evaluate(`(() => {
				let found = 0;
				RED.nodes.eachConfig((node) => { found += node.type === ${JSON.stringify(type)} ? 1 : 0; });
				return found;
			})()`);
		assert.deepEqual([await count('ui-base'), await count('ui-theme'), await count('ui-page')], [1, 1, 2]);
	});
});
