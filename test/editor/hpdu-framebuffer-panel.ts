/** What the panel of hpdu-framebuffer does. */
import assert from 'node:assert/strict';
import type { Page, Request, Route } from 'playwright-core';
import type { Panel } from './editor.js';
import { assertUntouched, editor, fill, labelOf, pdu, until, viewOf } from './hpdu-panel-kit.js';

/** One white pixel. */
const IMAGE =
	'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAGxLmJwAAAABJRU5ErkJggg==';
const SHOWN = { image: IMAGE, currentPage: 2, pages: 5, backlight: 'on' };
const DISPLAY = '**/wattpost/hpdu/*/display?*';

/** The requests of a preview, held until a test answers them. */
class Held {
	private routes: Route[] = [];
	private readonly waiting: ((route: Route) => void)[] = [];
	/** How many have arrived. */
	count = 0;

	constructor(private readonly page: Page) {}

	async begin(): Promise<void> {
		this.page.on('requestfailed', this.forget);
		await this.page.route(DISPLAY, (route) => {
			this.count++;
			const next = this.waiting.shift();
			if (next) next(route);
			else this.routes.push(route);
		});
	}

	async end(): Promise<void> {
		await this.page.unroute(DISPLAY);
		this.page.off('requestfailed', this.forget);
	}

	/** Nobody is to answer what was given up. */
	private readonly forget = (ended: Request): void => {
		this.routes = this.routes.filter((route) => route.request() !== ended);
	};

	/** The oldest that was not taken, or the one that comes next. */
	take(): Promise<Route> {
		const route = this.routes.shift();
		if (route) return Promise.resolve(route);
		return new Promise((resolve) => this.waiting.push(resolve));
	}
}

const { shown, marks } = viewOf('hpdu-framebuffer');
let held: Held;
let panel: Panel;

const picture = () => editor.page.locator('#hpdu-framebuffer-picture');
const again = () => editor.page.locator('#hpdu-framebuffer-again');
const failure = async (): Promise<string> => {
	await editor.page.locator('#hpdu-framebuffer-failure').waitFor();
	assert.equal(await picture().isVisible(), false);
	assert.equal(await shown('#hpdu-framebuffer-caption'), '');
	return shown('#hpdu-framebuffer-failure');
};
const wished = (route: Route): Record<string, string> => {
	const { searchParams } = new URL(route.request().url());
	searchParams.delete('_');
	return Object.fromEntries(searchParams);
};

/** The preview waits a second between two requests; a test has no time for that. */
const HASTE = `void (() => {
	const { setTimeout } = window;
	window.setTimeout = (callback, delay, ...rest) => setTimeout(callback, delay === 1000 ? 10 : delay, ...rest);
})()`;

/** Holds the requests of a suite. */
function holdForSuite(): void {
	before(async () => {
		held = new Held(editor.page);
		await held.begin();
	});
	after(() => held.end());
}

/** Each test begins with an open panel in which nothing was changed. */
function openForEach(): void {
	beforeEach(async () => {
		panel = await editor.openPanel('display');
	});
	afterEach(() => panel.cancel());
}

export const testFramebufferPanel = (): Mocha.Suite =>
	describe('the panel of hpdu-framebuffer', () => {
		before(() => editor.evaluate(HASTE));

		describe('shows what applies', () => {
			holdForSuite();
			before(async () => {
				panel = await editor.openPanel('display');
			});
			after(() => panel.cancel());

			const visible = (): Promise<string[]> =>
				editor.evaluate(`$('.hpdu-framebuffer-form').find('input, select').filter(':visible').get()
				.map((field) => field.id.replace('node-input-', '')).filter((name) => !['target', 'device', 'action', 'errors', 'name'].includes(name))`);

			const FIELDS: Readonly<Record<string, readonly string[]>> = {
				image: ['format', 'scale', 'rotate', 'bitOrder', 'invert'],
				pages: ['format', 'scale', 'rotate', 'bitOrder', 'invert'],
				status: [],
				page: ['page'],
				press: ['button1', 'button2'],
				'': ['format', 'scale', 'rotate', 'bitOrder', 'invert'],
			};
			for (const [action, fields] of Object.entries(FIELDS)) {
				it(`to the action "${action}"`, async () => {
					await fill(panel, { action });
					assert.deepEqual(await visible(), fields);
					const tips = await marks('for');
					assert.deepEqual(tips, { pages: ['pages'], '': ['message'] }[action] ?? []);
				});
			}

			const OPTIONS: Readonly<Record<string, readonly string[]>> = {
				png: ['scale', 'rotate', 'bitOrder', 'invert'],
				'data-url': ['scale', 'rotate', 'bitOrder', 'invert'],
				raw: [],
				pixels: ['rotate', 'bitOrder', 'invert'],
				text: ['rotate', 'bitOrder', 'invert'],
			};
			for (const [format, fields] of Object.entries(OPTIONS)) {
				it(`to the format ${format}`, async () => {
					await fill(panel, { action: 'image', format });
					assert.deepEqual(await visible(), ['format', ...fields]);
				});
			}

			it('to both buttons, or to none', async () => {
				const notes = async (button1: string, button2: string): Promise<unknown> => {
					await fill(panel, { action: 'press', button1, button2 });
					return marks('note');
				};
				assert.deepEqual(await notes('', ''), []);
				assert.deepEqual(await notes('short', ''), []);
				assert.deepEqual(await notes('short', 'none'), []);
				assert.deepEqual(await notes('short', 'long'), ['both']);
				assert.deepEqual(await notes('none', 'none'), ['neither']);
				assert.deepEqual(await notes('none', ''), []);
			});

			it('as wrong only where it is shown', async () => {
				await fill(panel, { action: 'image', format: 'png', scale: '17' });
				assert.deepEqual(await panel.wrongFields(), ['scale']);
				await fill(panel, { format: 'text' });
				assert.deepEqual(await panel.wrongFields(), []);
				await fill(panel, { format: 'png', scale: `\${SCALE}`, action: 'page', page: '-1' });
				assert.deepEqual(await panel.wrongFields(), ['page']);
				await fill(panel, { page: `\${PAGE}` });
				assert.deepEqual(await panel.wrongFields(), []);
				await fill(panel, { page: '-1', action: 'image' });
				assert.deepEqual(await panel.wrongFields(), []);
			});
		});

		describe('shows the display', () => {
			holdForSuite();
			openForEach();

			it('as the panel would have it drawn, and tells its page', async () => {
				const first = await held.take();
				assert.equal(new URL(first.request().url()).pathname, '/wattpost/hpdu/pdu/display');
				assert.deepEqual(wished(first), { bitOrder: 'lsb-top', rotate: '0', invert: 'false', scale: '4' });
				assert.equal(await shown('#hpdu-framebuffer-caption'), 'Asking the PDU ...');
				await first.fulfill({ json: SHOWN });
				await picture().waitFor();
				assert.equal(await picture().getAttribute('src'), IMAGE);
				assert.equal(await picture().getAttribute('alt'), 'Display of the PDU, page 2 of 5');
				assert.equal(await shown('#hpdu-framebuffer-caption'), 'Page 2, 5 in all. The backlight is on.');
				assert.equal(await again().isVisible(), false);

				const next = await held.take();
				await fill(panel, { bitOrder: 'msb-top', rotate: '270', invert: true, scale: '2' });
				await next.fulfill({ json: { ...SHOWN, currentPage: 0, backlight: 'blinking' } });
				const turned = await held.take();
				assert.deepEqual(wished(turned), { bitOrder: 'msb-top', rotate: '270', invert: 'true', scale: '2' });
				assert.equal(await picture().getAttribute('alt'), 'Display of the PDU, page 0 of 5');
				assert.equal(await shown('#hpdu-framebuffer-caption'), 'Page 0, 5 in all. The backlight blinks.');
			});

			it('with the usual scale while another is wrong or a variable', async () => {
				for (const scale of ['0', '17', '1.5', '', `\${SCALE}`]) {
					const before = await held.take();
					await fill(panel, { scale });
					await before.fulfill({ json: SHOWN });
					const after = await held.take();
					assert.equal(wished(after).scale, '4');
					await after.fulfill({ json: SHOWN });
				}
			});

			it('and its backlight in the words of the PDU where it has others', async () => {
				const states = { off: 'The backlight is off.', dimmed: 'dimmed' };
				for (const [backlight, text] of Object.entries(states)) {
					await (await held.take()).fulfill({ json: { ...SHOWN, backlight } });
					const next = await held.take();
					assert.equal(await shown('#hpdu-framebuffer-caption'), `Page 2, 5 in all. ${text}`);
					await next.fulfill({ json: SHOWN });
				}
			});

			it('of another PDU as soon as it is chosen, with no second request under way', async () => {
				const first = await held.take();
				const ended = editor.page.waitForEvent('requestfailed');
				await fill(panel, { device: 'rack' });
				assert.equal((await ended).url(), first.request().url());
				const second = await held.take();
				assert.equal(new URL(second.request().url()).pathname, '/wattpost/hpdu/rack/display');
				await second.fulfill({ json: SHOWN });
				await picture().waitFor();
			});

			it('of none where none is chosen', async () => {
				await (await held.take()).fulfill({ json: SHOWN });
				await held.take();
				const { count } = held;
				await fill(panel, { device: '' });
				assert.equal(await failure(), 'Choose a PDU to see its display.');
				assert.equal(await again().isVisible(), false);
				assert.equal(held.count, count);
			});

			it('with its texts where a screen reader tells them, and not the picture', async () => {
				await held.take();
				const inStatus = await editor.evaluate(
					"$('.hpdu-framebuffer-form [role=status]').find('[id], [data-note]').get().map((element) => element.id || element.dataset.note)",
				);
				assert.deepEqual(inStatus, [
					'both',
					'neither',
					'hpdu-framebuffer-caption',
					'hpdu-framebuffer-failure',
				]);
			});
		});

		describe('stops at a failure', () => {
			holdForSuite();
			openForEach();

			it('of the PDU, tells it, and goes on when it is to try again', async () => {
				await (await held.take()).fulfill({ json: SHOWN });
				const message = 'The PDU Rack 5 did not answer.';
				await (await held.take()).fulfill({ json: { error: { code: 'hpdu-timeout', message } } });
				assert.equal(await failure(), message);
				await again().click();
				const route = await held.take();
				assert.equal(await again().isVisible(), false);
				assert.equal(await shown('#hpdu-framebuffer-failure'), '');
				await route.fulfill({ json: SHOWN });
				await picture().waitFor();
			});

			it('of the PDU, and goes on with another one', async () => {
				await (await held.take()).fulfill({
					json: { error: { code: 'hpdu-timeout', message: 'No answer.' } },
				});
				await failure();
				await fill(panel, { device: 'rack' });
				await (await held.take()).fulfill({ json: SHOWN });
				await picture().waitFor();
			});

			const UNEXPECTED: readonly { title: string; answer: Parameters<Route['fulfill']>[0]; said: RegExp }[] =
				[
					{ title: 'of Node-RED', answer: { status: 500, body: '<h1>oh</h1>' }, said: /\(500\)/ },
					{ title: 'of a proxy', answer: { status: 200, body: '<h1>hi</h1>' }, said: /\(200\)/ },
					{
						title: 'to be a picture',
						answer: { status: 200, json: { image: 'javascript:0' } },
						said: /\(200\)/,
					},
					{ title: 'to be anything', answer: { status: 200, body: 'null' }, said: /\(200\)/ },
				];

			for (const { title, answer, said } of UNEXPECTED) {
				it(title, async () => {
					await (await held.take()).fulfill(answer);
					assert.match(await failure(), said);
					assert.equal(await again().isVisible(), true);
					editor.problems.splice(0);
				});
			}

			it('to reach Node-RED', async () => {
				await (await held.take()).abort('connectionrefused');
				assert.match(await failure(), /^Node-RED does not answer/);
				assert.equal(editor.problems.splice(0).length, 1);
			});
		});

		describe('saves', () => {
			holdForSuite();

			it('nothing that is not shown and would win over the message', async () => {
				panel = await editor.openPanel('display');
				await fill(panel, { action: 'press', button1: 'short', button2: 'long' });
				await fill(panel, { action: 'page', page: '3' });
				await panel.done();
				const saved = async (): Promise<unknown[]> =>
					Promise.all(
						['action', 'page', 'button1', 'button2'].map((name) => editor.property('display', name)),
					);
				assert.deepEqual(await saved(), ['page', '3', '', '']);
				panel = await editor.openPanel('display');
				await fill(panel, { action: '' });
				await panel.done();
				assert.deepEqual(await saved(), ['', '', '', '']);
			});

			it('nothing at all where nothing was changed', () => assertUntouched('untouched'));
		});

		describe('of a real PDU', () => {
			const size = (): Promise<number[]> =>
				editor.evaluate(
					"['naturalWidth', 'naturalHeight'].map((side) => $('#hpdu-framebuffer-picture')[0][side])",
				);
			const untilSize = (width: number, height: number): Promise<unknown> =>
				until(
					`$('#hpdu-framebuffer-picture').is(':visible') && $('#hpdu-framebuffer-picture')[0].naturalWidth === ${width}
				&& $('#hpdu-framebuffer-picture')[0].naturalHeight === ${height}`,
				);
			const untilCaption = (text: string): Promise<unknown> =>
				until(`$('#hpdu-framebuffer-caption').text().startsWith(${JSON.stringify(text)})`);

			it('it is the display, also turned, and its page when somebody turns it', async () => {
				panel = await editor.openPanel('display');
				await untilSize(512, 256);
				await fill(panel, { rotate: '90', scale: '2' });
				await untilSize(128, 256);
				assert.deepEqual(await size(), [128, 256]);
				await untilCaption('Page 1, ');
				pdu.device.display.press(0, 1);
				await untilCaption('Page 2, ');
				await panel.cancel();
				assert.equal(pdu.maxInFlight, 1);
			});

			it('that was not deployed, the reason is told', async () => {
				await editor.evaluate(
					"void RED.nodes.add({ id: 'new', type: 'hpdu-device', _def: RED.nodes.getType('hpdu-device'), name: 'new', host: 'pdu', users: [] })",
				);
				panel = await editor.openPanel('display');
				await fill(panel, { device: 'new' });
				await editor.page.locator('#hpdu-framebuffer-failure').waitFor();
				assert.match(await shown('#hpdu-framebuffer-failure'), /^This PDU is not deployed/);
				await panel.cancel();
			});
		});

		it('calls its node by its name or its type, and its ports by what goes through', async () => {
			assert.equal(await labelOf('display', { name: 'Display' }), 'Display');
			assert.equal(await labelOf('display', { name: '' }), 'hpdu framebuffer');
			const ports = await editor.evaluate(`(() => {
			const node = RED.nodes.node('display');
			const { inputLabels, outputLabels } = node._def;
			return [inputLabels.call(node), outputLabels.call(node, 0), outputLabels.call(node, 1)];
		})()`);
			assert.deepEqual(ports, ['what to do', 'picture or page', 'online, offline, restarted']);
		});

		describe('asks once a second', () => {
			holdForSuite();
			// Time passes in the page only as these tests want it.
			before(async () => {
				await editor.page.clock.install();
			});
			beforeEach(async () => {
				panel = await editor.openPanel('display');
				route = await held.take();
				await editor.page.clock.pauseAt((await editor.evaluate<number>('Date.now()')) + 1000);
				earlier = held.count;
			});
			afterEach(async () => {
				await editor.page.clock.resume();
				if ((await editor.page.locator('.red-ui-tray').count()) > 0) await panel.cancel();
			});

			let route: Route;
			let earlier: number;
			const pass = (ms: number): Promise<void> => editor.page.clock.runFor(ms);
			const asked = (): number => held.count - earlier;
			const answered = async (): Promise<void> => {
				await route.fulfill({ json: SHOWN });
				await picture().waitFor();
			};
			const close = (): Promise<unknown> => editor.evaluate("void $('#node-dialog-cancel').trigger('click')");
			const setHidden = (hidden: boolean): Promise<unknown> =>
				editor.evaluate(
					`void Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} })`,
				);

			it('one request after the other', async () => {
				await pass(20_000);
				assert.equal(asked(), 0);
				await answered();
				await pass(999);
				assert.equal(asked(), 0);
				await pass(1);
				await held.take();
				await pass(20_000);
				assert.equal(asked(), 1);
			});

			it('but not after a failure', async () => {
				await route.fulfill({ json: { error: { code: 'hpdu-timeout', message: 'No answer.' } } });
				await failure();
				await pass(60_000);
				assert.equal(asked(), 0);
			});

			it('but not when the panel is closed, neither between two requests', async () => {
				await answered();
				await close();
				await pass(60_000);
				assert.equal(asked(), 0);
			});

			it('nor during one', async () => {
				const ended = editor.page.waitForEvent('requestfailed');
				await close();
				assert.equal((await ended).url(), route.request().url());
				await pass(60_000);
				assert.equal(asked(), 0);
			});

			it('but not while the page of the browser is hidden', async () => {
				await answered();
				await setHidden(true);
				await pass(60_000);
				assert.equal(asked(), 0);
				await setHidden(false);
				await pass(1000);
				await held.take();
			});

			it('but not while the panel shows something else', async () => {
				await answered();
				await editor.evaluate("void $('.hpdu-framebuffer-form').parent().hide()");
				await pass(60_000);
				assert.equal(asked(), 0);
				await editor.evaluate("void $('.hpdu-framebuffer-form').parent().show()");
				await pass(1000);
				await held.take();
			});

			it('but not while the panel of the PDU lies over it', async () => {
				await answered();
				await editor.evaluate(
					'void $(\'#red-ui-editor-stack\').append(\'<div class="red-ui-tray" id="over-it"></div>\')',
				);
				await pass(60_000);
				assert.equal(asked(), 0);
				await editor.evaluate("void $('#over-it').remove()");
				await pass(1000);
				await held.take();
			});
		});
	});
