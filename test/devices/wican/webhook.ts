import type { Shape } from './firmware.js';
import { encodeJson, type Json, type Member, Members } from './json.js';

/** Told in every push of v6, changed or not. */
const ALWAYS = new Set(['device_id', 'fw_version', 'hw_version']);
/** They alone are no reason to tell anything before v6, so that a parked car sends `{}`. */
const CLOCKS = new Set(['uptime', 'uptime_sec', 'timestamp']);

const same = (a: Json | undefined, b: Json) => a !== undefined && encodeJson(a).equals(encodeJson(b));

const lookUp = (members: Json | undefined, name: string): Json | undefined =>
	members instanceof Members ? members.entries.findLast(([one]) => one.toString() === name)?.[1] : undefined;

/** Those that changed; none where nothing but a clock did. */
function changedMembers(shape: Shape, before: Json | undefined, now: Members): Members {
	const changed = now.entries.filter(([text, value]) => {
		const name = text.toString();
		const isScalar = !(value instanceof Members) && !Array.isArray(value);
		const isV6 = shape === 'ha6';
		return (isV6 && ALWAYS.has(name)) || ((isV6 || isScalar) && !same(lookUp(before, name), value));
	});
	const onlyClocks = changed.every(([name]) => CLOCKS.has(name.toString()));
	return new Members(onlyClocks ? [] : changed);
}

/**
 * What of a full body a webhook in the mode `changed` sends, given the full body behind the last push that was
 * taken. Devices before v6 look at single values only, so that their `config`, made of objects, is never sent.
 */
export function changedJson(shape: Shape, before: Members | undefined, now: Members): Members {
	const sections = now.entries.flatMap(([text, value]): Member[] => {
		const name = text.toString();
		const earlier = lookUp(before, name);
		if (!(value instanceof Members)) {
			return [[name, value]];
		}
		if (shape === 'ha6' && name === 'config') {
			return same(earlier, value) ? [] : [[name, value]];
		}
		const changed = changedMembers(shape, earlier, value);
		return changed.entries.length > 0 ? [[name, changed]] : [];
	});
	return new Members(sections);
}
