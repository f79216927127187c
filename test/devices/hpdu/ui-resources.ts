import { type Call, field, type Handler, numberField, type Reply } from './call.js';
import type { Press } from './display.js';
import { Refusal } from './refusal.js';

const firstPage = ({ device }: Call) => device.options.firstPage ?? 1;

function status(call: Call): Reply {
	const { display } = call.device;
	return {
		pairs: [
			['curr_page', String(display.page + firstPage(call))],
			['num_pages', String(display.pages)],
			['backlight_state', display.backlight],
		],
	};
}

export const getStatus: Handler = status;

export const postStatus: Handler = (call) => {
	const page = numberField(call.form, 'curr_page', 0, Number.MAX_SAFE_INTEGER);
	if (!call.device.display.turnTo(page - firstPage(call))) {
		throw new Refusal(422);
	}
	return status(call);
};

function press(call: Call, button: string): Press {
	if (field(call.form, button) === undefined) {
		return 0;
	}
	const value = numberField(call.form, button, 0, 2);
	return value === 1 || value === 2 ? value : 0;
}

export const postButtonpress: Handler = (call) => {
	if (field(call.form, 'button_1') === undefined && field(call.form, 'button_2') === undefined) {
		throw new Refusal(400);
	}
	call.device.display.press(press(call, 'button_1'), press(call, 'button_2'));
	return status(call);
};

export const getFramebuffer: Handler = ({ device }) => ({ bytes: device.display.framebuffer() });
