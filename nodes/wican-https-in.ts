/** Node `wican-https-in`: what a WiCAN posts becomes messages, and what happens to it and its car events. */
import { answerPanels } from './adapter/admin.js';
import { type ConfigChoice, useChosen } from './adapter/choice.js';
import { badgeOf } from './adapter/errors.js';
import { defaultEndpoint, type Endpoint, unmatchedRequests } from './adapter/http-server/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import { nodeLabel } from './adapter/node-label.js';
import type { NodeRed } from './adapter/node-red.js';
import { type DeviceFacts, lastOf, showDevice } from './adapter/overview.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { type Badge, badgeOverStore } from './adapter/status.js';
import { flag, number, oneOf, text, urlPath } from './adapter/values.js';
import { ProtocolError } from './protocol/common/errors.js';
import type { Store } from './protocol/common/store.js';
import {
	authenticator,
	badgeOfVehicle,
	checkSendable,
	MessageMaker,
	type Reading,
	SENDABLE,
	VehicleRegistry,
	type VehicleSighting,
	type WicanEvent,
	WicanReceiver,
} from './protocol/wican/index.js';

/** In seconds; longer than anybody can mean. */
const YEAR = 31_536_000;

const SERVER: ConfigChoice = {
	...{ property: 'server', values: ['node-red', 'endpoint'], field: 'endpoint', type: 'wattpost-endpoint' },
};

const KINDS = ['bearer', 'none', 'api-key-header', 'api-key-query', 'basic', 'client-cert'] as const;

function readCredential({ config, node: { credentials } }: NodeContext) {
	const { token = '', username = '', password = '' } = credentials ?? {};
	const kind = oneOf(config, 'auth', [...KINDS]);
	const settings = { kind, name: text(config, 'authName'), token, username, password };
	checkSendable(settings);
	return settings;
}

function readVehicle({ config }: NodeContext) {
	const offlineAfter = number(config, 'offlineAfter', { min: 1, max: YEAR, blank: 0 }) * 1000;
	return {
		name: text(config, 'vehicle'),
		path: urlPath(config, 'path', '/wican'),
		offlineAfter: offlineAfter === 0 ? undefined : offlineAfter,
	};
}

function makerOf({ config }: NodeContext) {
	return new MessageMaker({
		emit: oneOf(config, 'emit', ['snapshot', 'parameters']),
		changedOnly: flag(config, 'changedOnly'),
		statusFields: oneOf(config, 'statusFields', ['safe', 'all', 'none']),
	});
}

/** What is remembered is read a moment after a start: until then the badge could only call a known car unknown. */
function badgeLine(status: NodeContext['status'], store: Pick<Store, 'state'>, badge: Badge) {
	let isRecalled = false;
	const show = () => {
		if (isRecalled) status.show(() => badgeOverStore(store.state, badge));
	};
	const recalled = () => {
		isRecalled = true;
		show();
	};
	return { show, recalled };
}

function open(context: NodeContext) {
	const { RED, node, status } = context;
	const [credential, settings, maker] = [readCredential(context), readVehicle(context), makerOf(context)];
	const endpoint = useChosen<Endpoint>(context, SERVER) ?? defaultEndpoint(RED);
	const { environment, vehicle } = serviceOf(RED, VehicleRegistry).join(node.id);
	const [store, identity] = [storeOf(RED), authenticator(credential)];
	const badge: Badge = () =>
		identity.usable
			? badgeOfVehicle(vehicle.view, environment.clock.now(), credential.kind)
			: ['no-credential'];
	const { show, recalled: view } = badgeLine(status, store, badge);
	const reading = (one: Reading) => {
		show();
		const messages = maker.messages(one);
		if (messages.length > 0) node.send([messages, null]);
	};
	const event = (payload: WicanEvent) => {
		show();
		node.send([null, { topic: payload.vehicle, payload }]);
	};
	const failure = (error: unknown) => {
		show();
		context.failSometimes(error);
	};
	showDevice(context, {
		...{ family: 'wican', device: settings.name || settings.path, name: text(context.config, 'name') },
		facts: () => factsOf(badge(), vehicle.sighting),
	});
	context.onClose(store.hold());
	if (!identity.usable) context.afterStart(() => context.fail(noCredential(credential.kind)));
	context.attemptOnceStarted(() => {
		if (endpoint.state.name === 'disabled') throw endpoint.state.error;
		const receiver = new WicanReceiver(vehicle, identity, environment, { reading, failure });
		const { release } = endpoint.claim({ prefix: settings.path }, receiver, () => nodeLabel(RED, node));
		const close = vehicle.open(settings, { view, event, failure });
		const showState = endpoint.onState(({ error }) => (error ? status.set(badgeOf(error)) : show()));
		const showTrouble = store.onTrouble(failure, show);
		return async () => {
			showState();
			showTrouble();
			release();
			await receiver.close();
			close();
		};
	});
	return {};
}

/** What the sidebar tells of a vehicle. */
function factsOf(badge: DeviceFacts['badge'], sighting: VehicleSighting | undefined): DeviceFacts {
	const { seen = null, refused = null, firmware } = sighting ?? {};
	return { badge, ...lastOf(seen, refused), firmware };
}

function noCredential(kind: string): ProtocolError {
	return new ProtocolError('wican-no-credential', { expected: kind });
}

/** What the panel tells of the last requests of a vehicle. */
function sightings(RED: NodeRed, node: unknown) {
	const fleet = serviceOf(RED, VehicleRegistry);
	const now = fleet.environment.clock.now();
	return { now, device: fleet.find(String(node))?.sighting ?? null, strays: unmatchedRequests(RED, now) };
}

export = (RED: NodeRed): void => {
	defineNode(RED, {
		type: 'wican-https-in',
		credentials: {
			token: { type: 'password', isPossible: SENDABLE.token },
			username: { type: 'text', isPossible: SENDABLE.username },
			password: { type: 'password', isPossible: SENDABLE.password },
		},
		open,
	});
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/wican/sightings', permission: 'wican-https-in.read' },
			answer: ({ query }) => sightings(RED, query.node),
		},
	]);
};
