/** What stands in front of every family: JSON, paths, addresses, and what users type into fields. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { senderAddress, senderKey } from '../../nodes/adapter/http-server/client-address.js';
import {
	canonicalPath,
	joinPath,
	parseTarget,
	trimEnd,
	variablePart,
} from '../../nodes/adapter/http-server/paths.js';
import { serialiseMessage } from '../../nodes/adapter/serialise-message.js';
import { flag, number, oneOf, text, urlPath } from '../../nodes/adapter/values.js';
import { isShallowObject, parseJson } from '../../nodes/protocol/common/json.js';
import { assertJson, refusedWith } from './invariants.js';
import { anything, mutated, mutatedText } from './mutations.js';
import { type Target, target } from './target.js';

const DOCUMENTS = [
	'{"a":[1,2,{"b":null}],"c":"\\u00e9"}',
	`${'{"a":'.repeat(31)}{}${'}'.repeat(31)}`,
	'[{"a":1}]',
];

const json = target({
	name: 'common-json',
	what: 'Bytes are JSON or not, and an object is shallow or not, without an error and however deep it is.',
	cases: mutated(DOCUMENTS.map((text) => Buffer.from(text))),
	check: (bytes) => {
		const value = parseJson(bytes);
		if (value === undefined) return;
		if (isShallowObject(value, 32)) assert.ok(!Array.isArray(value) && JSON.stringify(value).length > 0);
		assert.equal(isShallowObject(value, 0), false);
	},
});

const PREFIX = '/api/v1/devices/';
const SUFFIX = '/telemetry';
const TARGETS = [
	...[`${PREFIX}8988228066680569990${SUFFIX}`, `//API//v1/devices/a b${SUFFIX}/?x=1`, '/wican?api_key=a&b'],
	...[`http://ups.example${PREFIX}X${SUFFIX}`, '*', 'ups.example:80', '/', `${PREFIX}${SUFFIX}`],
];

const paths = target({
	name: 'common-paths',
	what: 'A request target has a path and a query without an error, and a path means the same when it is joined anew.',
	share: 15,
	cases: mutatedText(TARGETS),
	check: (url) => {
		const { path, query } = parseTarget(url);
		assert.ok(!path.includes('?') && (path === '' || path.startsWith('/')), path);
		assert.equal(typeof query, 'string');
		assert.equal(canonicalPath(canonicalPath(path)), canonicalPath(path));
		assert.equal(canonicalPath(joinPath('', path)), canonicalPath(`/${path}`));
		const part = variablePart(trimEnd(path), PREFIX, SUFFIX);
		if (part !== undefined) assert.ok(part !== '' && path.includes(part));
	},
});

const FORWARDED = [
	'203.0.113.7, 10.0.0.1:443',
	'[2001:db8::1]:443',
	'::ffff:192.0.2.1',
	'fe80::1%eth0',
	'unknown',
];

const addresses = target({
	name: 'common-addresses',
	what: 'A forwarded address is one or the own one counts, and a sender has a key.',
	cases: fc.tuple(mutatedText(FORWARDED), fc.boolean()),
	check: ([header, trustProxy]) => {
		const socket = { remoteAddress: '::ffff:198.51.100.7' };
		const req = { socket, headers: { 'x-forwarded-for': header } } as unknown as IncomingMessage;
		const address = senderAddress(req, trustProxy);
		if (!trustProxy) assert.equal(address, '198.51.100.7');
		assert.ok(address.length > 0 && address.length < 100);
		assert.doesNotMatch(senderKey(address), /NaN|undefined/, address);
	},
});

const field = fc.oneof(
	anything,
	mutatedText(['8480', '0', '1e3', ' 12 ', '/wican', 'own', 'true', '$(PORT)'], 2),
);

const fields = target({
	name: 'common-fields',
	what: 'What stands in a field of a node is a text, a number, a word, a path, or refused with a code.',
	cases: field,
	check: (value) => {
		const config = { id: 'n', type: 't', f: value } as never;
		assertJson(text(config, 'f'));
		const codes = ['config-invalid'] as const;
		const port = refusedWith(codes, () =>
			number(config, 'f', { min: 1, max: 65_535, blank: 80, isWhole: true }),
		);
		assert.ok(port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535));
		const word = refusedWith(codes, () => oneOf(config, 'f', ['own', 'node-red']));
		assert.ok(word === undefined || word === 'own' || word === 'node-red');
		const path = refusedWith(codes, () => urlPath(config, 'f', '/wican'));
		assert.ok(path === undefined || (path.startsWith('/') && !/[\s?#]/.test(path)));
		assert.equal(typeof flag(config, 'f'), 'boolean');
	},
});

const names = fc.constantFrom(
	'payload',
	'topic',
	'device',
	'req',
	'__proto__',
	'constructor',
	'a'.repeat(3000),
);

const messages = target({
	name: 'common-messages',
	what: 'What is kept of a message is as the message had it, and no more than a few thousand bytes of JSON.',
	cases: fc.dictionary(
		names,
		fc.oneof(anything, fc.dictionary(names, anything, { maxKeys: 3 }), fc.jsonValue()),
		{
			maxKeys: 6,
		},
	),
	check: (msg) => {
		const portable = serialiseMessage(msg);
		assertJson(portable);
		assert.equal(Object.getPrototypeOf(portable), Object.prototype);
		assert.ok(JSON.stringify(portable).length < 5000);
		assert.ok(!Object.hasOwn(portable, '__proto__'));
		for (const [name, value] of Object.entries(portable))
			assert.equal(JSON.stringify(value), JSON.stringify(msg[name]));
	},
});

export const COMMON_TARGETS: readonly Target[] = [json, paths, addresses, fields, messages];
