import assert from 'node:assert/strict';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { answerOf, CATCH, complete, TAB } from './kit.js';
import {
	type CommandReport,
	commandOut,
	HURRIED,
	httpIn,
	makePost,
	nextState,
	send,
	standIn,
	upsDevice,
} from './ups-kit.js';

interface Delivered {
	readonly id: string;
	readonly cmd: string;
	readonly args: unknown;
}

describe('ups-command-out', () => {
	let nr: HelperFlow;
	let last = 0;
	before(async () => {
		nr = await startFlow({ flows: [TAB], env: { BEEP_HZ: '880' } });
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	/** Deploys a UPS of its own for each test, so that none finds the commands of another. */
	async function deploy(fields: Record<string, unknown>, ...more: FlowNode[]): Promise<string> {
		const deviceId = `C${++last}`;
		const out = commandOut('out', { device: `ups-${deviceId}`, ...fields });
		await nr.deploy([TAB, CATCH, complete('out'), upsDevice(deviceId, HURRIED), httpIn('in'), out, ...more]);
		await nr.sync();
		nr.forget();
		return deviceId;
	}

	/** What the next answer carries. */
	async function collect(deviceId: string): Promise<Delivered[]> {
		const { answer } = await send(makePost(nr.url, deviceId));
		return (JSON.parse(String(answer?.body)) as { commands: Delivered[] }).commands;
	}

	const orders: [what: string, fields: Record<string, unknown>, msg: object, cmd: string, args: unknown][] = [
		['a beep with defaults', { command: 'ui.beep' }, {}, 'ui.beep', {}],
		[
			'a beep from fields',
			{ command: 'ui.beep', freqHz: '2000', durMs: '300' },
			{},
			'ui.beep',
			{ freq_hz: 2000, dur_ms: 300 },
		],
		[
			'a field that an environment variable gives',
			// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how Node-RED writes them
			{ command: 'ui.beep', freqHz: '${BEEP_HZ}' },
			{},
			'ui.beep',
			{ freq_hz: 880 },
		],
		[
			'a beep from the message',
			{},
			{ command: 'ui.beep', payload: { freq_hz: '2500', dur_ms: 0 } },
			'ui.beep',
			{ freq_hz: 2500, dur_ms: 0 },
		],
		[
			'a field before the message',
			{ command: 'ui.beep', freqHz: '100' },
			{ payload: { freq_hz: 9, dur_ms: 7 } },
			'ui.beep',
			{ freq_hz: 100, dur_ms: 7 },
		],
		[
			'the command of the field before that of the message',
			{ command: 'ui.beep' },
			{ command: 'power.cycle' },
			'ui.beep',
			{},
		],
		['a text', { command: 'ui.display_msg' }, { payload: 'Hello' }, 'ui.display_msg', { text: 'Hello' }],
		['a number as text', { command: 'ui.display_msg' }, { payload: 42 }, 'ui.display_msg', { text: '42' }],
		[
			'a text with line breaks and accents',
			{ command: 'ui.display_msg' },
			{ payload: 'ä\r\nb\nc' },
			'ui.display_msg',
			{ text: 'ä\nb\nc' },
		],
		[
			'a text of 64 bytes',
			{ command: 'ui.display_msg' },
			{ payload: 'ü'.repeat(32) },
			'ui.display_msg',
			{ text: 'ü'.repeat(32) },
		],
		[
			'a fixed text',
			{ command: 'ui.display_msg', text: 'Fixed', textType: 'str' },
			{ payload: 'x' },
			'ui.display_msg',
			{ text: 'Fixed' },
		],
		[
			'no text on purpose',
			{ command: 'ui.display_msg', text: '', textType: 'str' },
			{},
			'ui.display_msg',
			{ text: '' },
		],
		[
			'the payload where no property is named',
			{ command: 'ui.display_msg', text: '' },
			{ payload: 'P' },
			'ui.display_msg',
			{ text: 'P' },
		],
		['a command that is not to be cancelled', { command: 'ui.beep' }, { cancel: false }, 'ui.beep', {}],
		['a command with a cleared property', { command: 'ui.beep' }, { cancel: null }, 'ui.beep', {}],
		[
			'a text from another property',
			{ command: 'ui.display_msg', text: 'note.line', textType: 'msg' },
			{ note: { line: 'N' } },
			'ui.display_msg',
			{ text: 'N' },
		],
		[
			'a text from JSONata',
			{ command: 'ui.display_msg', text: '"It is " & payload', textType: 'jsonata' },
			{ payload: 5 },
			'ui.display_msg',
			{ text: 'It is 5' },
		],
		[
			'a text in an object',
			{ command: 'ui.display_msg' },
			{ payload: { text: 'T' } },
			'ui.display_msg',
			{ text: 'T' },
		],
		[
			'an empty text in an object',
			{ command: 'ui.display_msg' },
			{ payload: { text: '' } },
			'ui.display_msg',
			{ text: '' },
		],
		['a shutdown', { command: 'host.shutdown' }, { payload: 1795200781000 }, 'host.shutdown', {}],
		[
			'a shutdown with a delay',
			{ command: 'host.shutdown', delayS: '65535' },
			{},
			'host.shutdown',
			{ delay_s: 65535 },
		],
		['a reset', { command: 'host.reset' }, { payload: { delay_s: 0 } }, 'host.reset', { delay_s: 0 }],
		['a power cycle', { command: 'power.cycle', offMs: '60000' }, {}, 'power.cycle', { off_ms: 60000 }],
	];
	for (const [what, fields, msg, cmd, args] of orders) {
		it(`sends ${what}`, async () => {
			const deviceId = await deploy(fields);
			await nr.inject('out', { ...msg });
			const report = await nextState(nr);
			assert.deepEqual([report.state, report.command, report.args], ['queued', cmd, args]);
			assert.deepEqual(await collect(deviceId), [{ id: report.id, cmd, args }]);
			assert.match(report.id, /^[0-9a-z]{1,31}$/);
		});
	}

	it('takes the text from flow context', async () => {
		const fields = { command: 'ui.display_msg', text: 'note', textType: 'flow' };
		const deviceId = await deploy(fields);
		await nr.run((RED) => {
			const node = RED.nodes.getNode('out') as unknown as { context(): { flow: Map<string, string> } };
			node.context().flow.set('note', 'From the flow');
		});
		await nr.inject('out');
		await nextState(nr);
		assert.deepEqual((await collect(deviceId))[0]?.args, { text: 'From the flow' });
	});

	const refusals: [what: string, fields: Record<string, unknown>, msg: object, code: string][] = [
		['no command', {}, {}, 'ups-unknown-command'],
		['a wrong command', {}, { command: 'power.off' }, 'ups-unknown-command'],
		['a name that every object has', {}, { command: 'toString' }, 'ups-unknown-command'],
		['no device', { device: '', command: 'ui.beep' }, {}, 'ups-unknown-device'],
		['an unknown device', { device: '', command: 'ui.beep' }, { device: 'nobody' }, 'ups-unknown-device'],
		[
			'a device that has no text',
			{ device: '', command: 'ui.beep' },
			{ device: { toString: null, valueOf: null } },
			'ups-unknown-device',
		],
		['a frequency out of range', { command: 'ui.beep' }, { payload: { freq_hz: 65536 } }, 'ups-bad-argument'],
		['a negative delay', { command: 'host.shutdown' }, { payload: { delay_s: -1 } }, 'ups-bad-argument'],
		['a fraction', { command: 'power.cycle' }, { payload: { off_ms: 1.5 } }, 'ups-bad-argument'],
		['60,001 ms without power', { command: 'power.cycle', offMs: '60001' }, {}, 'ups-bad-argument'],
		['a field that is no number', { command: 'ui.beep', freqHz: 'high' }, {}, 'ups-bad-argument'],
		['an unknown argument', { command: 'ui.beep' }, { payload: { freq: 1 } }, 'ups-bad-argument'],
		[
			'an argument of another command',
			{ command: 'ui.beep' },
			{ payload: { delay_s: 1 } },
			'ups-bad-argument',
		],
		[
			'a text of 65 bytes',
			{ command: 'ui.display_msg' },
			{ payload: `${'ü'.repeat(32)}x` },
			'ups-bad-argument',
		],
		['a control character', { command: 'ui.display_msg' }, { payload: 'a\u0007' }, 'ups-bad-argument'],
		['an empty text by accident', { command: 'ui.display_msg' }, { payload: '' }, 'ups-bad-argument'],
		['no text', { command: 'ui.display_msg' }, {}, 'ups-bad-argument'],
		['a boolean as text', { command: 'ui.display_msg' }, { payload: true }, 'ups-bad-argument'],
		[
			'a JSONata text that fails',
			{ command: 'ui.display_msg', text: '$error("no")', textType: 'jsonata' },
			{},
			'config-invalid',
		],
		['to cancel a blank id', {}, { cancel: '' }, 'ups-not-cancellable'],
		['to cancel what has no text', {}, { cancel: { toString: null, valueOf: null } }, 'ups-not-cancellable'],
		['to cancel an unknown id', {}, { cancel: 'nothing' }, 'ups-not-cancellable'],
		[
			'to cancel at an unknown device',
			{ device: '' },
			{ device: 'nobody', cancel: true },
			'ups-unknown-device',
		],
		['to cancel everything at no device', { device: '' }, { cancel: true }, 'ups-unknown-device'],
	];
	for (const [what, fields, msg, code] of refusals) {
		it(`refuses ${what}, to a Catch node, and queues nothing`, async () => {
			const deviceId = await deploy(fields);
			await nr.inject('out', { topic: 'kept', ...msg });
			const caught = await nr.message({ from: 'errors' });
			const error = caught.error as { code: string; message: string; source: { id: string } };
			assert.deepEqual([caught.topic, error.code, error.source.id], ['kept', code, 'out']);
			assert.doesNotMatch(error.message, /__|errors\./);
			await nr.error(code);
			assert.deepEqual(await collect(deviceId), []);
			await nr.sync();
			assert.deepEqual(nr.untakenErrors(), []);
			assert.deepEqual(nr.untakenMessages({ from: 'out' }), []);
			assert.deepEqual(nr.untakenMessages({ from: 'finished' }), []);
		});
	}

	it('fails each message while its UPS cannot be used', async () => {
		const out = commandOut('out', { device: 'ups-X', command: 'ui.beep' });
		await nr.deploy([TAB, CATCH, complete('out'), upsDevice('X', {}, 'short'), out]);
		const reporters = [(await nr.error('ups-bad-key')).from, (await nr.error('ups-bad-key')).from];
		assert.deepEqual(reporters.sort(), ['out', 'ups-X']);
		nr.forget();
		await nr.inject('out', { topic: 'kept' });
		const caught = await nr.message({ from: 'errors', where: ({ topic }) => topic === 'kept' });
		assert.equal((caught.error as { code: string }).code, 'ups-bad-key');
	});

	it('fails each message while its UPS is not there', async () => {
		await nr.deploy([TAB, CATCH, commandOut('out', { device: 'ups-X', command: 'ui.beep' })]);
		await nr.error('config-missing');
		await nr.inject('out', { topic: 'kept' });
		const caught = await nr.message({ from: 'errors', where: ({ topic }) => topic === 'kept' });
		assert.equal((caught.error as { code: string }).code, 'config-missing');
	});

	it('is done with a message once it is queued, and once only', async () => {
		const deviceId = await deploy({ command: 'ui.beep' });
		await nr.inject('out', { topic: 'one' });
		await nextState(nr);
		assert.equal((await nr.message({ from: 'finished' })).topic, 'one');
		await collect(deviceId);
		await nextState(nr);
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'finished' }), []);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	async function states(ups: UpsDevice, posts: number): Promise<string[]> {
		for (let post = 0; post < posts; post++) await postOnce(ups, nr.url);
		for (let post = 0; post < posts; post++) await nr.message({ from: 'in', port: 0 });
		await nr.sync();
		return nr.untakenMessages({ from: 'out' }).map(({ payload }) => (payload as { state: string }).state);
	}

	const lives: [command: string, posts: number, states: string[]][] = [
		['ui.beep', 2, ['queued', 'sent', 'acked']],
		['ui.display_msg', 2, ['queued', 'sent', 'acked']],
		['host.shutdown', 8, ['queued', 'sent', 'acked', 'confirmed']],
		['host.reset', 6, ['queued', 'sent', 'acked', 'confirmed']],
		['power.cycle', 6, ['queued', 'sent', 'acked', 'confirmed']],
	];
	for (const [command, posts, expected] of lives) {
		it(`tells the life of ${command}, in the message that ordered it`, async () => {
			const deviceId = await deploy({ command });
			const ups = standIn(deviceId);
			await states(ups, 1);
			const order = { _msgid: 'abc', topic: 'my topic', payload: 'text', nested: { deep: [1, { two: 2 }] } };
			await nr.inject('out', order);
			await nr.message({ from: 'finished' });
			assert.deepEqual(await states(ups, posts), expected);
			const told = nr.untakenMessages({ from: 'out' });
			for (const { payload: _, ...rest } of told) {
				assert.deepEqual(rest, { _msgid: 'abc', topic: 'my topic', nested: { deep: [1, { two: 2 }] } });
			}
			const { id, queuedAt, ...final } = Object(told.at(-1)?.payload) as Record<string, unknown>;
			const { time, expiresAt, ...facts } = final;
			assert.deepEqual(facts, {
				deviceId,
				command,
				args: command === 'ui.display_msg' ? { text: 'text' } : {},
				state: expected.at(-1),
				sent: 1,
			});
			assert.deepEqual([expiresAt, Number(time) >= Number(queuedAt)], [Number(queuedAt) + 600_000, true]);
			assert.equal(ups.dispatches(String(id)), 1);
		});
	}

	it('withdraws a command by its id, and tells the node that queued it', async () => {
		const deviceId = await deploy({ command: 'ui.beep' }, commandOut('other'));
		await nr.inject('out', { topic: 'first' });
		const { id } = await nextState(nr);
		await nr.inject('other', { cancel: id });
		const told = await nr.message({ from: 'out' });
		assert.deepEqual([told.topic, (told.payload as { state: string }).state], ['first', 'cancelled']);
		assert.deepEqual(await collect(deviceId), []);
		await nr.inject('other', { cancel: id });
		await nr.error('ups-not-cancellable');
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'other' }), []);
	});

	it('withdraws all that wait for a UPS, but not what has been sent', async () => {
		const deviceId = await deploy({ command: 'ui.beep' });
		await nr.inject('out');
		await nextState(nr);
		const [sent] = await collect(deviceId);
		await nextState(nr);
		await nr.inject('out');
		await nr.inject('out');
		const waiting = [(await nextState(nr)).id, (await nextState(nr)).id];
		await nr.inject('out', { cancel: true });
		const ends = [await nextState(nr), await nextState(nr)];
		assert.deepEqual(
			ends.map(({ state }) => state),
			['cancelled', 'cancelled'],
		);
		assert.deepEqual(ends.map(({ id }) => id).sort(), waiting.sort());
		await nr.inject('out', { cancel: sent?.id });
		await nr.error('ups-not-cancellable');
	});

	it('does nothing, and says nothing, when all that wait are to be withdrawn and none does', async () => {
		await deploy({ command: 'ui.beep' });
		await nr.inject('out', { cancel: true });
		await nr.message({ from: 'finished' });
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'out' }), []);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('tells each of two nodes for one UPS of its own commands only', async () => {
		const deviceId = await deploy({ command: 'ui.beep' });
		await nr.deploy(
			[TAB, upsDevice(deviceId), httpIn('in')].concat(
				commandOut('out', { device: `ups-${deviceId}`, command: 'ui.beep' }),
				commandOut('out2', {
					device: `ups-${deviceId}`,
					command: 'ui.display_msg',
					text: 'x',
					textType: 'str',
				}),
			),
		);
		await nr.inject('out', { topic: 'one' });
		await nextState(nr);
		await nr.inject('out2', { topic: 'two' });
		await nextState(nr, 'out2');
		assert.deepEqual(
			(await collect(deviceId)).map(({ cmd }) => cmd),
			['ui.beep', 'ui.display_msg'],
		);
		const one = await nr.message({ from: 'out' });
		const two = await nr.message({ from: 'out2' });
		assert.deepEqual([one.topic, two.topic], ['one', 'two']);
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'out' }), []);
		assert.deepEqual(nr.untakenMessages({ from: 'out2' }), []);
	});

	it('gives a UPS eight commands at a time, oldest first', async () => {
		const deviceId = await deploy({ command: 'ui.display_msg' });
		for (let text = 0; text < 10; text++) await nr.inject('out', { payload: `text ${text}` });
		for (let text = 0; text < 10; text++) await nextState(nr);
		const texts = (await collect(deviceId)).map(({ args }) => (args as { text: string }).text);
		assert.deepEqual(
			texts,
			Array.from({ length: 8 }, (_, text) => `text ${text}`),
		);
	});

	it('gives a UPS what switches something before the texts that wait longer', async () => {
		const deviceId = await deploy({ command: '' });
		for (let text = 0; text < 25; text++)
			await nr.inject('out', { command: 'ui.display_msg', payload: `${text}`.padEnd(64, '.') });
		await nr.inject('out', { command: 'host.shutdown' });
		for (let count = 0; count < 26; count++) await nextState(nr);
		const [first, ...others] = (await collect(deviceId)).map(({ cmd }) => cmd);
		assert.equal(first, 'host.shutdown');
		assert.deepEqual([...new Set(others)], ['ui.display_msg']);
	});

	it('tells without any POST that a command expired', async () => {
		const deviceId = await deploy({ command: 'host.shutdown', maxAge: '1' });
		await nr.inject('out', { topic: 'late' });
		const queued = await nextState(nr);
		assert.equal(queued.expiresAt, queued.queuedAt + 1000);
		const { state, sent } = await nextState(nr);
		assert.deepEqual([state, sent], ['expired', 0]);
		assert.deepEqual(await collect(deviceId), []);
	});

	it('keeps a command for ever whose age is 0', async () => {
		await deploy({ command: 'ui.beep', maxAge: '0' });
		await nr.inject('out');
		assert.equal((await nextState(nr)).expiresAt, null);
	});

	it('shows the state of the last command', async () => {
		const deviceId = await deploy({ command: 'ui.beep' });
		const ups = standIn(deviceId);
		await nr.inject('out');
		assert.deepEqual(await nr.status('out', ({ text }) => text === 'queued'), {
			fill: 'blue',
			shape: 'ring',
			text: 'queued',
		});
		await postOnce(ups, nr.url);
		await postOnce(ups, nr.url);
		const acked = await nr.status('out', ({ fill }) => fill === 'green');
		assert.deepEqual(acked, { fill: 'green', shape: 'ring', text: 'acknowledged' });
	});

	it('shows how many wait, also after a redeploy', async () => {
		const out = commandOut('out', { device: 'ups-W', command: 'ui.beep' });
		const flows = [TAB, upsDevice('W', HURRIED), httpIn('in'), out];
		await nr.deploy(flows);
		await nr.inject('out');
		await nr.inject('out');
		await nr.status('out', ({ text }) => text === '2 waiting');
		nr.forget();
		await nr.deploy(flows);
		await nr.status('out', ({ text }) => text === '2 waiting');
		const ups = standIn('W');
		await postOnce(ups, nr.url);
		await postOnce(ups, nr.url);
		await nr.status('out', ({ text }) => text === 'acknowledged');
	});

	for (const type of ['full', 'flows', 'nodes'] as const) {
		it(`goes on with the states over a redeploy (${type})`, async () => {
			const deviceId = `R-${type}`;
			const flows = (name: string): FlowNode[] => [
				TAB,
				upsDevice(deviceId),
				httpIn('in', { name }),
				commandOut('out', { name, device: `ups-${deviceId}`, command: 'ui.beep' }),
			];
			await nr.deploy(flows('before'));
			const ups = standIn(deviceId);
			await nr.inject('out', { topic: 'kept', buffer: Buffer.from('abc') });
			assert.equal((await nextState(nr)).state, 'queued');
			await nr.deploy(flows('between'), type);
			assert.equal((await postOnce(ups, nr.url)).result, 'ok');
			assert.equal((await nextState(nr)).state, 'sent');
			await nr.deploy(flows('after'), type);
			await postOnce(ups, nr.url);
			const { topic, buffer, payload } = await nr.message({ from: 'out' });
			assert.deepEqual([topic, buffer], ['kept', Buffer.from('abc')]);
			assert.equal((payload as { state: string }).state, 'acked');
			assert.equal(ups.executed.length, 1);
		});
	}

	it('orders for the UPS whose name, id or id with its check digit the message has', async () => {
		const sim = { id: 'sim', name: 'Cellar', deviceId: '8988 2280 6668 0569 9926' };
		const device = await deploy({ target: 'message', device: '', command: 'ui.beep' }, upsDevice('sim', sim));
		const ids = ['Cellar', '89882280666805699926', '8988228066680569992', `Name of ${device}`];
		const told: string[] = [];
		for (const one of ids) {
			await nr.inject('out', { device: one });
			told.push((await nextState(nr)).deviceId);
		}
		assert.deepEqual(told, [...Array(3).fill('89882280666805699926'), device]);
		await nr.inject('out', { device: 'Attic' });
		const { message } = await nr.error('ups-unknown-device');
		assert.match(message, /^Unknown UPS: .*"Attic"/);
	});

	it('neither receives nor sends where the chosen UPS was deleted', async () => {
		const nodes = [httpIn('gone', { scope: 'one', device: '' })];
		const deviceId = await deploy({ target: 'device', device: '', command: 'ui.beep' }, ...nodes);
		await nr.inject('out', { device: deviceId });
		assert.equal((await nr.error('config-invalid')).from, 'out');
		assert.deepEqual(await collect(deviceId), []);
		await nr.message({ from: 'in', port: 0 });
		assert.deepEqual(nr.untakenMessages({ from: 'gone' }), []);
		assert.deepEqual(
			[nr.badge('gone'), nr.badge('out')].map((badge) => badge?.fill),
			['red', 'red'],
		);
	});

	it('orders for the UPS that the message names', async () => {
		const deviceId = await deploy({ device: '', command: 'ui.beep' });
		await nr.inject('out', { device: deviceId });
		assert.equal((await nextState(nr)).deviceId, deviceId);
		assert.equal(answerOf(await send(makePost(nr.url, deviceId))).includes('ui.beep'), true);
	});

	it('loses no command that is ordered at that moment, and calls none failed', async () => {
		const flows = (number: number): FlowNode[] => [
			TAB,
			{ ...upsDevice('U1'), name: `version ${number}` },
			commandOut('out', { name: `version ${number}`, device: 'ups-U1', command: 'ui.beep' }),
		];
		await nr.deploy(flows(0));
		const ids = new Set<string>();
		for (let number = 1; number <= 20; number++) {
			await nr.inject('out', { topic: number });
			await nr.deploy(flows(number), number % 2 === 0 ? 'full' : 'nodes');
		}
		for (let number = 1; number <= 20; number++) {
			const { topic, payload } = await nr.message({ from: 'out' });
			const { id, state } = payload as CommandReport;
			assert.deepEqual([topic, state], [number, 'queued']);
			ids.add(id);
		}
		await nr.sync();
		assert.deepEqual([ids.size, nr.untakenErrors(), nr.untakenMessages({ from: 'out' })], [20, [], []]);
		await nr.inject('out', { cancel: true });
	});
});
