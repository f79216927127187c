import assert from 'node:assert/strict';
import type { Order, PduClient } from '../../../nodes/protocol/hpdu/client.js';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { form, ScriptedPdu } from './scripted-pdu.js';

const READ: Order = { method: 'GET', path: '/readable' };
const refused = coded('hpdu-unauthorized', { device: 'rack', request: 'GET /readable' });

describe('a login that a PDU refuses', () => {
	let pdu: ScriptedPdu;
	let client: PduClient;

	beforeEach(() => {
		pdu = new ScriptedPdu({ 'GET /readable': 'stdvnm=true' });
		pdu.password = 'other';
		client = pdu.client();
	});

	afterEach(async () => {
		await client.close();
		assert.equal(pdu.time.nextTimer, Number.POSITIVE_INFINITY, 'a timer is left');
	});

	/** Asks, and lets so many milliseconds pass meanwhile. */
	async function asked(wait: number): Promise<unknown> {
		const answer = client.ask(READ).catch((error: unknown) => error);
		await settled();
		await pdu.time.advance(wait);
		return answer;
	}

	it('is tried again after 1, 2 and 4 seconds, with two requests each', async () => {
		await assert.rejects(client.ask(READ), refused);
		assert.equal(pdu.lines.length, 4);
		for (const seconds of [1, 2, 4]) {
			const before: number = pdu.lines.length;
			const answer = assert.rejects(client.ask(READ), refused);
			await settled();
			await pdu.time.advance(seconds * 1000 - 1);
			assert.equal(pdu.lines.length, before);
			await pdu.time.advance(1);
			await answer;
			assert.deepEqual(pdu.lines.slice(before), ['POST /userid user=foo', 'GET /readable']);
		}
	});

	it('is refused at once where the pause is longer than an answer may take', async () => {
		for (const wait of [0, 1000, 2000, 4000]) await asked(wait);
		const before = pdu.lines.length;
		await assert.rejects(client.ask(READ), refused);
		assert.equal(pdu.lines.length, before);
	});

	it('costs a PDU that is read each second two requests a minute at last', async () => {
		/** Reads each second, whatever became of the readings before. */
		const readFor = async (seconds: number): Promise<void> => {
			for (let second = 0; second < seconds; second++) {
				client.ask(READ).catch(() => undefined);
				await settled();
				await pdu.time.advance(1000);
			}
		};
		await readFor(600);
		const before = pdu.lines.length;
		await readFor(600);
		const attempts = (pdu.lines.length - before) / 2;
		assert.ok(attempts >= 9 && attempts <= 10, `${attempts} attempts`);
	});

	it('costs no more where many wait for it', async () => {
		const paths = Array.from({ length: 20 }, (_, n) => `/register/r${n}`);
		const all = paths.map((path) =>
			assert.rejects(client.ask({ method: 'GET', path }), coded('hpdu-unauthorized')),
		);
		await settled();
		await pdu.time.advance(10_000);
		await Promise.all(all);
		assert.equal(pdu.lines.length, 4 + 3 * 2);
	});

	it('serves as before once the PDU takes it', async () => {
		await asked(0);
		pdu.password = 'bar';
		assert.deepEqual(await asked(1000), form('stdvnm=true'));
		const before = pdu.lines.length;
		await client.ask(READ);
		assert.deepEqual(pdu.lines.slice(before), ['GET /readable']);
		pdu.password = 'other';
		await asked(0);
		assert.equal(pdu.lines.length, before + 1 + 3);
	});

	it('does not keep another login from the same PDU', async () => {
		const good = pdu.client({ password: 'other' });
		await asked(0);
		const waiting = asked(1000);
		assert.deepEqual(await good.ask(READ), form('stdvnm=true'));
		await waiting;
		await good.close();
	});

	it('ends with the client', async () => {
		await asked(0);
		const waiting = assert.rejects(client.ask(READ), coded('hpdu-unreachable', { reason: 'closed' }));
		await settled();
		await client.close();
		await waiting;
	});
});
