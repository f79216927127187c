import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import { readBody } from '../../../nodes/protocol/wican/body.js';
import { type Body, deepArray, type RequestParts, requestOf } from './garage.js';

const read = (body: Body, parts: RequestParts = {}) => readBody(requestOf(body, parts));
const packed = (encoding: string) => ({ headers: { 'content-encoding': encoding } });
const FORM = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
const SOC = '{"autopid_data":{"SOC":62.35}}';
const READ = { text: SOC, value: { autopid_data: { SOC: 62.35 } }, form: false };

describe('the body of a WiCAN', () => {
	it('is JSON, whatever its Content-Type says', () => {
		for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'x; charset=latin1' }]) {
			assert.deepEqual(read(SOC, { headers }), READ);
		}
	});

	it('may begin with a byte order mark and be surrounded by white space', () => {
		assert.deepEqual(read(`\ufeff${SOC}`), READ);
		assert.deepEqual(read(` \r\n${SOC}\n`), { ...READ, text: ` \r\n${SOC}\n` });
	});

	it('that is not UTF-8 is read with a replacement character for each bad byte', () => {
		const body = Buffer.from('{"config":{"TMP":{"unit":"\u00b0C"}}}', 'latin1');
		assert.deepEqual(read(body), {
			text: '{"config":{"TMP":{"unit":"\ufffdC"}}}',
			value: { config: { TMP: { unit: '\ufffdC' } } },
			form: false,
		});
	});

	const notJson: readonly (readonly [string, Body])[] = [
		['nothing', ''],
		['white space', ' \n'],
		['a byte order mark', '\ufeff'],
		['half of it', SOC.slice(0, -3)],
		['two of them', `${SOC}${SOC}`],
		['JavaScript', "{autopid_data:{'SOC':1}}"],
		['NaN', '{"autopid_data":{"SOC":nan}}'],
		['zeros', Buffer.alloc(64)],
		['gzip without saying so', gzipSync(SOC)],
		['a form without saying so', `token=a&tlm=${encodeURIComponent('{"soc":1}')}`],
		['UTF-16', Buffer.from(SOC, 'utf16le')],
	];
	for (const [what, body] of notJson) it(`is not ${what}`, () => assert.equal(read(body), 'bad-json'));

	it('is any JSON at this stage, however deep', () => {
		for (const json of ['null', '7', '"x"', '[]']) {
			assert.deepEqual(read(json), { text: json, value: JSON.parse(json), form: false });
		}
		assert.equal(typeof read(deepArray(500_000)), 'object');
	});

	it('keeps a member called __proto__ as a member', () => {
		const body = read('{"autopid_data":{"__proto__":{"polluted":1}}}');
		assert.ok(typeof body === 'object');
		const { autopid_data: data } = body.value as { autopid_data: object };
		assert.deepEqual(Object.keys(data), ['__proto__']);
		assert.equal('polluted' in data, false);
	});
});

describe('a packed body', () => {
	it('is unpacked as its Content-Encoding says', () => {
		assert.deepEqual(read(gzipSync(SOC), packed('gzip')), READ);
		assert.deepEqual(read(gzipSync(SOC), packed('x-gzip')), READ);
		assert.deepEqual(read(gzipSync(SOC), packed(' GZIP ')), READ);
		assert.deepEqual(read(deflateSync(SOC), packed('deflate')), READ);
		assert.deepEqual(read(SOC, packed('identity')), READ);
		assert.deepEqual(read(SOC, packed('')), READ);
	});

	it('is bad when it is packed otherwise, not packed, cut or damaged', () => {
		const bytes = gzipSync(SOC);
		const damaged = Buffer.from(bytes);
		damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 0xff;
		assert.equal(read(bytes, packed('br')), 'bad-body');
		assert.equal(read(bytes, packed('gzip, gzip')), 'bad-body');
		assert.equal(read(bytes, packed('__proto__')), 'bad-body');
		assert.equal(read(SOC, packed('gzip')), 'bad-body');
		assert.equal(read('', packed('gzip')), 'bad-body');
		for (const length of [1, 9, 10, bytes.length - 9, bytes.length - 8, bytes.length - 1]) {
			assert.equal(read(bytes.subarray(0, length), packed('gzip')), 'bad-body', `${length} bytes`);
		}
		assert.equal(read(damaged, packed('gzip')), 'bad-body');
	});

	it('is bad JSON when that is what comes out', () => {
		assert.equal(read(gzipSync(SOC.slice(0, -1)), packed('gzip')), 'bad-json');
		assert.equal(read(gzipSync(''), packed('gzip')), 'bad-json');
	});

	it('may be as large as the limit unpacked, and no byte larger', () => {
		const text = `{"autopid_data":{"X":"${'x'.repeat(200_000)}"}}`;
		const bytes = gzipSync(text);
		for (const [encoding, body] of [
			['gzip', bytes],
			['deflate', deflateSync(text)],
		] as const) {
			assert.equal(typeof read(body, { ...packed(encoding), maxBody: text.length }), 'object');
			assert.equal(read(body, { ...packed(encoding), maxBody: text.length - 1 }), 'too-large');
		}
	});

	it('is not unpacked beyond the limit, whatever is in it', () => {
		const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
		assert.ok(bomb.length < 100_000);
		assert.equal(read(bomb, packed('gzip')), 'too-large');
		const members = Buffer.concat(Array.from({ length: 30 }, () => gzipSync(Buffer.alloc(100_000, ' '))));
		assert.equal(read(members, packed('gzip')), 'too-large');
	});
});

describe('a form for A Better Routeplanner', () => {
	it('holds JSON in tlm; the token is not passed on', () => {
		const text = '{"utc":1795200781,"soc":62.5,"car_model":"a b+c"}';
		const body = `token=secret-abc&tlm=${encodeURIComponent(text)}`;
		const expected = { text, value: { utc: 1_795_200_781, soc: 62.5, car_model: 'a b+c' }, form: true };
		assert.deepEqual(read(body, FORM), expected);
		assert.equal(JSON.stringify(read(body, FORM)).includes('secret-abc'), false);
		const charset = { headers: { 'content-type': 'Application/X-WWW-Form-URLencoded; charset=utf-8' } };
		assert.deepEqual(read(body, charset), expected);
	});

	it('writes blanks as plus or escaped', () => {
		const expected = { text: '{"a": 1}', value: { a: 1 }, form: true };
		assert.deepEqual(read('tlm=%7B%22a%22:+1%7D', FORM), expected);
		assert.deepEqual(read('tlm={"a":%201}&token=t', FORM), expected);
	});

	it('is bad without tlm, and bad JSON when that is not JSON', () => {
		assert.equal(read('token=secret', FORM), 'bad-body');
		assert.equal(read('', FORM), 'bad-body');
		assert.equal(read('tlm=', FORM), 'bad-json');
		assert.equal(read('tlm={"soc":', FORM), 'bad-json');
		assert.equal(read('tlm=%7B%22soc%22%3A1%7D%ff', FORM), 'bad-json');
	});

	it('is none when JSON comes under its name', () => {
		assert.deepEqual(read(SOC, FORM), READ);
		assert.deepEqual(read(`\n ${SOC}`, FORM), { ...READ, text: `\n ${SOC}` });
	});
});
