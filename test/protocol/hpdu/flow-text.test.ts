import assert from 'node:assert/strict';
import { read, type WriteWish, write } from '../../../nodes/protocol/hpdu/index.js';
import { coded } from '../errors.js';
import { ScriptedPdu } from './scripted-pdu.js';

const READ = {
	read: 'group',
	registers: 'stdvnm',
	group: 'identification',
	unit: '',
	format: 'values',
} as const;
const WRITE: WriteWish = {
	...{ write: 'registers', register: 'stdvnm', value: 'Rack 5', payload: { stdvlc: 'Row 1' } },
	...{ saveGroup: undefined, hardwareId: '42534-6129-0', unitAddress: 5, unit: undefined },
	onMismatch: 'error',
};

/** What a flow may give by mistake in place of a word or number; some would turn into a text that means something else. */
const NEITHER: Record<string, unknown> = {
	'an empty array': [],
	'an array with one value': ['5'],
	'an object': { 5: 5 },
	'an object without a text': Object.create(null),
	'an object that breaks its text': { toString: 1, valueOf: 1 },
	true: true,
};

describe('hpdu words and numbers of a flow', () => {
	for (const [what, value] of Object.entries(NEITHER)) {
		it(`${what} is none, and nothing is sent`, async () => {
			const pdu = new ScriptedPdu();
			const client = pdu.client();
			const writing = (wish: Partial<WriteWish>) => write(client, { ...WRITE, ...wish }, () => undefined);
			const refused = (argument: string) => coded('hpdu-bad-argument', { argument });
			await assert.rejects(read(client, { ...READ, unit: value }), refused('unit'));
			await assert.rejects(read(client, { ...READ, group: value }), refused('group'));
			await assert.rejects(writing({ unit: value }), refused('unit'));
			await assert.rejects(writing({ register: value }), refused('register'));
			await assert.rejects(writing({ write: 'address', hardwareId: value }), refused('hardwareId'));
			await assert.rejects(writing({ write: 'address', unitAddress: value }), refused('unitAddress'));
			assert.deepEqual(pdu.requests, []);
		});
	}

	it('text and numbers are, with blanks around them; nothing at all is blank', async () => {
		const pdu = new ScriptedPdu({
			'GET /databus/5/group/identification': 'idaddr=5',
			'GET /group/identification': 'idaddr=1',
		});
		const client = pdu.client();
		for (const unit of [5, '5', ' 5 ', undefined, null, '', 0]) await read(client, { ...READ, unit });
		const [of5, ofItself] = ['GET /databus/5/group/identification', 'GET /group/identification'];
		assert.deepEqual(pdu.signed, [of5, of5, of5, ofItself, ofItself, ofItself, ofItself]);
	});
});
