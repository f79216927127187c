/**
 * The text of whatever a flow, a file or a request has where a word is wanted. Never throws, as `String` does for an
 * object that has no usable `toString`: parsed JSON may hold `{"toString":null}`.
 */
export function textOf(value: unknown): string {
	try {
		return String(value);
	} catch {
		return typeof value;
	}
}
