/** What the panel of hpdu-register-write does. */
import assert from 'node:assert/strict';
import type { Route } from 'playwright-core';
import { SAVE_GROUPS } from '../../nodes/protocol/hpdu/index.js';
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
	until,
	VARIABLE,
	viewOf,
	visible,
} from './hpdu-panel-kit.js';

const { textOf, says, marks, silent, fault, shown } = viewOf('hpdu-register-write');

export const testWritePanel = (): Mocha.Suite =>
	describe('the panel of hpdu-register-write', () => {
		let panel: Panel;

		const typeOfValue = (type: string): Promise<unknown> =>
			editor.evaluate(`void $('#node-input-value').typedInput('type', ${JSON.stringify(type)})`);
		/** Opens the panel, and waits until the tables are there and the PDU has said what may be written. */
		const open = async (fields: Fields = {}, rights = 'may write'): Promise<void> => {
			panel = await editor.openPanel('write');
			await fill(panel, { write: 'registers', register: 'stdvnm' });
			await typeOfValue('msg');
			await says('chosen', 'deviceName');
			await says('rights', rights);
			await fill(panel, fields);
		};

		describe('shows what applies', () => {
			before(() => open());
			after(() => panel.cancel());

			const FIELDS: Readonly<Record<string, string[]>> = {
				registers: ['register', 'unit', 'onMismatch'],
				save: ['saveGroup', 'onMismatch'],
				address: ['hardwareId', 'unitAddress', 'onMismatch'],
			};
			for (const [write, fields] of Object.entries(FIELDS)) {
				it(write, async () => {
					await panel.fill('write', write);
					const names = ['register', 'unit', 'saveGroup', 'hardwareId', 'unitAddress', 'onMismatch'];
					assert.deepEqual(await visible(panel, names), fields);
					const hasValue = await editor.evaluate("$('#node-input-value').next().is(':visible')");
					assert.equal(hasValue, write === 'registers');
				});
			}
		});

		describe('explains a register', () => {
			before(() => open());
			after(() => panel.cancel());

			const CASES: readonly [typed: string, explained: string][] = [
				['stdvnm', 'deviceName · text of at most 16 bytes'],
				['etsip4', 'ipv4Address · an IPv4 address'],
				['etdhfd', 'dhcpFallbackDelay · s · a whole number from 0 to 255'],
				['hthppo', 'httpInterfacePort · a whole number from 0 to 65535'],
				['stinnm_2', 'inputName · text of at most 8 bytes'],
				[
					'stinnm',
					'inputName · text of at most 8 bytes · channels 1 to 3: name one, such as stinnm_2, or give a value such as { "1": …, "2": … }',
				],
				['stinnm_4', 'inputName · text of at most 8 bytes · it has no channel above 3'],
				['stdvnm_2', 'deviceName · text of at most 16 bytes · it has no channel above 1'],
				['abcxyz', "not in the vendor's table, and the PDU does not name it: check the spelling"],
				['iarc4k', 'ipapiARC4key · text of exactly 16 ASCII characters'],
				[
					'swocst_4',
					'currentState · a whole number from 0 to 1 · this user may not write it, says the PDU: expect a 403',
				],
				['std-vnm', ''],
				[VARIABLE, ''],
				[
					'imcrac_1',
					'inputActualCurrent · A · a number from 0 to 3276.8 · this user may not write it, says the PDU: expect a 403',
				],
			];
			for (const [typed, explained] of CASES) {
				it(typed, async () => {
					await panel.fill('register', typed);
					assert.equal(await textOf('chosen'), explained);
				});
			}

			const LOOKS: readonly [typed: string, looks: string[]][] = [
				['stinnm_3', []],
				['stinnnm', ['doubtful', 'border']],
				['imcrac_1', ['doubtful', 'border']],
				['stinnm_4', ['wrong', 'invalid']],
				['stdvnm_2', ['wrong', 'invalid']],
			];
			for (const [typed, expected] of LOOKS) {
				it(`${typed}: ${expected.join(', ') || 'nothing looks wrong'}`, async () => {
					await panel.fill('register', typed);
					assert.deepEqual(await looks(panel, 'hpdu-register-write', 'register'), expected);
				});
			}

			it('and says of a channel that does not exist which there are', async () => {
				await panel.fill('register', 'stinnm_4');
				assert.equal(await fault('register'), 'stinnm_4 does not exist: stinnm has the channels 1 to 3');
			});

			it('and says where it comes from if there is none', async () => {
				await panel.fill('register', '');
				assert.match(
					await textOf('chosen'),
					/^Blank: msg\.register\. Without that, msg\.payload is an object/,
				);
			});
		});

		describe('completes', () => {
			before(() => open());
			after(() => panel.cancel());

			const typed = async (text: string): Promise<string[]> => {
				await panel.fill('register', '');
				await panel.field('register').pressSequentially(text);
				return textsOf('.wattpost-completion code');
			};

			it('a register, the writable ones first', async () => {
				assert.deepEqual(await typed('sto'), ['cfnrno', 'stopom', 'stomcm', 'stomct', 'stolnm']);
				assert.deepEqual(await typed('outletn'), ['stolnm', 'exolnm']);
				assert.equal(
					await editor.evaluate("$('.wattpost-completion:contains(stolnm) .fa-ban').attr('title')"),
					'this user may not write it, says the PDU: expect a 403',
				);
			});

			it('with what it takes, by a key', async () => {
				await typed('stdvn');
				assert.deepEqual(await textsOf('.wattpost-completion'), ['stdvnmdeviceNametext of at most 16 bytes']);
				await panel.field('register').press('Enter');
				assert.equal(await panel.value('register'), 'stdvnm');
				assert.equal(await textOf('chosen'), 'deviceName · text of at most 16 bytes');
			});

			it('nothing that is complete', async () => {
				for (const text of ['stdvnm', 'stinnm_2', 'zzzz']) assert.deepEqual(await typed(text), []);
			});
		});

		describe('reads now', () => {
			before(() => open());
			after(() => panel.cancel());

			const press = (): Promise<void> => panel.body.locator('#hpdu-register-write-now').click();

			it('what the register holds', async () => {
				await panel.fill('register', 'stinnm_2');
				await press();
				await says('now-says', 'Read in ');
				assert.equal(await shown('#hpdu-register-write-now-values'), '"L2"');
				await panel.fill('register', 'stinnm_3');
				assert.equal(await shown('#hpdu-register-write-now-values'), '');
			});

			it('nothing where the message names the register', async () => {
				await panel.fill('register', '');
				await press();
				await says('now-says', 'Enter a register above to read it now.');
			});
		});

		describe('counts the bytes of a text', () => {
			before(async () => {
				await open({ register: 'stinnm_1' });
				await typeOfValue('str');
			});
			after(() => panel.cancel());

			const CASES: readonly [register: string, value: string, size: string][] = [
				['stinnm_1', 'Rack', '4 of 8 bytes.'],
				['stinnm_1', 'éééé', '8 of 8 bytes.'],
				['stinnm_1', 'ééééx', '9 of at most 8 bytes: too long, so it is refused and nothing is sent.'],
				['etdhfd', '30', ''],
			];
			for (const [register, value, size] of CASES) {
				it(`${register}: ${value}`, async () => {
					await fill(panel, { register, value });
					assert.equal(await textOf('size'), size);
				});
			}

			it('but not of what comes with the message', async () => {
				await panel.fill('register', 'stinnm_1');
				await typeOfValue('msg');
				assert.equal(await textOf('size'), '');
			});
		});

		describe('shows a save group', () => {
			before(() => open({ write: 'save' }));
			after(() => panel.cancel());

			const isSkeletonShown = (): Promise<boolean> =>
				editor.evaluate("$('#hpdu-register-write-skeleton').is(':visible')");

			for (const [name, { keys, optional }] of SAVE_GROUPS) {
				it(`${name}: its keys, and a payload without values`, async () => {
					await panel.fill('saveGroup', name);
					assert.deepEqual(await textsOf('#hpdu-register-write-keys code'), [...keys, ...optional]);
					const skeleton = JSON.parse(
						await editor.evaluate<string>("$('#hpdu-register-write-skeleton').val()"),
					);
					assert.deepEqual(Object.keys(skeleton), [...keys, ...optional]);
					assert.deepEqual([...new Set(Object.values(skeleton))], [null]);
					const unexplained = (await textsOf('#hpdu-register-write-keys li')).filter(
						(text) => !/^\w+ \S/.test(text),
					);
					assert.deepEqual(unexplained, []);
				});
			}

			it('with what is needed and what may be left out', async () => {
				await panel.fill('saveGroup', 'user');
				assert.match(
					await textOf('keys'),
					/^All of these keys must be there:userid .*These may be there:chpasswd /,
				);
				await panel.fill('saveGroup', 'ipapi');
				assert.equal((await textOf('keys')).includes('These may be there'), false);
			});

			it('none, if the message names it', async () => {
				await panel.fill('saveGroup', '');
				assert.match(await textOf('keys'), /^The values come from msg\.payload/);
				assert.equal(await isSkeletonShown(), false);
			});

			describe('filled with what the PDU holds now', () => {
				const press = async (saveGroup: string): Promise<string> => {
					await panel.fill('saveGroup', saveGroup);
					await panel.body.locator('#hpdu-register-write-fill').click();
					await says('fill-says', 'holds now');
					return textOf('fill-says');
				};
				const filled = async (): Promise<object> =>
					JSON.parse(await editor.evaluate<string>("$('#hpdu-register-write-skeleton').val()"));

				it('by one request for each register, channels too', async () => {
					const asked = pdu.requests.length;
					const said = await press('ethernet/access');
					assert.equal(
						said,
						'These are the values that the PDU holds now. Copy them and change what you want.',
					);
					assert.deepEqual(await filled(), {
						...{ etaips_1: '0.0.0.0', etaips_2: '0.0.0.0', etaips_3: '0.0.0.0' },
						...{ etaipm_1: 0, etaipm_2: 0, etaipm_3: 0 },
					});
					assert.deepEqual(
						pdu.requests.slice(asked).map(({ path }) => path),
						['/register/etaips', '/register/etaipm'],
					);
				});

				it('but for secrets, which are named', async () => {
					assert.match(await press('ipapi'), /since it is secret or this PDU does not have it: iarc4k$/);
					assert.deepEqual(await filled(), { iaenab: 1, iarc4k: null });
				});

				it('until another group is chosen', async () => {
					await press('http');
					assert.deepEqual(await filled(), { hthpen: 1, hthppo: 80, hthsen: 1, hthspo: 443 });
					await panel.fill('saveGroup', 'modbus');
					assert.equal(await textOf('fill-says'), '');
					assert.deepEqual(await filled(), { mbtcen: null, mbtcpo: null, mbtcro: null });
				});

				it('but for the users, whose keys are no registers', async () => {
					await panel.fill('saveGroup', 'user');
					assert.equal(await shown('#hpdu-register-write-fill'), '');
				});
			});

			it('to be copied', async () => {
				await panel.fill('saveGroup', 'http');
				assert.equal(await isSkeletonShown(), true);
				await panel.body.locator('[data-copy]').click();
				await until("$('.hpdu-register-write-form .wattpost-copied').text() === 'Copied'");
			});
		});

		describe('warns', () => {
			before(() => open());
			after(() => panel.cancel());

			const CASES: readonly { title: string; fields: Fields; type?: string; expected: string[] }[] = [
				{ title: 'of nothing with a name', fields: { register: 'stdvnm' }, type: 'str', expected: [] },
				...['swocst_3', 'swounl', 'sworeb_1', 'stunlo'].map((register) => ({
					title: `of an outlet: ${register}`,
					fields: { register },
					expected: ['outlets'],
				})),
				{ title: 'of no outlet', fields: { register: 'swosch_1' }, expected: [] },
				{ title: 'of a lock-out by one register', fields: { register: 'hthpen' }, expected: ['unchecked'] },
				{ title: 'of a lock-out by an address', fields: { register: 'etaips_1' }, expected: ['unchecked'] },
				{
					title: 'of a secret in the flow',
					fields: { register: 'iarc4k' },
					type: 'str',
					expected: ['secret'],
				},
				{ title: 'of no secret in a message', fields: { register: 'iarc4k' }, expected: [] },
				{ title: 'of no secret in a variable', fields: { register: 'sncmpb' }, type: 'env', expected: [] },
				...['ethernet', 'ethernet/access', 'ethernet/mode', 'http'].map((saveGroup) => ({
					title: `of a lock-out by ${saveGroup}`,
					fields: { write: 'save', saveGroup },
					expected: ['lock-out', 'all-keys'],
				})),
				{
					title: 'of all keys',
					fields: { write: 'save', saveGroup: 'snmp' },
					expected: ['all-keys'],
				},
				{
					title: 'of no outlet in an address',
					fields: { register: 'swocst', write: 'address' },
					expected: [],
				},
			];
			for (const { title, fields, type = 'msg', expected } of CASES) {
				it(title, async () => {
					await panel.fill('write', 'registers');
					await typeOfValue(type);
					await fill(panel, fields);
					assert.deepEqual(await marks('warning'), expected);
				});
			}

			it('of a 403 where outlets are switched', async () => {
				await fill(panel, { write: 'registers', register: 'swocst_1' });
				assert.match(await textsOf('[data-warning=outlets]').then(String), /vendor's tables .* 403/);
			});

			it('and explains in places that a screen reader tells', async () => {
				assert.deepEqual(
					await silent(
						'[data-warning], [id$=-rights], [id$=-chosen], [id$=-size], [id$=-keys], .wattpost-copied',
					),
					[],
				);
			});
		});

		describe('asks the PDU what its user may write', () => {
			afterEach(async () => {
				await editor.page.unrouteAll();
				await panel.cancel();
			});

			it('when it is opened, and says how much', async () => {
				await open();
				assert.match(await textOf('rights'), /^The user of this PDU may write \d+ registers\.$/);
			});

			it('and takes its word against the table', async () => {
				const rights = { readable: [], writable: ['stolnm', 'swocst'] };
				await editor.page.route('**/rights', (route: Route) => route.fulfill({ json: rights }));
				await open({ register: 'stolnm_1' });
				assert.equal(await textOf('chosen'), 'outletName · text of at most 8 bytes');
				await panel.fill('register', 'stdvnm');
				assert.match(await textOf('chosen'), /this user may not write it, says the PDU/);
			});

			it('and works without an answer, by the table', async () => {
				await editor.page.route('**/rights', (route: Route) => route.abort());
				await open({ register: 'swocst_1' }, 'Node-RED did not say');
				assert.match(await textOf('chosen'), /by the vendor's table not writable over this API/);
				assert.equal(editor.problems.splice(0).length, 1);
			});

			it('and says what went wrong there', async () => {
				const body = { error: { code: 'hpdu-timeout', message: 'The PDU Rack 5 did not answer.' } };
				await editor.page.route('**/rights', (route: Route) => route.fulfill({ json: body }));
				await open({}, 'The PDU Rack 5 did not answer.');
			});
		});

		it('keeps a variable in place of a save group', async () => {
			panel = await editor.openPanel('variable');
			assert.equal(await panel.value('saveGroup'), VARIABLE);
			await panel.cancel();
			await assertUntouched('variable');
			assert.equal(await editor.property('variable', 'saveGroup'), VARIABLE);
		});

		it('forgets what cannot be seen', async () => {
			await open({ register: 'stdvnm', unit: '27', value: 'Rack 5' });
			await typeOfValue('str');
			await panel.done();
			const held = async (): Promise<unknown[]> => {
				const names = ['register', 'unit', 'value', 'valueType', 'saveGroup', 'hardwareId', 'unitAddress'];
				return Promise.all(names.map((name) => editor.property('write', name)));
			};
			assert.deepEqual(await held(), ['stdvnm', '27', 'Rack 5', 'str', '', '', '']);
			await open({ write: 'address', hardwareId: '42534-6129-0', unitAddress: '7' });
			await panel.done();
			assert.deepEqual(await held(), ['', '', 'payload', 'msg', '', '42534-6129-0', '7']);
			await open({ write: 'save', saveGroup: 'http' });
			await panel.done();
			assert.deepEqual(await held(), ['', '', 'payload', 'msg', 'http', '', '']);
		});

		it('calls the node by its name or by what it writes', async () => {
			const blank = { name: '', register: '', saveGroup: '' };
			assert.equal(await labelOf('write', { ...blank, write: 'registers' }), 'hpdu register write');
			assert.equal(await labelOf('write', { ...blank, write: 'registers', register: 'stdvnm' }), 'stdvnm');
			assert.equal(await labelOf('write', { ...blank, write: 'save', saveGroup: 'snmp' }), 'snmp');
			assert.equal(await labelOf('write', { ...blank, write: 'address' }), 'address');
			assert.equal(await labelOf('write', { ...blank, write: 'address', name: 'Number 7' }), 'Number 7');
		});
	});
