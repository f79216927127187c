/** The `config` of first POSTs: a device sends the same one at every start, and it is most of the body. */
import { duplicateNames } from './duplicates.js';
import { isRecord, member } from './json.js';
import { MAX_DUPLICATES, type Report, readReport } from './report.js';
import { SharedTables } from './shared.js';

const COMMA = 0x2c;
const CONFIG_FIRST = '{"config":{';

/** Cars of one model share them. */
const configs = new SharedTables<KnownConfig>(200);

/** A `config` as it stood at the beginning of a first post. */
export class KnownConfig {
	private constructor(
		private readonly bytes: Buffer,
		private readonly config: Report['config'],
		private readonly duplicates: readonly string[],
	) {}

	/** The config of a body that was read; undefined where it does not come first and alone, or was not all understood. */
	static of(rawBody: Buffer, { config, odd }: Report): KnownConfig | undefined {
		const text = rawBody.toString('latin1');
		if (odd.length > 0 || !text.startsWith(CONFIG_FIRST)) return undefined;
		const bytes = Buffer.from(rawBody.subarray(0, valueEnd(text, CONFIG_FIRST.length - 1)));
		const alone = `${bytes.toString('utf8')}}`;
		const known = new KnownConfig(bytes, config, duplicateNames(alone, JSON.parse(alone)));
		// Of two the last one counts, and that is not the one that stands first: no other car may take it for its own.
		return known.read(rawBody) && configs.get(bytes.toString('latin1'), () => known);
	}

	/** Reads a body that begins with the same `config`; undefined for any other. */
	read(rawBody: Buffer): Report | undefined {
		const { length } = this.bytes;
		if (rawBody[length] !== COMMA || rawBody.compare(this.bytes, 0, length, 0, length) !== 0)
			return undefined;
		const text = `{${rawBody.toString('utf8', length + 1)}`;
		const value = parsed(text);
		// What has another `config`, or nothing that makes it a post of its own, is not what it seemed.
		if (!isRecord(value) || Object.hasOwn(value, 'config')) return undefined;
		if (!isRecord(member(value, 'autopid_data'))) return undefined;
		const report = readReport({ text, value, form: false });
		if (typeof report === 'string') return undefined;
		const duplicates = [...new Set([...this.duplicates, ...report.duplicates])].slice(0, MAX_DUPLICATES);
		return { ...report, config: this.config, duplicates };
	}
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const DEPTH = new Map([...'{['].map((sign) => [sign.charCodeAt(0), 1]));
for (const sign of '}]') DEPTH.set(sign.charCodeAt(0), -1);

/** The index behind the object or array that begins here, in valid JSON. */
function valueEnd(text: string, start: number): number {
	let depth = 0;
	let isText = false;
	for (let at = start; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (isText && code === BACKSLASH) at++;
		else if (code === QUOTE) isText = !isText;
		else if (!isText) {
			depth += DEPTH.get(code) ?? 0;
			if (depth === 0) return at + 1;
		}
	}
	return text.length;
}
