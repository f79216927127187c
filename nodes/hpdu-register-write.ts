/** Node `hpdu-register-write`: what a message says is written to a PDU. */

import { deviceEvents } from './adapter/device-events.js';
import { deviceFor } from './adapter/devices.js';
import { defineNode, type NodeContext } from './adapter/node.js';
import type { Message, NodeRed, Send } from './adapter/node-red.js';
import { flag, number, oneOf, text, typedValue } from './adapter/values.js';
import { withStatus } from './adapter/with-status.js';
import {
	type OutletState,
	type PduClient,
	unknownPdu,
	WRITE_KINDS,
	type WriteWish,
	write,
} from './protocol/hpdu/index.js';

function open(context: NodeContext) {
	const { RED, config, node } = context;
	const pdu = deviceFor<{ client: PduClient; device: string }>(context, 'hpdu-device', unknownPdu);
	const events = deviceEvents(context);
	pdu.follow(({ client }) => events.follow(client));
	const kind = oneOf(config, 'write', [...WRITE_KINDS]);
	const settle = number(config, 'settle', { min: 0, max: 3600, blank: 15 });
	const onMismatch = oneOf(config, 'onMismatch', ['error', 'pass']);
	const type = text(config, 'valueType') || 'msg';
	const source = { name: 'value', value: config.value || (type === 'msg' ? 'payload' : ''), type };

	async function wishOf(msg: Message): Promise<WriteWish> {
		const register = text(config, 'register') || msg.register;
		const isOne = kind === 'registers' && register !== undefined && register !== '';
		return {
			...{ write: kind, register, onMismatch, payload: msg.payload },
			value: isOne ? await typedValue(RED, node, source, msg) : undefined,
			saveGroup: text(config, 'saveGroup') || msg.saveGroup,
			hardwareId: text(config, 'hardwareId') || msg.hardwareId,
			unitAddress: text(config, 'unitAddress') || msg.payload,
			unit: text(config, 'unit') || msg.unit,
			unlock: flag(config, 'unlock') || msg.unlock,
			settle,
		};
	}

	return {
		async input(msg: Message, send: Send) {
			const { client, device } = pdu.of(msg);
			const written: string[] = [];
			let outlets: Readonly<Record<number, OutletState>> | undefined;
			try {
				const note = (key: string) => void written.push(key);
				const noteOutlets = (states: typeof outlets) => {
					outlets = states;
				};
				const outcome = await events.asking(client, () =>
					withStatus(context, async () => write(client, await wishOf(msg), note, noteOutlets)),
				);
				if (outcome === undefined) return;
				msg.payload = outcome.payload;
				msg.hpdu = { device, unit: outcome.unit, requests: outcome.requests, ...outcome.facts };
			} catch (error) {
				// A Catch node is given the message: it tells what was done before something failed.
				msg.hpdu = { device, written, ...(outlets && { outlets }), accepted: false };
				throw error;
			}
			send(msg);
		},
	};
}

export = (RED: NodeRed): void => defineNode(RED, { type: 'hpdu-register-write', open });
