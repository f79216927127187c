import assert from 'node:assert/strict';
import type { StatusBadge } from '../../nodes/adapter/node-red.js';
import { StatusLine } from '../../nodes/adapter/status.js';
import { ManualTime } from '../protocol/manual-time.js';

const TEXTS: Readonly<Record<string, string>> = {
	'status.waiting': 'waiting',
	'status.sent': 'sent',
	'status.car-online': 'values: __count__',
	'status.offline': 'offline',
	'status.offline-for': 'offline __age__',
	'status.clock-off': 'clock __span__ off',
	'age.s': '__count__ s',
	'age.min': '__count__ min',
	'age.h': '__count__ h',
	'age.d': '__count__ d',
};

function line() {
	const shown: string[] = [];
	const time = new ManualTime(1_000_000);
	const _ = (id: string, params: Readonly<Record<string, unknown>> = {}): string =>
		(TEXTS[id] ?? id).replaceAll(/__(\w+)__/g, (_whole, name: string) => String(params[name]));
	const status = ({ fill, shape, text }: StatusBadge): void => {
		shown.push(fill === undefined ? '-' : `${fill} ${shape} ${text}`);
	};
	return { status: new StatusLine({ _ }, { status }, time), time, shown };
}

describe('the badge of a node', () => {
	it('is written at once, then at most once a second, and the last one always', async () => {
		const { status, time, shown } = line();
		for (const count of [1, 2, 3]) status.show(() => ['car-online', { count }]);
		assert.deepEqual(shown, ['green dot values: 1']);
		await time.advance(999);
		assert.equal(shown.length, 1);
		await time.advance(1);
		assert.deepEqual(shown, ['green dot values: 1', 'green dot values: 3']);
	});

	it('is not written again while it says the same', async () => {
		const { status, time, shown } = line();
		for (let second = 0; second < 5; second++) {
			status.set('waiting');
			await time.advance(1000);
		}
		assert.deepEqual(shown, ['grey ring waiting']);
	});

	it('goes on counting the minutes of what it tells, then hours and days', async () => {
		const { status, time, shown } = line();
		const since = time.now() - 30_000;
		status.show(() => {
			const age = time.now() - since;
			return age < 60_000 ? ['offline', { age }] : ['offline-for', { age }];
		});
		await time.advance(2 * 60_000);
		assert.deepEqual(shown, ['red ring offline', 'red ring offline 1 min', 'red ring offline 2 min']);
		await time.advance(96.6 * 60_000);
		assert.equal(shown.at(-1), 'red ring offline 99 min');
		await time.advance(60_000);
		assert.equal(shown.at(-1), 'red ring offline 1 h');
		await time.advance(46 * 3600_000);
		assert.equal(shown.at(-1), 'red ring offline 47 h');
		await time.advance(3600_000);
		assert.equal(shown.at(-1), 'red ring offline 2 d');
	});

	it('shows a length of time in seconds, minutes, hours or days, and does not count on', async () => {
		const { status, time, shown } = line();
		for (const span of [500, 59_000, 540_000, 2 * 3600_000, 3 * 86_400_000]) {
			status.set('clock-off', { span });
			await time.advance(1000);
		}
		await time.advance(3600_000);
		assert.deepEqual(shown, [
			'yellow ring clock 1 s off',
			'yellow ring clock 59 s off',
			'yellow ring clock 9 min off',
			'yellow ring clock 2 h off',
			'yellow ring clock 3 d off',
		]);
	});

	it('stops counting when it says something else', async () => {
		const { status, time, shown } = line();
		status.show(() => ['offline-for', { age: 60_000 }]);
		await time.advance(1000);
		status.set('sent');
		assert.equal(time.nextTimer, time.monotonic() + 1000);
		await time.advance(1000);
		assert.equal(time.nextTimer, Number.POSITIVE_INFINITY);
		assert.deepEqual(shown, ['red ring offline 1 min', 'blue dot sent']);
	});

	it('counts no more, and is written no more, once the node is closed', async () => {
		const { status, time, shown } = line();
		status.show(() => ['offline-for', { age: 60_000 }]);
		status.end();
		status.set('sent');
		await time.advance(3600_000);
		assert.deepEqual(shown, ['red ring offline 1 min', '-']);
		assert.equal(time.nextTimer, Number.POSITIVE_INFINITY);
	});
});
