import assert from 'node:assert/strict';
import type { Browser, Route } from 'playwright-core';
import { HpduServer } from '../devices/hpdu/index.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { pduDevice, registerRead } from '../nodes/hpdu-kit.js';
import { type Editor, type FieldValue, launchBrowser, openEditor, type Panel } from './editor.js';

/** The panel of a PDU holds blanks for wrong. */
const TIMES = { timeout: '5000', minInterval: '0' };
const VARIABLE = `\${REGISTERS}`;

describe('the panel of hpdu-register-read', function () {
	this.timeout(60_000);
	let pdu: HpduServer;
	let nr: RunningNodeRed;
	let browser: Browser;
	let editor: Editor;
	let panel: Panel;

	before(async function () {
		browser = await launchBrowser(this);
		pdu = await HpduServer.start();
		nr = await startNodeRed({
			flows: [
				{ id: 'tab', type: 'tab', label: 'PDUs' },
				pduDevice('pdu', pdu, TIMES),
				pduDevice('viewer', pdu, { ...TIMES, credentials: { username: 'viewer', password: 'wrong' } }),
				registerRead('read', { z: 'tab' }),
			],
		});
		editor = await openEditor(browser, nr);
	});
	after(async () => {
		await editor?.close();
		await browser?.close();
		await nr?.stop();
		await pdu?.close();
	});
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));

	const fill = async (fields: Readonly<Record<string, FieldValue>>): Promise<void> => {
		for (const [name, value] of Object.entries(fields)) await panel.fill(name, value);
	};
	const textOf = (id: string): Promise<string> =>
		editor.evaluate(`$('#hpdu-register-read-${id}').text().replace(/\\s+/g, ' ').trim()`);
	const textsOf = (selector: string): Promise<string[]> =>
		editor.evaluate(
			`$(${JSON.stringify(selector)}).filter(':visible').get().map((item) => item.textContent)`,
		);
	/** Waits until a place of the panel says something. */
	const says = (id: string, part: string): Promise<unknown> =>
		editor.page.waitForFunction(
			`$('#hpdu-register-read-${id}').text().includes(${JSON.stringify(part)})`,
			undefined,
			{ polling: 50 },
		);
	/** Opens the panel, and waits until the table is there. */
	const open = async (fields: Readonly<Record<string, FieldValue>> = {}): Promise<void> => {
		panel = await editor.openPanel('read');
		await fill({ read: 'registers', registers: 'stdvnm' });
		await says('chosen', 'deviceName');
		await fill(fields);
	};
	const visible = async (names: readonly string[]): Promise<string[]> => {
		const shown: string[] = [];
		for (const name of names) if (await panel.field(name).isVisible()) shown.push(name);
		return shown;
	};

	describe('shows what applies', () => {
		before(() => open());
		after(() => panel.cancel());

		const FIELDS: Readonly<Record<string, string[]>> = {
			registers: ['registers', 'unit', 'format'],
			group: ['group', 'unit', 'format'],
			readable: ['unit'],
			writable: ['unit'],
			scan: [],
		};
		for (const [read, fields] of Object.entries(FIELDS)) {
			it(read, async () => {
				await panel.fill('read', read);
				assert.deepEqual(await visible(['registers', 'group', 'unit', 'format']), fields);
			});
		}
	});

	describe('explains registers', () => {
		before(async () => {
			await open();
			await says('rights', 'may read');
		});
		after(() => panel.cancel());

		const CASES: readonly [typed: string, explained: string[]][] = [
			['imcrac', ['imcrac inputActualCurrent · A · channels 1 to 3']],
			['stdvnm, stolnm_30', ['stdvnm deviceName', 'stolnm_30 outletName · channels 1 to 54']],
			['stdvnm stdvnm', ['stdvnm deviceName']],
			['stolnm_55', ['stolnm_55 outletName · has only the channels 1 to 54']],
			['abcxyz', ['abcxyz unknown here; the PDU decides']],
			['std-vnm', ['std-vnm cannot be a mnemonic: letters and digits, with _ and a channel if need be']],
			['rsboot', ['rsboot rebootDevice · this user may not read it, says the PDU']],
			['sncmpb', ['sncmpb readCommunity · secret, so it is left out of the message']],
		];
		for (const [typed, explained] of CASES) {
			it(typed, async () => {
				await panel.fill('registers', typed);
				assert.deepEqual(await textsOf('#hpdu-register-read-chosen li'), explained);
			});
		}

		it('and says where they come from if there are none', async () => {
			await panel.fill('registers', '');
			assert.match(await textOf('chosen'), /^Blank: msg\.registers, else msg\.topic\./);
			await panel.fill('registers', VARIABLE);
			assert.equal(await textOf('chosen'), '');
		});
	});

	describe('completes', () => {
		beforeEach(() => open());
		afterEach(() => panel.cancel());

		const completions = (): Promise<string[]> => textsOf('.hpdu-register-read-completion code');
		const type = async (name: string, text: string): Promise<void> => {
			await panel.fill(name, '');
			await panel.field(name).pressSequentially(text);
		};

		it('the last word by the letters of a mnemonic', async () => {
			await type('registers', 'stdvnm imcr');
			assert.deepEqual(await completions(), ['imcrac', 'imcrpk']);
			await panel.field('registers').press('Tab');
			assert.equal(await panel.value('registers'), 'stdvnm imcrac ');
			assert.equal((await textsOf('#hpdu-register-read-chosen li')).length, 2);
			assert.deepEqual(await completions(), []);
		});

		it('by name, and what is clicked', async () => {
			await type('registers', 'devicename');
			assert.deepEqual(await completions(), ['stdvnm', 'snisdn']);
			await editor.page.locator('.hpdu-register-read-completion').last().click();
			assert.equal(await panel.value('registers'), 'snisdn ');
		});

		it('with name and unit, and what cannot be read last', async () => {
			await says('rights', 'may read');
			await type('registers', 'rs');
			assert.equal((await completions()).at(-1)?.startsWith('rs'), false);
			assert.equal(
				await editor.evaluate("$('.hpdu-register-read-completion:contains(rsboot) .fa-ban').attr('title')"),
				'this user may not read it, says the PDU',
			);
			await type('registers', 'imcrp');
			assert.deepEqual(await textsOf('.hpdu-register-read-completion'), ['imcrpkinputPeakCurrentA']);
		});

		it('nothing that is complete', async () => {
			for (const text of ['stdvnm', 'stdvnm ', 'stolnm_3', 'zzzz']) {
				await type('registers', text);
				assert.deepEqual([text, await completions()], [text, []]);
			}
		});

		it('groups', async () => {
			await panel.fill('read', 'group');
			await type('group', 'meas');
			await editor.page.locator('.red-ui-autoComplete-container', { hasText: 'output_measures' }).waitFor();
			await panel.field('group').press('Enter');
			assert.equal(await panel.value('group'), 'input_measures');
		});
	});

	describe('shows what is in a group', () => {
		before(() => open({ read: 'group' }));
		after(() => panel.cancel());

		const CASES: readonly [group: string, members: string][] = [
			['', 'Blank: msg.group.'],
			['ipapi', 'iaenab iarc4k'],
			['all', 'Every register that the user may read. The answer is long: poll it rarely.'],
			['dungeons', 'Unknown here; the PDU decides.'],
			[VARIABLE, ''],
		];
		for (const [group, members] of CASES) {
			it(group || 'blank', async () => {
				await panel.fill('group', group);
				assert.equal(await textOf('members'), members);
			});
		}
	});

	describe('warns', () => {
		before(() => open());
		after(() => panel.cancel());

		const warnings = (): Promise<string[]> =>
			editor.evaluate(
				"$('.hpdu-register-read-form [data-warning]:visible').get().map((tip) => tip.dataset.warning)",
			);

		it('of several registers and one bare value', async () => {
			await fill({ registers: 'stdvnm imcrac', format: 'value' });
			assert.deepEqual(await warnings(), ['several']);
			await fill({ registers: 'imcrac ' });
			assert.deepEqual(await warnings(), []);
			await fill({ registers: 'stdvnm,imcrac', format: 'flat' });
			assert.deepEqual(await warnings(), []);
		});

		it('of a group and one bare value', async () => {
			await fill({ format: 'value', read: 'group' });
			assert.deepEqual(await warnings(), ['group']);
			await fill({ read: 'scan' });
			assert.deepEqual(await warnings(), []);
		});

		it('and explains in places that a screen reader tells', async () => {
			const silent = await editor.evaluate<string[]>(
				`$('.hpdu-register-read-form').find('[data-warning], #hpdu-register-read-rights, #hpdu-register-read-chosen, #hpdu-register-read-members')
					.filter((index, place) => $(place).closest('[role=status]').length === 0).get().map((place) => place.id)`,
			);
			assert.deepEqual(silent, []);
		});
	});

	describe('asks the PDU what its user may read', () => {
		afterEach(async () => {
			await editor.page.unrouteAll();
			await panel.cancel();
		});

		it('when it is opened, and says how much', async () => {
			await open();
			await says('rights', 'The user of this PDU may read');
			assert.match(await textOf('rights'), /may read 1\d\d registers\.$/);
		});

		it('and says why it refuses', async () => {
			await open({ device: 'viewer' });
			await says('rights', 'refuses the login');
		});

		it('and what is missing', async () => {
			await open({ device: '' });
			assert.equal(await textOf('rights'), 'None chosen: without a PDU the node reads nothing.');
			assert.deepEqual(await panel.wrongFields(), []);
		});

		it('only once it is deployed', async () => {
			const body = { error: { code: 'config-missing', message: 'The field "device" …' } };
			await editor.page.route('**/rights', (route: Route) => route.fulfill({ json: body }));
			await open();
			await says('rights', 'Not deployed yet');
		});

		it('and works without an answer', async () => {
			await editor.page.route('**/rights', (route: Route) => route.fulfill({ status: 503, body: 'busy' }));
			await open({ registers: 'rsboot' });
			await says('rights', 'Node-RED did not say');
			assert.deepEqual(await textsOf('#hpdu-register-read-chosen li'), [
				"rsboot rebootDevice · by the vendor's table not readable over this API; the PDU decides",
			]);
			assert.equal(editor.problems.splice(0).length, 2);
		});

		it('and shows none of the answers of a PDU that is no longer chosen', async () => {
			let answer: () => Promise<void> = () => Promise.resolve();
			const held = new Promise<void>((resolve) => {
				void editor.page.route('**/pdu/rights', (route: Route) => {
					answer = () => route.fulfill({ json: { readable: ['stdvnm'], writable: [] } });
					resolve();
				});
			});
			await open();
			await held;
			await panel.fill('device', '');
			const arrived = editor.page.waitForResponse((response) => response.url().endsWith('/pdu/rights'));
			await answer();
			await arrived;
			assert.equal(await textOf('rights'), 'None chosen: without a PDU the node reads nothing.');
		});
	});

	it('works without the table, and loads it when it is opened again', async () => {
		await editor.load();
		await editor.page.route('**/wattpost/hpdu/registers', (route: Route) => route.abort());
		panel = await editor.openPanel('read');
		await panel.fill('registers', 'stdvnm');
		await says('chosen', 'The table of registers could not be loaded');
		assert.deepEqual(await panel.wrongFields(), []);
		await panel.cancel();
		await editor.page.unrouteAll();
		assert.equal(editor.problems.splice(0).length, 1);
		await open();
		await panel.cancel();
	});

	it('forgets what cannot be seen', async () => {
		await open({ registers: 'stdvnm imcrac ', unit: '27' });
		await panel.done();
		assert.equal(await editor.property('read', 'registers'), 'stdvnm imcrac');
		assert.equal(await editor.property('read', 'unit'), '27');
		await open({ read: 'scan' });
		await panel.done();
		assert.equal(await editor.property('read', 'registers'), '');
		assert.equal(await editor.property('read', 'unit'), '');
	});

	it('leaves nothing to be deployed where nothing was changed', async () => {
		await editor.evaluate('void RED.nodes.dirty(false)');
		await (await editor.openPanel('read')).done();
		assert.equal(await editor.evaluate('RED.nodes.dirty()'), false);
	});

	it('calls the node by its name or by what it reads', async () => {
		const labelOf = (properties: object): Promise<string> =>
			editor.evaluate(`RED.nodes.node('read')._def.label.call(${JSON.stringify(properties)})`);
		const blank = { name: '', registers: '', group: '' };
		assert.equal(await labelOf({ ...blank, read: 'registers' }), 'hpdu register read');
		assert.equal(await labelOf({ ...blank, read: 'registers', registers: 'imcrac imvoac' }), 'imcrac imvoac');
		assert.equal(
			await labelOf({ ...blank, read: 'registers', registers: 'imcrac '.repeat(9) }),
			'imcrac imcrac imcrac imcrac i…',
		);
		assert.equal(await labelOf({ ...blank, read: 'group', group: 'settings' }), 'settings');
		assert.equal(await labelOf({ ...blank, read: 'scan' }), 'scan');
		assert.equal(await labelOf({ ...blank, read: 'scan', name: 'Look' }), 'Look');
	});
});
