/** What an answer of a PDU means: its result, its status, its form. */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import { decodeForm, type Form } from './form.js';
import { keyOf, type Target } from './mnemonic.js';
import type { PduAnswer } from './transport.js';

/** Which request of whom an error is about. */
export interface Asked {
	/** The name of the PDU, as its user knows it. */
	readonly device: string;
	/** Such as `GET /register/stdvnm`. */
	readonly request: string;
}

/** Media types of a form; the vendor's own client takes both. */
const FORMS: ReadonlySet<string> = new Set(['application/x-www-form-urlencoded', 'text/plain']);

/** Source: WEBAPI, chapter 3.3, "HTTP response codes". */
const STATUS_CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
	[400, 'hpdu-bad-request'],
	[401, 'hpdu-unauthorized'],
	[403, 'hpdu-forbidden'],
	[404, 'hpdu-not-found'],
	[405, 'hpdu-method-not-allowed'],
	[422, 'hpdu-rejected'],
	[500, 'hpdu-internal'],
]);

/**
 * Results that mean what a status means. The document has them beside the status; the vendor's client takes them from the
 * body alone, too.
 */
const RESULT_STATUSES: ReadonlyMap<string, number> = new Map([
	['OK', 200],
	['ERR_AUTH', 401],
	['ERR_FORBIDDEN', 403],
	['ERR_NOTFOUND', 404],
	['ERR_REJECTED', 422],
	['ERR_INTERNAL', 500],
]);

/** Source: WEBAPI, chapter 3.4, "Result codes". */
const RESULT_CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
	['ERR_PARTIAL', 'hpdu-partial'],
	['ERR_WOULDLOCKOUT', 'hpdu-would-lock-out'],
	['ERR_IPAPI_KEY_LENGTH_16', 'hpdu-ipapi-key-length'],
]);

/** @param reason what is wrong with it, without any of its content */
export function badResponse(asked: Asked, reason: string, cause?: unknown): ProtocolError {
	const { device, request } = asked;
	return new ProtocolError('hpdu-bad-response', { device, request, reason }, cause);
}

/**
 * Reads an answer that is a form.
 * @returns its members, `result` included
 * @throws ProtocolError by the `result` in it, which counts before the status; else by the status; `hpdu-bad-response`
 * for what no PDU answers
 */
export function readForm(answer: PduAnswer, asked: Asked): Map<string, string> {
	const form = formIn(answer);
	checkVerdict(answer.status, form, asked);
	if (form === undefined) throw badResponse(asked, describe(answer));
	return form;
}

/**
 * Checks an answer that need not be a form.
 * @throws ProtocolError as `readForm`
 */
export function checkAnswer(answer: PduAnswer, asked: Asked): void {
	checkVerdict(answer.status, formIn(answer), asked);
}

/** Whether an answer means a status: by its `result` where it has one, else by the status that it has. */
export function hasStatus(answer: PduAnswer, status: number): boolean {
	const { body } = answer;
	// Most answers are good and say nothing of a result; they need not be read twice.
	const result = answer.status === 200 && !body.includes('result') ? undefined : resultIn(formIn(answer));
	return (result === undefined ? answer.status : RESULT_STATUSES.get(result)) === status;
}

function resultIn(form: Form | undefined): string | undefined {
	return form?.get('result')?.trim();
}

function checkVerdict(status: number, form: Form | undefined, { device, request }: Asked): void {
	const result = resultIn(form);
	const meant = result === undefined ? status : RESULT_STATUSES.get(result);
	if (meant === 200) return;
	const reason = result === undefined ? String(status) : result.slice(0, 40);
	const code = meant === undefined ? codeOf(result) : STATUS_CODES.get(meant);
	if (code === undefined) throw badResponse({ device, request }, `status ${status}`);
	throw new ProtocolError(code, { device, request, reason });
}

function codeOf(result = ''): ErrorCode {
	return RESULT_CODES.get(result) ?? 'hpdu-rejected';
}

/**
 * Reads an answer about a register. A PDU that is asked for one channel may answer under the bare mnemonic; it is put under
 * its own key then, since the answer about the next channel may look the same.
 * @throws ProtocolError as `readForm`
 */
export function readRegisterForm(answer: PduAnswer, target: Target, asked: Asked): Map<string, string> {
	const form = readForm(answer, asked);
	const bare = form.get(target.mnemonic);
	if (bare === undefined || form.has(keyOf(target))) return form;
	form.delete(target.mnemonic);
	return form.set(keyOf(target), bare);
}

/** A whole number as a PDU writes it; undefined for anything else. */
export function wholeNumber(text: string | undefined): number | undefined {
	const digits = text?.trim() ?? '';
	const number = Number(digits);
	return /^\d+$/.test(digits) && Number.isSafeInteger(number) ? number : undefined;
}

/** Undefined for what is no form, or an empty one. */
function formIn({ mediaType, body }: PduAnswer): Map<string, string> | undefined {
	if (!FORMS.has(mediaType) || body.length === 0) return undefined;
	const form = decodeForm(body);
	return form.size > 0 ? form : undefined;
}

function describe({ mediaType, body }: PduAnswer): string {
	if (!FORMS.has(mediaType)) return mediaType === '' ? 'no media type' : mediaType.slice(0, 60);
	return body.length === 0 ? 'empty' : 'no form';
}
