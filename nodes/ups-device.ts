/** Config node `ups-device`: makes one UPS known to every node of this Node-RED. */
import { answerPanels, sharedOf } from './adapter/admin.js';
import { isParsed } from './adapter/credentials.js';
import { nameDevice } from './adapter/devices.js';
import { unmatchedRequests } from './adapter/http-server/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { Node, NodeRed } from './adapter/node-red.js';
import { type DeviceFacts, lastOf, overviewChanged, showDevice } from './adapter/overview.js';
import { resolveFields } from './adapter/panel-fields.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { number, text } from './adapter/values.js';
import {
	badgeOfUpses,
	idsOf,
	parseDeviceId,
	parseKey,
	plainDeviceId,
	UpsService,
	type UpsSettings,
} from './protocol/ups/index.js';

/** In seconds; longer than anybody can mean. */
const YEAR = 31_536_000;

function open(context: NodeContext) {
	const { RED, node, config } = context;
	const seconds = (property: string, min: number, blank: number) =>
		number(config, property, { min, max: YEAR, blank });
	const deviceId = parseDeviceId(text(config, 'deviceId'));
	const name = text(config, 'name');
	const httpKey = node.credentials?.httpKey ?? '';
	const original = isBlank(httpKey) ? originalOf(RED, node.id, deviceId) : undefined;
	const shared = { deviceId: original ?? deviceId };
	nameDevice(context, { id: shared.deviceId, name }, shared);
	if (original !== undefined) return { shared };
	const settings: UpsSettings = {
		...{ deviceId, name },
		key: parseKey(httpKey),
		clockSkew: seconds('clockSkew', 1, 300),
		lowBattery: blankIsUndefined(number(config, 'lowBattery', { min: 0, max: 100, blank: Number.NaN })),
		mainsLostAfter: seconds('mainsLostAfter', 0, 0) * 1000,
		commandMaxAge: seconds('commandMaxAge', 0, 600) * 1000,
		offlineAfter: seconds('offlineAfter', 1, 120) * 1000,
		onSameKey: (other) => node.warn(RED._('hint.shared-key', { names: nameOf(other) })),
	};
	if (settings.key.doubtful.length > 0) node.warn(RED._('hint.unusual-key'));
	context.onClose(storeOf(RED).hold());
	const service = serviceOf(RED, UpsService);
	context.attempt(() => service.register(settings));
	showDevice(context, { family: 'ups', device: deviceId, name, facts: () => factsOf(service, deviceId) });
	// The states of a beep from the sidebar reach no other node.
	context.onClose(service.attach(node.id, () => overviewChanged(RED)));
	return { shared };
}

/** What the sidebar shows of a UPS. */
function factsOf(service: UpsService, deviceId: string): DeviceFacts {
	const device = service.registry.find(deviceId);
	const views = service.views(deviceId, device?.view.endpoint ?? '');
	const { seen = null, refused = null } = service.presence(deviceId) ?? {};
	const { ts, seenAt } = device?.record ?? {};
	return {
		badge: badgeOfUpses(views, service.environment.clock.now(), false),
		...lastOf(seen, refused),
		battery: device?.view.level,
		commands: device?.pending ?? 0,
		clockOffset: ts === undefined || seenAt === undefined ? undefined : Math.round(ts - seenAt / 1000),
	};
}

/** Queues a beep from the sidebar. */
async function beep(RED: NodeRed, id: string | undefined): Promise<object> {
	const { deviceId }: { deviceId?: string } = sharedOf(RED, id);
	await serviceOf(RED, UpsService).commands.queue(deviceId ?? '', {
		nodeId: String(id),
		...{ command: 'ui.beep', args: {}, maxAge: undefined, message: {}, storedMessage: {} },
	});
	return {};
}

const isBlank = (value: unknown): boolean => String(value ?? '').trim() === '';

const nameOf = ({ name, deviceId }: UpsSettings): string => name || deviceId;

/**
 * The device id of another node that is for the same UPS and has its key. An import makes a copy of a config node without its
 * credentials: the copy uses that node.
 */
function originalOf(RED: NodeRed, id: string, deviceId: string): string | undefined {
	const ids = idsOf(deviceId);
	let original: string | undefined;
	RED.nodes.eachNode((other) => {
		if (other.type !== 'ups-device' || other.id === id || other.d === true) return;
		const { fields } = resolveFields(RED, other.id, { deviceId: other.deviceId });
		const theirs = plainDeviceId(fields.deviceId);
		if (!idsOf(theirs).some((one) => ids.includes(one))) return;
		if (!isBlank(RED.nodes.getCredentials(other.id)?.httpKey)) original = theirs;
	});
	return original;
}

const blankIsUndefined = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

/** More than a panel can show. */
const MOST = 12;

/** The UPSes of this Node-RED with their nodes, for the panel of a node that takes all of them. */
function allOf(RED: NodeRed) {
	const service = serviceOf(RED, UpsService);
	const nodes: Node[] = [];
	RED.nodes.eachNode(({ id, type }) => {
		const node = type === 'ups-device' ? RED.nodes.getNode(id) : null;
		if (node !== null) nodes.push(node);
	});
	return nodes.slice(0, MOST).flatMap(({ id, name, shared }) => {
		const { deviceId = '' } = (shared ?? {}) as { deviceId?: string };
		const presence = service.presence(deviceId);
		return presence === undefined ? [] : [{ node: id, name: name ?? '', deviceId, ...presence }];
	});
}

/** What the panel of a UPS shows. */
function presenceOf(RED: NodeRed, node: unknown) {
	const service = serviceOf(RED, UpsService);
	const { deviceId = '' } = (RED.nodes.getNode(String(node))?.shared ?? {}) as { deviceId?: string };
	const now = service.environment.clock.now();
	const device = service.presence(deviceId) ?? null;
	const sameKey = service.registry.withSameKey(deviceId).map(nameOf);
	return {
		now,
		device,
		sameKey,
		all: allOf(RED),
		unknown: service.unknownDevices(),
		strays: unmatchedRequests(RED, now),
	};
}

export = (RED: NodeRed): void => {
	const httpKey = { type: 'password', isPossible: isParsed(parseKey) } as const;
	defineNode(RED, { type: 'ups-device', credentials: { httpKey }, open });
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/ups/sightings', permission: 'ups-device.read' },
			answer: ({ query }) => presenceOf(RED, query.node),
		},
		{
			...{ method: 'post', path: '/wattpost/ups/:device/beep', permission: 'ups-device.write' },
			answer: ({ params }) => beep(RED, params.device),
		},
	]);
};
