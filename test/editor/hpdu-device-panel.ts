/** What the panel of a PDU does. */
import assert from 'node:assert/strict';
import type { Route } from 'playwright-core';
import type { Panel } from './editor.js';
import {
	assertUntouched,
	editor,
	type Fields,
	fill,
	labelOf,
	NAME,
	pdu,
	STORED,
	until,
	viewOf,
} from './hpdu-panel-kit.js';

const TEST = '**/wattpost/hpdu/test';
const FOUND = { name: NAME, firmware: '2.51', serial: 'SB2400042534', readable: 154, writable: 88 };

const { shown, marks, silent, fault } = viewOf('hpdu-device');
const notes = (): Promise<string[]> => marks('note');
let panel: Panel;

/** Each test of a suite begins with an open panel in which nothing was changed. */
function openForEach(): void {
	beforeEach(async () => {
		panel = await editor.openPanel('rack');
	});
	afterEach(() => panel.cancel());
}

export const testDevicePanel = (): Mocha.Suite =>
	describe('the panel of hpdu-device', () => {
		describe('takes the address of a web page apart', () => {
			openForEach();

			const CASES: readonly {
				typed: string;
				given?: Fields;
				host: string;
				port: string;
				useTls?: boolean;
			}[] = [
				{ typed: 'http://pdu.local:8080/', host: 'pdu.local', port: '8080' },
				{ typed: ' HTTP://192.0.2.7 ', given: { port: '8080' }, host: '192.0.2.7', port: '' },
				{ typed: 'http://pdu.local/index.html?page=2#top', host: 'pdu.local', port: '' },
				{ typed: 'https://pdu.local/', host: 'pdu.local', port: '', useTls: true },
				{
					typed: 'https://pdu.local/',
					given: { useTls: true, tls: 'tls' },
					host: 'pdu.local',
					port: '',
					useTls: true,
				},
				{
					typed: 'https://pdu.local:8443',
					given: { useTls: true, tls: 'tls' },
					host: 'pdu.local',
					port: '8443',
					useTls: true,
				},
				{ typed: 'http://[2001:db8::5]:8080/', host: '[2001:db8::5]', port: '8080' },
				{ typed: '[fe80::1%eth0]:81', host: '[fe80::1%eth0]', port: '81' },
				{ typed: 'pdu.local:81', host: 'pdu.local', port: '81' },
				{ typed: 'pdu.local/index.html', given: { port: '81' }, host: 'pdu.local', port: '81' },
				{ typed: `http://\${PDU}:81/`, host: `\${PDU}`, port: '81' },
			];

			for (const { typed, given = {}, host, port, useTls = false } of CASES) {
				it(`"${typed}"${given.tls ? ' with a TLS configuration' : ''}`, async () => {
					await fill(panel, { ...given, host: typed });
					assert.deepEqual([await panel.value('host'), await panel.value('port')], [host, port]);
					assert.match(await shown('#hpdu-device-note-host'), /taken apart/);
					assert.equal(await panel.value('useTls'), useTls);
					assert.deepEqual(await panel.wrongFields(), []);
				});
			}

			it('as soon as it is pasted', async () => {
				await editor.evaluate(
					"void $('#node-config-input-host').val('http://pdu.local:8080/').trigger('paste')",
				);
				await until("$('#node-config-input-port').val() === '8080'");
				assert.equal(await panel.value('host'), 'pdu.local');
			});

			it('at the latest when the panel is closed', async () => {
				await panel.field('host').fill('http://pdu.local:8080/');
				await editor.evaluate("void $('#node-config-dialog-ok').trigger('click')");
				await until("$('.red-ui-tray').length === 0");
				assert.deepEqual(
					[await editor.property('rack', 'host'), await editor.property('rack', 'port')],
					['pdu.local', '8080'],
				);
				panel = await editor.openPanel('rack');
				await fill(panel, { host: '192.0.2.35', port: '' });
				await panel.done();
				panel = await editor.openPanel('rack');
			});

			it('but leaves alone what is a host, or nothing it knows', async () => {
				for (const host of [
					'pdu-5',
					'[::1]',
					'fe80::1%eth0',
					`\${PDU}`,
					'http://me:secret@pdu/',
					'ftp://pdu/',
				]) {
					await fill(panel, { host, port: '81' });
					assert.deepEqual([await panel.value('host'), await panel.value('port')], [host, '81']);
					assert.equal(await shown('#hpdu-device-note-host'), '');
				}
			});
		});

		describe('says', () => {
			openForEach();

			it('what plain http and HTTPS mean, and which port they have', async () => {
				const placeholder = (): Promise<string | null> => panel.field('port').getAttribute('placeholder');
				assert.deepEqual([await placeholder(), await notes()], ['80', ['http']]);
				await fill(panel, { useTls: true, tls: 'tls' });
				assert.deepEqual([await placeholder(), await notes()], ['443', ['tls']]);
				await fill(panel, { useTls: false });
				assert.deepEqual([await placeholder(), await notes()], ['80', ['http']]);
			});

			it('that a port belongs to the other of the two', async () => {
				await fill(panel, { port: '443' });
				assert.deepEqual(await notes(), ['port-https', 'http']);
				await fill(panel, { useTls: true, tls: 'tls' });
				assert.deepEqual(await notes(), ['tls']);
				await fill(panel, { port: '80' });
				assert.deepEqual(await notes(), ['port-http', 'tls']);
			});

			it('how many bytes of name and password are too many', async () => {
				const said = (): Promise<string[]> => Promise.all(['username', 'password'].map(fault));
				assert.deepEqual(await said(), ['', '']);
				await fill(panel, { username: 'u'.repeat(17), password: 'é'.repeat(9) });
				assert.match((await said())[0] ?? '', /at most 16 bytes: there are 17\b/);
				assert.match((await said())[1] ?? '', /at most 16 bytes: there are 18\b/);
				assert.deepEqual(await panel.wrongFields(), ['username', 'password']);
				await fill(panel, { username: 'é'.repeat(8), password: 'p'.repeat(16) });
				assert.deepEqual([await said(), await panel.wrongFields()], [['', ''], []]);
				await fill(panel, { username: `\${THE_NAME_OF_THE_USER}`, password: `\${A_LONG_PASSWORD}` });
				assert.deepEqual([await said(), await panel.wrongFields()], [['', ''], []]);
			});

			it('all of this where a screen reader tells it', async () => {
				assert.deepEqual(await silent('[data-note], [id*=note-], .form-tips, .wattpost-fault'), []);
			});
		});

		describe('tests the connection', () => {
			/** What arrived and waits for an answer. */
			let asked: Route[];
			let arrived: () => void;

			openForEach();
			before(() =>
				editor.page.route(TEST, (route) => {
					asked.push(route);
					arrived();
				}),
			);
			after(() => editor.page.unroute(TEST));
			beforeEach(() => {
				asked = [];
			});

			const button = () => panel.body.locator('#hpdu-device-test');
			const press = async (): Promise<Route> => {
				const next = new Promise<void>((resolve) => {
					arrived = resolve;
				});
				await button().click();
				await next;
				const route = asked.at(-1);
				assert.ok(route);
				return route;
			};
			const result = async (place: 'found' | 'failure'): Promise<string> => {
				await panel.body.locator(`#hpdu-device-${place}`).waitFor();
				return shown('.form-tips');
			};

			it('with what stands in the panel, and shows what was found', async () => {
				await fill(panel, {
					host: 'pdu.local',
					port: '8080',
					useTls: true,
					tls: 'tls',
					timeout: ' 2500 ',
					username: 'admin',
				});
				const route = await press();
				assert.equal(route.request().method(), 'POST');
				assert.deepEqual(route.request().postDataJSON(), {
					id: 'rack',
					host: 'pdu.local',
					port: '8080',
					useTls: true,
					tls: 'tls',
					timeout: '2500',
					minInterval: '0',
					username: 'admin',
					password: '__PWRD__',
				});
				assert.equal(await button().isDisabled(), true);
				assert.equal(await shown('.form-tips'), 'Asking the PDU ...');
				await route.fulfill({ json: FOUND });
				assert.equal(
					await result('found'),
					'The PDU answers and knows this user. Name SP_Rack_5 Firmware 2.51 Serial number SB2400042534 ' +
						'Registers this user may read 154 Registers this user may write 88',
				);
				assert.equal(await button().isEnabled(), true);
			});

			it('and leaves out what the PDU does not tell, and takes its words for words', async () => {
				const route = await press();
				await route.fulfill({ json: { name: '<b>__x__</b>', firmware: '', readable: 9, writable: 0 } });
				assert.equal(
					await result('found'),
					'The PDU answers and knows this user. Name <b>__x__</b> ' +
						'Registers this user may read 9 Registers this user may write 0',
				);
			});

			it('and gives the focus back to the button', async () => {
				const route = await press();
				await route.fulfill({ json: FOUND });
				await result('found');
				assert.equal(await editor.evaluate('document.activeElement.id'), 'hpdu-device-test');
			});

			it('and shows why it failed', async () => {
				const route = await press();
				const message = 'PDU refuses the login: pdu.local.';
				await route.fulfill({ json: { error: { code: 'hpdu-unauthorized', message } } });
				assert.equal(await result('failure'), message);
				assert.equal(await button().isEnabled(), true);
			});

			it('in the language of the editor, whatever the runtime speaks', async () => {
				const route = await press();
				const error = { code: 'hpdu-unauthorized', message: 'Die PDU ...', params: { device: 'Rack 5' } };
				await route.fulfill({ json: { error } });
				assert.match(
					await result('failure'),
					/^PDU refuses the login: username or password of Rack 5 is wrong\./,
				);
			});

			const UNEXPECTED: readonly { title: string; answer: Parameters<Route['fulfill']>[0]; said: RegExp }[] =
				[
					{ title: 'may not', answer: { status: 403, json: {} }, said: /does not allow you/ },
					{
						title: 'is logged out',
						answer: { status: 401, body: 'Unauthorized' },
						said: /no longer logged in/,
					},
					{ title: 'asks an older runtime', answer: { status: 404, body: 'Cannot POST' }, said: /\(404\)/ },
					{ title: 'finds Node-RED broken', answer: { status: 500, body: '<h1>oh</h1>' }, said: /\(500\)/ },
					{ title: 'gets a page of a proxy', answer: { status: 200, body: '<h1>hi</h1>' }, said: /\(200\)/ },
					{ title: 'gets JSON of somebody else', answer: { status: 200, json: {} }, said: /\(200\)/ },
					{ title: 'gets nothing', answer: { status: 200, body: 'null' }, said: /\(200\)/ },
				];

			for (const { title, answer, said } of UNEXPECTED) {
				it(`and tells a user who ${title}`, async () => {
					const route = await press();
					await route.fulfill(answer);
					assert.match(await result('failure'), said);
					assert.equal(await button().isEnabled(), true);
					editor.problems.splice(0);
				});
			}

			it('and tells that Node-RED is away', async () => {
				const route = await press();
				await route.abort('connectionrefused');
				assert.match(await result('failure'), /^Node-RED does not answer/);
				assert.equal(editor.problems.splice(0).length, 1);
			});

			it('and asks nobody while fields are wrong', async () => {
				await fill(panel, { host: '' });
				await button().click();
				assert.equal(await result('failure'), 'Correct the marked fields first.');
				assert.deepEqual(asked, []);
			});

			it('and takes the result away once other values stand there', async () => {
				const route = await press();
				await route.fulfill({ json: FOUND });
				await result('found');
				await fill(panel, { username: 'admin' });
				assert.equal(await shown('.form-tips'), '');
			});

			it('and does not show a result for values that are gone', async () => {
				const old = await press();
				const ended = editor.page.waitForEvent('requestfailed');
				await fill(panel, { username: 'admin' });
				assert.equal((await ended).url(), old.request().url());
				assert.equal(await button().isEnabled(), true);
				const route = await press();
				await route.fulfill({ json: { ...FOUND, name: 'of admin' } });
				assert.match(await result('found'), /Name of admin/);
			});

			it('and ends it with the panel', async () => {
				await press();
				const ended = editor.page.waitForEvent('requestfailed');
				await panel.cancel();
				await ended;
				panel = await editor.openPanel('rack');
				assert.equal(await shown('.form-tips'), '');
				assert.equal(await button().isEnabled(), true);
			});
		});

		for (const id of ['rack', 'bare']) {
			it(`leaves nothing to be deployed where nothing was changed: ${id}`, () => assertUntouched(id));
		}

		it('shows the password nowhere', async () => {
			panel = await editor.openPanel('rack');
			assert.equal(await panel.field('password').getAttribute('type'), 'password');
			const texts = [await editor.page.content(), await editor.exportFlows()];
			await panel.cancel();
			for (const text of texts) assert.equal(text.includes(STORED), false);
		});

		it('calls the node by its name or its host', async () => {
			assert.equal(await labelOf('rack', { name: 'Rack 5', host: 'pdu.local' }), 'Rack 5');
			assert.equal(await labelOf('rack', { name: '', host: 'pdu.local' }), 'pdu.local');
			assert.equal(await labelOf('rack', { name: '', host: '' }), 'hpdu-device');
		});

		describe('tests the connection to a real PDU', () => {
			afterEach(() => panel.cancel());

			const result = async (): Promise<string> => {
				await panel.body.locator('#hpdu-device-test').click();
				await panel.body.locator('#hpdu-device-test:enabled').waitFor();
				return shown('.form-tips');
			};

			it('before it was deployed, right and wrong', async () => {
				panel = await editor.openNewConfig('hpdu-device');
				assert.equal(await fault('host'), '');
				assert.equal(await result(), 'Correct the marked fields first.');
				assert.match(await fault('host'), /^Enter the name or the IP address/);
				assert.match(await fault('password'), /^Enter the password/);
				await fill(panel, { host: pdu.url, username: 'viewer', password: 'viewer' });
				assert.match(
					await result(),
					/Name SP_Rack_5 Firmware 2\.51 Serial number \w+ .*read \d+ .*write \d+$/,
				);
				await fill(panel, { password: 'wrong' });
				assert.match(await result(), /refuses the login/);
				await fill(panel, { password: 'viewer', port: '9' });
				assert.match(await result(), /^Connection refused: .*127\.0\.0\.1:9\./);
				assert.equal(pdu.maxInFlight, 1);
			});

			it('but not through a TLS configuration that is not deployed', async () => {
				await editor.evaluate(
					"void RED.nodes.add({ id: 'new', type: 'tls-config', _def: RED.nodes.getType('tls-config'), name: 'new', users: [] })",
				);
				panel = await editor.openPanel('rack');
				await fill(panel, { useTls: true, tls: 'new' });
				assert.match(await result(), /^The TLS configuration is not deployed/);
			});

			it('with the password that is stored, where it was stored for', async () => {
				panel = await editor.openPanel('stored');
				assert.equal(await panel.value('password'), '__PWRD__');
				assert.match(await result(), /Name SP_Rack_5/);
				await fill(panel, { host: 'localhost' });
				assert.match(await result(), /Type the password again/);
				await fill(panel, { password: 'power' });
				assert.match(await result(), /Name SP_Rack_5/);
			});
		});
	});
