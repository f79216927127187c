/** Node `hpdu-framebuffer`: the display of a PDU as a picture, and its pages and buttons. */
import { type AdminRequest, answerPanels, sharedOf } from './adapter/admin.js';
import { deviceEvents } from './adapter/device-events.js';
import { deviceFor } from './adapter/devices.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { Message, NodeRed, Send } from './adapter/node-red.js';
import { flag, text } from './adapter/values.js';
import { withStatus } from './adapter/with-status.js';
import { ProtocolError } from './protocol/common/errors.js';
import { look, PduClient, unknownPdu } from './protocol/hpdu/index.js';

function open(context: NodeContext) {
	const { config } = context;
	const pdu = deviceFor<{ client: PduClient; device: string }>(context, 'hpdu-device', unknownPdu);
	const events = deviceEvents(context);
	pdu.follow(({ client }) => events.follow(client));
	const options = {
		...{ format: text(config, 'format'), scale: text(config, 'scale'), rotate: text(config, 'rotate') },
		...{ invert: flag(config, 'invert'), bitOrder: text(config, 'bitOrder') },
	};
	return {
		async input(msg: Message, send: Send) {
			const { client, device } = pdu.of(msg);
			const buttons = (msg.payload ?? {}) as { readonly button1?: unknown; readonly button2?: unknown };
			const wish = {
				...options,
				action: text(config, 'action') || msg.action,
				page: text(config, 'page') || msg.payload,
				button1: text(config, 'button1') || buttons.button1,
				button2: text(config, 'button2') || buttons.button2,
			};
			const outcome = await events.asking(client, () => withStatus(context, () => look(client, wish)));
			if (outcome === undefined) return;
			const { payload, requests, facts } = outcome;
			msg.payload = payload;
			msg.hpdu = { device, requests, ...facts };
			send(msg);
		},
	};
}

/** The page that the display of a panel's PDU shows, as the panel would render it. */
async function preview(RED: NodeRed, { params, query }: AdminRequest): Promise<unknown> {
	const { client }: { client?: unknown } = sharedOf(RED, params.device);
	if (!(client instanceof PduClient)) throw new ProtocolError('config-missing', { property: 'device' });
	const { scale, rotate, invert, bitOrder } = query;
	const wish = { page: '', button1: '', button2: '', format: 'data-url', scale, rotate, invert, bitOrder };
	const key = `display ${JSON.stringify(wish)}`;
	const { payload, facts } = await client.askForPanel(key, (panel) =>
		look(panel, { ...wish, action: 'image' }),
	);
	return { image: payload, ...(facts.display as object) };
}

export = (RED: NodeRed): void => {
	defineNode(RED, { type: 'hpdu-framebuffer', open });
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/hpdu/:device/display', permission: 'hpdu-device.read' },
			answer: (request) => preview(RED, request),
		},
	]);
};
