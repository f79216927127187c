/** What a flow sees of a PDU's display, and does at it, as its message holds it. */
import type { PduClient } from './client.js';
import { parseRenderOptions, render } from './display.js';
import { badArgument } from './mnemonic.js';
import type { Outcome } from './read-message.js';
import {
	type DisplayStatus,
	type Press,
	pressButtons,
	readPage,
	readPages,
	readStatus,
	type Shown,
	showPage,
} from './user-interface.js';

/** What can be done at a display. */
export const DISPLAY_ACTIONS = ['image', 'pages', 'status', 'page', 'press'] as const;
export type DisplayAction = (typeof DISPLAY_ACTIONS)[number];

/** What a flow wants of a display; values come as a flow has them. */
export interface DisplayWish {
	readonly action: unknown;
	readonly format: unknown;
	readonly scale: unknown;
	readonly rotate: unknown;
	readonly invert: unknown;
	readonly bitOrder: unknown;
	readonly page: unknown;
	readonly button1: unknown;
	readonly button2: unknown;
}

type Done = Omit<Outcome, 'unit'>;
type Act = (client: PduClient, wish: DisplayWish) => Promise<Done>;

const ACTIONS: Readonly<Record<DisplayAction, Act>> = {
	async image(client, wish) {
		const options = parseRenderOptions(wish);
		const { bytes, status, requests } = await readPage(client);
		return { payload: render(bytes, options), requests, facts: { display: status } };
	},
	async pages(client, wish) {
		const options = parseRenderOptions(wish);
		const { pages, status, requests } = await readPages(client);
		const payload = pages.map((bytes) => render(bytes, options));
		return { payload, requests, facts: { display: status } };
	},
	status: async (client) => shown(await readStatus(client)),
	page: async (client, { page }) => shown(await showPage(client, parsePage(page))),
	press: async (client, { button1, button2 }) =>
		shown(await pressButtons(client, parsePress('button1', button1), parsePress('button2', button2))),
};

/**
 * Does at a display what a flow wants.
 * @throws ProtocolError `hpdu-bad-argument` before anything is sent; else what the PDU makes of it
 */
export async function look(client: PduClient, wish: DisplayWish): Promise<Outcome> {
	const action = oneOf('action', wish.action, DISPLAY_ACTIONS, 'image');
	return { unit: 0, ...(await ACTIONS[action](client, wish)) };
}

function shown({ status, requests }: Shown): Done {
	const payload: DisplayStatus = { ...status };
	return { payload, requests, facts: { display: status } };
}

function parsePage(value: unknown): number {
	const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
	if (/^\d{1,3}$/.test(text)) return Number(text);
	throw badArgument('page', '0..999');
}

function parsePress(argument: string, value: unknown): Press {
	return oneOf(argument, value, ['none', 'short', 'long'], 'none');
}

function oneOf<T extends string>(argument: string, value: unknown, words: readonly T[], blank: T): T {
	const text = typeof value === 'string' ? value.trim() : value;
	if (text === undefined || text === null || text === '') return blank;
	const word = words.find((one) => one === text);
	if (word === undefined) throw badArgument(argument, words.join(', '));
	return word;
}
