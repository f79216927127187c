import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { read, type WriteWish, write } from '../../../nodes/protocol/hpdu/index.js';
import { coded } from '../errors.js';
import { type Says, type Script, ScriptedPdu, status } from './scripted-pdu.js';

const SCAN = { read: 'scan', registers: '', group: '', unit: '', format: 'values' } as const;
const WISH: WriteWish = {
	...{ write: 'address', register: '', value: undefined, payload: undefined, saveGroup: '', unit: '' },
	...{ hardwareId: '42534-6129-0', unitAddress: 123, onMismatch: 'error' },
};

describe('hpdu databus', () => {
	let pdu: ScriptedPdu;
	let written: string[];

	async function scanned(says: Says): Promise<unknown> {
		pdu = new ScriptedPdu({ 'POST /scan': says });
		return (await read(pdu.client(), SCAN)).payload;
	}

	async function assigned(script: Script, wish: Partial<WriteWish> = {}) {
		pdu = new ScriptedPdu(script);
		written = [];
		return write(pdu.client(), { ...WISH, ...wish }, (key) => void written.push(key));
	}

	describe('scan', () => {
		const two = 'scan_addr_1=27&scan_hwid_1=42534-6129-0&scan_addr_2=3&scan_hwid_2=1-2-3';

		it('gives address and hardware id of each unit', async () => {
			assert.deepEqual(await scanned(`${two}&scan_total=2`), [
				{ unitAddress: 27, hardwareId: '42534-6129-0' },
				{ unitAddress: 3, hardwareId: '1-2-3' },
			]);
		});

		it('is a POST without a form, asked for once, with patience', async () => {
			await scanned('scan_total=0');
			const { body, isRepeatable, timeout } = pdu.requests[1] ?? {};
			assert.deepEqual({ body, isRepeatable, timeout }, { body: '', isRepeatable: false, timeout: 15_000 });
		});

		it('keeps units without an address and those that have the same', async () => {
			const found =
				'scan_addr_1=0&scan_hwid_1=1-1-1&scan_addr_2=5&scan_hwid_2=2-2-2&scan_addr_3=5&scan_hwid_3=3-3-3';
			assert.deepEqual(await scanned(`${found}&scan_total=3`), [
				{ unitAddress: 0, hardwareId: '1-1-1' },
				{ unitAddress: 5, hardwareId: '2-2-2' },
				{ unitAddress: 5, hardwareId: '3-3-3' },
			]);
		});

		it('leaves out units that do not tell who they are', async () => {
			const found = 'scan_addr_1=1&scan_hwid_2=2-2-2&scan_addr_3=x&scan_hwid_3=3-3-3';
			assert.deepEqual(await scanned(`${found}&scan_addr_4=4&scan_hwid_4=4-4-4&scan_total=4`), [
				{ unitAddress: 4, hardwareId: '4-4-4' },
			]);
		});

		it('may find nothing', async () => {
			assert.deepEqual(await scanned('scan_total=0'), []);
		});

		for (const total of ['', '&scan_total=', '&scan_total=-1', '&scan_total=x', '&scan_total=99999999']) {
			it(`is none whose total is "${total}"`, async () => {
				await assert.rejects(scanned(`${two}${total}`), coded('hpdu-bad-response'));
			});
		}

		it('is not what an error says', async () => {
			await assert.rejects(scanned(`${two}&scan_total=2&result=ERR_PARTIAL`), coded('hpdu-partial'));
		});
	});

	describe('address', () => {
		const ASSIGN = 'POST /address/42534-6129-0';
		const PAYLOAD = { hardwareId: '42534-6129-0', unitAddress: 123 };
		const found = (address: number) => `scan_addr_1=${address}&scan_hwid_1=42534-6129-0&scan_total=1`;

		it('is given by hardware id; the answer may be empty', async () => {
			const { payload, requests, facts } = await assigned({ [ASSIGN]: status(200) });
			assert.deepEqual(payload, PAYLOAD);
			assert.deepEqual(requests, [ASSIGN]);
			assert.deepEqual(facts, { written: ['idaddr'], accepted: true, differences: {}, result: 'OK' });
			assert.deepEqual(pdu.signed, [`${ASSIGN} idaddr=123`]);
		});

		it('comes as text, too', async () => {
			const wish = { hardwareId: ' 42534-6129-0 ', unitAddress: ' 123 ' };
			assert.deepEqual((await assigned({ [ASSIGN]: status(200) }, wish)).payload, PAYLOAD);
		});

		it('is looked for when the PDU says 422, which it may say of what it has done', async () => {
			const { payload, requests } = await assigned({ [ASSIGN]: status(422), 'POST /scan': found(123) });
			assert.deepEqual(written, ['idaddr']);
			assert.deepEqual(payload, PAYLOAD);
			assert.deepEqual(requests, [ASSIGN, 'POST /scan']);
		});

		it('is rejected where a scan finds another one, or no such unit', async () => {
			const rejected = (reason: string) => coded('hpdu-rejected', { request: ASSIGN, reason });
			await assert.rejects(
				assigned({ [ASSIGN]: status(422), 'POST /scan': found(7) }),
				rejected('422, idaddr 7'),
			);
			const other = 'scan_addr_1=123&scan_hwid_1=1-2-3&scan_addr_2=7&scan_hwid_2=42534-6129-0&scan_total=2';
			await assert.rejects(
				assigned({ [ASSIGN]: status(422), 'POST /scan': other }),
				rejected('422, idaddr 7'),
			);
			assert.deepEqual(written, []);
			await assert.rejects(
				assigned({ [ASSIGN]: status(422), 'POST /scan': 'scan_total=0' }),
				rejected('422'),
			);
		});

		it('is the one that the PDU says', async () => {
			const script = { [ASSIGN]: 'idaddr=99' };
			const outcome = await assigned(script, { onMismatch: 'pass' });
			assert.deepEqual(outcome.payload, { ...PAYLOAD, unitAddress: 99 });
			assert.equal(outcome.facts.accepted, false);
			assert.deepEqual(outcome.facts.differences, { idaddr: { sent: 123, stored: 99 } });
			await assert.rejects(assigned(script), coded('hpdu-mismatch', { differences: 'idaddr 123 > 99' }));
			assert.deepEqual((await assigned({ [ASSIGN]: 'idaddr=123' })).payload, PAYLOAD);
			await assert.rejects(assigned({ [ASSIGN]: 'idaddr=x' }), coded('hpdu-bad-response'));
		});

		it('is not looked for when the PDU says something else', async () => {
			await assert.rejects(assigned({ [ASSIGN]: status(403) }), coded('hpdu-forbidden'));
			await assert.rejects(assigned({ [ASSIGN]: 'result=ERR_PARTIAL' }), coded('hpdu-partial'));
			assert.deepEqual(pdu.signed, [`${ASSIGN} idaddr=123`]);
		});

		const BAD: readonly [argument: string, wish: Partial<WriteWish>][] = [
			...['', '1-2', '1-2-3-4', 'a-b-c', '1-2-3/..', '-1-2-3', '1 2 3', '123456-1-1'].map(
				(hardwareId): [string, Partial<WriteWish>] => ['hardwareId', { hardwareId }],
			),
			['hardwareId', { hardwareId: undefined }],
			...[undefined, '', 0, 65_536, 70_000, -1, 1.5, '0x10', {}, true].map(
				(unitAddress): [string, Partial<WriteWish>] => ['unitAddress', { unitAddress }],
			),
		];
		for (const [argument, wish] of BAD) {
			it(`is not sent for ${inspect(wish)}`, async () => {
				await assert.rejects(assigned({}, wish), coded('hpdu-bad-argument', { argument }));
				assert.deepEqual(pdu.lines, []);
			});
		}
	});
});
