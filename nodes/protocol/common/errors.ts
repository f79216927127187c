/**
 * The error codes of the whole collection, with what each one means. The words a user reads are in
 * locales/<lang>/*.json under `errors.<code>`; the build fails when one is missing there.
 */
export const ERROR_CODES = {
	internal: 'Something failed in the collection itself.',
	'config-missing': 'A node names no config node, or one that does not exist or is disabled.',
	'variable-not-deployed':
		'A panel names an environment variable that its deployed node does not have in this field.',
	'config-invalid': 'A property of a node holds a value that cannot be used.',
	'panel-refused':
		'A question that only panels of the editor may ask came from another web page, or not as JSON.',
	'device-ambiguous': 'Two devices have the name by which a message asks for one.',
	'endpoint-disabled': 'Node-RED runs with httpNodeRoot: false, so its own server takes no requests.',
	'endpoint-path-taken': 'Another node already receives at this path.',
	'endpoint-port-in-use': 'Another program (or endpoint) listens at the port of an own listener.',
	'endpoint-listen-failed': 'The own listener could not be opened for another reason than a used port.',
	'endpoint-tls-invalid': 'The tls-config of an own listener has no usable certificate and key.',
	'endpoint-body-consumed': 'Something in front of the collection has already read the body of a request.',
	'store-unavailable': 'What must be remembered could not be written to disk.',
	'store-outcome-unknown':
		'The store did not answer in time: what was to be remembered may be remembered or not.',
	'store-in-use': 'Another Node-RED process owns the store.',
	'store-damaged': 'The store was damaged, has been moved aside and a new one begun.',
	'store-unreadable':
		'What is stored of a UPS or a car was written by another version, or is damaged, and is left aside.',
	'store-replaced': 'The file of the store was deleted or replaced while in use, and has been written anew.',
	'store-changed': 'Node-RED was given another store than in its last run, and commands stay in that one.',
	'store-changed-uncounted':
		'Node-RED was given another store than in its last run; whether commands stay in that one is not known.',
	'store-address-invalid': 'The address of the shared store is none of a Redis or Valkey server.',
	'store-client-missing': 'The client for Redis and Valkey is not installed.',
	'store-unreachable': 'The server of the shared store cannot be reached, or takes no changes.',
	'store-login-refused': 'The server of the shared store refuses the login.',
	'store-not-durable': 'The server of the shared store would lose the last seconds with a loss of power.',
	'store-evicts': 'The server of the shared store drops data when its memory is full.',
	'store-lost': 'The store was deleted, emptied or exchanged while Node-RED was down.',
	'store-too-new': 'The store was written by a later version of the collection and is left alone.',
	'store-memory-only': 'There is no user directory to keep files in: nothing is remembered over a restart.',
	'store-no-database':
		'There is no build of the database for this platform: nothing is remembered over a restart.',
	'ups-bad-key': 'An HTTP key is not 16 characters of 0-9 A-Z.',
	'ups-bad-device-id': 'A device id is empty, longer than 64 characters or has control characters.',
	'ups-duplicate-device': 'Two ups-device nodes have one device id.',
	'ups-unknown-device': 'No ups-device has this device id.',
	'ups-unknown-command': 'A command is none of the five that a UPS knows.',
	'ups-bad-argument': 'An argument of a command is out of range, of the wrong type or unknown.',
	'ups-queue-full': 'So many commands wait for a UPS that no more are taken.',
	'ups-not-cancellable': 'The command to cancel does not exist or is no longer only queued.',
	'wican-no-credential':
		'A wican-https-in node has no credential to compare with, and so refuses every POST.',
	'hpdu-bad-argument': 'What is to be asked of a PDU is not possible; nothing was sent.',
	'hpdu-bad-request': 'The PDU did not understand a request (400).',
	'hpdu-unauthorized': 'The PDU refused name or password, also with its present time.',
	'hpdu-forbidden':
		'The user may not do this, or the register may not be read or written over the web API (403).',
	'hpdu-not-found': 'The PDU has no such register, group or unit (404).',
	'hpdu-method-not-allowed': 'The PDU does not take this kind of request there (405).',
	'hpdu-rejected': 'The PDU rejected a value (422, or a result that is not known).',
	'hpdu-internal': 'Something failed inside the PDU (500).',
	'hpdu-partial': 'The PDU could give only a part of its answer.',
	'hpdu-would-lock-out': 'A change would lock out the user that made it; the PDU did not make it.',
	'hpdu-ipapi-key-length': 'An IPAPI key has not 16 characters.',
	'hpdu-outlet-locked': 'Outlets did not switch although the PDU took the command: they are locked.',
	'hpdu-mismatch': 'The PDU stored something else than was sent.',
	'hpdu-timeout': 'The PDU did not answer in time.',
	'hpdu-unreachable': 'No connection to the PDU, or it was lost.',
	'hpdu-bad-response': 'The answer is not one that a PDU gives.',
	'hpdu-login-changed':
		'A flow has changed the login by which it asks; the new one is used until Node-RED restarts.',
	'hpdu-busy': 'So many requests wait for a PDU, or so long, that this one was not sent.',
	'hpdu-password-needed': 'A stored password is not sent to another place than it was deployed for.',
} as const;

/** A code of the table above; the part of an error that programs may rely on. */
export type ErrorCode = keyof typeof ERROR_CODES;

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
		super(`${ERROR_CODES[code]}${details}`, cause === undefined ? undefined : { cause });
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
