import assert from 'node:assert/strict';
import {
	type CommandName,
	type CommandReport,
	type CommandState,
	PendingCommands,
} from '../../../nodes/protocol/ups/index.js';
import { settled } from '../manual-time.js';
import { Site } from './site.js';

const report = (id: string, state: CommandState, command: CommandName = 'ui.beep'): CommandReport => ({
	...{ id, deviceId: 'x', command, args: {}, state, time: 0, queuedAt: 0, expiresAt: null, sent: 0 },
});

/** The badge after each of these reports. */
function badges(...reports: readonly CommandReport[]): unknown[] {
	const pending = new PendingCommands();
	pending.resume([]);
	return reports.map((one) => {
		pending.update(one);
		const [name, params] = pending.badge(one);
		return Object.keys(params).length === 0 ? name : [name, params];
	});
}

describe('the badge of a node that sends commands', () => {
	it('shows the state of the only command', () => {
		assert.deepEqual(badges(report('a', 'queued'), report('a', 'sent'), report('a', 'acked')), [
			...['queued', 'sent', 'acked'],
		]);
	});

	it('shows the number of several commands, and the last state of the last one', () => {
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

	it('counts stored commands, but not one that ended while they were read', () => {
		const pending = new PendingCommands();
		pending.update(report('b', 'acked'));
		const badge = pending.resume(['a', 'b', 'c'].map((id) => ({ id, state: 'queued' })));
		assert.deepEqual(badge, ['commands-waiting', { count: 2 }]);
	});

	it('shows the state of the only stored command', () => {
		const pending = new PendingCommands();
		assert.deepEqual(pending.resume([{ id: 'a', state: 'acked' }]), ['acked', {}]);
	});

	it('leaves the badge to a report that came while the store was read', () => {
		const pending = new PendingCommands();
		pending.update(report('a', 'queued'));
		assert.equal(pending.resume([{ id: 'a', state: 'queued' }]), undefined);
	});
});

describe('commands under way', () => {
	it('are those of the node that are in no final state, also after a restart', async () => {
		const site = new Site().start();
		const [first, second] = [await site.queue('ui.beep'), await site.queue('host.shutdown')];
		await site.queue('ui.beep', { nodeId: 'other' });
		assert.deepEqual(await site.service.commands.pending('n'), [
			{ id: first, state: 'queued' },
			{ id: second, state: 'queued' },
		]);
		await site.post();
		await site.post({ body: { acks: [first, second] } });
		assert.deepEqual(await site.service.commands.pending('n'), [{ id: second, state: 'acked' }]);
		const next = site.restarted().start();
		await settled();
		assert.deepEqual(await next.service.commands.pending('n'), [{ id: second, state: 'acked' }]);
	});
});
