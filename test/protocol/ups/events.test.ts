import assert from 'node:assert/strict';
import { type Condition, eventsBetween } from '../../../nodes/protocol/ups/events.js';

const calm: Condition = {
	online: true,
	mains: true,
	lossReported: false,
	inputVoltage: 20_000,
	battery: true,
	batteryLevel: 90,
	batteryLow: false,
	output: true,
	faults: 0,
	host: { seen: 'up', uptime: 500 },
};
const LOST = { mains: false, lossReported: true, inputVoltage: 120 };
const lost = { event: 'mains-lost', inputVoltage: 0.12, inputTooLow: false };
const like = (changed: Partial<Condition>): Condition => ({ ...calm, ...changed });
const up = (uptime: number) => like({ host: { seen: 'up', uptime } });
const down = like({ host: { seen: 'down', uptime: 500 } });
const unknown = like({ host: { seen: 'unknown' } });

const CASES: readonly (readonly [string, Condition | undefined, Condition, object[]])[] = [
	['a calm first sample', undefined, calm, [{ event: 'online' }]],
	[
		'a first sample on battery, output off, with a fault',
		undefined,
		like({ ...LOST, battery: false, batteryLow: true, output: false, faults: 256 }),
		[
			{ event: 'online' },
			lost,
			{ event: 'battery-low', batteryLevel: 90 },
			{ event: 'battery-removed' },
			{ event: 'output-off' },
			{ event: 'fault', faults: ['output-short'] },
		],
	],
	[
		'a first sample without power',
		undefined,
		{ online: true, host: { seen: 'unknown' } },
		[{ event: 'online' }],
	],
	['a first sample without host', undefined, down, [{ event: 'online' }]],
	['nothing', calm, calm, []],
	['silence', calm, like({ online: false }), [{ event: 'offline' }]],
	[
		'silence on battery',
		like(LOST),
		like({ ...LOST, online: false }),
		[{ event: 'offline', onBattery: true }],
	],
	['return', like({ online: false }), calm, [{ event: 'online' }]],
	['mains lost', calm, like(LOST), [lost]],
	['mains lost, but not for long enough yet', calm, like({ ...LOST, lossReported: false }), []],
	[
		'an input that is too weak',
		calm,
		like({ ...LOST, inputVoltage: 5150 }),
		[{ event: 'mains-lost', inputVoltage: 5.15, inputTooLow: true }],
	],
	[
		'mains lost with an unknown voltage',
		{ online: true, host: calm.host },
		{ online: true, mains: false, host: calm.host },
		[{ event: 'mains-lost' }],
	],
	['mains back', like(LOST), calm, [{ event: 'mains-restored' }]],
	[
		'mains back that 0.1.0 saw go',
		{ online: true, mains: false, host: calm.host },
		calm,
		[{ event: 'mains-restored' }],
	],
	[
		'a battery that drains',
		like(LOST),
		like({ ...LOST, batteryLow: true, batteryLevel: 30 }),
		[{ event: 'battery-low', batteryLevel: 30 }],
	],
	['a battery charged again', like({ batteryLow: true }), calm, [{ event: 'battery-ok', batteryLevel: 90 }]],
	['a battery taken out', calm, like({ battery: false }), [{ event: 'battery-removed' }]],
	['a battery put in', like({ battery: false }), calm, [{ event: 'battery-inserted' }]],
	['output cut', calm, like({ output: false }), [{ event: 'output-off' }]],
	['output back', like({ output: false }), calm, [{ event: 'output-on' }]],
	['a first power record on mains', { online: true, host: calm.host }, calm, []],
	['a fault', calm, like({ faults: 1 }), [{ event: 'fault', faults: ['battery-ntc'] }]],
	[
		'one more fault',
		like({ faults: 1 }),
		like({ faults: 1 | 512 }),
		[{ event: 'fault', faults: ['battery-ntc', 'output-overcurrent'] }],
	],
	[
		'another fault instead',
		like({ faults: 1 }),
		like({ faults: 512 }),
		[{ event: 'fault', faults: ['output-overcurrent'] }],
	],
	['another bit of one name', like({ faults: 1 }), like({ faults: 2 }), []],
	['one fault less', like({ faults: 513 }), like({ faults: 1 }), []],
	['the other number of one name', like({ faults: 0x10 }), like({ faults: 0x20 }), []],
	['no fault any more', like({ faults: 513 }), calm, [{ event: 'fault-cleared' }]],
	['a fault in the highest bit', calm, like({ faults: 2 ** 31 }), [{ event: 'fault', faults: ['bit-31'] }]],
	['host gone', calm, down, [{ event: 'host-down' }]],
	['host back', down, up(20), [{ event: 'host-up' }]],
	['host seen for the first time', unknown, calm, []],
	['host missing from the first', unknown, down, []],
	['host started anew without vanishing', up(500), up(20), [{ event: 'host-restarted' }]],
	['host older', up(500), up(530), []],
	['host stands still', up(500), up(500), []],
	['host without uptime', up(500), like({ host: { seen: 'up' } }), []],
	[
		'everything at once',
		calm,
		like({ ...LOST, output: false, faults: 1024, host: { seen: 'down', uptime: 500 } }),
		[
			lost,
			{ event: 'output-off' },
			{ event: 'fault', faults: ['output-overvoltage'] },
			{ event: 'host-down' },
		],
	],
];

describe('events', () => {
	for (const [what, before, after, edges] of CASES) {
		it(`of ${what}`, () => assert.deepEqual(eventsBetween(before, after), edges));
	}
});
