import assert from 'node:assert/strict';
import type { Order } from '../../../nodes/protocol/hpdu/client.js';
import type { PduClient, PduEventMessage } from '../../../nodes/protocol/hpdu/index.js';
import { TransportError } from '../../../nodes/protocol/hpdu/transport.js';
import { settled } from '../manual-time.js';
import { form, type Says, ScriptedPdu, silence } from './scripted-pdu.js';

const READ: Order = { method: 'GET', path: '/readable' };
const REFUSED = new TransportError('unreachable', 'ECONNREFUSED');
const LATE = new TransportError('timeout', '5000');
const MINUTE = 60_000;

describe('hpdu presence', () => {
	let pdu: ScriptedPdu;
	let client: PduClient;
	let events: PduEventMessage[];

	beforeEach(() => {
		pdu = new ScriptedPdu();
		client = pdu.client({ device: 'Rack 5' });
		events = [];
	});
	afterEach(async () => {
		await client.close();
		assert.equal(pdu.time.nextTimer, Number.POSITIVE_INFINITY, 'a timer is left');
	});

	const subscribe = (to = client) => to.subscribe((event) => void events.push(event));
	const names = () => events.map(({ event }) => event);

	/** Asks once for each of these answers. */
	async function asked(...answers: Says[]): Promise<void> {
		for (const answer of answers) {
			pdu.script = { 'GET /readable': answer };
			await client.ask(READ).catch(() => undefined);
		}
	}

	it('tells that a PDU is online with its first answer, and only then', async () => {
		subscribe();
		await asked('stdvnm=true', 'stdvnm=true');
		assert.deepEqual(events, [{ event: 'online', device: 'Rack 5', time: 1_800_000_000_000 }]);
	});

	it('tells that it is offline after three failures in a row, once, and that it is back', async () => {
		subscribe();
		await asked('a=b', REFUSED, REFUSED);
		assert.deepEqual(names(), ['online']);
		await asked(REFUSED, REFUSED, 'a=b');
		assert.deepEqual(names(), ['online', 'offline', 'online']);
		assert.equal(events[1]?.reason, 'unreachable');
	});

	it('does not count failures with an answer between them', async () => {
		subscribe();
		await asked('a=b', LATE, LATE, form('', 500), LATE, LATE);
		assert.deepEqual(names(), ['online']);
	});

	it('tells that it is offline after a minute without an answer', async () => {
		subscribe();
		await asked('a=b', LATE);
		await pdu.time.advance(MINUTE - 1);
		assert.deepEqual(names(), ['online']);
		await pdu.time.advance(1);
		assert.deepEqual(names(), ['online', 'offline']);
		assert.equal(events[1]?.reason, 'timeout');
	});

	it('does not take a PDU that nobody asks for one that does not answer', async () => {
		subscribe();
		await asked('a=b');
		await pdu.time.advance(10 * MINUTE);
		await asked(LATE, 'a=b');
		assert.deepEqual(names(), ['online']);
	});

	it('tells that a PDU that never answered is offline', async () => {
		pdu.userid = REFUSED;
		subscribe();
		await asked('a=b', 'a=b', 'a=b');
		assert.deepEqual(names(), ['offline']);
	});

	it('does not take a web page for a PDU', async () => {
		pdu.userid = { status: 200, mediaType: 'text/html', body: Buffer.from('<html>') };
		subscribe();
		await asked('a=b', 'a=b', 'a=b');
		assert.deepEqual(
			events.map(({ event, reason }) => [event, reason]),
			[['offline', 'bad-response']],
		);
	});

	it('takes a refused login for an answer', async () => {
		pdu.password = 'other';
		subscribe();
		await asked('a=b');
		assert.deepEqual(names(), ['online']);
	});

	it('tells that a PDU has restarted when its uptime fell', async () => {
		subscribe();
		await asked('a=b');
		await pdu.time.advance(MINUTE);
		pdu.uptime = -60;
		await asked('a=b', 'a=b');
		assert.deepEqual(names(), ['online', 'restarted']);
	});

	it('knows a restart also where the PDU has run longer since than before', async () => {
		pdu.uptime = 5;
		subscribe();
		await asked('a=b');
		await pdu.time.advance(60 * MINUTE);
		pdu.uptime = -60;
		await asked('a=b');
		assert.deepEqual(names(), ['online', 'restarted']);
	});

	it('does not take the last second of 29 bits, a sleep of this machine or a slow crystal for a restart', async () => {
		pdu.uptime = 2 ** 29 - 1;
		subscribe();
		await asked('a=b');
		pdu.uptime = -1;
		await pdu.time.advance(40 * MINUTE);
		await asked('a=b');
		pdu.uptime += 3600;
		await asked('a=b');
		pdu.uptime -= 5;
		await pdu.time.advance(120 * MINUTE);
		await asked('a=b');
		assert.deepEqual(names(), ['online']);
	});

	it('tells everybody of one PDU, whoever asked, until they end their subscription', async () => {
		const other = pdu.client({ device: 'same' });
		const mine = subscribe();
		subscribe(other);
		await asked('a=b');
		assert.deepEqual(
			events.map(({ device }) => device),
			['Rack 5', 'same'],
		);
		mine.end();
		await asked(LATE, LATE, LATE);
		assert.deepEqual(
			events.slice(2).map(({ event, device }) => [event, device]),
			[['offline', 'same']],
		);
		await other.close();
	});

	it('does not take a request for unanswered that was ended from here', async () => {
		const other = pdu.client();
		subscribe();
		await asked('a=b');
		pdu.script = { 'GET /readable': silence };
		const ended = other.ask(READ).catch(() => undefined);
		await settled();
		await other.close();
		await ended;
		await pdu.time.advance(2 * MINUTE);
		assert.deepEqual(names(), ['online']);
	});

	it('goes on with the others when a listener throws', async () => {
		client.subscribe(() => {
			throw new Error('mine');
		});
		subscribe();
		await asked('a=b');
		assert.deepEqual(names(), ['online']);
	});

	it('knows which errors only repeat that the PDU cannot be reached', async () => {
		const [mine, other] = [subscribe(), subscribe()];
		const repeated = async (answer: Says) => {
			pdu.script = { 'GET /readable': answer };
			return client.ask(READ).then(
				() => undefined,
				(error: unknown) => mine.isRepeated(error),
			);
		};
		const found = [];
		for (const answer of [LATE, REFUSED, LATE, 'a=b', LATE, LATE]) found.push(await repeated(answer));
		assert.deepEqual(found, [false, true, true, undefined, false, true]);
		assert.equal(other.isRepeated(await client.ask(READ).catch((error: unknown) => error)), false);
		assert.equal(mine.isRepeated(new Error('of another kind')), false);
	});
});
