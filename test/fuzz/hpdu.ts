/** What a PDU answers, and what a flow gives to ask it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import type { ErrorCode } from '../../nodes/protocol/common/errors.js';
import { ERROR_CODES } from '../../nodes/protocol/errors.js';
import { badResponse, checkAnswer, readForm } from '../../nodes/protocol/hpdu/answer.js';
import { parseHardwareId, parseUnitAddress } from '../../nodes/protocol/hpdu/databus.js';
import { parseRenderOptions, render } from '../../nodes/protocol/hpdu/display.js';
import { encodeValues } from '../../nodes/protocol/hpdu/encode-values.js';
import { fieldOf } from '../../nodes/protocol/hpdu/fields.js';
import { decodeForm, encodeForm } from '../../nodes/protocol/hpdu/form.js';
import { parseHost, SAVE_GROUPS } from '../../nodes/protocol/hpdu/index.js';
import { keyOf, parseTarget, parseTargets } from '../../nodes/protocol/hpdu/mnemonic.js';
import type { RegisterType } from '../../nodes/protocol/hpdu/register-table.js';
import { checkSave } from '../../nodes/protocol/hpdu/save-groups.js';
import { parseUnit } from '../../nodes/protocol/hpdu/unit.js';
import { decodeGroup, decodeValues, formatValues } from '../../nodes/protocol/hpdu/values.js';
import { anyText } from '../protocol/hpdu/any-text.js';
import { assertJson, assertWithout, refusedWith, toldBy } from './invariants.js';
import { anything, mutated, mutatedText } from './mutations.js';
import { type Target, target } from './target.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

export const FORMS: readonly Buffer[] = [
	...['stdvnm=SP_Rack_5', 'imcrac_1=0.51&imcrac_2=0.42&imcrac_3=0.33', 'stdvnm=Caf%C3%A9+1&stinnm_2=a%26b'],
	...['userid=1&time=4000000', 'result=OK', 'result=ERR_PARTIAL&stdvnm=x', 'curr_page=1&num_pages=9'],
	...['scan_total=2&scan_hwid_1=42534-6129-0&scan_addr_1=1&scan_hwid_2=42534-6129-1&scan_addr_2=0'],
	...['curr_page=3&num_pages=12&backlight_state=blinking', 'idfwvs=251&idsnbr=SN1&swocst_54=1&zzunkn=1'],
	...['etsip4=192.168.1.10&etmaca=00:1a:2b:3c:4d:5e&stdvnm=a%01b%7Fc%00zz', 'stdvnm=Caf\xe9&stinnm_1=%E9'],
].map(latin1);

/** Every code that an answer or a wish can come to. */
export const HPDU_CODES = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) =>
	code.startsWith('hpdu-'),
);

const pairs = fc.array(fc.tuple(anyText({ maxLength: 12 }), anyText({ maxLength: 12 })), { maxLength: 5 });

const form = target({
	name: 'hpdu-form',
	what: 'Any bytes are a form of texts, and a form that was written is read as it was.',
	share: 15,
	cases: fc.tuple(mutated(FORMS), pairs),
	check: ([bytes, entries]) => {
		for (const [name, value] of decodeForm(bytes))
			assert.ok(typeof name === 'string' && typeof value === 'string');
		const wanted = new Map(entries.filter(([name, value]) => name !== '' || value !== ''));
		assert.deepEqual(decodeForm(Buffer.from(encodeForm(wanted))), wanted);
	},
});

const ASKED = { device: 'rack', request: 'GET /register/stdvnm' };

export const statuses = fc.constantFrom(
	200,
	200,
	200,
	201,
	204,
	301,
	400,
	401,
	403,
	404,
	405,
	422,
	500,
	502,
	999,
);
export const mediaTypes = fc.constantFrom(
	...['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded', 'text/plain'],
	...['text/html', 'application/octet-stream', '', 'x'.repeat(300)],
);

const answer = target({
	name: 'hpdu-answer',
	what: 'An answer is a form or an error with a code, and its verdict is the same by both ways of asking.',
	cases: fc.tuple(statuses, mediaTypes, mutated(FORMS)),
	check: ([status, mediaType, body]) => {
		const read = refusedWith(HPDU_CODES, () => readForm({ status, mediaType, body }, ASKED));
		const checked = refusedWith(HPDU_CODES, () => {
			checkAnswer({ status, mediaType, body }, ASKED);
			return true;
		});
		if (read !== undefined) assert.equal(checked, true);
		assert.ok(badResponse(ASKED, 'x').message.length < 500);
	},
});

const FORMATS = ['values', 'flat', 'value'] as const;
const LISTS = [
	'stdvnm',
	'imcrac',
	'imcrac_2',
	'stdvnm imcrac stolnm_30',
	'swocst, idfwvs;etsip4',
	'zzunkn_1',
];

const values = target({
	name: 'hpdu-values',
	what: 'Values are what JSON can hold, and each key of an answer is a value, an extra or withheld.',
	share: 15,
	cases: fc.tuple(mutated(FORMS), fc.constantFrom(...LISTS), fc.constantFrom(...FORMATS)),
	check: ([bytes, list, format]) => {
		const targets = parseTargets(list);
		const decoded = decodeValues(targets, decodeForm(bytes));
		assertJson(decoded);
		assertJson(decodeGroup(decodeForm(bytes)));
		const formatted = refusedWith(['hpdu-bad-argument'], () => formatValues(format, targets, decoded.values));
		if (formatted !== undefined) assertJson(formatted);
		const wanted = new Set(targets.map(({ mnemonic }) => mnemonic));
		assert.ok(Object.keys(decoded.values).every((mnemonic) => wanted.has(mnemonic)));
	},
});

const SECRET = 'Zaunkoenig4711xx';
const SECRET_KEYS = [
	'iarc4k',
	'IARC4K',
	'uspaswd_1',
	'password',
	'sncmpb',
	'Sncmpr_1',
	' sncmtr',
	'sncmtr_x',
	'uspsea',
];

const withheld = target({
	name: 'hpdu-secrets',
	what: 'A secret that stands in an answer is in nothing that is made of it.',
	cases: fc.tuple(
		mutated(FORMS),
		fc.constantFrom(...SECRET_KEYS),
		mutated(FORMS),
		fc.constantFrom(...LISTS, 'iarc4k'),
	),
	check: ([before, key, after, list]) => {
		const bytes = Buffer.concat([before, latin1(`&${key}=${SECRET}&`), after]);
		const wanted = parseTargets(list);
		assertWithout([SECRET], [decodeValues(wanted, decodeForm(bytes)), decodeGroup(decodeForm(bytes))]);
	},
});

const listed = fc.oneof(
	mutatedText([...LISTS, 'imcrac_0', 'stolnm_55']),
	anything,
	fc.array(mutatedText(LISTS)),
);

const wishes = target({
	name: 'hpdu-words',
	what: 'Registers, units, hosts and addresses are read as they are written again, or refused with a code.',
	cases: fc.tuple(
		listed,
		fc.oneof(mutatedText(['192.168.1.10', 'http://pdu.lan/', '[::1]', '42534-6129-0', '7']), anything),
	),
	check: ([list, word]) => {
		const codes = ['hpdu-bad-argument'] as const;
		const targets = refusedWith(codes, () => parseTargets(list));
		if (targets !== undefined) assert.deepEqual(parseTargets(targets.map(keyOf)), targets);
		const unit = refusedWith(codes, () => parseUnit(word)) ?? 0;
		assert.ok(Number.isInteger(unit) && unit >= 0 && unit <= 65_535);
		const address = refusedWith(codes, () => parseUnitAddress(word)) ?? 1;
		assert.ok(Number.isInteger(address) && address >= 1 && address <= 65_535);
		const id = refusedWith(codes, () => parseHardwareId(word)) ?? '1-2-3';
		assert.match(id, /^\d+-\d+-\d+$/);
		const host = typeof word === 'string' ? refusedWith(codes, () => parseHost(word)) : undefined;
		if (host !== undefined) assert.doesNotMatch(host, /[\s/?#@]/);
	},
});

const registers = fc.constantFrom(
	...[
		'stdvnm',
		'stinnm',
		'stinnm_2',
		'swocst_1',
		'etsip4',
		'iarc4k',
		'etdhen',
		'snmptp',
		'zzunkn',
		'username',
	],
	...['stimcm', 'impfac_2', 'idmaca', 'etsip6'],
	...['__proto__', 'stinnm_0', '', 'chpasswd', 'password', 'userid', 'hthppo', 'hthpen', 'hthsen', 'hthspo'],
);
const written = fc.dictionary(
	registers,
	fc.oneof(anything, fc.nat(70_000), mutatedText(['Rack 5', '10.0.0.1'])),
	{
		maxKeys: 5,
	},
);

/** What fits each type of value, or nearly. */
const FITTING: Readonly<Record<RegisterType, fc.Arbitrary<unknown>>> = {
	int: fc.constantFrom<unknown>(0, 1, '1', true),
	fixed: fc.constantFrom<unknown>(0.5, '16.00', 0.1 + 0.2),
	ascii: fc.constantFrom('Rack 5', 'a'.repeat(16)),
	ipv4: fc.constantFrom('10.0.0.1', '0.0.0.0'),
	ipv6: fc.constantFrom('2001:db8::10', '::'),
	mac: fc.constantFrom('00:1a:2b:3c:4d:5e', '001A2B3C4D5E'),
};
const fitting = (key: string) => FITTING[fieldOf(parseTarget(key).mnemonic)?.type ?? 'ascii'];

/** All of a save group, or all but something, with a value that may not fit. */
const group = fc.constantFrom(...SAVE_GROUPS).chain(([name, { keys, optional }]) =>
	fc.tuple(
		fc
			.tuple(
				fc.record(Object.fromEntries(keys.map((key) => [key, fitting(key)]))),
				fc.record(Object.fromEntries(optional.map((key) => [key, fitting(key)])), { requiredKeys: [] }),
				fc.dictionary(fc.constantFrom(...keys), fc.oneof(anything, fc.nat(70_000)), { maxKeys: 1 }),
			)
			.map((parts): unknown => Object.assign({}, ...parts)),
		fc.constant<unknown>(name),
	),
);

const encoded = target({
	name: 'hpdu-encode',
	what: 'What is to be written arrives as it was encoded, or is refused without repeating the value.',
	cases: fc.oneof(
		fc.tuple(fc.oneof(written, anything), fc.oneof(fc.constantFrom(...SAVE_GROUPS.keys()), anything)),
		group,
	),
	check: ([wanted, group]) => {
		for (const encode of [() => encodeValues(wanted), () => checkSave(group, wanted)]) {
			const entries = refusedWith(['hpdu-bad-argument'], encode) ?? [];
			const sent = entries.map(({ key, text }) => [key, text] as const);
			assert.deepEqual([...decodeForm(Buffer.from(encodeForm(sent)))], sent);
		}
		const secret = { stdvnm: 'x', ...(typeof group === 'string' && { [group]: 1 }), iarc4k: `${SECRET}x` };
		assert.throws(
			() => encodeValues(secret),
			(error) => !toldBy(error).includes(SECRET),
		);
	},
});

const options = fc.record({
	format: fc.oneof(fc.constantFrom('png', 'data-url', 'raw', 'pixels', 'text'), anything),
	scale: fc.oneof(fc.constantFrom(1, '2', 3), anything),
	rotate: fc.oneof(fc.constantFrom(0, '90', 180, 270), anything),
	invert: fc.oneof(fc.boolean(), anything),
	bitOrder: fc.oneof(fc.constantFrom('lsb-top', 'msb-top'), anything),
});
const SCREEN = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 37) & 255));

/** Asserts that a picture is the pixels, each as large as it was wanted. */
function assertShows(png: Buffer, bytes: Buffer, settings: ReturnType<typeof parseRenderOptions>): void {
	const { width, height, data } = render(bytes, { ...settings, format: 'pixels' });
	const picture = PNG.sync.read(png);
	const { scale } = settings;
	assert.deepEqual([picture.width, picture.height], [width * scale, height * scale]);
	for (let at = 0; at < data.length; at += 61) {
		const [x, y] = [(at % width) * scale, Math.floor(at / width) * scale];
		assert.equal(picture.data[(y * picture.width + x) * 4], data[at] === 1 ? 0 : 255);
	}
}

const display = target({
	name: 'hpdu-display',
	what: 'Bytes are shown in every form if there are 1024 of them, and a PNG has the same pixels.',
	share: 2,
	cases: fc.tuple(mutated([SCREEN], 3), options),
	check: ([bytes, wanted]) => {
		const settings = refusedWith(['hpdu-bad-argument'], () => parseRenderOptions(wanted));
		if (settings === undefined) return;
		const shown = refusedWith(['hpdu-bad-response'], () => render(bytes, settings));
		assert.equal(shown !== undefined, bytes.length === 1024);
		if (settings.format === 'png' && settings.scale < 4 && Buffer.isBuffer(shown))
			assertShows(shown, bytes, settings);
	},
});

export const HPDU_TARGETS: readonly Target[] = [form, answer, values, withheld, wishes, encoded, display];
