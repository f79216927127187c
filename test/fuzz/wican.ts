/** What a WiCAN sends. */
import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readBody } from '../../nodes/protocol/wican/body.js';
import { duplicateNames } from '../../nodes/protocol/wican/duplicates.js';
import { BodyReader } from '../../nodes/protocol/wican/familiar.js';
import { type AuthSettings, authenticator, SAFE_STATUS_NAMES } from '../../nodes/protocol/wican/index.js';
import { isTooDeep } from '../../nodes/protocol/wican/json.js';
import { type Report, readReport } from '../../nodes/protocol/wican/report.js';
import {
	fullBody,
	periodicBody,
	SECRET_VALUES,
	WicanDevice,
	type WicanOptions,
} from '../devices/wican/index.js';
import { Garage, requestOf } from '../protocol/wican/garage.js';
import { duplicatesOf } from './duplicate-names.js';
import { assertJson, assertMessage, assertWithout } from './invariants.js';
import { mutated, mutatedText } from './mutations.js';
import { asyncTarget, type Target, target } from './target.js';

const DEVICES: readonly WicanOptions[] = [
	...(['4.40', '4.48', '4.51', '6', 'ha4', 'ha6', 'classic'] as const).map((firmware) => ({ firmware })),
	...(['6', 'ha6'] as const).map((firmware) => ({ firmware, gps: true })),
	{ firmware: 'ha6', mode: 'full' },
	{ firmware: '4.40', car: 'electric' },
];

function devices(): WicanDevice[] {
	return DEVICES.map((options) => {
		const device = new WicanDevice({ ...options, startAt: 1_795_200_781_000 });
		device.drive();
		device.advance(60_000);
		return device;
	});
}

const FULL = devices().map(fullBody);
const PERIODIC = devices().map(periodicBody);
const FORM = Buffer.from(
	`token=kolibri&tlm=${encodeURIComponent('{"utc":1795200781,"soc":81,"lat":48.1,"lon":11.5,"speed":50}')}`,
);
const FORMS = [
	FORM,
	...PERIODIC.map((body) => Buffer.from(`tlm=${encodeURIComponent(body.toString())}&token=kolibri`)),
];
const TEMPLATES = [
	'{"car":"Niro","soc":62.5,"nested":{"a":[1,2,{"b":null}]}}',
	'{"autopid_data":{"battery":{"SOC":"62.5","SOC":62.5},"drive":[{"SPEED":"12E4"}],"timestamp":1795200781}}',
	'{"config":{"groups":[],"pids":[{"parameters":[{"name":"SOC","unit":"%","class":"battery"}]}]},"autopid_data":{}}',
	'{"autopid_data":[{"group":"Engine","pids":{"RPM":2150,"_meta":{"age":3}}},{"group":"Chassis","pids":[{"name":"SPEED","value":65,"unit":"km/h"}]}]}',
	'{"autopid_data":{"RPM":{"value":2150,"unit":"rpm","class":"none","pid":"010C"},"_meta":{"stale":true}},"_meta":1}',
	'{"token":"kolibri","tlm":{"utc":1795200781,"soc":81,"car":{"token":"kolibri"}}}',
].map((text) => Buffer.from(text));
const BODIES = [...FULL, ...PERIODIC, ...TEMPLATES, FORM, Buffer.from('{}')];

const FAULTS = ['bad-json', 'bad-body', 'too-large'];

const isPlain = (value: unknown) =>
	typeof value === 'string' ||
	typeof value === 'boolean' ||
	(typeof value === 'number' && Number.isFinite(value));

/** Asserts what is promised of everything that a body can be read as. */
function checkReport(report: Report | string): void {
	if (typeof report === 'string') {
		assert.ok(FAULTS.includes(report), report);
		return;
	}
	const { payload, config = [], status, position = {}, sampledAt, duplicates, odd } = report;
	assert.equal(isTooDeep(payload), false);
	assert.ok(config.every((entry) => entry.length === 3 && entry.every((word) => typeof word === 'string')));
	const safe = Object.entries(status?.safe ?? {});
	assert.ok(safe.every(([name, value]) => (SAFE_STATUS_NAMES as string[]).includes(name) && isPlain(value)));
	assert.ok(Object.values(position).every(Number.isFinite));
	assert.ok(sampledAt === undefined || !Number.isNaN(new Date(sampledAt).getTime()));
	assert.ok([...duplicates, ...odd].every((name) => typeof name === 'string'));
	// All of a status, and a user's template, are as JSON.parse has them, for which 1e999 is Infinity.
	assertMessage({ status: { ...status, all: {} }, position, duplicates, odd });
}

const PACKED = BODIES.flatMap((body) => [gzipSync(body), deflateSync(body)]);
const packed = fc.tuple(
	fc.oneof({ weight: 3, arbitrary: mutated(BODIES) }, { weight: 1, arbitrary: mutated(PACKED, 2) }),
	fc.constantFrom<Record<string, string>>(
		...[{}, {}, { 'content-type': 'application/json' }, { 'content-encoding': 'gzip' }],
		...[{ 'content-encoding': 'deflate' }, { 'content-encoding': 'br' }, { 'content-encoding': ' GZIP ' }],
		...[{ 'content-type': 'application/x-www-form-urlencoded' }],
	),
	fc.constantFrom(1_048_576, 1000),
);

/** As a WiCAN posts for A Better Routeplanner. */
const inForm = fc.tuple(
	mutated(FORMS),
	fc.constant({ 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }),
	fc.constant(1_048_576),
);

const body = target({
	name: 'wican-body',
	what: 'A body of any shape, packed or not, is a report of the promised types or refused.',
	share: 20,
	cases: fc.oneof({ weight: 4, arbitrary: packed }, { weight: 1, arbitrary: inForm }),
	check: ([rawBody, headers, maxBody]) => {
		const read = readBody(requestOf(rawBody, { headers, maxBody }));
		checkReport(typeof read === 'string' ? read : readReport(read));
	},
});

function plainly(bytes: Buffer): Report | string {
	const read = readBody(requestOf(bytes));
	return typeof read === 'string' ? read : readReport(read);
}

const familiar = target({
	name: 'wican-familiar',
	what: 'A body is read the same, whatever bodies of the same vehicle came before it.',
	cases: fc
		.constantFrom(...FULL, ...PERIODIC, ...TEMPLATES)
		.chain((base) =>
			fc.array(mutated([base], 2), { minLength: 1, maxLength: 4 }).map((others) => [base, ...others]),
		),
	check: (posts) => {
		const reader = new BodyReader();
		for (const bytes of posts) {
			const report = reader.read(requestOf(bytes));
			const { numbers: _, ...rest } = typeof report === 'string' ? { numbers: undefined } : report;
			assert.deepEqual(typeof report === 'string' ? report : rest, plainly(bytes));
		}
	},
});

const duplicates = target({
	name: 'wican-duplicates',
	what: 'Names that stand twice in one object are found as a plain reader of JSON finds them.',
	cases: mutated([...TEMPLATES, ...PERIODIC]),
	check: (bytes) => {
		const text = bytes.toString('utf8');
		let parsed: unknown;
		try {
			parsed = JSON.parse(text);
		} catch {
			return;
		}
		assert.deepEqual(duplicateNames(text, parsed).sort(), duplicatesOf(text).sort());
	},
});

const TOKEN = 'Zaunkoenig%2&b';
const settings = (more: Partial<AuthSettings>): AuthSettings => ({
	...{ kind: 'none', name: '', token: TOKEN, username: 'user', password: TOKEN },
	...more,
});

const KEY_QUERIES = [TOKEN, encodeURIComponent(TOKEN)].map((key) => `source=car 1&api_key=${key}&env=prod`);

const query = target({
	name: 'wican-query',
	what: 'A query never fails and becomes plain texts, in which a key that was right or wrong does not stand.',
	cases: mutatedText([...KEY_QUERIES, 'a=1&a=2&b', '%41=%E9&__proto__=x', `api_key=${TOKEN}`]),
	check: (text) => {
		const auth = authenticator(settings({ kind: 'api-key-query' }));
		const isAuthentic = auth.isAuthentic({ headers: {}, query: text, clientName: undefined });
		const values = auth.queryOf(text);
		assertJson(values);
		assert.ok(Object.values(values).every((value) => typeof value === 'string'));
		assert.equal(values.api_key ?? '', '');
		if (isAuthentic && text.split('Zaunkoenig').length === 2) assertWithout([TOKEN], values);
		assertJson(authenticator(settings({})).queryOf(text));
	},
});

const BASIC = `Basic ${Buffer.from(`user:${TOKEN}`).toString('base64')}`;

/** What a header of Basic says, with everything that its encoding lets pass. */
const decoded = (header: string) => Buffer.from(header.replace(/^basic +/i, ''), 'base64').toString('latin1');

const auth = target({
	name: 'wican-auth',
	what: 'A request is authentic with the credential and with nothing else.',
	cases: mutatedText([`Bearer ${TOKEN}`, `APIKEY ${TOKEN}`, BASIC, TOKEN], 2),
	check: (header) => {
		const head = { headers: { authorization: header, 'x-api-key': header }, query: '', clientName: header };
		const claims = {
			bearer: /^(bearer|apikey) +/i.test(header) && header.replace(/^\w+ +/, '') === TOKEN,
			basic: /^basic +/i.test(header) && decoded(header) === `user:${TOKEN}`,
			'api-key-header': header === TOKEN,
			'api-key-query': false,
			none: true,
		};
		for (const [kind, expected] of Object.entries(claims)) {
			const by = authenticator(settings({ kind: kind as AuthSettings['kind'] }));
			assert.equal(by.isAuthentic(head), expected, kind);
		}
	},
});

const reception = asyncTarget({
	name: 'wican-reception',
	what: 'A POST is taken or refused, whatever the settings, and its messages can be copied.',
	share: 3,
	cases: fc.tuple(
		fc.record({
			emit: fc.constantFrom('snapshot' as const, 'parameters' as const),
			changedOnly: fc.boolean(),
			statusFields: fc.constantFrom('safe' as const, 'all' as const, 'none' as const),
		}),
		fc.array(mutated(BODIES), { minLength: 1, maxLength: 3 }),
	),
	check: async ([messages, posts]) => {
		const garage = new Garage({ messages });
		for (const bytes of posts) assert.ok([200, 400].includes(await garage.post(bytes)));
		assert.deepEqual([garage.problems, garage.failures], [[], []]);
		structuredClone(garage.messages);
		assertMessage(garage.events);
		await garage.receiver.close();
	},
});

const FIRST = JSON.parse((FULL[0] ?? Buffer.alloc(0)).toString()) as Record<string, unknown>;
const status = FIRST.status as Record<string, unknown>;

/** Those that no number can be taken for. */
const TELLTALE = SECRET_VALUES.filter((secret) => /[a-z]/i.test(secret));

/** A first POST of 4.40, whose `status` gives its owner away, with anything done to the rest of it. */
const telltale = fc
	.tuple(
		fc.dictionary(fc.constantFrom('config', 'gps', 'schema', 'other', '__proto__'), fc.jsonValue(), {
			maxKeys: 3,
		}),
		fc.dictionary(
			fc.constantFrom('device_id', 'fw_version', 'uptime', 'batt_voltage', 'new'),
			fc.jsonValue(),
			{
				maxKeys: 3,
			},
		),
		fc.option(fc.jsonValue(), { nil: undefined }),
	)
	.map(([members, inStatus, values]) => ({
		...members,
		status: { ...status, ...inStatus },
		...(values === undefined ? {} : { autopid_data: values }),
	}));

const secrets = asyncTarget({
	name: 'wican-secrets',
	what: 'What a status gives away of its owner is in no message and no event.',
	share: 3,
	cases: fc.tuple(telltale, fc.constantFrom('safe' as const, 'none' as const)),
	check: async ([post, statusFields]) => {
		const garage = new Garage({ messages: { statusFields } });
		await garage.post(post);
		assertWithout(TELLTALE, [garage.messages, garage.events, garage.remembered]);
		await garage.receiver.close();
	},
});

const LOGIN = 'Kernbeisser-4711';
/** What logs in at A Better Routeplanner, under the names that its senders use. */
const login = fc.dictionary(
	fc.constantFrom('token', 'Token', 'api_key', 'API_KEY', 'apikey', 'authorization'),
	fc.constant(LOGIN),
	{ minKeys: 1, maxKeys: 3 },
);
const withLogin = (value: fc.Arbitrary<unknown>) =>
	fc
		.tuple(login, fc.dictionary(fc.constantFrom('soc', 'car', '__proto__', 'utc'), value))
		.map(([secret, values]): object => ({ ...values, ...secret }));
/** Telemetry with its login inside and beside it, alone or somewhere in a template. */
const routePlanner = fc
	.tuple(
		fc.oneof(withLogin(fc.jsonValue()), withLogin(withLogin(fc.jsonValue())), fc.jsonValue()),
		login,
		fc.constantFrom('alone', 'as text', 'beside', 'nested', 'listed'),
	)
	.map(([tlm, secret, how]): object => {
		if (how === 'alone') return { ...secret, tlm };
		if (how === 'as text') return { ...secret, tlm: JSON.stringify(tlm) };
		if (how === 'beside') return { ...secret, tlm, car: 'van' };
		return how === 'nested' ? { car: { ...secret, tlm } } : { cars: [{ a: 1 }, { ...secret, tlm }] };
	});

const logins = asyncTarget({
	name: 'wican-logins',
	what: 'The login at A Better Routeplanner is in no message and no event.',
	share: 3,
	cases: fc.tuple(routePlanner, fc.constantFrom('snapshot' as const, 'parameters' as const)),
	check: async ([post, emit]) => {
		const garage = new Garage({ messages: { emit } });
		await garage.post(post, { query: `token=${LOGIN}&api_key=${LOGIN}` });
		assertWithout([LOGIN], [garage.messages, garage.events, garage.remembered]);
		await garage.receiver.close();
	},
});

export const WICAN_TARGETS: readonly Target[] = [
	...[body, familiar, duplicates, query, auth, reception, secrets, logins],
];
