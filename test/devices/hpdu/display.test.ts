import assert from 'node:assert/strict';
import { HpduDevice, type HpduOptions } from './index.js';
import { asker, authorizationOf } from './test-client.js';

const WIDTH = 128;
const HEIGHT = 64;

function make(options: HpduOptions = {}) {
	const device = new HpduDevice({ startAt: 1_795_200_769_000, ...options });
	return { device, ask: asker(device) };
}

function framebuffer(device: HpduDevice): Buffer {
	const answer = device.handle({
		method: 'GET',
		path: '/ui/framebuffer',
		authorization: authorizationOf(device, 'super'),
	});
	return answer?.body ?? Buffer.alloc(0);
}

/** The rows of a framebuffer, each byte a column of eight pixels with the lowest bit on top. */
function rows(bytes: Buffer): string[] {
	return Array.from({ length: HEIGHT }, (_, y) =>
		Array.from({ length: WIDTH }, (_, x) =>
			((bytes[(y >> 3) * WIDTH + x] ?? 0) >> (y & 7)) & 1 ? '#' : ' ',
		).join(''),
	);
}

const TITLE = [
	' #   # ##### ##### #   #  ###  ####  #   #',
	' ##  # #       #   #   # #   # #   # #  # ',
	' ##  # #       #   #   # #   # #   # # #  ',
	' # # # ####    #   # # # #   # ####  ##   ',
	' #  ## #       #   # # # #   # # #   # #  ',
	' #  ## #       #   ## ## #   # #  #  #  # ',
	' #   # #####   #   #   #  ###  #   # #   #',
];

/** Turned clockwise by 90 degrees. */
function turned(picture: readonly string[]): string[] {
	return Array.from({ length: picture[0]?.length ?? 0 }, (_, x) =>
		picture
			.map((row) => row[x])
			.toReversed()
			.join(''),
	);
}

describe('display of the stand-in hPDU', () => {
	it('shows pages that can be read by eye', () => {
		const { device } = make();
		device.display.turnTo(device.display.pages - 1);
		assert.deepEqual(device.display.text, ['Network', '192.168.', '9.137', 'unit 1']);
		const picture = rows(framebuffer(device));
		assert.deepEqual(
			picture.slice(1, 8).map((row) => row.slice(0, TITLE[0]?.length)),
			TITLE,
		);
		assert.equal(picture[9], '#'.repeat(WIDTH));
	});

	it('has its columns of eight pixels with the lowest bit on top, or with the highest', () => {
		const bottom = make({ bitOrder: 'msb-top' }).device;
		const top = make().device;
		const reversed = Buffer.from(
			framebuffer(bottom).map((byte) =>
				Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
			),
		);
		assert.deepEqual(reversed, framebuffer(top));
		assert.notDeepEqual(framebuffer(bottom), framebuffer(top));
	});

	it('is mounted as stdiso says', () => {
		const { device, ask } = make();
		const upright = rows(framebuffer(device));
		ask('POST /register/stdiso', 'stdiso=4');
		assert.deepEqual(turned(turned(rows(framebuffer(device)))), upright);
		ask('POST /register/stdiso', 'stdiso=1');
		const sideways = turned(rows(framebuffer(device)));
		assert.deepEqual([sideways.length, sideways[0]?.length], [WIDTH, HEIGHT]);
		assert.equal(sideways[9], '#'.repeat(HEIGHT));
		ask('POST /register/stdiso', 'stdiso=2');
		assert.deepEqual(turned(turned(turned(rows(framebuffer(device))))), sideways);
		ask('POST /register/stdiso', 'stdiso=0');
		assert.deepEqual(framebuffer(device), Buffer.alloc(1024));
	});

	it('shows load, phases, outlets, alerts and network', () => {
		const { device } = make({ outlets: 8, phases: 1 });
		const titles = Array.from({ length: device.display.pages }, (_, page) => {
			device.display.turnTo(page);
			return device.display.text[0];
		});
		assert.deepEqual(titles, ['SP_Rack_1', 'Input L1', 'Out 1-6', 'Out 7-8', 'Alerts', 'Network']);
		device.self.outlets.force(8, false);
		device.display.turnTo(3);
		assert.match(device.display.text[1] ?? '', /^ 7 \d\.\dA$/);
		assert.equal(device.display.text[2], ' 8 off');
		device.self.alerts.raise('ssitri', 2);
		device.display.turnTo(4);
		assert.deepEqual(device.display.text, ['Alerts', 'ssitri: 2']);
	});

	it('draws each page otherwise', () => {
		const { device } = make();
		const pictures = Array.from({ length: device.display.pages }, (_, page) => {
			device.display.turnTo(page);
			return framebuffer(device).toString('hex');
		});
		assert.equal(new Set(pictures).size, 11);
	});

	for (const [name, body, page] of [
		['a short press of the first button turns back', 'button_1=1', 4],
		['a short press of the second button turns forth', 'button_2=1', 6],
		['a long press goes to the first page', 'button_2=2&button_1=0', 1],
		['both at once go to the first page', 'button_1=1&button_2=1', 1],
		['no press stays', 'button_1=0&button_2=0', 5],
	] as const) {
		it(name, () => {
			const { ask } = make();
			ask('POST /ui/status', 'curr_page=5');
			assert.equal(
				ask('POST /ui/buttonpress', body),
				`200 curr_page=${page}&num_pages=11&backlight_state=on`,
			);
		});
	}

	it('goes on with the first page after the last', () => {
		const { ask } = make();
		assert.match(ask('POST /ui/buttonpress', 'button_1=1'), /curr_page=11&/);
		assert.match(ask('POST /ui/buttonpress', 'button_2=1'), /curr_page=1&/);
	});

	it('counts its pages from 0 if it is such a PDU', () => {
		const { ask } = make({ firstPage: 0 });
		assert.match(ask('GET /ui/status'), /curr_page=0&num_pages=11&/);
		assert.match(ask('POST /ui/status', 'curr_page=10'), /curr_page=10&/);
		assert.equal(ask('POST /ui/status', 'curr_page=11'), '422');
	});

	it('sleeps when nobody touches it, and blinks on alert', () => {
		const { device, ask } = make();
		const light = () => ask('GET /ui/status').split('=').at(-1);
		assert.equal(light(), 'on');
		device.advance(60_000);
		assert.equal(light(), 'off');
		ask('POST /ui/buttonpress', 'button_2=1');
		assert.equal(light(), 'on');
		device.self.alerts.raise('ssttri');
		assert.equal(light(), 'blinking');
		ask('POST /ui/buttonpress', 'button_1=2&button_2=2');
		assert.equal(light(), 'on');
		device.display.forcedBacklight = 'blinking';
		assert.equal(light(), 'blinking');
	});

	it('keeps alerts when both buttons are pressed, if it is set so', () => {
		const { device, ask } = make();
		device.self.set('strsal', 0);
		device.self.alerts.raise('ssttri');
		ask('POST /ui/buttonpress', 'button_1=1&button_2=1');
		assert.equal(device.self.alerts.status, 1);
	});
});
