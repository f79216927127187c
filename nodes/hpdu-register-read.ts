/** Node `hpdu-register-read`: what a message asks for is read of a PDU. */
import { asking } from './adapter/asking.js';
import { deviceEvents } from './adapter/device-events.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { Message, NodeRed, Send } from './adapter/red.js';
import { oneOf, text } from './adapter/values.js';
import { type PduClient, READ_KINDS, read } from './protocol/hpdu/index.js';

function open(context: NodeContext) {
	const { config } = context;
	const { client, device } = context.use<{ client: PduClient; device: string }>('device');
	const kind = oneOf(config, 'read', [...READ_KINDS]);
	const events = deviceEvents(context);
	events.follow(client);
	const format = oneOf(config, 'format', ['values', 'flat', 'value']);
	return {
		async input(msg: Message, send: Send) {
			const began = performance.now();
			const wish = {
				read: kind,
				registers: text(config, 'registers') || msg.registers || msg.topic,
				group: text(config, 'group') || msg.group,
				unit: text(config, 'unit') || msg.unit,
				format,
			};
			const outcome = await events.asking(client, () => asking(context, () => read(client, wish)));
			if (outcome === undefined) return;
			const { payload, unit, requests, facts } = outcome;
			const elapsed = Math.round(performance.now() - began);
			msg.payload = payload;
			msg.hpdu = { device, unit, requests, ...facts, elapsed };
			send(msg);
		},
	};
}

export = (RED: NodeRed): void => defineNode(RED, { type: 'hpdu-register-read', open });
