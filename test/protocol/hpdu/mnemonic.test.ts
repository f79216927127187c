import assert from 'node:assert/strict';
import {
	badArgument,
	isMnemonic,
	keyOf,
	parseTarget,
	parseTargets,
} from '../../../nodes/protocol/hpdu/mnemonic.js';
import { coded } from '../errors.js';

describe('mnemonics', () => {
	it('are read with and without a channel', () => {
		assert.deepEqual(parseTarget('imcrac'), { mnemonic: 'imcrac' });
		assert.deepEqual(parseTarget('stolnm_30'), { mnemonic: 'stolnm', channel: 30 });
		assert.deepEqual(parseTarget('  stolnm_54\n'), { mnemonic: 'stolnm', channel: 54 });
		assert.deepEqual(parseTarget('stdvnm_1'), { mnemonic: 'stdvnm', channel: 1 });
	});

	it('need not be in the table, nor have six letters', () => {
		for (const text of ['uspaswd', 'hohid1', 'x', 'toString', 'IMCRAC']) {
			assert.ok(isMnemonic(text));
			assert.deepEqual(parseTarget(text), { mnemonic: text });
		}
		assert.deepEqual(parseTarget('hohid1_256'), { mnemonic: 'hohid1', channel: 256 });
	});

	for (const text of [
		...['', ' ', '_', '_1', '__proto__', 'a/b', '..', 'a.b', 'a?b', 'a#b', 'a%2f', 'a b', 'a&b', 'a=b', 'é'],
		...[
			'stolnm_',
			'stolnm_0',
			'stolnm_-1',
			'stolnm_1.5',
			'stolnm_1e1',
			'stolnm_01',
			'stolnm_x',
			'stolnm_1_2',
		],
		...['stolnm_ 1', 'stolnm_1/27', 'stolnm/27', `stolnm_${'9'.repeat(400)}`, 'a'.repeat(33)],
	]) {
		it(`are not ${JSON.stringify(text.slice(0, 40))}`, () => {
			assert.throws(() => parseTarget(text), coded('hpdu-bad-argument'));
		});
	}

	it('have as many channels as the table says', () => {
		const last = { stdvnm: 1, imcrac: 3, snsval: 16, stolnm: 54, vowatt: 48, usname: 5 };
		for (const [mnemonic, channels] of Object.entries(last)) {
			assert.equal(parseTarget(`${mnemonic}_${channels}`).channel, channels);
			assert.throws(
				() => parseTarget(`${mnemonic}_${channels + 1}`),
				coded('hpdu-bad-argument', {
					argument: `${mnemonic}_${channels + 1}`,
					expected: `${mnemonic}_1..${channels}`,
				}),
			);
		}
	});

	it('are written as they are read', () => {
		for (const text of ['imcrac', 'stolnm_30']) assert.equal(keyOf(parseTarget(text)), text);
	});

	it('come in lists', () => {
		const three = [{ mnemonic: 'stdvnm' }, { mnemonic: 'imcrac' }, { mnemonic: 'stolnm', channel: 30 }];
		for (const list of [
			'stdvnm imcrac, stolnm_30',
			',stdvnm,,imcrac\tstolnm_30\r\n',
			'stdvnm imcrac stdvnm stolnm_30 imcrac',
			['stdvnm', 'imcrac', 'stolnm_30'],
			['stdvnm, imcrac', ' stolnm_30'],
		]) {
			assert.deepEqual(parseTargets(list), three);
		}
	});

	it('come once where a list has the whole register too', () => {
		for (const list of ['stolnm_1, stolnm_2 stolnm', ['stolnm', 'stolnm_2']]) {
			assert.deepEqual(parseTargets(list), [{ mnemonic: 'stolnm' }]);
		}
	});

	for (const list of [
		'',
		' , ',
		[],
		[''],
		undefined,
		null,
		5,
		{},
		['stdvnm', 5],
		['stdvnm', null],
		'stdvnm a/b',
	]) {
		it(`do not come in ${JSON.stringify(list)}`, () => {
			assert.throws(() => parseTargets(list), coded('hpdu-bad-argument'));
		});
	}

	it('never go into an error at length', () => {
		assert.equal(badArgument('x'.repeat(1000), '1').params.argument, 'x'.repeat(40));
	});
});
