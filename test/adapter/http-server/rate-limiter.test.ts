import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { senderKey } from '../../../nodes/adapter/http-server/client-address.js';
import { RateLimiter } from '../../../nodes/adapter/http-server/rate-limiter.js';

const MINUTE = 60_000;
const FULL = { limited: false, report: false };
const TOLD = { limited: true, report: true };
const QUIET = { limited: true, report: false };

describe('endpoint: counting refusals', () => {
	beforeEach(() => mock.timers.enable({ apis: ['Date', 'setTimeout'] }));
	afterEach(() => mock.timers.reset());

	async function count(refusals: RateLimiter, times: number, address = '192.0.2.1', canTell = true) {
		const verdicts = [];
		for (let done = 0; done < times; done++) verdicts.push(await refusals.count(address, canTell));
		return verdicts;
	}

	it('limits one sender after 60 in a minute, tells it once, and begins anew in the next minute', async () => {
		const refusals = new RateLimiter();
		const expected = [...Array(60).fill(FULL), TOLD, QUIET, QUIET];
		assert.deepEqual(await count(refusals, 63), expected);
		mock.timers.tick(MINUTE + 1);
		assert.deepEqual(await count(refusals, 63), expected);
	});

	it('keeps the telling for the first refusal that somebody can be told of', async () => {
		const refusals = new RateLimiter();
		await count(refusals, 60);
		assert.deepEqual(await count(refusals, 2, '192.0.2.1', false), [QUIET, QUIET]);
		assert.deepEqual(await count(refusals, 2), [TOLD, QUIET]);
	});

	it('takes a whole IPv6 network for one sender', async () => {
		const refusals = new RateLimiter();
		await count(refusals, 60, '2001:db8:0:1::1');
		assert.deepEqual(await count(refusals, 1, '2001:db8:0:1:ffff::2'), [TOLD]);
		assert.deepEqual(await count(refusals, 1, '2001:db8:0:2::1'), [FULL]);
	});

	it('counts 4,096 senders at most, however many addresses are made up', async () => {
		const refusals = new RateLimiter();
		await count(refusals, 60);
		for (let number = 0; number < 90_000; number++) {
			await refusals.count(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`, true);
			// One that goes on is not forgotten for them.
			if (number % 4000 === 0) assert.deepEqual(await count(refusals, 1, '192.0.2.1', false), [QUIET]);
		}
		assert.equal(refusals.size, 4096);
		mock.timers.tick(MINUTE + 1);
		assert.deepEqual(await count(refusals, 1), [FULL]);
	});

	it('begins anew with one that was pushed out by others', async () => {
		const refusals = new RateLimiter();
		await count(refusals, 60);
		for (let number = 0; number < 4096; number++) {
			await refusals.count(`10.0.${number >> 8}.${number & 255}`, true);
		}
		assert.deepEqual(await count(refusals, 1), [FULL]);
	});

	const keys: readonly [address: string, key: string][] = [
		['192.0.2.1', '192.0.2.1'],
		['2001:db8::1', '2001:db8:0:0::/64'],
		['2001:0DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
		['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
		['::1', '0:0:0:0::/64'],
		['fe80::1%eth0', 'fe80:0:0:0::/64'],
		['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
		['', ''],
	];
	for (const [address, key] of keys)
		it(`${address || 'no address'} is ${key || 'a sender too'}`, () => assert.equal(senderKey(address), key));
});
