/** The display of a PDU and its two buttons. Source: WEBAPI, chapters 4.3.8 to 4.3.11. */
import { badResponse, checkStatus, readForm } from './answer.js';
import type { Order, PduClient } from './client.js';
import { FRAMEBUFFER_BYTES } from './pixels.js';

/** What the display shows. */
export interface DisplayStatus {
	/** As the PDU counts, from 0 or from 1. */
	readonly currentPage: number;
	readonly pages: number;
	/** `on`, `off` or `blinking`. */
	readonly backlight: string;
}

/** How a button is pressed. */
export type Press = 'none' | 'short' | 'long';

const PRESSES: Readonly<Record<Press, string>> = { none: '0', short: '1', long: '2' };

/** A status, and the request that brought it. */
export interface Shown {
	readonly status: DisplayStatus;
	readonly requests: readonly string[];
}

/** @throws ProtocolError */
export function readStatus(client: PduClient): Promise<Shown> {
	return askStatus(client, { method: 'GET', path: '/ui/status' });
}

/** Turns to a page. @throws ProtocolError */
export function showPage(client: PduClient, page: number): Promise<Shown> {
	return client.atDisplay(() => turnTo(client, page));
}

/** Presses one button or both. @throws ProtocolError */
export function pressButtons(client: PduClient, button1: Press, button2: Press): Promise<Shown> {
	const pressed = [
		['button_1', PRESSES[button1]],
		['button_2', PRESSES[button2]],
	] as const;
	const form = pressed.filter(([, press]) => press !== PRESSES.none);
	const order: Order = { method: 'POST', path: '/ui/buttonpress', form: form.length > 0 ? form : pressed };
	return client.atDisplay(() => askStatus(client, order));
}

/** A page of the display. */
export interface Page extends Shown {
	/** 1024 bytes, as the PDU has them. */
	readonly bytes: Buffer;
}

/**
 * The page that is shown.
 * @throws ProtocolError `hpdu-bad-response` for more or less than 1024 bytes
 */
export function readPage(client: PduClient): Promise<Page> {
	return client.atDisplay(async () => {
		const shown = await readStatus(client);
		return withPixels(client, shown);
	});
}

/**
 * Turns all pages over, one after the other, and shows again the one that was shown before, also when something fails on
 * the way.
 * @throws ProtocolError of what failed first
 */
export function readPages(client: PduClient): Promise<Page[]> {
	return client.atDisplay(async () => {
		const { status } = await readStatus(client);
		const pages = await walk(client, status.pages).catch(async (error: unknown) => {
			// What went wrong first is what counts.
			await turnTo(client, status.currentPage).catch(() => undefined);
			throw error;
		});
		await turnTo(client, status.currentPage);
		return pages;
	});
}

async function walk(client: PduClient, count: number): Promise<Page[]> {
	const first = await firstPage(client);
	const pages: Page[] = [];
	for (let page = first; page < first + count; page++) {
		pages.push(await withPixels(client, await turnTo(client, page)));
	}
	return pages;
}

function turnTo(client: PduClient, page: number): Promise<Shown> {
	return askStatus(client, { method: 'POST', path: '/ui/status', form: [['curr_page', String(page)]] });
}

async function withPixels(client: PduClient, { status, requests }: Shown): Promise<Page> {
	const order: Order = { method: 'GET', path: '/ui/framebuffer' };
	const asked = client.asked(order);
	const answer = await client.ask(order);
	checkStatus(answer, asked);
	const { length } = answer.body;
	if (length !== FRAMEBUFFER_BYTES) throw badResponse(asked, `${length} bytes`);
	return { status, bytes: answer.body, requests: [...requests, asked.request] };
}

/** Whether a PDU counts its pages from 0 or from 1, which is written nowhere. */
async function firstPage(client: PduClient): Promise<0 | 1> {
	const order: Order = { method: 'POST', path: '/ui/status', form: [['curr_page', '0']] };
	const answer = await client.ask(order);
	if (answer.status === 400 || answer.status === 422) return 1;
	return statusIn(readForm(answer, client.asked(order)))?.currentPage === 0 ? 0 : 1;
}

async function askStatus(client: PduClient, order: Order): Promise<Shown> {
	const asked = client.asked(order);
	const status = statusIn(readForm(await client.ask(order), asked));
	if (status === undefined) throw badResponse(asked, 'curr_page, num_pages');
	return { status, requests: [asked.request] };
}

function statusIn(form: ReadonlyMap<string, string>): DisplayStatus | undefined {
	const [currentPage, pages] = [wholeNumber(form.get('curr_page')), wholeNumber(form.get('num_pages'))];
	if (currentPage === undefined || pages === undefined) return undefined;
	return { currentPage, pages, backlight: form.get('backlight_state') ?? '' };
}

function wholeNumber(text: string | undefined): number | undefined {
	return text !== undefined && /^\s*\d{1,6}\s*$/.test(text) ? Number(text) : undefined;
}
