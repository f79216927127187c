import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { PostOverrides } from '../devices/ups/index.js';
import type { RunningNodeRed } from '../nodes/harness/index.js';
import { endpoint, freePort, listening, nowSeconds, TAB } from '../nodes/kit.js';
import { httpIn, KEY, makePost, nonce, send, upsDevice } from '../nodes/ups-kit.js';
import { send as sendCar, wicanIn } from '../nodes/wican-kit.js';
import { patience } from '../patience.js';
import type { Editor, Panel } from './editor.js';
import { LIGHT_EDITOR } from './light.js';
import { withEditor } from './stage.js';

const UPS = 'rack-5';

/** What a route of ours can answer, seen at the time `now`. */
const NOW = 1_800_000_000_000;
const NOBODY = { now: NOW, device: null, unknown: [], strays: [] };
const told = (device: object | null, more: object = {}): object => ({
	...NOBODY,
	...more,
	device: device && { online: false, seen: null, refused: null, ...device },
});
const refusedFor = (reason: string): object =>
	told({ refused: { at: NOW - 8000, reason, status: 401, remoteAddress: '10.0.0.5' } });

describe('an open panel tells', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let editor: Editor;
	let panel: Panel;
	let port: number;
	/** Where devices reach Node-RED's own server. */
	let url: string;

	withEditor(
		async () => {
			port = await freePort();
			return {
				settings: { ...LIGHT_EDITOR, httpNodeRoot: '/nodes' },
				flows: [
					TAB,
					endpoint('cars', { path: '/cars' }),
					endpoint('listener', { server: 'own', host: '127.0.0.1', port: String(port) }),
					upsDevice(UPS),
					upsDevice('spare'),
					httpIn('in'),
					httpIn('one', { device: 'ups-spare' }),
					wicanIn('car', { endpoint: 'cars' }),
					wicanIn('other', { endpoint: 'listener', path: '/other' }),
				],
			};
		},
		(stage) => ({ nr, editor } = stage),
	);
	before(async () => {
		await listening(nr, 'listener');
		url = `${nr.url}/nodes`;
	});
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));

	/** The lines of the open panel, once there are any. */
	const lines = async (): Promise<string[]> => {
		const shown = panel.body.locator('.wattpost-line').filter({ visible: true });
		await shown.first().waitFor();
		return (await shown.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
	};
	/** What a panel says when it is opened. */
	const linesOf = async (id: string): Promise<string[]> => {
		panel = await editor.openPanel(id);
		const texts = await lines();
		await panel.cancel();
		return texts;
	};
	/** Lets a route of ours answer something else for a while. */
	const answering = async (answer: object, use: () => Promise<void>): Promise<void> => {
		const routes = '**/wattpost/*/sightings*';
		await editor.page.route(routes, (route) => route.fulfill({ json: answer }));
		await use();
		await editor.page.unroute(routes);
	};
	const post = (overrides: PostOverrides = {}, deviceId = UPS, where = url): Promise<unknown> =>
		send(makePost(where, deviceId, overrides));

	describe('of a UPS', () => {
		it('that it did not report', async () => {
			assert.deepEqual(await linesOf(`ups-${UPS}`), ['No report yet since Node-RED started']);
		});

		it('that a new one is to be deployed first', async () => {
			panel = await editor.openNewConfig('ups-device');
			assert.deepEqual(await lines(), ['Deploy to see here when it reports']);
			await panel.cancel();
		});

		it('when it reported and from where', async () => {
			await post();
			const [line, ...others] = await linesOf(`ups-${UPS}`);
			assert.match(String(line), /^Last report: (now|\d+ seconds? ago) from 127\.0\.0\.1$/);
			assert.deepEqual(others, []);
		});

		const once = nonce();
		const REFUSED: readonly (readonly [why: string, send: () => Promise<unknown>, fix: RegExp])[] = [
			['another key', () => post({ key: 'ZYXWVTSRQPNMK987' }), /Type the HTTP key again/],
			[
				'a clock that is behind',
				() => post({ ts: String(nowSeconds() - 412) }),
				/41[123] s behind.*NTP.*Clock may/,
			],
			[
				'a clock that is ahead',
				() => post({ ts: String(nowSeconds() + 500) }),
				/(499|500|501) s ahead.*Clock may/,
			],
			['a clock that was never set', () => post({ ts: '0000000060' }), /no network time.*NTP/],
			['no time', () => post({ ts: 'noon' }), /headers are not those of a UPS/],
			['no nonce', () => post({ nonce: 'once' }), /headers are not those of a UPS/],
			[
				'the same report again',
				() => post({ nonce: once }).then(() => post({ nonce: once })),
				/came a second time/,
			],
			['no JSON', () => post({ body: '{' }), /no report of a UPS/],
			['no object', () => post({ body: '[]' }), /no report of a UPS/],
		];
		for (const [why, refused, fix] of REFUSED) {
			it(`what to do about ${why}`, async () => {
				await refused();
				const [first, second] = await linesOf(`ups-${UPS}`);
				assert.match(String(first), /^Last report/);
				assert.match(String(second), /^Refused (now|\d+ seconds? ago) from 127\.0\.0\.1: /);
				assert.match(String(second), fix);
			});
		}

		const STATES: readonly (readonly [what: string, answer: object, line: RegExp])[] = [
			['an input for another UPS', refusedFor('unknown-device'), /no "ups http in" there takes this UPS/],
			['a report that is too large', refusedFor('too-large'), /larger than the endpoint accepts/],
			['too many refusals', refusedFor('rate-limited'), /too many wrong requests/],
			['a reason of the future', refusedFor('odd'), /reason "odd"/],
			['its silence', told({ seen: { at: NOW - 3 * 3600_000 } }), /^Offline\. Last report: 3 hours ago$/],
			['being disabled', NOBODY, /does not run/],
		];
		for (const [what, answer, line] of STATES) {
			it(`of ${what}`, () =>
				answering(answer, async () => {
					assert.match((await linesOf(`ups-${UPS}`)).at(-1) ?? '', line);
				}));
		}

		it('in the panel of a node that receives it, whether it has chosen one or takes every UPS', async () => {
			await post();
			await post({ key: 'ZYXWVTSRQPNMK987' });
			assert.deepEqual(await linesOf('one'), ['No report yet since Node-RED started']);
			const [last, refused, spare] = await linesOf('in');
			assert.match(String(last), /^Name of rack-5: Last report: (now|\d+ seconds? ago) from 127\.0\.0\.1$/);
			assert.match(String(refused), /^Name of rack-5: Refused .*Type the HTTP key again/);
			assert.equal(spare, 'Name of spare: No report yet since Node-RED started');
		});

		it('which number of a SIM card it sends, and that another has its key', async () => {
			const warning = (): Locator => panel.body.locator('#ups-device-warning-shared');
			panel = await editor.openPanel(`ups-${UPS}`);
			await warning().waitFor();
			assert.match(await warning().innerText(), /Name of spare: this UPS has the same key/);
			await panel.cancel();
			panel = await editor.openPanel('ups-spare');
			await panel.fill('deviceId', '8988 2280 6668 0569 9901');
			assert.match(await panel.body.locator('#ups-device-note-id').innerText(), /: 8988228066680569990\b/);
			await panel.fill('httpKey', 'ZYXW VTSR QPNM K987');
			await panel.done();
			assert.equal(await editor.property('ups-spare', 'deviceId'), '89882280666805699901');
			panel = await editor.openPanel(`ups-${UPS}`);
			await lines();
			assert.equal(await warning().isVisible(), false);
			await panel.fill('httpKey', 'zyxwvtsrqpnmk987');
			assert.match(await warning().innerText(), /Name of spare/);
			await panel.fill('deviceId', '8988228066680569990');
			assert.match(await panel.message('deviceId'), /Another UPS/);
			await panel.cancel();
			await editor.load();
		});

		it('that it posts to where nothing listens', async () => {
			await post({}, UPS, `${url}/wrong`);
			const line = (await linesOf(`ups-${UPS}`)).at(-1) ?? '';
			assert.match(line, /\/nodes\/wrong\/api\/v1\/devices\/rack-5\/telemetry \(Node-RED's own server\)/);
			const [stray] = (await linesOf('in')).filter((text) => text.includes('nodes/wrong'));
			assert.match(String(stray), /^Name of rack-5: A POST came to .*give the UPS the URL/);
		});

		it('anew while it is open, and aloud only what has changed', async () => {
			const spoken = (): Promise<string> =>
				panel.body.locator('#ups-device-sighting [role=status]').innerText();
			let [asked, answer] = [0, told({ online: true, seen: { at: NOW - 5000 } })];
			await editor.page.route('**/wattpost/ups/sightings*', (route) => {
				asked += 1;
				return route.fulfill({ json: { ...answer, now: NOW + asked * 60_000 } });
			});
			panel = await editor.openPanel(`ups-${UPS}`);
			assert.deepEqual(await lines(), ['Last report: 1 minute ago']);
			const first = await spoken();
			await panel.body.getByText('2 minutes ago').first().waitFor();
			assert.equal(await spoken(), first);
			answer = refusedFor('bad-signature');
			await panel.body.getByText('Type the HTTP key again').first().waitFor();
			assert.notEqual(await spoken(), first);
			await panel.cancel();
			await editor.page.unroute('**/wattpost/ups/sightings*');
		});

		it('nothing where nothing can be told', async () => {
			await editor.page.route('**/wattpost/ups/sightings*', (route) => route.fulfill({ status: 403 }));
			const refused = editor.page.waitForResponse(/sightings/);
			panel = await editor.openPanel(`ups-${UPS}`);
			await refused;
			assert.equal(await panel.body.locator('.wattpost-line').filter({ visible: true }).count(), 0);
			await panel.cancel();
			await editor.page.unroute('**/wattpost/ups/sightings*');
			// The browser itself tells of the answer, the panel of nothing.
			assert.deepEqual(
				editor.problems.splice(0).filter((problem) => !problem.includes('403')),
				[],
			);
		});
	});

	describe('of a UPS that nobody knows', () => {
		const STRANGER = 'my-new-ups';
		const use = (id: string) => panel.body.getByRole('button', { name: `Use this id: ${id}` });

		before(async () => {
			await post({}, STRANGER);
			await post({}, 'lost-ups', `${url}/wrong`);
		});

		it('in the panel that takes every UPS, with the way to add it', async () => {
			panel = await editor.openPanel('in');
			await panel.body.getByRole('button', { name: `Add this UPS: ${STRANGER}` }).waitFor();
			assert.deepEqual(
				(await lines()).slice(-2).map((line) => line.split(',')[0]),
				['lost-ups', STRANGER],
			);
			const added = editor.page.locator('#node-config-dialog-cancel');
			await panel.body.getByRole('button', { name: `Add this UPS: ${STRANGER}` }).click();
			await added.waitFor();
			assert.equal(await editor.page.locator('#node-config-input-deviceId').inputValue(), STRANGER);
			await added.click();
			await added.waitFor({ state: 'hidden' });
			await panel.cancel();
		});

		it('in the panel that takes one UPS, which can have that id from then on', async () => {
			panel = await editor.openPanel('one');
			await use(STRANGER).click();
			const config = editor.page.locator('#node-config-input-deviceId');
			await config.waitFor();
			assert.equal(await config.inputValue(), STRANGER);
			assert.equal(await editor.page.locator('#node-config-input-name').inputValue(), 'Name of spare');
			await editor.page.locator('#node-config-dialog-cancel').click();
			await config.waitFor({ state: 'hidden' });
			await panel.cancel();
		});

		it('in the panel that takes one UPS and has none, which chooses what was made', async () => {
			panel = await editor.openPanel('one');
			await panel.fill('device', '');
			await panel.body.getByRole('button', { name: `Add this UPS: ${STRANGER}` }).click();
			const key = editor.page.locator('#node-config-input-httpKey');
			await key.fill(KEY);
			await editor.page.locator('#node-config-dialog-ok').click();
			await key.waitFor({ state: 'hidden' });
			assert.equal(await panel.body.locator('#node-input-device option:checked').innerText(), STRANGER);
			await panel.cancel();
			await editor.load();
		});

		it('to be adopted: its id is filled in, its key is to be typed, and it reports', async () => {
			panel = await editor.openNewConfig('ups-device');
			assert.equal(await panel.value('deviceId'), '', 'what was cancelled is forgotten');
			await use(STRANGER).click();
			assert.equal(await panel.value('deviceId'), STRANGER);
			assert.equal(await editor.evaluate('document.activeElement.id'), 'node-config-input-httpKey');
			await use(STRANGER).waitFor({ state: 'detached' });
			assert.equal(await use('lost-ups').count(), 1);
			await editor.page.keyboard.type(KEY);
			await panel.done();

			panel = await editor.openNewConfig('ups-device');
			await use('lost-ups').waitFor();
			assert.equal(await use(STRANGER).count(), 0, 'known, if not deployed yet');
			await panel.cancel();

			await nr.redeployed(() => editor.deploy());
			await post({}, STRANGER);
			const id = await editor.evaluate<string>(`(() => {
				let found;
				RED.nodes.eachConfig((node) => { if (node.deviceId === '${STRANGER}') found = node.id; });
				return found;
			})()`);
			assert.match((await linesOf(id))[0] ?? '', /^Last report/);
		});
	});

	describe('of a car', () => {
		const car = (path: string, headers: Record<string, string | null> = {}, where = nr.url) =>
			sendCar(where, { path, headers, body: {} });

		it('what to do about another token', async () => {
			await car('/nodes/cars/car', { Authorization: 'Bearer of-another' });
			const [first, second] = await linesOf('car');
			assert.equal(first, 'No report yet since Node-RED started');
			assert.match(String(second), /^Refused .* from 127\.0\.0\.1: .*the line Auth below/);
		});

		const STATES: readonly (readonly [what: string, answer: object, line: RegExp])[] = [
			['no JSON', refusedFor('bad-json'), /no report of a WiCAN/],
			['a report that is too large', refusedFor('too-large'), /larger than the endpoint accepts/],
			['too many refusals', refusedFor('rate-limited'), /too many wrong requests/],
			['a reason of the future', refusedFor('odd'), /reason "odd"/],
		];
		for (const [what, answer, line] of STATES) {
			it(`of ${what}`, () =>
				answering(answer, async () => {
					assert.match((await linesOf('car')).at(-1) ?? '', line);
				}));
		}

		it('that it may post to where nothing listens, and takes over that path', async () => {
			await car('/nodes/cars/Van%203');
			await car('/van', {}, `http://127.0.0.1:${port}`);
			panel = await editor.openPanel('car');
			const all = await lines();
			assert.match(all.find((line) => line.includes(`port ${port}`)) ?? '', /choose the endpoint/);
			assert.equal(all.filter((line) => /telemetry/.test(line)).length, 0, 'a UPS is no car');
			await panel.body.getByRole('button', { name: 'Use this path: /nodes/cars/Van%203' }).click();
			assert.equal(await panel.value('path'), '/Van%203');
			assert.match((await lines()).join('\n'), /the path above: deploy/);
			await panel.cancel();
		});

		it('when it reported, and which WiCAN that was', async () => {
			const body = { config: {}, status: { device_id: '60550fc2a6b1', fw_version: '4.51' } };
			await sendCar(nr.url, { path: '/nodes/cars/car', body });
			assert.match(
				(await linesOf('car')).join('\n'),
				/^Last report: .* from 127\.0\.0\.1 \(60550fc2a6b1, 4\.51, values: 0\)$/,
			);
		});
	});

	describe('what is wrong', () => {
		it('in a new one only in fields that were left', async () => {
			panel = await editor.openNewConfig('ups-device');
			assert.deepEqual(await panel.messages(), []);
			await panel.field('deviceId').focus();
			await panel.field('httpKey').focus();
			assert.equal((await panel.messages()).length, 1);
			assert.match(await panel.message('deviceId'), /number on the SIM tray/);
			await panel.field('deviceId').fill('x');
			assert.equal(await panel.message('deviceId'), '');
			await panel.cancel();
		});

		it('in one that was saved like that, at once', async () => {
			await editor.evaluate(`void (RED.nodes.node('ups-${UPS}').clockSkew = 'soon')`);
			panel = await editor.openPanel(`ups-${UPS}`);
			assert.match(await panel.message('clockSkew'), /number of seconds/);
			await panel.fill('clockSkew', '300');
			assert.deepEqual(await panel.messages(), []);
			assert.equal(await panel.field('clockSkew').getAttribute('aria-invalid'), null);
			await panel.cancel();
		});
	});
});
