import assert from 'node:assert/strict';
import { Oddities } from '../../../nodes/protocol/wican/json.js';
import { wrongMembers } from '../../../nodes/protocol/wican/schema.js';

function wrong(kind: 'status' | 'gps', json: string): [string[], string[]] {
	const odd = new Oddities();
	return [[...wrongMembers(kind, JSON.parse(json), odd)].sort(), odd.names.sort()];
}

describe('members of a wrong type', () => {
	it('are found all at once, and named with where they stood', () => {
		assert.deepEqual(wrong('status', '{"device_id":5,"fw_version":"4.51","uptime":[],"sta_pass":{}}'), [
			['device_id', 'uptime'],
			['status.device_id', 'status.uptime'],
		]);
		assert.deepEqual(wrong('gps', '{"latitude":"52","longitude":13.4,"speed":true,"fix":"3d"}'), [
			['latitude', 'speed'],
			['gps.latitude', 'gps.speed'],
		]);
	});

	it('are none of those that are not known, whatever they are called', () => {
		const json = '{"__proto__":{"device_id":5},"constructor":5,"a/b":[],"~":{},"":null}';
		assert.deepEqual(wrong('status', json), [[], []]);
		assert.deepEqual(wrong('gps', json), [[], []]);
	});

	it('are numbers that are none', () => {
		assert.deepEqual(wrong('gps', '{"latitude":1e999}'), [['latitude'], ['gps.latitude']]);
		assert.deepEqual(wrong('status', '{"temp_c":-1e999}'), [['temp_c'], ['status.temp_c']]);
	});
});
