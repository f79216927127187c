import assert from 'node:assert/strict';
import { join } from 'node:path';
import { HpduServer } from '../devices/hpdu/index.js';
import type { FlowNode, RunningNodeRed } from '../nodes/harness/index.js';
import { framebuffer, pduDevice, registerRead, registerWrite } from '../nodes/hpdu-kit.js';
import { answerOf, CATCH, endpoint, freePort, listening, TAB } from '../nodes/kit.js';
import { commandOut, httpIn, makePost, send, upsDevice } from '../nodes/ups-kit.js';
import { send as sendCar, wicanIn } from '../nodes/wican-kit.js';
import { patience } from '../patience.js';
import type { Editor } from './editor.js';
import { withEditor } from './stage.js';

const FIXTURES = join(__dirname, '../../../test/fixtures/tls');
const OTHER_FLOW: FlowNode = { id: 'other-flow', type: 'tab', label: 'Other flow' };
const CERTIFICATE: FlowNode = {
	...{ id: 'certificate', type: 'tls-config', name: '', certname: '', keyname: '', caname: '', ca: '' },
	...{ cert: join(FIXTURES, 'server.pem'), key: join(FIXTURES, 'server.key') },
	...{ servername: '', verifyservercert: false },
};

/** An endpoint that nobody has chosen. */
const SITE = endpoint('site', { path: '/site' });

/** A node that has a config node, and what would take its place. */
interface Loss {
	/** The config node. */
	readonly config: string;
	/** The node that has it. */
	readonly user: FlowNode;
	/** The property that names it. */
	readonly field: string;
	readonly others: readonly FlowNode[];
	/** The choice, as the flow keeps it. */
	readonly choice: Readonly<Record<string, unknown>>;
	/** Resolves when all runs. */
	ready?(): Promise<void>;
	/** Fails where something else takes the place of the config node. */
	redirectsNothing(): Promise<void>;
}

describe('a config node that goes away redirects nothing', function () {
	this.timeout(patience(60_000));
	let nr: RunningNodeRed;
	let editor: Editor;
	let pdu: HpduServer;
	let port: number;

	withEditor(
		async () => {
			[pdu, port] = [await HpduServer.start(), await freePort()];
			return { flows: [TAB] };
		},
		(stage) => ({ nr, editor } = stage),
	);
	after(async () => {
		await pdu?.close();
	});
	afterEach(() => {
		nr.forget();
		assert.deepEqual(editor.problems.splice(0), []);
	});

	const statusOf = async (url: string, deviceId: string): Promise<string> =>
		answerOf(await send(makePost(url, deviceId))).slice(0, 3);
	const own = (): FlowNode => endpoint('place', { server: 'own', host: '127.0.0.1', port: String(port) });
	/** A node that asks a device sends nothing for a message that names another one, and says why. */
	const asksNobody = async (user: string, msg: object): Promise<void> => {
		const asked = pdu.requests.length;
		await nr.inject(user, { ...msg });
		const { code } = await nr.error(({ from }) => from === user);
		assert.equal(code, 'config-invalid');
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: user }), []);
		assert.equal(pdu.requests.length, asked);
	};
	const pdus = (): FlowNode[] => [pduDevice('pdu', pdu), pduDevice('spare', pdu, { name: 'Spare' })];
	const ofPdu = (user: FlowNode, msg: object): Loss => ({
		...{ config: 'pdu', user, field: 'device', others: pdus(), choice: { target: 'device' } },
		redirectsNothing: () => asksNobody(user.id, { device: 'Spare', ...msg }),
	});

	const LOSSES: Readonly<Record<string, () => Loss>> = {
		'the UPS of ups-http-in': () => ({
			...{ config: 'ups-rack', field: 'device', others: [upsDevice('rack'), upsDevice('spare')] },
			user: httpIn('in', { scope: 'one', device: 'ups-rack' }),
			choice: { scope: 'one' },
			async redirectsNothing() {
				assert.deepEqual([await statusOf(nr.url, 'spare'), await statusOf(nr.url, 'rack')], ['404', '404']);
			},
		}),
		'the endpoint of ups-http-in': () => ({
			...{ config: 'place', field: 'endpoint', others: [upsDevice('rack'), own(), SITE] },
			user: httpIn('in', { server: 'endpoint', endpoint: 'place' }),
			choice: { server: 'endpoint' },
			ready: () => listening(nr, 'place'),
			redirectsNothing: async () => assert.equal(await statusOf(nr.url, 'rack'), '404'),
		}),
		'the endpoint of wican-https-in': () => ({
			...{ config: 'place', field: 'endpoint', others: [own(), SITE], choice: { server: 'endpoint' } },
			user: wicanIn('car', { server: 'endpoint', endpoint: 'place' }),
			ready: () => listening(nr, 'place'),
			async redirectsNothing() {
				const answer = answerOf(await sendCar(nr.url, { path: '/car', body: { SPEED: 1 } }));
				assert.equal(answer.slice(0, 3), '404');
			},
		}),
		'the UPS of ups-command-out': () => ({
			...{ config: 'ups-rack', field: 'device', others: [upsDevice('rack'), upsDevice('spare')] },
			user: commandOut('out', { target: 'device', device: 'ups-rack' }),
			choice: { target: 'device' },
			redirectsNothing: () => asksNobody('out', { device: 'spare', command: 'power.cycle' }),
		}),
		'the PDU of hpdu-register-read': () =>
			ofPdu(registerRead('read', { target: 'device' }), { registers: 'stdvnm' }),
		'the PDU of hpdu-register-write': () =>
			ofPdu(registerWrite('write', { target: 'device' }), { register: 'stdvnm', payload: 'Rack' }),
		'the PDU of hpdu-framebuffer': () => ofPdu(framebuffer('look', { target: 'device' }), {}),
		'the certificate of a PDU': () => ({
			...{ config: 'certificate', field: 'tls', choice: { useTls: true } },
			others: [CERTIFICATE, registerRead('read', { target: 'device', registers: 'stdvnm' })],
			user: pduDevice('pdu', pdu, { useTls: true, tls: 'certificate' }),
			redirectsNothing: () => asksNobody('read', {}),
		}),
		'the certificate of an endpoint': () => ({
			...{ config: 'certificate', field: 'tls', choice: { useTls: true } },
			others: [CERTIFICATE, upsDevice('rack'), httpIn('in', { server: 'endpoint', endpoint: 'place' })],
			user: { ...own(), useTls: true, tls: 'certificate' },
			ready: () => listening(nr, 'place'),
			async redirectsNothing() {
				const { answer } = await send(makePost(`http://127.0.0.1:${port}`, 'rack'));
				assert.equal(answer, undefined);
				assert.equal(await statusOf(nr.url, 'rack'), '404');
			},
		}),
	};

	/** A move is the editor's own affair, whichever node has the config node: one in a flow and one config node stand for all. */
	const MOVED = ['the PDU of hpdu-register-read', 'the certificate of an endpoint'];

	const LEAVE = {
		deleted: async (config: string): Promise<void> => (await editor.openPanel(config)).delete(),
		'moved to another flow': async (config: string): Promise<void> => {
			const panel = await editor.openPanel(config);
			await panel.moveTo(OTHER_FLOW.id);
			await panel.done();
		},
	};

	/** A node as flows had it before there were choices. */
	const withoutChoice = ({ user, choice }: Loss): FlowNode =>
		Object.fromEntries(Object.entries(user).filter(([name]) => !Object.hasOwn(choice, name))) as FlowNode;

	const WAYS = [
		...Object.entries(LEAVE).map(([how, leave]) => ({ how, leave, userOf: ({ user }: Loss) => user })),
		{ how: 'deleted, in a flow without choices', leave: LEAVE.deleted, userOf: withoutChoice },
	];

	for (const [what, makeLoss] of Object.entries(LOSSES)) {
		for (const { how, leave, userOf } of WAYS) {
			if (leave !== LEAVE.deleted && !MOVED.includes(what)) continue;
			it(`when ${what} is ${how}`, async () => {
				const loss = makeLoss();
				const { config, field, others, choice, ready, redirectsNothing } = loss;
				const user = userOf(loss);
				await nr.deploy([TAB, OTHER_FLOW, CATCH, ...others, user]);
				await ready?.();
				await editor.load();
				assert.equal(await editor.isValid(user.id), true);
				if (user.z !== undefined) assert.equal(await editor.isMarked(user.id), false);

				await leave(config);
				assert.equal(await editor.isValid(user.id), false);
				await nr.redeployed(() => editor.deploy());

				const { message } = await nr.error(({ from, code }) => from === user.id && code === 'config-invalid');
				assert.equal(message.slice(0, 25).startsWith(`Choose again: ${field}`), true, message);
				await redirectsNothing();
				for (const [property, value] of Object.entries(choice))
					assert.equal(await editor.property(user.id, property), value);
				if (user.z !== undefined) {
					assert.deepEqual(nr.badge(user.id)?.fill, 'red');
					assert.equal(await editor.isMarked(user.id), true);
				}
				await (await editor.openPanel(user.id)).done();
				assert.equal(await editor.property(user.id, field), '');
			});
		}
	}

	it('and its panel tells no address to connect to until another one is chosen', async () => {
		await nr.deploy([TAB, SITE, httpIn('in', { server: 'endpoint' })]);
		await editor.load();
		const panel = await editor.openPanel('in');
		const address = panel.body.locator('#ups-http-in-url');
		const offers = panel.field('endpoint').locator('option');
		assert.deepEqual(await offers.allTextContents(), ["Node-RED's own server /site", 'none']);
		assert.deepEqual([await panel.value('endpoint'), await address.isVisible()], ['', false]);
		await panel.fill('endpoint', 'site');
		assert.deepEqual([await address.isVisible(), await address.inputValue()], [true, `${nr.url}/site`]);
		await panel.fill('server', 'node-red');
		assert.deepEqual([await address.isVisible(), await address.inputValue()], [true, nr.url]);
		assert.equal(await panel.field('endpoint').isVisible(), false);
		await panel.fill('server', 'endpoint');
		assert.equal(await panel.value('endpoint'), 'site');
		await panel.cancel();
	});

	it('but a node that was saved without the choice means what its field says', async () => {
		await nr.deploy([TAB, upsDevice('rack'), upsDevice('spare'), httpIn('one', { device: 'ups-rack' })]);
		assert.deepEqual([await statusOf(nr.url, 'rack'), await statusOf(nr.url, 'spare')], ['200', '401']);
		await nr.deploy([TAB, upsDevice('rack'), upsDevice('spare'), httpIn('every')]);
		assert.deepEqual([await statusOf(nr.url, 'rack'), await statusOf(nr.url, 'spare')], ['200', '200']);
	});
});
