/** Node `hpdu-register-read`: what a message asks for is read of a PDU. */
import { type AdminRequest, answerPanels, sharedOf } from './adapter/admin.js';
import { deviceEvents } from './adapter/device-events.js';
import { deviceFor } from './adapter/devices.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { Message, NodeRed, Send } from './adapter/node-red.js';
import { oneOf, text } from './adapter/values.js';
import { withStatus } from './adapter/with-status.js';
import { ProtocolError } from './protocol/common/errors.js';
import { PduClient, READ_KINDS, read, unknownPdu } from './protocol/hpdu/index.js';

const FORMATS = ['values', 'flat', 'value'] as const;

function open(context: NodeContext) {
	const { config } = context;
	const pdu = deviceFor<{ client: PduClient; device: string }>(context, 'hpdu-device', unknownPdu);
	const events = deviceEvents(context);
	pdu.follow(({ client }) => events.follow(client));
	const kind = oneOf(config, 'read', [...READ_KINDS]);
	const format = oneOf(config, 'format', [...FORMATS]);
	return {
		async input(msg: Message, send: Send) {
			const began = performance.now();
			const { client, device } = pdu.of(msg);
			const wish = {
				read: kind,
				registers: text(config, 'registers') || msg.registers || msg.topic,
				group: text(config, 'group') || msg.group,
				unit: text(config, 'unit') || msg.unit,
				format,
			};
			const outcome = await events.asking(client, () => withStatus(context, () => read(client, wish)));
			if (outcome === undefined) return;
			const { payload, unit, requests, facts } = outcome;
			const elapsed = Math.round(performance.now() - began);
			msg.payload = payload;
			msg.hpdu = { device, unit, requests, ...facts, elapsed };
			send(msg);
		},
	};
}

/** Reads what stands in an open panel of the PDU that is chosen there, as it was deployed. */
async function readForPanel(RED: NodeRed, { params, query }: AdminRequest): Promise<unknown> {
	const { client }: { client?: unknown } = sharedOf(RED, params.device);
	if (!(client instanceof PduClient)) throw new ProtocolError('config-missing', { property: 'device' });
	const fields = { ...query, id: '', type: 'hpdu-register-read' };
	const wish = {
		read: oneOf(fields, 'read', [...READ_KINDS]),
		...{ registers: text(fields, 'registers'), group: text(fields, 'group'), unit: text(fields, 'unit') },
		format: oneOf(fields, 'format', [...FORMATS]),
	};
	const began = performance.now();
	const { payload, facts } = await client.askForPanel(JSON.stringify(wish), (panel) => read(panel, wish));
	return { payload, ...facts, elapsed: Math.round(performance.now() - began) };
}

export = (RED: NodeRed): void => {
	defineNode(RED, { type: 'hpdu-register-read', open });
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/hpdu/:device/values', permission: 'hpdu-device.read' },
			answer: (request) => readForPanel(RED, request),
		},
	]);
};
