/** The display of a PDU and its two buttons. Source: WEBAPI, chapters 4.3.8 to 4.3.11. */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import { badResponse, checkAnswer, readForm, wholeNumber } from './answer.js';
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

/** No display has more, and nobody would wait for them. */
const MOST_PAGES = 999;

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

/** All pages, in their order, and what is shown after they have been turned over. */
export interface Pages extends Shown {
	readonly pages: readonly Buffer[];
}

/**
 * Turns all pages over, one after the other, and shows again the one that was shown before, also when something fails on
 * the way.
 * @throws ProtocolError of what failed first
 */
export function readPages(client: PduClient): Promise<Pages> {
	return client.atDisplay(async () => {
		const before = await readStatus(client);
		const { currentPage, pages: count } = before.status;
		const walked = await walk(client, count).catch(async (error: unknown) => {
			// What went wrong first is what counts.
			await turnTo(client, currentPage).catch(() => undefined);
			throw error;
		});
		const after = await turnTo(client, currentPage);
		const requests = [...before.requests, ...walked.requests, ...after.requests];
		return { pages: walked.pages, status: after.status, requests };
	});
}

async function walk(client: PduClient, count: number): Promise<Omit<Pages, 'status'>> {
	const pages: Buffer[] = [];
	const requests: string[] = [];
	const zeroth = await showZeroth(client);
	if (zeroth === undefined) requests.push(client.asked(turnOrder(0)).request);
	const first = zeroth === undefined ? 1 : 0;
	for (let number = first; number < first + count; number++) {
		const shown = number === 0 && zeroth !== undefined ? zeroth : await turnTo(client, number);
		const page = await withPixels(client, shown);
		pages.push(page.bytes);
		requests.push(...page.requests);
	}
	return { pages, requests };
}

/** How a PDU says that it has no such page. */
const NO_SUCH_PAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	'hpdu-bad-request',
	'hpdu-not-found',
	'hpdu-rejected',
]);

/** Shows page 0; undefined where a PDU counts its pages from 1, of which nothing is written. */
async function showZeroth(client: PduClient): Promise<Shown | undefined> {
	try {
		const shown = await turnTo(client, 0);
		return shown.status.currentPage === 0 ? shown : undefined;
	} catch (error) {
		if (error instanceof ProtocolError && NO_SUCH_PAGE.has(error.code)) return undefined;
		throw error;
	}
}

function turnTo(client: PduClient, page: number): Promise<Shown> {
	return askStatus(client, turnOrder(page));
}

function turnOrder(page: number): Order {
	return { method: 'POST', path: '/ui/status', form: [['curr_page', String(page)]] };
}

async function withPixels(client: PduClient, { status, requests }: Shown): Promise<Page> {
	const order: Order = { method: 'GET', path: '/ui/framebuffer' };
	const asked = client.asked(order);
	const answer = await client.ask(order);
	checkAnswer(answer, asked);
	const { length } = answer.body;
	if (length !== FRAMEBUFFER_BYTES) throw badResponse(asked, `${length} bytes`);
	return { status, bytes: answer.body, requests: [...requests, asked.request] };
}

async function askStatus(client: PduClient, order: Order): Promise<Shown> {
	const asked = client.asked(order);
	const status = statusIn(readForm(await client.ask(order), asked));
	if (status === undefined) throw badResponse(asked, 'curr_page, num_pages');
	return { status, requests: [asked.request] };
}

function statusIn(form: ReadonlyMap<string, string>): DisplayStatus | undefined {
	const [currentPage, pages] = [wholeNumber(form.get('curr_page')), wholeNumber(form.get('num_pages'))];
	if (currentPage === undefined || pages === undefined || pages > MOST_PAGES) return undefined;
	return { currentPage, pages, backlight: form.get('backlight_state') ?? '' };
}
