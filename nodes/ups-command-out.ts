/** Node `ups-command-out`: a message becomes a command of a UPS, and what becomes of it messages. */
import { defineNode, type NodeContext } from './adapter/node.js';
import { portableMessage } from './adapter/portable.js';
import type { Message, NodeRed } from './adapter/red.js';
import { serviceOf, storeOf } from './adapter/runtime.js';
import { number, text, typedValue } from './adapter/values.js';
import { collectArguments, parseArguments, parseCommandName, UpsStation } from './protocol/ups/index.js';

/** The node's fields of arguments, by their names on the wire. */
const FIELDS = { freq_hz: 'freqHz', dur_ms: 'durMs', delay_s: 'delayS', off_ms: 'offMs' };

/** In seconds; longer than anybody can mean. */
const YEAR = 31_536_000;

function open(context: NodeContext) {
	const { RED, config, node, status } = context;
	const chosen =
		text(config, 'device') === '' ? undefined : context.use<{ deviceId: string }>('device').deviceId;
	const maxAge = number(config, 'maxAge', { min: 0, max: YEAR, blank: Number.NaN }) * 1000;
	const fields = Object.fromEntries(
		Object.entries(FIELDS).map(([wire, field]) => [wire, text(config, field)]),
	);
	const textSource = {
		name: 'text',
		value: config.text ?? 'payload',
		type: text(config, 'textType') || 'msg',
	};
	const station = serviceOf(RED, UpsStation);

	async function order(deviceId: string, msg: Message): Promise<void> {
		const command = parseCommandName(text(config, 'command') || msg.command);
		const display = command === 'ui.display_msg' ? await typedValue(RED, node, textSource, msg) : undefined;
		const given = collectArguments(command, { fields, display, payload: msg.payload });
		const mayClear = textSource.type === 'str' || display !== given.text;
		await station.order(deviceId, {
			nodeId: node.id,
			command,
			args: parseArguments(command, given, mayClear),
			maxAge: Number.isNaN(maxAge) ? undefined : maxAge,
			message: msg,
			portable: portableMessage(msg),
		});
	}

	context.onClose(storeOf(RED).hold());
	context.attemptOnceStarted(() =>
		station.attach(node.id, (report, message) => {
			status.set(report.state);
			node.send({ ...RED.util.cloneMessage((message ?? {}) as Message), payload: report });
		}),
	);
	return {
		async input(msg: Message) {
			const deviceId = chosen ?? (msg.device === undefined ? undefined : String(msg.device));
			if (msg.cancel === true) await station.cancel(deviceId ?? '', true);
			else if (msg.cancel !== undefined) await station.cancel(deviceId, String(msg.cancel));
			else await order(deviceId ?? '', msg);
		},
	};
}

export = (RED: NodeRed): void => defineNode(RED, { type: 'ups-command-out', open });
