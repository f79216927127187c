/** Config node `ups-device`: makes one UPS known to every node of this Node-RED. */
import { answerPanels } from './adapter/admin.js';
import { strayPosts } from './adapter/endpoint/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { NodeRed } from './adapter/red.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { atNextStart } from './adapter/started.js';
import { number, text } from './adapter/values.js';
import { parseDeviceId, parseKey, UpsStation } from './protocol/ups/index.js';

/** In seconds; longer than anybody can mean. */
const YEAR = 31_536_000;

function open(context: NodeContext) {
	const { RED, node, config } = context;
	const seconds = (property: string, min: number, blank: number) =>
		number(config, property, { min, max: YEAR, blank });
	const settings = {
		deviceId: parseDeviceId(text(config, 'deviceId')),
		name: text(config, 'name'),
		key: parseKey(node.credentials?.httpKey ?? ''),
		clockSkew: seconds('clockSkew', 1, 300),
		lowBattery: blankIsUndefined(number(config, 'lowBattery', { min: 0, max: 100, blank: Number.NaN })),
		mainsLostAfter: seconds('mainsLostAfter', 0, 0) * 1000,
		commandMaxAge: seconds('commandMaxAge', 0, 600) * 1000,
		offlineAfter: seconds('offlineAfter', 1, 120) * 1000,
	};
	context.onClose(storeOf(RED).hold());
	const station = serviceOf(RED, UpsStation);
	context.onClose(() => void atNextStart(RED, () => station.deployed()));
	context.attempt(() => station.register(settings));
	return { shared: { deviceId: settings.deviceId } };
}

const blankIsUndefined = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

/** What the panel of a UPS tells of its last requests. */
function sightings(RED: NodeRed, node: unknown) {
	const station = serviceOf(RED, UpsStation);
	const { deviceId = '' } = (RED.nodes.getNode(String(node))?.shared ?? {}) as { deviceId?: string };
	const now = station.environment.clock.now();
	const device = station.sightings.of(deviceId) ?? null;
	return { now, device, unknown: station.sightings.unknown(), strays: strayPosts(RED, now) };
}

export = (RED: NodeRed): void => {
	defineNode(RED, { type: 'ups-device', credentials: { httpKey: { type: 'password' } }, open });
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/ups/sightings', permission: 'ups-device.read' },
			answer: ({ query }) => sightings(RED, query.node),
		},
	]);
};
