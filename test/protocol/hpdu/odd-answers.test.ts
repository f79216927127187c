import assert from 'node:assert/strict';
import { read, type WriteWish, write } from '../../../nodes/protocol/hpdu/index.js';
import { coded } from '../errors.js';
import { form, ScriptedPdu } from './scripted-pdu.js';

const WISH: WriteWish = {
	...{ write: 'registers', register: undefined, value: undefined, payload: undefined },
	...{ saveGroup: undefined, hardwareId: '42534-6129-0', unitAddress: 5, unit: undefined },
	onMismatch: 'error',
};
const READ = { read: 'registers', registers: 'stdvnm', group: '', unit: '', format: 'values' } as const;

const asWriting = (wish: Partial<WriteWish>) => (pdu: ScriptedPdu) =>
	write(pdu.client(), { ...WISH, ...wish }, () => undefined);

describe('hpdu answers that contradict themselves', () => {
	it('a result of OK beside a 401: what was written is not written again', async () => {
		const pdu = new ScriptedPdu({ 'POST /register/stdvnm': form('stdvnm=Rack 5&result=OK', 401) });
		const { payload } = await asWriting({ register: 'stdvnm', value: 'Rack 5' })(pdu);
		assert.deepEqual(payload, { stdvnm: 'Rack 5' });
		assert.deepEqual(pdu.signed, ['POST /register/stdvnm stdvnm=Rack+5']);
	});

	it('a result of OK beside a 404: what was written is not written by another path', async () => {
		const body = 'stinnm_1=a&stinnm_2=b&stinnm_3=c';
		const pdu = new ScriptedPdu({ 'POST /register/stinnm/3': form(`${body}&result=OK`, 404) });
		await asWriting({ payload: { stinnm: ['a', 'b', 'c'] } })(pdu);
		assert.deepEqual(pdu.signed, [`POST /register/stinnm/3 ${body}`]);
	});

	it('a page in the place of a consent to an address', async () => {
		const page = { status: 200, mediaType: 'text/html', body: Buffer.from('<html>Please log in</html>') };
		const pdu = new ScriptedPdu({ 'POST /address/42534-6129-0': page });
		await assert.rejects(
			asWriting({ write: 'address' })(pdu),
			coded('hpdu-bad-response', { reason: 'text/html' }),
		);
	});

	it('a consent to an address in no words', async () => {
		const pdu = new ScriptedPdu({
			'POST /address/42534-6129-0': { status: 200, mediaType: '', body: Buffer.alloc(0) },
		});
		const { payload } = await asWriting({ write: 'address' })(pdu);
		assert.deepEqual(payload, { hardwareId: '42534-6129-0', unitAddress: 5 });
	});

	it('secrets that nobody asked for, in capitals', async () => {
		const pdu = new ScriptedPdu({
			'GET /register/stdvnm': 'stdvnm=Rack 5&IARC4K=foobarfizzzbuzzz&Sncmpb_1=hidden&sncmpr+=hidden',
		});
		const { payload, facts } = await read(pdu.client(), READ);
		assert.deepEqual([payload, facts.extra], [{ stdvnm: 'Rack 5' }, {}]);
		assert.deepEqual(facts.withheld, ['IARC4K', 'Sncmpb_1', 'sncmpr ']);
	});
});
