import assert from 'node:assert/strict';
import {
	type CommandName,
	type CommandReport,
	type CommandState,
	CommandsUnderWay,
} from '../../../nodes/protocol/ups/index.js';
import { settled } from '../manual-time.js';
import { Site } from './site.js';

const report = (id: string, state: CommandState, command: CommandName = 'ui.beep'): CommandReport => ({
	...{ id, deviceId: 'x', command, args: {}, state, time: 0, queuedAt: 0, expiresAt: null, sent: 0 },
});

/** The badge after each of these reports. */
function badges(...reports: readonly CommandReport[]): unknown[] {
	const underWay = new CommandsUnderWay();
	underWay.resume([]);
	return reports.map((one) => {
		underWay.note(one);
		const [name, params] = underWay.badge(one);
		return Object.keys(params).length === 0 ? name : [name, params];
	});
}

describe('the badge of a node that sends commands', () => {
	it('tells how its only command fares', () => {
		assert.deepEqual(badges(report('a', 'queued'), report('a', 'sent'), report('a', 'acked')), [
			...['queued', 'sent', 'acked'],
		]);
	});

	it('tells how many wait where there are several, and the end of the last one', () => {
		assert.deepEqual(
			badges(
				report('a', 'queued'),
				report('b', 'queued'),
				report('c', 'queued'),
				report('a', 'acked'),
				report('b', 'expired'),
				report('c', 'rejected'),
			),
			[
				'queued',
				['commands-waiting', { count: 2 }],
				['commands-waiting', { count: 3 }],
				['commands-waiting', { count: 2 }],
				['commands-waiting', { count: 1 }],
				'rejected',
			],
		);
	});

	it('counts a shutdown until it is confirmed', () => {
		assert.deepEqual(
			badges(
				report('a', 'acked', 'host.shutdown'),
				report('b', 'queued'),
				report('a', 'confirmed', 'host.shutdown'),
			),
			['acked', ['commands-waiting', { count: 2 }], ['commands-waiting', { count: 1 }]],
		);
	});

	it('counts what was under way before, but not what ended while that was read', () => {
		const underWay = new CommandsUnderWay();
		assert.equal(underWay.resumed, undefined);
		underWay.note(report('b', 'acked'));
		underWay.resume(['a', 'b', 'c'].map((id) => ({ id, state: 'queued' })));
		assert.deepEqual(underWay.resumed, ['commands-waiting', { count: 2 }]);
	});

	it('tells how the only one fares that was under way before', () => {
		const underWay = new CommandsUnderWay();
		underWay.resume([{ id: 'a', state: 'acked' }]);
		assert.deepEqual(underWay.resumed, ['acked', {}]);
	});

	it('leaves the badge to a report that came while that was read', () => {
		const underWay = new CommandsUnderWay();
		underWay.note(report('a', 'queued'));
		underWay.resume([{ id: 'a', state: 'queued' }]);
		assert.equal(underWay.resumed, undefined);
	});
});

describe('commands under way', () => {
	it('are those of the node that are in no final state, also after a restart', async () => {
		const site = new Site().start();
		const [first, second] = [await site.order('ui.beep'), await site.order('host.shutdown')];
		await site.order('ui.beep', { nodeId: 'other' });
		assert.deepEqual(await site.service.commands.inFlight('n'), [
			{ id: first, state: 'queued' },
			{ id: second, state: 'queued' },
		]);
		await site.post();
		await site.post({ body: { acks: [first, second] } });
		assert.deepEqual(await site.service.commands.inFlight('n'), [{ id: second, state: 'acked' }]);
		const next = site.restarted().start();
		await settled();
		assert.deepEqual(await next.service.commands.inFlight('n'), [{ id: second, state: 'acked' }]);
	});
});
