import assert from 'node:assert/strict';
import { ChangeFilter, decodeTelemetry, type TelemetryMessage } from '../../../nodes/protocol/ups/index.js';
import { type ExchangeFacts, telemetryMessage } from '../../../nodes/protocol/ups/messages.js';

const BODY = {
	ts: 1_795_200_781,
	uptime_s: 137,
	power: { version: 2, vbus_in_mv: 20000, uptime_s: 9 },
	host: { cpu_temp_dc: 541, uptime_s: 8 },
	net: { state: 4, bytes_tx: 1, bytes_rx: 2 },
};
const FACTS: ExchangeFacts = {
	deviceId: 'one',
	name: 'Garage',
	receivedAt: 1_795_200_781_000,
	clockOffset: 0,
	remoteAddress: '203.0.113.7',
	sent: [],
	pending: 0,
};
function message(body: object = {}, facts: Partial<ExchangeFacts> = {}): TelemetryMessage {
	const json = { ...BODY, ...body };
	const all = { ...FACTS, ...facts };
	return telemetryMessage(json, decodeTelemetry(json), {}, all);
}

describe('messages that only say that time has passed', () => {
	const quiet: readonly (readonly [string, TelemetryMessage])[] = [
		['the same', message()],
		['another time', message({ ts: 1_795_200_811 })],
		['another time of receipt', message({}, { receivedAt: 1_795_200_811_000 })],
		['another offset of the clocks', message({}, { clockOffset: 1 })],
		['another uptime of the UPS', message({ uptime_s: 167 })],
		['another uptime of the power board', message({ power: { ...BODY.power, uptime_s: 39 } })],
		['another uptime of the host', message({ host: { ...BODY.host, uptime_s: 38 } })],
		['more bytes', message({ net: { state: 4, bytes_tx: 1000, bytes_rx: 2000 } })],
	];
	for (const [what, next] of quiet) {
		it(`do not count as a change: ${what}`, () => {
			const filter = new ChangeFilter();
			assert.deepEqual([filter.hasChanged(message()), filter.hasChanged(next)], [true, false]);
		});
	}

	const changes: readonly (readonly [string, TelemetryMessage])[] = [
		['a value', message({ power: { ...BODY.power, vbus_in_mv: 20001 } })],
		['a value less', message({ host: { uptime_s: 8 } })],
		['a record less', message({ host: undefined })],
		['null instead of a value', message({ host: { ...BODY.host, cpu_temp_dc: null } })],
		['the link', message({ net: { ...BODY.net, state: 3 } })],
		['an ack', message({ acks: ['a'] })],
		['a rejection', message({ rejected: [{ id: 'a', reason: 'bad_id' }] })],
		['a delivery', message({}, { sent: ['a'] })],
		['a pending command', message({}, { pending: 1 })],
		['another name', message({}, { name: 'Attic' })],
		['an odd member', message({ fw_ver: 5 })],
	];
	for (const [what, next] of changes) {
		it(`other than these count as a change: ${what}`, () => {
			const filter = new ChangeFilter();
			assert.deepEqual(
				[filter.hasChanged(message()), filter.hasChanged(next), filter.hasChanged(next)],
				[true, true, false],
			);
		});
	}

	it('are compared per UPS', () => {
		const filter = new ChangeFilter();
		const other = message({}, { deviceId: 'two' });
		assert.deepEqual(
			[message(), other, message(), other].map((one) => filter.hasChanged(one)),
			[true, true, false, false],
		);
	});
});
