/** Node `ups-command-out`: a message becomes a command of a UPS, and each of its states a message. */
import { type ConfigChoice, useChosen } from './adapter/choice.js';
import { deviceNamed, givenDevice } from './adapter/devices.js';
import { badgeOfInput, localise } from './adapter/errors.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { Message, NodeRed } from './adapter/node-red.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { serialiseMessage } from './adapter/serialise-message.js';
import { number, text, typedValue } from './adapter/values.js';
import { textOf } from './protocol/common/text.js';
import {
	collectArguments,
	PendingCommands,
	parseArguments,
	parseCommandName,
	UpsService,
} from './protocol/ups/index.js';

/** The node's fields of arguments, by their names on the wire. */
const FIELDS = { freq_hz: 'freqHz', dur_ms: 'durMs', delay_s: 'delayS', off_ms: 'offMs' };

type Ups = { readonly deviceId: string };

const TARGET: ConfigChoice = {
	...{ property: 'target', values: ['message', 'device'], field: 'device', type: 'ups-device' },
};

/** In seconds; longer than anybody can mean. */
const YEAR = 31_536_000;

function open(context: NodeContext) {
	const { RED, config, node, status } = context;
	const chosen = useChosen<Ups>(context, TARGET);
	const maxAge = number(config, 'maxAge', { min: 0, max: YEAR, blank: Number.NaN }) * 1000;
	const fields = Object.fromEntries(
		Object.entries(FIELDS).map(([wire, field]) => [wire, text(config, field)]),
	);
	const type = text(config, 'textType') || 'msg';
	const textSource = { name: 'text', value: config.text || (type === 'msg' ? 'payload' : ''), type };
	const service = serviceOf(RED, UpsService);

	async function queue(deviceId: string, msg: Message): Promise<void> {
		const command = parseCommandName(text(config, 'command') || msg.command);
		const display = command === 'ui.display_msg' ? await typedValue(RED, node, textSource, msg) : undefined;
		const given = collectArguments(command, { fields, display, payload: msg.payload });
		const mayClear = textSource.type === 'str' || display !== given.text;
		await service.commands.queue(deviceId, {
			nodeId: node.id,
			command,
			args: parseArguments(command, given, mayClear),
			maxAge: Number.isNaN(maxAge) ? undefined : maxAge,
			message: msg,
			storedMessage: serialiseMessage(msg),
		});
	}

	context.onClose(storeOf(RED).hold());
	// A command that is being queued while the flows stop is queued; its states are delivered when they run again.
	context.onClose(() => context.idle());
	const pending = new PendingCommands();
	context.attemptOnceStarted(() => {
		resume(service, node.id, pending, status).catch((error: unknown) => context.failSometimes(error));
		return service.attach(node.id, (report, message) => {
			pending.update(report);
			status.show(() => pending.badge(report));
			node.send({ ...RED.util.cloneMessage((message ?? {}) as Message), payload: report });
		});
	});
	async function execute(msg: Message): Promise<void> {
		const deviceId = chosen?.deviceId ?? givenId(RED, msg);
		const cancel = isGiven(msg.cancel) ? msg.cancel : false;
		if (cancel === true) await service.commands.cancel(deviceId ?? '', true);
		else if (cancel !== false) await service.commands.cancel(deviceId, textOf(cancel));
		else await queue(deviceId ?? '', msg);
	}

	return {
		async input(msg: Message) {
			try {
				await execute(msg);
			} catch (error) {
				status.set(badgeOfInput(localise(RED, error)));
				throw error;
			}
		},
	};
}

/** The id of the UPS that a message names, as it is where no UPS has that id or name; undefined where it names none. */
function givenId(RED: NodeRed, msg: Message): string | undefined {
	const given = givenDevice(msg);
	return given === '' ? undefined : (deviceNamed<Ups>(RED, TARGET.type, given)?.deviceId ?? given);
}

/** Counts the commands that an earlier process, or the flow before a deploy, queued. */
async function resume(
	service: UpsService,
	nodeId: string,
	pending: PendingCommands,
	status: NodeContext['status'],
): Promise<void> {
	const badge = pending.resume(await service.commands.pending(nodeId));
	if (badge !== undefined) status.set(...badge);
}

/** Flows clear a property by deleting it or with null. */
function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null;
}

export = (RED: NodeRed): void => defineNode(RED, { type: 'ups-command-out', open });
