/** Identifiers in MQTT topics and in Home Assistant: only the letters that Home Assistant accepts in a discovery topic. */
import { createHash } from 'node:crypto';

const LONGEST = 64;
const LONGEST_BEFORE_HASH = 48;

/**
 * A name as an identifier of `A-Z a-z 0-9 _ -`, at most 64 letters. A name that has to be changed gets the first 8 hex digits of
 * its SHA-256, so that two names never share an identifier.
 */
export function identifier(name: string): string {
	if (name.length <= LONGEST && /^[\w-]+$/.test(name)) return name;
	const letters = name.replace(/[^\w-]/gu, '_').slice(0, LONGEST_BEFORE_HASH);
	return `${letters}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
