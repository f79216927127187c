/** How a WiCAN proves who it is: the choices of "Auth" in its page, and the certificate of its TLS connection. */
import { hash, timingSafeEqual } from 'node:crypto';
import { ProtocolError } from '../common/errors.js';
import type { RequestHead } from '../common/http.js';
import { holdsKey, parseQuery, type QueryKey, withoutKey } from './query.js';

export type AuthKind = 'none' | 'bearer' | 'api-key-header' | 'api-key-query' | 'basic' | 'client-cert';

/** What a user sets for one vehicle. What a kind does not need is ignored. */
export interface AuthSettings {
	readonly kind: AuthKind;
	/** Header or query parameter of an API key, blank for `x-api-key` or `api_key`; the expected common name of a certificate. */
	readonly name: string;
	/** Of `bearer` and the API keys. White space around it is not part of it. */
	readonly token: string;
	/** Of `basic`. May be blank, may not hold a colon. */
	readonly username: string;
	/** Of `basic`: the secret part, so it may not be blank. */
	readonly password: string;
}

/** The part of a request that can prove anything. */
export type Claimant = Pick<RequestHead, 'headers' | 'query' | 'clientName'>;

/** Tells the vehicle's requests from those of others. */
export interface Authenticator {
	/** Whether there is a credential to compare with; without one everything is refused. */
	readonly usable: boolean;
	/** Whether a request has the credential. Takes the same time wherever a wrong one differs. Never throws. */
	isAuthentic(head: Claimant): boolean;
	/** The parameters of a raw query, without the credential. */
	queryOf(query: string): Record<string, string>;
}

/**
 * Makes the authenticator for a vehicle. A credential that is blank, or could not be sent (a user name with a colon),
 * gives one that is not usable.
 * Source: WiCAN documentation, "Authentication Handling", and the requests of firmware v4.40 to v6.
 */
export function authenticator(settings: AuthSettings): Authenticator {
	return KINDS[settings.kind](settings);
}

/** Field names of RFC 9110, 5.1; in a query nothing that would end the name. Kinds that are missing here take any name. */
const NAMES: Readonly<Partial<Record<AuthKind, RegExp>>> = {
	'api-key-header': /^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/,
	'api-key-query': /^[^\s?&=#]*$/,
};

/** What a blank name stands for. */
const DEFAULT_NAMES: Readonly<Partial<Record<AuthKind, string>>> = {
	'api-key-header': 'x-api-key',
	'api-key-query': 'api_key',
};

/** Headers that say how a request is to be read: with a key in their place it is none. */
const FRAMING: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/** A header ends where a line does (RFC 9110, 5.5). */
const CONTROL = /[^\P{Cc}\t]/u;

/** Of each kind the settings that a device sends. */
const SENT: Readonly<Record<AuthKind, readonly Exclude<keyof AuthSettings, 'kind'>[]>> = {
	none: [],
	bearer: ['token'],
	'api-key-header': ['name', 'token'],
	'api-key-query': ['name', 'token'],
	basic: ['username', 'password'],
	'client-cert': [],
};

/**
 * Refuses settings that no device can send, so that everything would be refused for ever. White space around a name or
 * token is not part of it.
 * @throws ProtocolError `config-invalid`, which names the property of the flow and repeats no secret
 */
export function checkSendable(settings: AuthSettings): void {
	const wrong = SENT[settings.kind].find((setting) => !isSendable(settings, setting));
	if (wrong === undefined) return;
	const params =
		wrong === 'name'
			? {
					property: 'authName',
					value: settings.name.slice(0, 80),
					expected: DEFAULT_NAMES[settings.kind] ?? '',
				}
			: { property: wrong, value: '…', expected: 'A-Z a-z 0-9' };
	throw new ProtocolError('config-invalid', params);
}

/** Which values of what is secret, or belongs to it, a device can send. */
export const SENDABLE = {
	token: (value: string): boolean => !CONTROL.test(value.trim()),
	username: (value: string): boolean => !value.includes(':') && !CONTROL.test(value),
	password: (value: string): boolean => !CONTROL.test(value),
} as const;

function isSendable(settings: AuthSettings, setting: Exclude<keyof AuthSettings, 'kind'>): boolean {
	if (setting !== 'name') return SENDABLE[setting](settings[setting]);
	const name = settings.name.trim();
	const isFraming = settings.kind === 'api-key-header' && FRAMING.has(name.toLowerCase());
	return !isFraming && (NAMES[settings.kind]?.test(name) ?? true);
}

const KINDS: Readonly<Record<AuthKind, (settings: AuthSettings) => Authenticator>> = {
	none: () => ({ usable: true, isAuthentic: () => true, queryOf: parseQuery }),
	bearer: ({ token }) => comparing(token.trim(), (head) => afterScheme(head, BEARER)),
	'api-key-header': ({ name, token }) => {
		const header = name.trim().toLowerCase() || 'x-api-key';
		return comparing(token.trim(), (head) => headerBytes(head, header));
	},
	'api-key-query': ({ name, token }) => keyInQuery(name.trim() || 'api_key', token.trim()),
	basic: (settings) =>
		comparing(userAndPassword(settings), (head) => {
			const encoded = afterScheme(head, BASIC);
			return encoded && Buffer.from(encoded.toString('latin1'), 'base64');
		}),
	'client-cert': ({ name }) => comparing(name.trim() === '' ? '' : name, (head) => head.clientName),
};

/** ABRP's own scheme for a token is `APIKEY`. */
const BEARER = /^(?:bearer|apikey) +/i;
const BASIC = /^basic +/i;

/** Compares one thing that a request shows with a secret; a blank secret matches nothing. */
function comparing(secret: string, claimOf: (head: Claimant) => string | Buffer | undefined): Authenticator {
	const isSecret = comparison(secret);
	return {
		usable: secret !== '',
		isAuthentic(head) {
			const claim = claimOf(head);
			return claim !== undefined && isSecret(claim);
		},
		queryOf: parseQuery,
	};
}

function keyInQuery(name: string, token: string): Authenticator {
	const isToken = comparison(token);
	const key: QueryKey = {
		name,
		separators: token.split('&').length - 1,
		// Here white space can arrive, encoded; in a header it never does.
		matches: (value) => isToken(value.trim()),
	};
	return {
		usable: token !== '',
		isAuthentic: ({ query }) => holdsKey(query, key),
		queryOf: (query) => parseQuery(withoutKey(query, key)),
	};
}

/** Digests are compared, since those have one length whatever was sent. */
function comparison(secret: string): (claim: string | Buffer) => boolean {
	if (secret === '') return () => false;
	const expected = hash('sha256', secret, 'buffer');
	return (claim) => timingSafeEqual(expected, hash('sha256', claim, 'buffer'));
}

/** The bytes of a header as sent: Node reads them as Latin-1, a token may be UTF-8. */
function headerBytes({ headers }: Claimant, name: string): Buffer | undefined {
	const value = headers[name];
	return typeof value === 'string' ? Buffer.from(value, 'latin1') : undefined;
}

/** What follows the scheme in `Authorization`. */
function afterScheme({ headers }: Claimant, scheme: RegExp): Buffer | undefined {
	const value = headers.authorization;
	const start = typeof value === 'string' ? scheme.exec(value) : null;
	return start ? Buffer.from(start.input.slice(start[0].length), 'latin1') : undefined;
}

/** What Basic encodes, or '' where there is no secret in it. The first colon ends the user name. */
function userAndPassword({ username, password }: AuthSettings): string {
	return password.trim() === '' || username.includes(':') ? '' : `${username}:${password}`;
}
