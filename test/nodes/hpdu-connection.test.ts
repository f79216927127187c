import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type Fault, HpduServer, type RecordedRequest } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { ask, askedOf, pduDevice, registerRead, registerWrite } from './hpdu-kit.js';
import { CATCH, TAB } from './kit.js';

const HOUR = 3_600_000;

/** Sets the clock of this machine; what counts how long something takes goes on. */
function setClock(milliseconds: number): void {
	const { now } = Date;
	Date.now = () => now() + milliseconds;
}

/** Five flows that read, and one that scans the databus. */
const READERS = Array.from({ length: 5 }, (_, n) => registerRead(`read${n}`, { registers: 'imcrac stdvnm' }));
const SCAN = registerRead('scan', { read: 'scan' });
const READ = 'GET /register/ssstat';

describe('one PDU, and all who ask it', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	/** Is told of each request when it is over. */
	let over: (request: RecordedRequest) => void = () => undefined;
	const flows = (version: number): FlowNode[] => {
		const power = { name: `Power ${version}`, credentials: { username: 'power', password: 'power' } };
		const name = { name: `Rack ${version}` };
		const of = { device: 'same', registers: 'imcrac stdvnm' };
		return [
			...[TAB, CATCH, pduDevice('pdu', pdu, name), pduDevice('same', pdu, power), ...READERS, SCAN],
			...[registerRead('read'), registerRead('same-read', of), registerWrite('write')],
		];
	};
	before(async () => {
		pdu = await HpduServer.start({ units: 2, onRequest: (request) => over(request) });
		nr = await startFlow({ flows: flows(1) });
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});
	afterEach(() => {
		nr.forget();
		pdu.faults.clear();
	});

	/** The requests from one on, with what each was answered. */
	const answers = (from: number): string[] =>
		pdu.requests.slice(from).map(({ method, path, status }) => `${method} ${path} ${status}`);

	/** Resolves when the client has noticed as well that its connections are gone. */
	const reboot = async (): Promise<void> => {
		pdu.reboot();
		while (pdu.open > 0) await setImmediate();
	};

	const readStatus = async (): Promise<void> => {
		assert.deepEqual((await ask(nr, 'read', { registers: 'ssstat' })).payload, { ssstat: 0 });
	};

	it('has one request in flight, over one connection, whoever asks', async () => {
		const nodes = [...READERS.map(({ id }) => id), 'same-read', 'scan'];
		const payloads = await Promise.all(
			nodes.map(async (id) => Object.keys((await ask(nr, id)).payload as object)),
		);
		assert.deepEqual(payloads, [...Array(6).fill(['imcrac', 'stdvnm']), ['0', '1', '2']]);
		assert.deepEqual([pdu.maxInFlight, pdu.connections], [1, 1]);
		// Each of the two that name it asks for its time once.
		const times = askedOf(pdu).filter((line) => line.startsWith('POST /userid'));
		assert.deepEqual(times.sort(), ['POST /userid user=power', 'POST /userid user=super']);
		// What two flows ask at the same time is asked once.
		assert.ok(pdu.requests.length <= 15);
	});

	describe('that reboots between two requests', () => {
		it('is asked for its time once more, and answers', async () => {
			await readStatus();
			await reboot();
			const before = pdu.requests.length;
			await readStatus();
			assert.deepEqual(answers(before), [`${READ} 401`, 'POST /userid 200', `${READ} 200`]);
			await readStatus();
			assert.deepEqual(answers(before).slice(3), [`${READ} 200`]);
		});

		it('writes once, since what was refused with 401 was not done', async () => {
			// Longer after the last boot than a token may be wrong.
			pdu.advance(HOUR);
			await readStatus();
			await reboot();
			const before = pdu.requests.length;
			await ask(nr, 'write', { register: 'stdvnm', payload: 'Rack 5' });
			const written = 'POST /register/stdvnm';
			assert.deepEqual(answers(before), [`${written} 401`, 'POST /userid 200', `${written} 200`]);
		});

		it('because a flow told it to', async () => {
			await ask(nr, 'write', { register: 'rsboot', payload: 1 });
			await readStatus();
			assert.equal(pdu.device.boots, 4);
		});
	});

	describe('while the clock of this machine is set', () => {
		const { now } = Date;
		afterEach(() => {
			Date.now = now;
		});

		for (const [how, step] of [
			['an hour forth', HOUR] as const,
			['two hours back', -2 * HOUR] as const,
			['to where it was', HOUR] as const,
		]) {
			it(`${how}: no request is refused`, async () => {
				await readStatus();
				const before = pdu.requests.length;
				setClock(step);
				await readStatus();
				await ask(nr, 'write', { register: 'stdvnm', payload: `Rack ${step}` });
				await readStatus();
				const written = 'POST /register/stdvnm';
				assert.deepEqual(
					answers(before).filter((line) => !line.startsWith('POST /userid')),
					[`${READ} 200`, `${written} 200`, `${READ} 200`],
				);
			});
		}

		it('because the machine slept for an hour: its monotonic clock stood still meanwhile', async () => {
			await readStatus();
			const before = pdu.requests.length;
			pdu.advance(HOUR);
			setClock(HOUR);
			await readStatus();
			assert.deepEqual(answers(before), ['POST /userid 200', `${READ} 200`]);
		});
	});

	describe('and a redeploy', () => {
		/** Keeps the next scan without an answer. Resolves when the PDU has it, and with that when it is over. */
		function scanNever(): { has: Promise<void>; isOver: Promise<RecordedRequest> } {
			let arrive: () => void = () => undefined;
			const has = new Promise<void>((resolve) => {
				arrive = resolve;
			});
			const never: Fault = {
				change: (answer) => {
					arrive();
					return { ...answer, manner: 'never' };
				},
			};
			pdu.faults.next(never, ({ path }) => path === '/scan');
			const isOver = new Promise<RecordedRequest>((resolve) => {
				over = (request) => request.path === '/scan' && resolve(request);
			});
			return { has, isOver };
		}

		async function redeployAmidScan(to: FlowNode[]): Promise<void> {
			const { has, isOver } = scanNever();
			await nr.inject('scan', { topic: 'interrupted' });
			await has;
			const before = pdu.requests.length;
			for (const { id } of READERS) await nr.inject(id, {});
			await nr.deploy(to);
			assert.equal((await isOver).status, undefined);
			for (const id of ['scan', ...READERS.map((node) => node.id)]) {
				const { code, message } = await nr.error(({ from }) => from === id);
				assert.equal(code, 'hpdu-unreachable');
				assert.match(message, /^Ended by a deploy: /);
			}
			assert.deepEqual(pdu.requests.slice(before), []);
		}

		it('in the middle of a scan ends it with an error, and all that waited; the next request is served', async () => {
			await redeployAmidScan(flows(2));
			await readStatus();
			assert.deepEqual((await ask(nr, 'scan')).hpdu.device, 'Rack 2');
			assert.equal(pdu.open, 1);
		});

		it('without the PDU leaves no connection open', async () => {
			await redeployAmidScan([TAB, CATCH]);
			assert.equal(pdu.open, 0);
			await nr.deploy(flows(3));
			await readStatus();
		});

		it('again and again under traffic: each message ends once, as an answer or as an error', async () => {
			const rounds = 15;
			for (let round = 0; round < rounds; round++) {
				for (const { id } of READERS) await nr.inject(id, { topic: round });
				await nr.deploy(flows(10 + round), round % 2 === 0 ? 'full' : 'nodes');
			}
			await readStatus();
			await nr.sync();
			const errors = nr.untakenErrors();
			assert.deepEqual(
				errors.filter(({ code }) => code !== 'hpdu-unreachable'),
				[],
			);
			const sent = READERS.flatMap(({ id }) => nr.untakenMessages({ from: id, port: 0 }));
			assert.equal(errors.length + sent.length, rounds * READERS.length);
			assert.deepEqual([pdu.maxInFlight, pdu.open], [1, 1]);
		});

		it('leaves no promise without somebody to look after it', () => {
			const bad = nr.log.filter(({ text }) => /unhandled|uncaught|TypeError|MaxListeners/i.test(text));
			assert.deepEqual(bad, []);
		});
	});
});

describe('a PDU by its IPv6 address', () => {
	it('with brackets and without, request after request', async function () {
		const pdu = new HpduServer();
		await pdu.listen(0, '::1').catch(() => this.skip());
		const nr = await startFlow({
			flows: [
				...[TAB, pduDevice('pdu', pdu, { host: '::1' }), pduDevice('bracketed', pdu, { host: '[::1]' })],
				...[registerRead('read', { registers: 'ssstat' })],
				registerRead('bracketed-read', { device: 'bracketed', registers: 'ssstat' }),
			],
		});
		for (const node of ['read', 'read', 'bracketed-read', 'bracketed-read'])
			assert.deepEqual((await ask(nr, node)).payload, { ssstat: 0 });
		assert.deepEqual([pdu.connections, pdu.requests[0]?.headers.host], [1, `[::1]:${pdu.port}`]);
		await nr.stop();
		await pdu.close();
	});
});
