import assert from 'node:assert/strict';
import type { Order, PduClient } from '../../../nodes/protocol/hpdu/client.js';
import { readPage } from '../../../nodes/protocol/hpdu/index.js';
import type { PduAnswer } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { form, ScriptedPdu } from './scripted-pdu.js';

const get = (path: string): Order => ({ method: 'GET', path });
const READ = get('/readable');
const WRITE: Order = { method: 'POST', path: '/register/swocst_4', form: [['swocst_4', '0']] };
const SWITCHED = 'POST /register/swocst_4 swocst_4=0';

describe('the queue of a PDU', () => {
	let pdu: ScriptedPdu;
	let client: PduClient;
	/** Lets the PDU answer the first reading, which it is at until then. */
	let answerFirst: () => void;
	let first: Promise<PduAnswer>;

	beforeEach(async () => {
		const { promise, resolve } = Promise.withResolvers<PduAnswer>();
		answerFirst = () => resolve(form('a=b'));
		pdu = new ScriptedPdu({ 'GET /first': () => promise, 'GET /readable': 'stdvnm=true' });
		client = pdu.client();
		first = client.ask(get('/first'));
		await settled();
	});

	/** What was sent behind the first reading. */
	async function sent(asked: readonly Promise<unknown>[]): Promise<string[]> {
		answerFirst();
		await Promise.all([first, ...asked]);
		return pdu.signed.slice(1);
	}

	it('sends a write before the readings that wait', async () => {
		const asked = Array.from({ length: 20 }, (_, unit) => client.ask(get(`/databus/${unit}/group/all`)));
		const [next] = await sent([...asked, client.ask(WRITE)]);
		assert.equal(next, SWITCHED);
	});

	it('sends writes in the order in which they were asked for', async () => {
		const other = pdu.client();
		const writes = [client, other, client].map((each, n) => each.ask({ ...WRITE, path: `/register/r_${n}` }));
		assert.deepEqual(
			(await sent(writes)).map((line) => line.split(' ')[1]),
			['/register/r_0', '/register/r_1', '/register/r_2'],
		);
	});

	it('sends a scan as the reading that it is, behind those before it', async () => {
		const asked = [client.ask(READ), client.ask({ method: 'POST', path: '/scan' })];
		assert.deepEqual(await sent(asked), ['GET /readable', 'POST /scan']);
	});

	it('sends a reading once that is asked for twice while it waits', async () => {
		const [one, other] = [client.ask(READ), client.ask(READ)];
		assert.deepEqual(await sent([one, other, client.ask(get('/writable'))]), [
			'GET /readable',
			'GET /writable',
		]);
		assert.deepEqual(await other, form('stdvnm=true'));
	});

	it('sends a reading again that is under way: what it says may be older than the question', async () => {
		const again = client.ask(get('/first'));
		assert.deepEqual(await sent([again]), ['GET /first']);
	});

	it('does not answer a user with what another user may read', async () => {
		assert.equal((await sent([client.ask(READ), pdu.client().ask(READ)])).length, 2);
	});

	it('never merges writes', async () => {
		assert.equal((await sent([client.ask(WRITE), client.ask(WRITE)])).length, 2);
	});

	it('reads after a write that was asked for before, also where the reading waited already', async () => {
		assert.deepEqual(await sent([client.ask(READ), client.ask(WRITE), client.ask(READ)]), [
			SWITCHED,
			'GET /readable',
		]);
	});

	describe('and panels', () => {
		const ask = (path: string, key = path) => client.askForPanel(key, (panel) => panel.ask(get(path)));

		it('are served behind all that flows ask', async () => {
			const panel = ask('/writable');
			await settled();
			assert.deepEqual(await sent([panel, client.ask(READ), client.ask(WRITE)]), [
				SWITCHED,
				'GET /readable',
				'GET /writable',
			]);
		});

		it('ask one question once, however many of them ask it', async () => {
			const panels = Array.from({ length: 1100 }, () => ask('/writable'));
			assert.deepEqual(await sent(panels), ['GET /writable']);
		});

		it('ask at most twenty questions at once; what is too much is busy at once, and flows do not notice', async () => {
			const panels = Array.from({ length: 1100 }, (_, n) =>
				ask(`/group/${n}`).catch((error: unknown) => error),
			);
			await settled();
			const refused = coded('hpdu-busy', { device: 'rack' });
			assert.ok(refused((await panels[1099]) as Error));
			const lines = await sent([...panels, client.ask(READ)]);
			assert.equal(lines.length, 21);
			assert.equal(lines[0], 'GET /readable');
		});

		it('do not keep a flow from the display', async () => {
			pdu.script = {
				...pdu.script,
				'GET /ui/status': 'curr_page=1&num_pages=2&backlight_state=on',
				'GET /ui/framebuffer': {
					status: 200,
					mediaType: 'application/octet-stream',
					body: Buffer.alloc(1024),
				},
			};
			const done: string[] = [];
			const panel = client.askForPanel('display', readPage).then(() => done.push('panel'));
			await settled();
			const flow = readPage(client).then(() => done.push('flow'));
			await sent([panel, flow]);
			assert.deepEqual(done, ['flow', 'panel']);
		});

		it('may ask again once they are answered', async () => {
			answerFirst();
			await first;
			await ask('/writable');
			await ask('/writable');
			assert.equal(pdu.signed.length, 3);
		});
	});
});
