import { isIPv4 } from 'node:net';
import { splitKey } from './bank.js';
import { type Call, field, type Handler, neededField, numberField } from './call.js';
import { bytesOf, type Pairs, textOf } from './form.js';
import { Refusal } from './refusal.js';
import { readPairs, type Write, writeAll } from './register-resources.js';
import { ROLES } from './registers.js';
import { isWritable } from './rights.js';
import { NAME_BYTES } from './users.js';

/** The keys of a save group, all of which must be sent. Source: WEBAPI, chapter 4.4. */
export const SAVE_GROUPS: Readonly<Record<string, readonly string[]>> = {
	'ethernet/access': ['etaips_1', 'etaips_2', 'etaips_3', 'etaipm_1', 'etaipm_2', 'etaipm_3'],
	'ethernet/mode': ['ethmod'],
	ethernet: ['etdhen', 'etdhfb', 'etdhfd', 'etsip4', 'etsnm4', 'etsgw4', 'etsdn1', 'etsdn2', 'etshnm'],
	'snmp/traps': [
		'sntrds',
		'sntrta',
		'sntric',
		'sntroc',
		'sntrod',
		'sntrid',
		'sntraf',
		'sntrnc',
		'sntrsc',
		'sntrrc',
	],
	snmp: ['snmpv1', 'snmplp', 'snmptp', 'sntrap', 'sndst1', 'sndst2', 'snmpro', 'sncmpb', 'sncmpr', 'sncmtr'],
	modbus: ['mbtcen', 'mbtcpo', 'mbtcro'],
	http: ['hthpen', 'hthppo', 'hthsen', 'hthspo'],
	ipapi: ['iaenab', 'iarc4k'],
};

const USER_KEYS: ReadonlySet<string> = new Set([
	'userid',
	'username',
	'chpasswd',
	'password',
	'chprmssns',
	'prmssns',
]);

const KEY_LENGTH = 16;

const asNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Whether an address is within a network, as `etaips` and `etaipm` give it. */
function isWithin(address: string, network: string, prefix: number): boolean {
	const size = 2 ** (32 - prefix);
	return Math.floor(asNumber(address) / size) === Math.floor(asNumber(network) / size);
}

/** Whether a list of accepted networks lets an address in; without any network everybody is let in. */
export function letsIn(value: (key: string) => string, address: string): boolean {
	const networks = [1, 2, 3]
		.map((n) => ({ network: value(`etaips_${n}`), prefix: Number(value(`etaipm_${n}`)) }))
		.filter(({ network }) => network !== '0.0.0.0');
	return (
		networks.length === 0 ||
		!isIPv4(address) ||
		networks.some(({ network, prefix }) => isWithin(address, network, prefix))
	);
}

/** Result codes by save group, for values that have the right form and are refused all the same. */
const OBJECTIONS: Readonly<
	Record<string, (value: (key: string) => string, call: Call) => string | undefined>
> = {
	'ethernet/access': (value, { from }) => (letsIn(value, from) ? undefined : 'ERR_WOULDLOCKOUT'),
	ethernet: (value) =>
		value('etdhen') === '0' && value('etsip4') === '0.0.0.0' ? 'ERR_WOULDLOCKOUT' : undefined,
	http: (value, { secure }) => (value(secure ? 'hthsen' : 'hthpen') === '0' ? 'ERR_WOULDLOCKOUT' : undefined),
	ipapi: (value) => (value('iarc4k').length === KEY_LENGTH ? undefined : 'ERR_IPAPI_KEY_LENGTH_16'),
};

function refuse({ device }: Call, result: string, pairs: Pairs = []): never {
	throw new Refusal(device.options.refusalStatus ?? 200, [...pairs, ['result', result]]);
}

function checkKeys(form: Pairs, keys: readonly string[]): void {
	const sent = form.map(([key]) => key);
	if (!keys.every((key) => sent.includes(key)) || !sent.every((key) => keys.includes(key))) {
		throw new Refusal(400);
	}
}

function writesOf({ unit, user, form }: Call, keys: readonly string[]): Write[] {
	return keys.map((key) => {
		const [mnemonic, channel] = splitKey(key);
		const register = unit.bank.registers.get(mnemonic);
		if (!register || !isWritable(register, user, Math.max(1, channel))) {
			throw new Refusal(403);
		}
		return { register, channel: Math.max(1, channel), value: field(form, key) ?? '' };
	});
}

export const postSave: Handler = (call) => {
	const [group = ''] = call.args;
	const keys = Object.hasOwn(SAVE_GROUPS, group) ? SAVE_GROUPS[group] : undefined;
	if (!keys) {
		throw new Refusal(404);
	}
	checkKeys(call.form, keys);
	const writes = writesOf(call, keys);
	const held = () => writes.flatMap(({ register, channel }) => readPairs(call, register, [channel]));
	const objection = Object.hasOwn(OBJECTIONS, group) ? OBJECTIONS[group] : undefined;
	if (!writes.every(({ register, value }) => call.unit.bank.accepts(register, value))) {
		throw new Refusal(422);
	}
	const result = objection?.((key) => field(call.form, key) ?? '', call);
	if (result !== undefined) {
		refuse(call, result, held());
	}
	writeAll(call, writes);
	return { pairs: [...held(), ['result', 'OK']] };
};

/** A user changes itself and the levels below. */
export const postSaveUser: Handler = (call) => {
	const { form, user, device } = call;
	if (!form.every(([key]) => USER_KEYS.has(key))) {
		throw new Refusal(400);
	}
	const level = numberField(form, 'userid', 1, ROLES.length) - 1;
	const username = neededField(form, 'username');
	const password = field(form, 'chpasswd') === '1' ? neededField(form, 'password') : undefined;
	const permissions = field(form, 'chprmssns') === '1' ? neededField(form, 'prmssns') : undefined;
	const changed = device.users.all[level];
	if (!changed || level < ROLES.indexOf(user.role)) {
		throw new Refusal(403);
	}
	const namesake = device.users.all.some(({ name }, n) => n !== level && bytesOf(name) === username);
	if (username.length > NAME_BYTES || (password ?? '').length > NAME_BYTES || (namesake && username !== '')) {
		throw new Refusal(422);
	}
	if (changed === user && username === '') {
		refuse(call, 'ERR_WOULDLOCKOUT');
	}
	device.users.change(level + 1, {
		name: textOf(username),
		...(password === undefined ? {} : { password: textOf(password) }),
		...(permissions === undefined ? {} : { permissions }),
	});
	return {
		pairs: [
			['userid', String(level + 1)],
			['username', username],
			['result', 'OK'],
		],
	};
};
