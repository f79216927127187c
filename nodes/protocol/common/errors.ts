/**
 * The general error codes, and how device families add their own. The words a user reads are in locales/<lang>/*.json under
 * `errors.<code>`; the build fails when one is missing there.
 */

/** Per code: the badge of a node that the error keeps from working, and what the error means. */
export type ErrorTable = Readonly<Record<string, readonly [badge: string, meaning: string]>>;

const meanings = new Map<string, string>();

/** Declares error codes. The family also adds them to `ErrorCodes` by declaration merging. */
export function defineErrors<const T extends ErrorTable>(table: T): T {
	for (const [code, [, meaning]] of Object.entries(table)) meanings.set(code, meaning);
	return table;
}

export const COMMON_ERRORS = defineErrors({
	internal: ['config-invalid', 'Something failed in the collection itself.'],
	'config-missing': [
		'config-missing',
		'A node names no config node, or one that does not exist or is disabled.',
	],
	'variable-not-deployed': [
		'config-invalid',
		'A panel names an environment variable that its deployed node does not have in this field.',
	],
	'config-invalid': ['config-invalid', 'A property of a node holds a value that cannot be used.'],
	'panel-refused': [
		'config-invalid',
		'A question that only panels of the editor may ask came from another web page, or not as JSON.',
	],
	'device-ambiguous': ['config-invalid', 'Two devices have the name by which a message asks for one.'],
	'endpoint-disabled': [
		'endpoint-disabled',
		'Node-RED runs with httpNodeRoot: false, so its own server takes no requests.',
	],
	'endpoint-path-taken': ['path-taken', 'Another node already receives at this path.'],
	'endpoint-port-in-use': [
		'port-in-use',
		'Another program (or endpoint) listens at the port of an own listener.',
	],
	'endpoint-listen-failed': [
		'endpoint-failed',
		'The own listener could not be opened for another reason than a used port.',
	],
	'endpoint-tls-invalid': [
		'endpoint-failed',
		'The tls-config of an own listener has no usable certificate and key.',
	],
	'endpoint-body-consumed': [
		'config-invalid',
		'Something in front of the collection has already read the body of a request.',
	],
	'store-unavailable': ['store-failing', 'What must be remembered could not be written to disk.'],
	'store-outcome-unknown': [
		'config-invalid',
		'The store did not answer in time: what was to be remembered may be remembered or not.',
	],
	'store-in-use': ['store-failing', 'Another Node-RED process owns the store.'],
	'store-damaged': ['config-invalid', 'The store was damaged, has been moved aside and a new one begun.'],
	'store-unreadable': [
		'config-invalid',
		'What is stored of a UPS or a car was written by another version, or is damaged, and is left aside.',
	],
	'store-replaced': [
		'config-invalid',
		'The file of the store was deleted or replaced while in use, and has been written anew.',
	],
	'store-changed': [
		'config-invalid',
		'Node-RED was given another store than in its last run, and commands stay in that one.',
	],
	'store-changed-uncounted': [
		'config-invalid',
		'Node-RED was given another store than in its last run; whether commands stay in that one is not known.',
	],
	'store-address-invalid': [
		'config-invalid',
		'The address of the shared store is none of a Redis or Valkey server.',
	],
	'store-client-missing': ['config-invalid', 'The client for Redis and Valkey is not installed.'],
	'store-unreachable': [
		'store-failing',
		'The server of the shared store cannot be reached, or takes no changes.',
	],
	'store-login-refused': ['store-failing', 'The server of the shared store refuses the login.'],
	'store-not-durable': [
		'config-invalid',
		'The server of the shared store would lose the last seconds with a loss of power.',
	],
	'store-evicts': ['config-invalid', 'The server of the shared store drops data when its memory is full.'],
	'store-lost': ['config-invalid', 'The store was deleted, emptied or exchanged while Node-RED was down.'],
	'store-too-new': [
		'config-invalid',
		'The store was written by a later version of the collection and is left alone.',
	],
	'store-memory-only': [
		'config-invalid',
		'There is no user directory to keep files in: nothing is remembered over a restart.',
	],
	'store-no-database': [
		'config-invalid',
		'There is no build of the database for this platform: nothing is remembered over a restart.',
	],
});

/** All error codes; each family merges its own into this interface. */
export interface ErrorCodes extends Record<keyof typeof COMMON_ERRORS, unknown> {}

/** The part of an error that programs may rely on. */
export type ErrorCode = keyof ErrorCodes;

/** Values for the placeholders of a localised error text. Never holds a secret. */
export type ErrorParams = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error type. `code` tells errors apart, `params` fills the localised text, `cause` keeps the original
 * error. The English `message` is for logs outside Node-RED; the adapter replaces it by the localised text.
 */
export class ProtocolError extends Error {
	readonly code: ErrorCode;
	readonly params: ErrorParams;

	constructor(code: ErrorCode, params: ErrorParams = {}, cause?: unknown) {
		const values = Object.entries(params).map(([name, value]) => `${name}: ${value}`);
		const details = values.length > 0 ? ` (${values.join(', ')})` : '';
		super(`${meanings.get(code) ?? code}${details}`, cause === undefined ? undefined : { cause });
		this.name = 'ProtocolError';
		this.code = code;
		this.params = params;
	}

	/** The message alone: what a Catch node is given of an error, and what a debug node cuts after a few characters. */
	override toString(): string {
		return this.message;
	}
}

/** Whether the store could not do something. It tells of its own trouble. */
export function isStoreError(error: unknown): boolean {
	return error instanceof ProtocolError && error.code.startsWith('store-');
}
