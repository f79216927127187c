import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../nodes/protocol/common/errors.js';
import { checkAnswer, hasStatus, readForm, readRegisterForm } from '../../../nodes/protocol/hpdu/answer.js';
import type { PduAnswer } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { form, status } from './scripted-pdu.js';

const ASKED = { device: 'rack', request: 'GET /register/stdvnm' };
const read = (answer: PduAnswer) => Object.fromEntries(readForm(answer, ASKED));
const typed = (mediaType: string, body = 'stdvnm=Rack') => ({ ...form(body), mediaType });

describe('hpdu answer', () => {
	const STATUSES: readonly [code: number, error: ErrorCode][] = [
		[400, 'hpdu-bad-request'],
		[401, 'hpdu-unauthorized'],
		[403, 'hpdu-forbidden'],
		[404, 'hpdu-not-found'],
		[405, 'hpdu-method-not-allowed'],
		[422, 'hpdu-rejected'],
		[500, 'hpdu-internal'],
		...[201, 204, 302, 418, 429, 503].map((code): [number, ErrorCode] => [code, 'hpdu-bad-response']),
	];
	for (const [code, error] of STATUSES) {
		it(`of ${code} is ${error}, with a body or without`, () => {
			for (const answer of [
				status(code),
				form('stdvnm=Rack', code),
				{ ...typed('text/html'), status: code },
			]) {
				assert.throws(() => read(answer), coded(error, ASKED));
				assert.throws(() => checkAnswer(answer, ASKED), coded(error, ASKED));
			}
		});
	}

	const RESULTS: readonly [result: string, error: ErrorCode][] = [
		['ERR_PARTIAL', 'hpdu-partial'],
		['ERR_WOULDLOCKOUT', 'hpdu-would-lock-out'],
		['ERR_IPAPI_KEY_LENGTH_16', 'hpdu-ipapi-key-length'],
		['ERR_AUTH', 'hpdu-unauthorized'],
		['ERR_FORBIDDEN', 'hpdu-forbidden'],
		['ERR_NOTFOUND', 'hpdu-not-found'],
		['ERR_REJECTED', 'hpdu-rejected'],
		['ERR_INTERNAL', 'hpdu-internal'],
		['ERR_NEW', 'hpdu-rejected'],
		['ok', 'hpdu-rejected'],
		['', 'hpdu-rejected'],
	];
	for (const [result, error] of RESULTS) {
		it(`whose result is "${result}" is ${error}, whatever its status`, () => {
			for (const code of [200, 403, 500]) {
				const answer = form(`stdvnm=Rack&result=${result}`, code);
				const params = { ...ASKED, reason: result };
				assert.throws(() => read(answer), coded(error, params));
				assert.throws(() => checkAnswer(answer, ASKED), coded(error, params));
			}
		});
	}

	it('whose result is OK is good, whatever its status', () => {
		for (const code of [200, 403, 422]) {
			assert.deepEqual(read(form('stdvnm=Rack&result=OK', code)), { stdvnm: 'Rack', result: 'OK' });
		}
	});

	const MEANINGS: readonly [answer: PduAnswer, meant: number][] = [
		[form('stdvnm=Rack'), 200],
		[form('result=OK', 401), 200],
		[form('result=ERR_AUTH'), 401],
		[form('result=ERR_AUTH', 401), 401],
		[form('result=%45RR_AUTH+', 403), 401],
		[form('result=ERR_NOTFOUND', 200), 404],
		[status(404), 404],
		[{ ...typed('text/html', 'result=OK'), status: 401 }, 401],
	];
	for (const [answer, meant] of MEANINGS) {
		it(`of ${answer.status} with "${answer.body}" means ${meant}`, () => {
			const statuses = [200, 401, 403, 404, 422, 500];
			assert.deepEqual(
				statuses.filter((each) => hasStatus(answer, each)),
				[meant],
			);
		});
	}

	it('with a result that is not known means no status', () => {
		assert.equal(hasStatus(form('result=ERR_NEW', 401), 401), false);
	});

	it('may be text', () => {
		assert.deepEqual(read(typed('text/plain')), { stdvnm: 'Rack' });
	});

	const NONE: readonly [name: string, answer: PduAnswer, reason: string][] = [
		['HTML', typed('text/html', '<html>result=OK</html>'), 'text/html'],
		['JSON', typed('application/json', '{}'), 'application/json'],
		['of no type', typed(''), 'no media type'],
		['empty', form(''), 'empty'],
		['ampersands', form('&&'), 'no form'],
	];
	for (const [name, answer, reason] of NONE) {
		it(`is no form when it is ${name}`, () => {
			assert.throws(() => read(answer), coded('hpdu-bad-response', { ...ASKED, reason }));
			checkAnswer(answer, ASKED);
		});
	}

	it('about a channel is put under its key where the PDU left it bare', () => {
		const [target, bare] = [{ mnemonic: 'stolnm', channel: 3 }, { mnemonic: 'stolnm' }];
		const told = (body: string, of = target as typeof bare) =>
			Object.fromEntries(readRegisterForm(form(body), of, ASKED));
		assert.deepEqual(told('stolnm=a&x=1'), { stolnm_3: 'a', x: '1' });
		assert.deepEqual(told('stolnm=a&stolnm_3=b'), { stolnm: 'a', stolnm_3: 'b' });
		assert.deepEqual(told('stolnm=a', bare), { stolnm: 'a' });
	});
});
