/** Node `ups-http-in`: reports of UPSes at an endpoint become messages and events. */
import { type ConfigChoice, useChosen } from './adapter/choice.js';
import { badgeOf } from './adapter/errors.js';
import { defaultEndpoint, type Endpoint } from './adapter/http-server/index.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import { nodeLabel } from './adapter/node-label.js';
import type { NodeRed } from './adapter/node-red.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { type Badge, badgeOverStore } from './adapter/status.js';
import { oneOf } from './adapter/values.js';
import {
	badgeOfUpses,
	ChangeFilter,
	TELEMETRY_PATH,
	type UpsListener,
	UpsReceiver,
	UpsService,
} from './protocol/ups/index.js';

const SCOPE: ConfigChoice = {
	...{ property: 'scope', values: ['every', 'one'], field: 'device', type: 'ups-device' },
};
const SERVER: ConfigChoice = {
	...{ property: 'server', values: ['node-red', 'endpoint'], field: 'endpoint', type: 'wattpost-endpoint' },
};

function open(context: NodeContext) {
	const { RED, config, node, status } = context;
	const deviceId = useChosen<{ deviceId: string }>(context, SCOPE)?.deviceId;
	const endpoint = useChosen<Endpoint>(context, SERVER) ?? defaultEndpoint(RED);
	const filter = oneOf(config, 'emit', ['every', 'changes']) === 'changes' ? new ChangeFilter() : undefined;
	const service = serviceOf(RED, UpsService);
	const store = storeOf(RED);
	const badge: Badge = () => {
		const isUnknownRefused = service.unknownDevices().length > 0;
		return badgeOfUpses(
			service.views(deviceId, endpoint.id),
			service.environment.clock.now(),
			isUnknownRefused,
		);
	};
	const show = () => status.show(() => badgeOverStore(store.state, badge));
	const listener: UpsListener = {
		message(message) {
			show();
			if (filter?.hasChanged(message) ?? true) node.send([{ ...message }, null]);
		},
		event(event) {
			show();
			node.send([null, { topic: event.deviceId, payload: event }]);
		},
		view: show,
		failure(error) {
			show();
			context.failSometimes(error);
		},
	};
	context.onClose(store.hold());
	context.attemptOnceStarted(() => {
		if (endpoint.state.name === 'disabled') throw endpoint.state.error;
		const { route, release } = endpoint.share(
			TELEMETRY_PATH,
			'ups',
			() => new UpsReceiver(service, endpoint.id),
			() => nodeLabel(RED, node),
		);
		const unsubscribe = orElse(release, () => route.subscribe(deviceId, listener));
		const showState = endpoint.onState(({ error }) => (error ? status.set(badgeOf(error)) : show()));
		const showTrouble = store.onTrouble(listener.failure, show);
		return async () => {
			showState();
			showTrouble();
			await route.idle();
			unsubscribe();
			release();
		};
	});
	return {};
}

/** Runs something, undoing what came before it should it fail. */
function orElse<T>(undo: () => void, run: () => T): T {
	try {
		return run();
	} catch (error) {
		undo();
		throw error;
	}
}

export = (RED: NodeRed): void => defineNode(RED, { type: 'ups-http-in', open });
