import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { defineNode, type NodeContext, type NodeParts } from '../../nodes/adapter/node.js';
import type { Message, Node, NodeConfig, StatusBadge } from '../../nodes/adapter/node-red.js';
import { ProtocolError } from '../../nodes/protocol/common/errors.js';
import { fakeRed } from './http-server/kit.js';

/** A node as Node-RED would make it, with what it reported and showed. */
class FakeNode extends EventEmitter {
	readonly id = 'n';
	readonly type = 't';
	readonly reported: unknown[] = [];
	readonly shown: StatusBadge[] = [];
	send = (): void => undefined;
	error = (error: unknown): void => void this.reported.push(error);
	status = (badge: StatusBadge): void => void this.shown.push(badge);

	/** Gives it a message, and gives what it tells at its end. */
	async receives(msg: Message): Promise<unknown> {
		const done = new EventEmitter();
		this.emit('input', msg, this.send, (error?: Error) => done.emit('done', error));
		return (await once(done, 'done'))[0];
	}

	async closes(): Promise<void> {
		const done = new EventEmitter();
		this.emit('close', false, () => done.emit('done'));
		await once(done, 'done');
	}
}

/** Makes a node whose functions are given. */
function make(open: (context: NodeContext) => NodeParts) {
	let create: (this: Node, config: NodeConfig) => void = () => assert.fail();
	const registerType = (_type: string, made: typeof create): void => {
		create = made;
	};
	const nodes = { registerType, createNode: () => undefined, getNode: () => null } as never;
	const red = fakeRed({ nodes, _: (id: string) => id });
	defineNode(red, { type: 't', open });
	const node = new FakeNode();
	create.call(node as unknown as Node, { id: 'n', type: 't' });
	return { node, red };
}

const codeOf = (error: unknown): string => (error instanceof ProtocolError ? error.code : assert.fail());

/** What may be thrown where nobody expects anything to be. */
const FAULTS: Readonly<Record<string, unknown>> = {
	'an error': new TypeError('x is not a function'),
	nothing: undefined,
	'what has no text': { toString: null },
};

describe('An error of a node that nobody expects', () => {
	for (const [what, fault] of Object.entries(FAULTS)) {
		it(`ends the message alone that it came with: ${what}, thrown at once or later`, async () => {
			const { node } = make(() => ({
				input: ({ payload }) => {
					if (payload === 'at once') throw fault;
					return payload === 'later' ? Promise.reject(fault) : undefined;
				},
			}));
			assert.equal(codeOf(await node.receives({ payload: 'at once' })), 'internal');
			assert.equal(codeOf(await node.receives({ payload: 'later' })), 'internal');
			assert.equal(await node.receives({ payload: 'fine' }), undefined);
		});

		it(`keeps the node from working, and nothing else: ${what}, thrown while it is made`, async () => {
			const { node, red } = make(() => {
				throw fault;
			});
			red.events.emit('flows:started');
			assert.deepEqual(node.reported.map(codeOf), ['internal']);
			assert.equal(node.shown.at(-1)?.fill, 'red');
			assert.equal(codeOf(await node.receives({})), 'internal');
			await node.closes();
		});

		it(`does not keep it from closing, and from putting the rest away: ${what}`, async () => {
			const away: string[] = [];
			const { node, red } = make((context) => {
				context.onClose(() => away.push('first'));
				context.onClose(() => Promise.reject(fault));
				context.onClose(() => {
					throw fault;
				});
				context.onClose(() => away.push('last'));
				return {};
			});
			await node.closes();
			assert.deepEqual(
				[away, red.logged],
				[
					['last', 'first'],
					['errors.internal', 'errors.internal'],
				],
			);
		});
	}
});
