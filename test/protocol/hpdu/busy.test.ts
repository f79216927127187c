import assert from 'node:assert/strict';
import type { Order } from '../../../nodes/protocol/hpdu/client.js';
import type { PduAnswer } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { form, ScriptedPdu } from './scripted-pdu.js';

const READ: Order = { method: 'GET', path: '/readable' };
const WRITE: Order = { method: 'POST', path: '/register/stdvnm', form: [['stdvnm', 'late']] };
const MINUTE = 60_000;

/** A PDU that answers the first reading when it is told to. */
function slowPdu() {
	const { promise, resolve } = Promise.withResolvers<PduAnswer>();
	const pdu = new ScriptedPdu({
		'GET /readable': [() => promise, 'stdvnm=true'],
		'POST /register/stdvnm': 'stdvnm=late',
	});
	return { pdu, answer: () => resolve(form('stdvnm=true')) };
}

describe('a PDU that cannot keep up', () => {
	it('is not sent a write that has waited for more than a minute', async () => {
		const { pdu, answer } = slowPdu();
		const client = pdu.client();
		const first = client.ask(READ);
		const write = assert.rejects(client.ask(WRITE), coded('hpdu-busy', { device: 'rack' }));
		await settled();
		await pdu.time.advance(MINUTE + 1);
		answer();
		await Promise.all([first, write]);
		assert.deepEqual(pdu.signed, ['GET /readable']);
	});

	it('is sent what has waited for less, and asked as before afterwards', async () => {
		const { pdu, answer } = slowPdu();
		const client = pdu.client();
		const first = client.ask(READ);
		const write = client.ask(WRITE);
		await settled();
		await pdu.time.advance(MINUTE);
		answer();
		await Promise.all([first, write, client.ask(READ)]);
		assert.deepEqual(pdu.signed, ['GET /readable', 'POST /register/stdvnm stdvnm=late', 'GET /readable']);
	});

	it('is not waited for by more than a thousand, whoever asks', async () => {
		const { pdu, answer } = slowPdu();
		const [client, other] = [pdu.client(), pdu.client()];
		const others = Array.from({ length: 999 }, (_, n): Order => ({ method: 'GET', path: `/register/r${n}` }));
		const waiting = [READ, ...others].map((order) => client.ask(order));
		await assert.rejects(other.ask(READ), coded('hpdu-busy', { device: 'rack' }));
		answer();
		await Promise.all(waiting);
		assert.deepEqual(await other.ask(READ), form('stdvnm=true'));
		assert.equal(pdu.signed.length, 1001);
	});

	it('may be paced to more than a minute between two requests', async () => {
		const { pdu, answer } = slowPdu();
		answer();
		const client = pdu.client({ minInterval: 2 * MINUTE });
		const asked = [client.ask(READ), client.ask(WRITE), client.ask(READ)];
		await settled();
		for (let pause = 0; pause < 4; pause++) await pdu.time.advance(2 * MINUTE);
		await Promise.all(asked);
		assert.equal(pdu.signed.length, 3);
	});
});
