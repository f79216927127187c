/** Node `wican-https-in`: what a WiCAN posts becomes messages, and what happens to it and its car events. */
import { defaultEndpoint, type Endpoint } from './adapter/endpoint/index.js';
import { badgeOf } from './adapter/errors.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { NodeRed } from './adapter/red.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { flag, number, oneOf, text, urlPath } from './adapter/values.js';
import { ProtocolError } from './protocol/common/errors.js';
import {
	authenticator,
	badgeOfVehicle,
	MessageMaker,
	WicanFleet,
	WicanReceiver,
} from './protocol/wican/index.js';

/** In seconds; longer than anybody can mean. */
const YEAR = 31_536_000;

function readSettings({ config, node }: NodeContext) {
	const { token = '', username = '', password = '' } = node.credentials ?? {};
	const kind = oneOf(config, 'auth', [
		...(['bearer', 'none', 'api-key-header', 'api-key-query', 'basic', 'client-cert'] as const),
	]);
	const offlineAfter = number(config, 'offlineAfter', { min: 1, max: YEAR, blank: 0 }) * 1000;
	return {
		kind,
		authenticator: authenticator({ kind, name: text(config, 'authName'), token, username, password }),
		maker: new MessageMaker({
			emit: oneOf(config, 'emit', ['snapshot', 'parameters']),
			changedOnly: flag(config, 'changedOnly'),
			statusFields: oneOf(config, 'statusFields', ['safe', 'all', 'none']),
		}),
		vehicle: {
			name: text(config, 'vehicle'),
			path: urlPath(config, 'path', '/wican'),
			offlineAfter: offlineAfter === 0 ? undefined : offlineAfter,
		},
	};
}

function open(context: NodeContext) {
	const { RED, config, node, status } = context;
	const settings = readSettings(context);
	const endpoint = text(config, 'endpoint') === '' ? defaultEndpoint(RED) : context.use<Endpoint>('endpoint');
	const fleet = serviceOf(RED, WicanFleet);
	const vehicle = fleet.vehicle(node.id);
	const store = storeOf(RED);
	const { usable } = settings.authenticator;
	const show = () =>
		status.show(() => {
			if (!usable) return ['no-credential'];
			return store.healthy ? badgeOfVehicle(vehicle.view) : ['store-failing'];
		});
	const failure = (error: unknown) => {
		status.set('store-failing');
		context.failSometimes(error);
	};
	context.onClose(store.hold());
	if (!usable) context.afterStart(() => context.fail(noCredential(settings.kind)));
	context.attemptOnceStarted(() => {
		if (endpoint.state.name === 'disabled') throw endpoint.state.error;
		const receiver = new WicanReceiver(vehicle, settings.authenticator, fleet.environment.clock.now, {
			reading(reading) {
				show();
				const messages = settings.maker.messages(reading);
				if (messages.length > 0) node.send([messages, null]);
			},
			failure,
		});
		const { release } = endpoint.claim({ prefix: settings.vehicle.path }, receiver);
		const close = vehicle.open(settings.vehicle, {
			view: show,
			event(event) {
				show();
				node.send([null, { topic: event.vehicle, payload: event }]);
			},
		});
		const showState = endpoint.onState(({ error }) => (error ? status.set(badgeOf(error)) : show()));
		const showTrouble = store.onTrouble(failure);
		return async () => {
			showState();
			showTrouble();
			const shown = receiver.close();
			release();
			await shown;
			close();
		};
	});
	return {};
}

function noCredential(kind: string): ProtocolError {
	return new ProtocolError('wican-no-credential', { expected: kind });
}

export = (RED: NodeRed): void =>
	defineNode(RED, {
		type: 'wican-https-in',
		credentials: { token: { type: 'password' }, username: { type: 'text' }, password: { type: 'password' } },
		open,
	});
