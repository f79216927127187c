import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DeviceRequest } from '../common/http.js';
import { parseKey, type UpsKey } from './settings.js';

/** The signed fields of a request's head, each of exactly the form that the firmware sends. */
export interface SignedHead {
	/** `X-W3PUPS-Ts`: seconds since the epoch, ten decimal digits; fewer while the UPS has no network time. */
	readonly ts: string;
	/** `X-W3PUPS-Nonce`: 16 lower-case hexadecimal digits. */
	readonly nonce: string;
	/** `X-W3PUPS-Sig`: 64 hexadecimal digits. */
	readonly signature: string;
}

/** Why a head can't be verified at all. */
export type HeadFault = 'bad-timestamp' | 'bad-nonce' | 'bad-signature';

/**
 * The fields in the order of their checks. Ts, nonce and body are signed one after the other without separators,
 * so a captured request could be cut anew (bytes of the body moved into the nonce) and still carry a valid
 * signature: only the exact form of each field rules that out. A shorter timestamp has the right form, since a UPS without
 * network time counts from 1970, but `hasNetworkTime` must hold as well before a request is accepted.
 */
const HEAD_FIELDS = [
	['ts', 'x-w3pups-ts', /^[0-9]{1,10}$/, 'bad-timestamp'],
	['nonce', 'x-w3pups-nonce', /^[0-9a-f]{16}$/, 'bad-nonce'],
	['signature', 'x-w3pups-sig', /^[0-9a-fA-F]{64}$/, 'bad-signature'],
] as const;

/** Whether the clock of the UPS has been set since it started. */
export function hasNetworkTime({ ts }: SignedHead): boolean {
	return ts.length === 10;
}

/** Reads the signed fields of a head, or says which one has not the form of a UPS's. */
export function readSignedHead(headers: IncomingHttpHeaders): SignedHead | HeadFault {
	const head = { ts: '', nonce: '', signature: '' };
	for (const [field, header, form, fault] of HEAD_FIELDS) {
		const value = headers[header];
		if (typeof value !== 'string' || !form.test(value)) return fault;
		head[field] = value;
	}
	return head;
}

/**
 * Whether a request was signed with this key. Over the bytes as received: a body decoded and encoded again
 * may differ. Takes the same time wherever the signatures differ.
 */
export function isAuthentic(key: UpsKey, head: SignedHead, rawBody: Buffer): boolean {
	const expected = createHmac('sha256', key.secret)
		.update(head.ts + head.nonce, 'latin1')
		.update(rawBody)
		.digest();
	return timingSafeEqual(expected, Buffer.from(head.signature, 'hex'));
}

/** The `X-W3PUPS-Sig` of an answer: over the request's nonce and the answer's body. Without it commands are ignored. */
export function signAnswer(key: UpsKey, nonce: string, body: string): string {
	return createHmac('sha256', key.secret).update(nonce, 'latin1').update(body, 'utf8').digest('hex');
}

/** Replace what a request lacks, so that every request costs one HMAC over its body. */
const NO_KEY = parseKey('0'.repeat(16));
const NO_HEAD: SignedHead = { ts: '', nonce: '', signature: '0'.repeat(64) };

/**
 * The signed head of an authentic request, or the reason for its refusal. Does the same work for every request: the time of a
 * refusal must not show whether the id is known.
 * @param key undefined for an unknown id
 */
export function verify(
	{ headers, rawBody }: DeviceRequest,
	key: UpsKey | undefined,
): SignedHead | HeadFault | 'unknown-device' {
	const head = readSignedHead(headers);
	const isWellFormed = typeof head !== 'string';
	const isSigned = isAuthentic(key ?? NO_KEY, isWellFormed ? head : NO_HEAD, rawBody);
	if (!isWellFormed) return head;
	if (key === undefined) return 'unknown-device';
	if (isSigned) return head;
	return hasNetworkTime(head) ? 'bad-signature' : 'bad-timestamp';
}
