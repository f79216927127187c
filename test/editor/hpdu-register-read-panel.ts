/** What the panel of hpdu-register-read does. */
import assert from 'node:assert/strict';
import type { Route } from 'playwright-core';
import type { Panel } from './editor.js';
import {
	assertUntouched,
	editor,
	type Fields,
	fill,
	labelOf,
	looks,
	pdu,
	textsOf,
	VARIABLE,
	viewOf,
	visible,
} from './hpdu-panel-kit.js';

const { textOf, says, marks, silent, fault, shown } = viewOf('hpdu-register-read');

export const testReadPanel = (): Mocha.Suite =>
	describe('the panel of hpdu-register-read', () => {
		let panel: Panel;

		/** Opens the panel, and waits until the table is there. */
		const open = async (fields: Fields = {}): Promise<void> => {
			panel = await editor.openPanel('read');
			await fill(panel, { read: 'registers', registers: 'stdvnm' });
			await says('chosen', 'deviceName');
			await fill(panel, fields);
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
					assert.deepEqual(await visible(panel, ['registers', 'group', 'unit', 'format']), fields);
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
				['abcxyz', ["abcxyz not in the vendor's table, and the PDU does not name it: check the spelling"]],
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

			const LOOKS: readonly [typed: string, looks: string[]][] = [
				['imcrac stolnm_54 stdvnm_1', []],
				['imcracc', ['doubtful', 'border']],
				['imcrac rsboot', ['doubtful', 'border']],
				['stolnm_55', ['wrong', 'invalid']],
				['stdvnm_2', ['wrong', 'invalid']],
				['std-vnm', ['wrong', 'invalid']],
			];
			for (const [typed, expected] of LOOKS) {
				it(`${typed}: ${expected.join(', ') || 'nothing looks wrong'}`, async () => {
					await panel.fill('registers', typed);
					assert.deepEqual(await looks(panel, 'hpdu-register-read', 'registers'), expected);
				});
			}

			it('and says of a channel that does not exist which there are', async () => {
				await panel.fill('registers', 'stdvnm stolnm_55');
				assert.equal(await fault('registers'), 'stolnm_55 does not exist: stolnm has the channels 1 to 54');
				await panel.fill('registers', 'stdvnm_2');
				assert.equal(
					await fault('registers'),
					'stdvnm has one value and no channels: leave out what stands behind it',
				);
			});

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

			const completions = (): Promise<string[]> => textsOf('.wattpost-completion code');
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

			it('measured values first, without a word and with one', async () => {
				await says('rights', 'may read');
				await type('registers', '');
				await panel.field('registers').press('ArrowDown');
				await editor.page.locator('.wattpost-completion').first().waitFor();
				assert.deepEqual((await completions()).slice(0, 9), [
					...['imkwht', 'imkwhs', 'impfac', 'imcrac', 'imcrpk', 'imvoac', 'imvodp', 'imwkhf', 'omkwht'],
				]);
				await type('registers', 'volt');
				assert.deepEqual(await completions(), [
					'imvoac',
					'imvodp',
					'omvoac',
					'ssvtri',
					'ssovda',
					'sntriv',
					'sntrov',
					'rspval',
				]);
			});

			it('by name, and what is clicked', async () => {
				await type('registers', 'devicename');
				assert.deepEqual(await completions(), ['stdvnm', 'snisdn']);
				await editor.page.locator('.wattpost-completion').last().click();
				assert.equal(await panel.value('registers'), 'snisdn ');
			});

			it('a word that is still typed, with which nothing is wrong until the field is left', async () => {
				await type('registers', 'stdvnm imcra');
				assert.deepEqual(await looks(panel, 'hpdu-register-read', 'registers'), []);
				await panel.field('name').focus();
				assert.deepEqual(await looks(panel, 'hpdu-register-read', 'registers'), ['doubtful', 'border']);
			});

			it('with name and unit, and what cannot be read last', async () => {
				await says('rights', 'may read');
				await type('registers', 'rs');
				assert.equal((await completions()).at(-1)?.startsWith('rs'), false);
				assert.equal(
					await editor.evaluate("$('.wattpost-completion:contains(rsboot) .fa-ban').attr('title')"),
					'this user may not read it, says the PDU',
				);
				await type('registers', 'imcrp');
				assert.deepEqual(await textsOf('.wattpost-completion'), ['imcrpkinputPeakCurrentA']);
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

			const warnings = (): Promise<string[]> => marks('warning');

			it('of several registers and one bare value', async () => {
				await fill(panel, { registers: 'stdvnm imcrac', format: 'value' });
				assert.deepEqual(await warnings(), ['several']);
				await fill(panel, { registers: 'imcrac ' });
				assert.deepEqual(await warnings(), []);
				await fill(panel, { registers: 'stdvnm,imcrac', format: 'flat' });
				assert.deepEqual(await warnings(), []);
			});

			it('of a group and one bare value', async () => {
				await fill(panel, { format: 'value', read: 'group' });
				assert.deepEqual(await warnings(), ['group']);
				await fill(panel, { read: 'scan' });
				assert.deepEqual(await warnings(), []);
			});

			it('and explains in places that a screen reader tells', async () => {
				assert.deepEqual(
					await silent('[data-warning], [id$=-rights], [id$=-chosen], [id$=-members], .wattpost-fault'),
					[],
				);
			});
		});

		describe('reads now', () => {
			beforeEach(() => open());
			afterEach(async () => {
				await editor.page.unrouteAll();
				await panel.cancel();
			});

			const press = (): Promise<void> => panel.body.locator('#hpdu-register-read-now').click();
			/** Asks, and takes what is shown once the PDU has answered. */
			const read = async (fields: Fields): Promise<[says: string, values: string]> => {
				await fill(panel, fields);
				await press();
				await says('now-says', 'Read in ');
				return [await textOf('now-says'), await shown('#hpdu-register-read-now-values')];
			};

			it('registers, in the chosen format', async () => {
				const asked = pdu.requests.length;
				const [said, values] = await read({ registers: 'stdvnm stinnm' });
				assert.match(said, /^Read in \d+ ms\. It is shown here only: no message is sent\.$/);
				assert.equal(values, '{ "stdvnm": "SP_Rack_5", "stinnm": {"1":"L1","2":"L2","3":"L3"} }');
				assert.deepEqual(
					pdu.requests.slice(asked).map(({ path }) => path),
					['/register/stdvnm', '/register/stinnm'],
				);
				const [, flat] = await read({ registers: 'stinnm_2', format: 'flat' });
				assert.equal(flat, '{ "stinnm_2": "L2" }');
				const [, bare] = await read({ registers: 'stdvnm', format: 'value' });
				assert.equal(bare, '"SP_Rack_5"');
			});

			it('a group, the rights, and the units', async () => {
				const [, group] = await read({ read: 'group', group: 'http' });
				assert.equal(group, '{ "hthpen": 1, "hthsen": 1, "hthppo": 80, "hthspo": 443 }');
				const [, writable] = await read({ read: 'writable' });
				assert.match(writable, /^cfamps cfnrmo /);
				const [, units] = await read({ read: 'scan' });
				assert.match(units, /^\[ \{"unitAddress":1,"hardwareId":"[\d-]+"\} \]$/);
			});

			it('and says which registers the PDU lacks, and which are secret', async () => {
				const [said, values] = await read({ registers: 'stdvnm abcxyz sncmpb' });
				assert.match(said, /sent\. This PDU does not have: abcxyz\. Secret, so not shown: sncmpb\.$/);
				assert.equal(values, '{ "stdvnm": "SP_Rack_5" }');
			});

			it('and takes the answer away when something else is to be read', async () => {
				await read({ registers: 'stdvnm' });
				await panel.fill('name', 'Names');
				assert.notEqual(await shown('#hpdu-register-read-now-values'), '');
				await panel.fill('registers', 'stinnm');
				assert.equal(await textOf('now-says'), '');
				assert.equal(await shown('#hpdu-register-read-now-values'), '');
			});

			const OBSTACLES: readonly [why: string, fields: Fields, says: string][] = [
				['no PDU is chosen', { device: '' }, 'Choose the PDU first.'],
				['the message names the PDU', { target: 'message' }, 'The PDU comes with each message'],
				['the message brings the registers', { registers: '' }, 'Enter registers above to read them now.'],
				['the message brings the group', { read: 'group', group: '' }, 'Enter a group above to read it now.'],
				['there is a variable', { registers: VARIABLE }, 'A variable has its value only when the node runs.'],
				['a field is wrong', { unit: 'x' }, 'Correct the marked fields first.'],
				['the PDU refuses', { registers: 'abcxyz' }, 'Unknown to PDU (404)'],
				['the login is wrong', { device: 'viewer' }, 'refuses the login'],
			];
			for (const [why, fields, said] of OBSTACLES) {
				it(`and says so where ${why}`, async () => {
					await fill(panel, fields);
					await press();
					await says('now-says', said);
					assert.equal(await shown('#hpdu-register-read-now-values'), '');
				});
			}

			it('and says that it asks only what is deployed', async () => {
				const body = { error: { code: 'config-missing', message: 'The field "device" …' } };
				await editor.page.route('**/values?*', (route: Route) => route.fulfill({ json: body }));
				await press();
				await says('now-says', 'Deploy first');
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

			it('but not where none is chosen', async () => {
				await open({ device: '' });
				assert.equal(await textOf('rights'), '');
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
				assert.equal(await textOf('rights'), '');
			});
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

		it('leaves nothing to be deployed where nothing was changed', () => assertUntouched('read'));

		it('calls the node by its name or by what it reads', async () => {
			const blank = { name: '', registers: '', group: '' };
			assert.equal(await labelOf('read', { ...blank, read: 'registers' }), 'hpdu register read');
			assert.equal(
				await labelOf('read', { ...blank, read: 'registers', registers: 'imcrac imvoac' }),
				'imcrac imvoac',
			);
			assert.equal(
				await labelOf('read', { ...blank, read: 'registers', registers: 'imcrac '.repeat(9) }),
				'imcrac imcrac imcrac imcrac i…',
			);
			assert.equal(await labelOf('read', { ...blank, read: 'group', group: 'settings' }), 'settings');
			assert.equal(await labelOf('read', { ...blank, read: 'scan' }), 'scan');
			assert.equal(await labelOf('read', { ...blank, read: 'scan', name: 'Look' }), 'Look');
		});
	});
