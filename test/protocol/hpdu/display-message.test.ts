import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type DisplayWish, look, type PduClient } from '../../../nodes/protocol/hpdu/index.js';
import { type PduAnswer, TransportError } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { form, type Says, type Script, ScriptedPdu, status } from './scripted-pdu.js';

const BLANK: DisplayWish = {
	...{ action: '', format: 'raw', scale: '', rotate: '', invert: false, bitOrder: '' },
	...{ page: '', button1: '', button2: '' },
};
const STATUS = 'curr_page=3&num_pages=7&backlight_state=on';
const shown = { currentPage: 3, pages: 7, backlight: 'on' };
const pixels = (fill: number, length = 1024): PduAnswer => ({
	...{ status: 200, mediaType: 'application/octet-stream', body: Buffer.alloc(length, fill) },
});

/** A display whose pages count from `first`: each is filled with its number. */
class Display {
	page: number;

	constructor(
		private readonly first: number,
		private readonly count: number,
		/** What it says to a page that it does not have. */
		private readonly wrong: Says,
	) {
		this.page = first + 1;
	}

	get script(): Script {
		return {
			'GET /ui/status': () => this.status,
			'POST /ui/status': ({ body = '' }) => {
				const page = Number(body.replace('curr_page=', ''));
				if (page < this.first || page >= this.first + this.count) return this.wrong;
				this.page = page;
				return this.status;
			},
			'GET /ui/framebuffer': () => pixels(this.page),
		};
	}

	private get status(): string {
		return `curr_page=${this.page}&num_pages=${this.count}&backlight_state=on`;
	}
}

describe('hpdu display', () => {
	let pdu: ScriptedPdu;
	let client: PduClient;

	const use = (script: Script): void => {
		pdu = new ScriptedPdu(script);
		client = pdu.client();
	};
	const looking = (wish: Partial<DisplayWish>) => look(client, { ...BLANK, ...wish });
	const STATUS_SCRIPT = {
		'GET /ui/status': STATUS,
		'POST /ui/status': STATUS,
		'POST /ui/buttonpress': STATUS,
	};

	describe('status', () => {
		it('tells page, pages and backlight', async () => {
			use(STATUS_SCRIPT);
			assert.deepEqual(await looking({ action: 'status' }), {
				...{ payload: shown, unit: 0, requests: ['GET /ui/status'], facts: { display: shown } },
			});
		});

		for (const text of [
			'curr_page=3',
			'num_pages=7',
			'curr_page=x&num_pages=7',
			'curr_page=3&num_pages=1000',
		]) {
			it(`is none as ${text}`, async () => {
				use({ 'GET /ui/status': text });
				await assert.rejects(looking({ action: 'status' }), coded('hpdu-bad-response'));
			});
		}
	});

	describe('page', () => {
		for (const page of [0, 3, '12', ' 7 ']) {
			it(`turns to ${inspect(page)}`, async () => {
				use(STATUS_SCRIPT);
				assert.deepEqual((await looking({ action: 'page', page })).payload, shown);
				assert.deepEqual(pdu.signed, [`POST /ui/status curr_page=${String(page).trim()}`]);
			});
		}

		for (const page of ['', undefined, null, -1, 1.5, 'next', {}, true, 1000]) {
			it(`sends nothing for ${inspect(page)}`, async () => {
				use(STATUS_SCRIPT);
				const error = coded('hpdu-bad-argument', { argument: 'page' });
				await assert.rejects(looking({ action: 'page', page }), error);
				assert.deepEqual(pdu.lines, []);
			});
		}
	});

	describe('press', () => {
		const PRESSES: readonly [button1: unknown, button2: unknown, form: string][] = [
			['short', '', 'button_1=1'],
			['', 'long', 'button_2=2'],
			[' long ', 'short', 'button_1=2&button_2=1'],
			['none', undefined, 'button_1=0&button_2=0'],
		];
		for (const [button1, button2, body] of PRESSES) {
			it(`sends ${body}`, async () => {
				use(STATUS_SCRIPT);
				assert.deepEqual((await looking({ action: 'press', button1, button2 })).payload, shown);
				assert.deepEqual(pdu.signed, [`POST /ui/buttonpress ${body}`]);
			});
		}

		for (const button of ['twice', 1, true, {}]) {
			it(`sends nothing for ${inspect(button)}`, async () => {
				use(STATUS_SCRIPT);
				for (const name of ['button1', 'button2']) {
					const error = coded('hpdu-bad-argument', { argument: name });
					await assert.rejects(looking({ action: 'press', [name]: button }), error);
				}
				assert.deepEqual(pdu.lines, []);
			});
		}
	});

	describe('image', () => {
		it('is the 1024 bytes, with the status of that moment', async () => {
			use({ 'GET /ui/status': STATUS, 'GET /ui/framebuffer': pixels(0x5a) });
			assert.deepEqual(await looking({}), {
				...{ payload: Buffer.alloc(1024, 0x5a), unit: 0, facts: { display: shown } },
				requests: ['GET /ui/status', 'GET /ui/framebuffer'],
			});
		});

		it('is rendered as it is wanted', async () => {
			use({ 'GET /ui/status': STATUS, 'GET /ui/framebuffer': pixels(0) });
			const { payload } = await looking({ action: 'image', format: 'data-url', scale: '1' });
			assert.match(String(payload), /^data:image\/png;base64,iVBOR/);
		});

		const BAD: readonly [name: string, says: Says, code: Parameters<typeof coded>[0]][] = [
			['1023 bytes', pixels(1, 1023), 'hpdu-bad-response'],
			['1025 bytes', pixels(1, 1025), 'hpdu-bad-response'],
			['nothing', pixels(1, 0), 'hpdu-bad-response'],
			['a form', 'result=ERR_PARTIAL', 'hpdu-partial'],
			['a refusal', status(403), 'hpdu-forbidden'],
		];
		for (const [name, says, code] of BAD) {
			it(`is none of ${name}`, async () => {
				use({ 'GET /ui/status': STATUS, 'GET /ui/framebuffer': says });
				await assert.rejects(looking({}), coded(code, { device: 'rack', request: 'GET /ui/framebuffer' }));
			});
		}
	});

	describe('bad options', () => {
		const BAD: readonly [argument: string, wish: Partial<DisplayWish>][] = [
			['format', { format: 'gif' }],
			['scale', { scale: 17 }],
			['rotate', { rotate: 45 }],
			['bitOrder', { bitOrder: 'msb' }],
			['action', { action: 'dance' }],
			['action', { action: 7 }],
		];
		for (const [argument, wish] of BAD) {
			it(`are told before anything is sent: ${inspect(wish)}`, async () => {
				use(STATUS_SCRIPT);
				for (const action of wish.action === undefined ? ['image', 'pages'] : [wish.action]) {
					const error = coded('hpdu-bad-argument', { argument });
					await assert.rejects(looking({ ...wish, action }), error);
				}
				assert.deepEqual(pdu.lines, []);
			});
		}
	});

	describe('pages', () => {
		const numbers = (payload: unknown) => (payload as Buffer[]).map(([first]) => first);

		it('are all turned over from 0, and the one before is shown again', async () => {
			const display = new Display(0, 3, status(422));
			use(display.script);
			const outcome = await looking({ action: 'pages' });
			assert.deepEqual(numbers(outcome.payload), [0, 1, 2]);
			assert.equal(display.page, 1);
			assert.deepEqual(outcome.facts, { display: { currentPage: 1, pages: 3, backlight: 'on' } });
			assert.deepEqual(
				outcome.requests,
				pdu.requests.slice(1).map(({ method, path }) => `${method} ${path}`),
			);
			assert.deepEqual(
				pdu.signed.filter((line) => line.startsWith('POST')),
				[0, 1, 2, 1].map((page) => `POST /ui/status curr_page=${page}`),
			);
		});

		const FROM_ONE: readonly [name: string, wrong: Says][] = [
			['refuses it with 422', status(422)],
			['refuses it with 400', status(400)],
			['does not find it', status(404)],
			['refuses it by a result', 'result=ERR_RANGE'],
			['shows another one', 'curr_page=1&num_pages=3&backlight_state=on'],
		];
		for (const [name, wrong] of FROM_ONE) {
			it(`count from 1 where a PDU is asked for page 0 and ${name}`, async () => {
				const display = new Display(1, 3, wrong);
				use(display.script);
				const outcome = await looking({ action: 'pages' });
				assert.deepEqual(numbers(outcome.payload), [1, 2, 3]);
				assert.equal(display.page, 2);
				assert.equal(outcome.requests.length, pdu.requests.length - 1);
			});
		}

		it('are not guessed where a PDU forbids turning them', async () => {
			use({ ...new Display(0, 3, '').script, 'POST /ui/status': status(403) });
			await assert.rejects(looking({ action: 'pages' }), coded('hpdu-forbidden'));
		});

		const FAILURES: readonly [name: string, says: Says, code: Parameters<typeof coded>[0]][] = [
			['1023 bytes', pixels(1, 1023), 'hpdu-bad-response'],
			['silence', new TransportError('timeout', '5000'), 'hpdu-timeout'],
			['an error', status(500), 'hpdu-internal'],
		];
		for (const [name, says, code] of FAILURES) {
			it(`end with ${name} in the middle, and the one before is shown again`, async () => {
				const display = new Display(0, 3, status(422));
				use({ ...display.script, 'GET /ui/framebuffer': [pixels(0), says] });
				await assert.rejects(looking({ action: 'pages' }), coded(code));
				assert.equal(display.page, 1);
				assert.equal(pdu.signed.at(-1), 'POST /ui/status curr_page=1');
			});
		}

		it('tell what failed first where showing the page before fails as well', async () => {
			const [good, bad] = ['curr_page=0&num_pages=3', status(500)];
			use({ 'GET /ui/status': STATUS, 'POST /ui/status': [good, bad], 'GET /ui/framebuffer': status(403) });
			await assert.rejects(looking({ action: 'pages' }), coded('hpdu-forbidden'));
		});

		it('are not mixed with what others do at the display', async () => {
			const display = new Display(0, 3, status(422));
			use({ ...display.script, 'POST /ui/buttonpress': form('curr_page=1&num_pages=3') });
			const other = pdu.client({ label: 'other' });
			const asked = [
				looking({ action: 'pages' }),
				look(other, { ...BLANK, action: 'page', page: 2 }),
				look(other, { ...BLANK, action: 'press', button1: 'short' }),
				look(other, { ...BLANK, action: 'image' }),
				looking({ action: 'pages' }),
			];
			const [first, , , image, second] = await Promise.all(asked);
			assert.deepEqual(numbers(first?.payload), [0, 1, 2]);
			assert.deepEqual(numbers(second?.payload), [0, 1, 2]);
			assert.deepEqual(image?.payload, Buffer.alloc(1024, 2));
			assert.equal(display.page, 2);
			const lines = pdu.signed.map((line) => line.replace('POST /ui/status curr_page=', 'page '));
			const walk = ['page 0', 'page 1', 'page 2'].flatMap((line) => [line, 'GET /ui/framebuffer']);
			assert.deepEqual(lines, [
				...['GET /ui/status', ...walk, 'page 1'],
				...['page 2', 'POST /ui/buttonpress button_1=1', 'GET /ui/status', 'GET /ui/framebuffer'],
				...['GET /ui/status', ...walk, 'page 2'],
			]);
		});
	});
});
