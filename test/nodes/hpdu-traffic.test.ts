import assert from 'node:assert/strict';
import { FAULTS, HpduServer, type RecordedRequest } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, pduDevice, registerRead, registerWrite } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

/** Names of headers as the document spells them. */
const SPELLED: ReadonlySet<string> = new Set([
	...['Host', 'Connection', 'Accept', 'Accept-Encoding', 'Authorization', 'Content-type', 'Content-Length'],
]);

/** Whether a server finds nothing that compares names of headers with case. */
function isMisspelled({ method, rawHeaders, body }: RecordedRequest): boolean {
	const names = rawHeaders.filter((_, at) => at % 2 === 0);
	const length = rawHeaders[rawHeaders.indexOf('Content-Length') + 1];
	const isLong = method === 'POST' && length !== String(body.length);
	return isLong || names.some((name) => !SPELLED.has(name));
}

describe('the requests to a PDU', () => {
	const UNITS = Array.from({ length: 20 }, (_, n) => `unit${n + 1}`);
	let nr: HelperFlow;
	let pdu: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({ units: 20 });
		nr = await startFlow({
			flows: [
				...[TAB, CATCH, pduDevice('pdu', pdu), pduDevice('by-name', pdu, { host: 'localhost' })],
				...UNITS.map((id, n) => registerRead(id, { registers: 'imcrac', unit: String(n + 2) })),
				...[registerRead('read', { registers: 'ssstat' }), registerWrite('write', { register: 'stdvnm' })],
				registerRead('read-by-name', { device: 'by-name', registers: 'ssstat' }),
			],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});
	afterEach(async () => {
		pdu.faults.clear();
		await nr.sync();
		nr.forget();
	});

	it('are understood by a server that finds headers only as the document spells them', async () => {
		pdu.faults.add({ ...FAULTS.status(400), unheard: true }, { when: isMisspelled });
		assert.deepEqual((await ask(nr, 'read')).payload, { ssstat: 0 });
		assert.deepEqual((await ask(nr, 'write', { payload: 'Rack 5' })).payload, { stdvnm: 'Rack 5' });
	});

	it('wait for each other, however the address of the PDU is written', async () => {
		const { connections } = pdu;
		pdu.faults.add(FAULTS.slow(50));
		const nodes = ['read', 'read-by-name', 'read', 'read-by-name'];
		await Promise.all(nodes.map((node) => ask(nr, node)));
		assert.equal(pdu.maxInFlight, 1);
		assert.ok(pdu.connections <= connections + 1, `${pdu.connections - connections} connections`);
	});

	it('that write go before those that read, though more is read than the PDU can answer', async () => {
		await ask(nr, 'read');
		const before = pdu.requests.length;
		pdu.faults.add(FAULTS.slow(100));
		// Twenty units each second, from a PDU that answers ten requests a second.
		for (let second = 0; second < 3; second++) for (const unit of UNITS) await nr.inject(unit, {});
		await pdu.arrived(before + 1);
		const asked = pdu.requests.length;
		await ask(nr, 'write', { payload: 'Rack 6' });
		const lines = pdu.requests.slice(asked).map(({ method, path }) => `${method} ${path}`);
		const writtenAs = lines.indexOf('POST /register/stdvnm');
		assert.ok(writtenAs >= 0 && writtenAs <= 2, lines.join());
		for (const unit of UNITS) for (let time = 0; time < 3; time++) await nr.message({ from: unit, port: 0 });
	});

	it('of 1,100 questions by panels are few, and do not keep a flow waiting', async () => {
		const before = pdu.requests.length;
		pdu.faults.add(FAULTS.slow(20));
		const questions = Array.from({ length: 1100 }, async (_, n) => {
			const path = n % 2 === 0 ? 'rights' : `display?scale=${(n % 16) + 1}`;
			return (await fetch(`${nr.url}/wattpost/hpdu/pdu/${path}`)).json() as Promise<object>;
		});
		await pdu.arrived(before + 1);
		const asked = pdu.requests.length;
		await ask(nr, 'read');
		const lines = pdu.requests.slice(asked).map(({ path }) => path);
		assert.ok(lines.indexOf('/register/ssstat') <= 2, lines.join());
		const answers = await Promise.all(questions);
		const refusals = answers.flatMap((answer) =>
			'error' in answer ? [answer.error as { code: string }] : [],
		);
		assert.deepEqual(
			refusals.filter(({ code }) => code !== 'hpdu-busy'),
			[],
		);
		const requests = pdu.requests.length - before;
		assert.ok(requests < 400, `${requests} requests`);
	});
});
