import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { FAULTS, HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, fail, framebuffer, pduDevice, registerRead, requestsOf, spoil } from './hpdu-kit.js';
import { complete, type Fields, TAB } from './kit.js';

/** A letter F of five columns in the upper left corner, its top in the lowest bits. */
const LETTER_F = Buffer.alloc(1024);
LETTER_F.set([0b1111111, 0b0001001, 0b0001001, 0b0001001, 0b0000001]);
const DRAWN = ['█▀▀▀▀', '█▄▄▄ ', '█    ', '▀    '];

/** A black pixel where one is lit. */
interface Picture {
	readonly size: readonly [width: number, height: number];
	at(x: number, y: number): number;
}

function picture(png: Buffer): Picture {
	const { width, height, data } = PNG.sync.read(png);
	return { size: [width, height], at: (x, y) => data[4 * (y * width + x)] ?? Number.NaN };
}

interface Pixels {
	readonly width: number;
	readonly height: number;
	readonly data: Uint8Array;
}

/** Blank, so that a message may say it. */
const MESSAGE_FIELDS = { action: '', page: '', button1: '', button2: '' };

describe('hpdu-framebuffer', () => {
	let nr: HelperFlow;
	/** Six outlets, which makes seven pages, counted from 1; those of the other are counted from 0. */
	let pdu: HpduServer;
	let zero: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({ outlets: 6, time: 'simulated' });
		zero = await HpduServer.start({ outlets: 6, time: 'simulated', firstPage: 0, bitOrder: 'msb-top' });
		const image = (id: string, more: Fields) => framebuffer(id, { action: 'image', ...more });
		nr = await startFlow({
			flows: [
				...[TAB, pduDevice('pdu', pdu), pduDevice('zero', zero), framebuffer('blank', MESSAGE_FIELDS)],
				...['png', 'data-url', 'raw', 'pixels', 'text'].map((format) => image(format, { format })),
				image('turned', { scale: '2', rotate: '90', invert: true }),
				image('turned-text', { format: 'text', rotate: '180', invert: true }),
				image('msb-first', { format: 'text', bitOrder: 'msb-top' }),
				framebuffer('pages', { action: 'pages', format: 'raw' }),
				framebuffer('zero-pages', { device: 'zero', action: 'pages', format: 'raw' }),
				framebuffer('fourth', { action: 'page', page: '4' }),
				framebuffer('long', { action: 'press', button1: 'long', button2: 'none' }),
				...[registerRead('read'), complete('blank')],
			],
		});
	});
	after(async () => {
		await nr.stop();
		await Promise.all([pdu.close(), zero.close()]);
	});
	afterEach(() => {
		nr.forget();
		pdu.faults.clear();
		for (const { device } of [pdu, zero]) device.display.restart();
	});

	/** What a node makes of a letter F. */
	async function letter(node: string): Promise<unknown> {
		pdu.faults.next(FAULTS.body(LETTER_F), ({ path }) => path === '/ui/framebuffer');
		return (await ask(nr, node)).payload;
	}

	describe('an image', () => {
		it('is a PNG, four times as large, dark where a pixel is lit', async () => {
			const { size, at } = picture((await letter('png')) as Buffer);
			assert.deepEqual(size, [512, 256]);
			assert.deepEqual([at(0, 0), at(3, 27), at(0, 28), at(19, 3), at(20, 3)], [0, 0, 255, 0, 255]);
		});

		it('or the URL of one', async () => {
			const url = String(await letter('data-url'));
			const [head = '', data = ''] = url.split(',');
			assert.equal(head, 'data:image/png;base64');
			assert.deepEqual(picture(Buffer.from(data, 'base64')).size, [512, 256]);
		});

		it('or the bytes, as the PDU has them', async () => {
			assert.deepEqual(await letter('raw'), LETTER_F);
			assert.deepEqual((await ask(nr, 'raw')).payload, pdu.device.display.framebuffer());
		});

		it('or its pixels, row by row', async () => {
			const { width, height, data } = (await letter('pixels')) as Pixels;
			assert.ok(data instanceof Uint8Array);
			assert.deepEqual([width, height, data.length], [128, 64, 128 * 64]);
			assert.deepEqual([...data.subarray(0, 6)], [1, 1, 1, 1, 1, 0]);
			assert.deepEqual([...data.subarray(128, 134)], [1, 0, 0, 0, 0, 0]);
		});

		it('or text, two rows of pixels in a line', async () => {
			const lines = String(await letter('text')).split('\n');
			assert.deepEqual([lines.length, new Set(lines.map((line) => line.length))], [32, new Set([128])]);
			assert.deepEqual(
				lines.slice(0, 4).map((line) => line.slice(0, 5)),
				DRAWN,
			);
		});

		it('may be turned and inverted, of another size, and with the other end of each byte on top', async () => {
			const { size, at } = picture((await letter('turned')) as Buffer);
			// Its upper left corner is then on the right, and what was lit is light.
			assert.deepEqual([size, at(127, 0), at(127, 9), at(127, 10), at(0, 0)], [[128, 256], 255, 255, 0, 0]);
			const upside = String(await letter('turned-text')).split('\n');
			assert.equal(upside.at(-1)?.slice(-6), '█▀▀▀▀ ');
			const flipped = String(await letter('msb-first')).split('\n');
			assert.equal(flipped[0]?.slice(0, 2), '▄ ');
		});

		it('of the page that is shown, with what the display says of itself', async () => {
			pdu.device.display.turnTo(2);
			pdu.device.display.forcedBacklight = 'blinking';
			const { hpdu } = await ask(nr, 'png');
			assert.deepEqual(hpdu.display, { currentPage: 3, pages: 7, backlight: 'blinking' });
			pdu.device.display.forcedBacklight = undefined;
		});
	});

	describe('all pages', () => {
		/** What the display shows on each page. */
		function expected({ device: { display } }: HpduServer): Buffer[] {
			return Array.from({ length: display.pages }, (_, page) => {
				display.turnTo(page);
				return display.framebuffer();
			});
		}

		it('one after the other, and then the one from before again', async () => {
			const pages = expected(pdu);
			pdu.device.display.turnTo(4);
			const requests = await requestsOf(pdu, async () => {
				const { payload, hpdu } = await ask(nr, 'pages');
				assert.deepEqual(payload, pages);
				assert.deepEqual(hpdu.display, { currentPage: 5, pages: 7, backlight: 'on' });
			});
			assert.equal(new Set(pages.map((page) => page.toString('hex'))).size, 7);
			assert.deepEqual(requests, [
				...['GET /ui/status', 'POST /ui/status curr_page=0'],
				...[1, 2, 3, 4, 5, 6, 7].flatMap((n) => [`POST /ui/status curr_page=${n}`, 'GET /ui/framebuffer']),
				'POST /ui/status curr_page=5',
			]);
			assert.equal(pdu.device.display.page, 4);
		});

		it('of a PDU that counts them from 0', async () => {
			const pages = expected(zero);
			zero.device.display.turnTo(6);
			const { payload, hpdu } = await ask(nr, 'zero-pages');
			assert.deepEqual([payload, zero.device.display.page], [pages, 6]);
			assert.deepEqual(hpdu.requests?.at(-1), 'POST /ui/status');
		});

		it('are not all there when something fails, but the one from before is shown again', async () => {
			pdu.device.display.turnTo(3);
			pdu.faults.next(FAULTS.length(1023), ({ path }) => path === '/ui/framebuffer');
			const { code, message } = await fail(nr, 'pages');
			assert.equal(code, 'hpdu-bad-response');
			assert.match(message, /GET \/ui\/framebuffer.*1023 bytes/);
			assert.equal(pdu.device.display.page, 3);
		});

		it('are nothing that another look at the display could come between', async () => {
			const requests = await requestsOf(pdu, async () => {
				await nr.inject('pages', { topic: 'walk' });
				await ask(nr, 'fourth');
				await nr.message({ from: 'pages' });
			});
			assert.deepEqual(requests.slice(-2), ['POST /ui/status curr_page=1', 'POST /ui/status curr_page=4']);
		});
	});

	describe('what a message may say where a field is blank', () => {
		it('the action, the page and the buttons', async () => {
			const status = (currentPage: number) => ({ currentPage, pages: 7, backlight: 'on' });
			for (const [msg, payload, request] of [
				[{ action: 'status' }, status(1), 'GET /ui/status'] as const,
				[{ action: 'page', payload: '3' }, status(3), 'POST /ui/status curr_page=3'] as const,
				[
					{ action: 'press', payload: { button1: 'short', button2: 'none' } },
					status(2),
					'POST /ui/buttonpress button_1=1',
				] as const,
				[
					{ action: 'press', payload: { button2: 'long' } },
					status(1),
					'POST /ui/buttonpress button_2=2',
				] as const,
				[
					{ action: 'press', payload: { button1: 'short', button2: 'short' } },
					status(1),
					'POST /ui/buttonpress button_1=1&button_2=1',
				] as const,
			]) {
				const requests = await requestsOf(pdu, async () => {
					assert.deepEqual((await ask(nr, 'blank', msg)).payload, payload);
				});
				assert.deepEqual(requests, [request]);
			}
			assert.ok(Buffer.isBuffer((await ask(nr, 'blank', { payload: 'anything' })).payload));
		});

		it('but what is filled in counts', async () => {
			const msg = { action: 'status', page: 7, payload: { button1: 'short', button2: 'short' } };
			assert.equal(((await ask(nr, 'fourth', msg)).payload as { currentPage: number }).currentPage, 4);
			const requests = await requestsOf(pdu, () => ask(nr, 'long', msg));
			assert.deepEqual(requests, ['POST /ui/buttonpress button_1=2']);
		});
	});

	it('extends the message, which is then done once', async () => {
		const msg = { _msgid: 'looked', topic: 't', payload: 1, action: 'status', more: [1] };
		const { payload, hpdu: _, ...rest } = await ask(nr, 'blank', msg);
		const { payload: __, ...sent } = msg;
		assert.deepEqual([rest, typeof payload], [sent, 'object']);
		assert.equal((await nr.message({ from: 'finished' }))._msgid, 'looked');
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'blank', port: 0 }), []);
	});

	describe('what is refused', () => {
		it('a page that the display does not have', async () => {
			assert.equal((await fail(nr, 'blank', { action: 'page', payload: 8 })).code, 'hpdu-rejected');
		});

		it('1023 or 1025 bytes, a form, nothing', async () => {
			for (const fault of [FAULTS.length(1023), FAULTS.length(1025), FAULTS.empty(), FAULTS.body('a=b')]) {
				pdu.faults.next(fault, ({ path }) => path === '/ui/framebuffer');
				assert.equal((await fail(nr, 'png')).code, 'hpdu-bad-response');
			}
			spoil(pdu, FAULTS.body('curr_page=one&num_pages=7'));
			assert.equal((await fail(nr, 'blank', { action: 'status' })).code, 'hpdu-bad-response');
		});
	});
});
