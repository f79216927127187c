/**
 * Makes a Node-RED node of a few functions, and does what every node must do: one `done` per message, no exception that
 * ends Node-RED, a `close` that is awaited, errors in the user's language.
 */
import { ProtocolError } from '../protocol/common/errors.js';
import { answerPanels } from './admin.js';
import { type CredentialDefinitions, credentialsRoute, plainDefinitions } from './credentials.js';
import { badgeOf, localise } from './errors.js';
import type { StatusName } from './families.js';
import { onFlowsStarted } from './flows-started.js';
import type { Message, Node, NodeConfig, NodeRed, Send } from './node-red.js';
import { overviewChanged, showProblem } from './overview.js';
import { systemTimers } from './runtime-clock.js';
import { StatusLine } from './status.js';

/** What a node does. */
export interface NodeParts {
	/** Handles a message; what it throws goes to `done`. */
	input?(msg: Message, send: Send): void | Promise<void>;
	/** What a config node hands to the nodes that name it. */
	readonly shared?: unknown;
}

/** Takes back what was begun; may be async. */
export type Undo = () => unknown;

/** Milliseconds. */
const FAILURE_PAUSE = 60_000;

/** What a node may use while it is opened. */
export interface NodeContext {
	readonly RED: NodeRed;
	readonly node: Node;
	readonly config: NodeConfig;
	readonly status: StatusLine;
	/** Reports an error that no message of a flow caused. */
	fail(error: unknown): void;
	/** The same for what may happen with every request: one kind of error is reported once a minute at most. */
	failSometimes(error: unknown): void;
	/** Runs when the node closes, the last one first; may be async. */
	onClose(undo: Undo): void;
	/** Resolves when no message is being handled any more. */
	idle(): Promise<unknown>;
	/**
	 * Does something that another node may stand in the way of (a path or id that is taken), now and, while it
	 * throws, again after each deploy. What it returns is run at close.
	 */
	attempt(begin: () => Undo): void;
	/** The same, but not before all nodes of the flows are there. */
	attemptOnceStarted(begin: () => Undo): void;
	/** Runs once, when the nodes of all flows are there: what is sent or reported before reaches nobody. */
	afterStart(run: () => void): void;
	/**
	 * What a config node shares.
	 * @throws ProtocolError `config-missing` when there is none or it is disabled; what kept it from being opened
	 */
	use<T>(property: string): T;
}

/** How a type of node is made. */
export interface NodeDefinition {
	readonly type: string;
	readonly credentials?: CredentialDefinitions;
	/** What the editor gets to know, as `RED.settings.<name>`; a name begins with the type in camel case. */
	readonly settings?: Record<string, { readonly value: unknown; readonly exportable: true }>;
	open(context: NodeContext): NodeParts;
}

/** Registers a type of node. */
export function defineNode(RED: NodeRed, { type, credentials, settings, open }: NodeDefinition): void {
	function create(this: Node, config: NodeConfig): void {
		RED.nodes.createNode(this, config);
		new Instance(RED, this, config).open(open);
	}
	RED.nodes.registerType(type, create, {
		...(credentials && { credentials: plainDefinitions(credentials) }),
		...(settings && { settings }),
	});
	if (credentials) answerPanels(RED, [credentialsRoute(RED, type, credentials)]);
}

class Instance implements NodeContext {
	readonly status: StatusLine;
	private readonly undos: Undo[] = [];
	private readonly inFlight = new Set<Promise<void>>();
	/** When an error of a code was last reported. */
	private readonly failed = new Map<string, number>();

	constructor(
		readonly RED: NodeRed,
		readonly node: Node,
		readonly config: NodeConfig,
	) {
		this.status = new StatusLine(RED, node, systemTimers, () => overviewChanged(RED));
	}

	open(open: NodeDefinition['open']): void {
		// Two parameters: Node-RED tells by their number that it must wait for `done`.
		this.node.on('close', (_removed: boolean, done: () => void) => void this.close().finally(done));
		const parts = this.openOrFail(open);
		this.node.shared = parts.shared;
		const input = parts.input?.bind(parts) ?? (() => undefined);
		this.node.on('input', (msg: Message, send: Send, done: (error?: Error) => void) => {
			const work = Promise.resolve()
				.then(() => input(msg, send))
				.then(
					() => done(),
					(error) => done(localise(this.RED, error)),
				)
				.catch((error) => this.RED.log.error(localise(this.RED, error).message))
				.finally(() => this.inFlight.delete(work));
			this.inFlight.add(work);
		});
	}

	idle(): Promise<unknown> {
		return Promise.all(this.inFlight);
	}

	/** Without a message, an empty one too, Node-RED asks no Catch node. */
	fail(error: unknown): void {
		this.node.error(localise(this.RED, error), {});
	}

	failSometimes(error: unknown): void {
		const { code } = localise(this.RED, error);
		const now = performance.now();
		if (now - (this.failed.get(code) ?? Number.NEGATIVE_INFINITY) < FAILURE_PAUSE) return;
		this.failed.set(code, now);
		this.fail(error);
	}

	onClose(undo: Undo): void {
		this.undos.push(undo);
	}

	attempt(begin: () => Undo): void {
		const failed = this.try(begin);
		if (failed === undefined) return;
		this.repeatAfterStart(begin, this.cannotWork(failed));
	}

	attemptOnceStarted(begin: () => Undo): void {
		this.repeatAfterStart(begin);
	}

	use<T>(property: string): T {
		const id = this.config[property];
		const named = typeof id === 'string' ? this.RED.nodes.getNode(id) : null;
		if (named === null) throw new ProtocolError('config-missing', { property });
		const users = named.users ?? {};
		named.users = users;
		users[this.node.id] = this.node;
		this.onClose(() => delete users[this.node.id]);
		if (named.shared === undefined) throw named.failure ?? new ProtocolError('config-missing', { property });
		return named.shared as T;
	}

	/** What can't be opened fails each message that it gets: none may vanish as if it had been dealt with. */
	private openOrFail(open: NodeDefinition['open']): NodeParts {
		try {
			return open(this);
		} catch (error) {
			this.node.failure = error;
			this.cannotWork(error);
			this.afterStart(() => {
				this.cannotWork(error);
				this.fail(error);
			});
			return { input: () => Promise.reject(error) };
		}
	}

	/** @returns what went wrong */
	private try(begin: () => Undo): unknown {
		try {
			this.onClose(begin());
			return undefined;
		} catch (error) {
			return error ?? new Error('failed without a reason');
		}
	}

	/**
	 * Shows what is wrong even if it is shown already: Status nodes hear nothing before the flows have started.
	 * @returns the badge
	 */
	private cannotWork(error: unknown): StatusName {
		const badge = badgeOf(localise(this.RED, error));
		this.status.repeat(badge);
		showProblem(this.RED, this.node, error);
		return badge;
	}

	private works(badge: StatusName): void {
		this.status.remove(badge);
		showProblem(this.RED, this.node, undefined);
	}

	/**
	 * @param shown the badge of the last failure
	 * @param reported its message, undefined where only the constructor has failed so far
	 */
	private repeatAfterStart(begin: () => Undo, shown?: StatusName, reported?: string): void {
		this.afterStart(() => {
			const failed = this.try(begin);
			if (failed === undefined) {
				if (shown !== undefined) this.works(shown);
				return;
			}
			const badge = this.cannotWork(failed);
			const { message } = localise(this.RED, failed);
			if (message !== reported) this.fail(failed);
			this.repeatAfterStart(begin, badge, message);
		});
	}

	afterStart(run: () => void): void {
		this.onClose(onFlowsStarted(this.RED, run));
	}

	private async close(): Promise<void> {
		for (const undo of this.undos.reverse()) {
			try {
				await undo();
			} catch (error) {
				this.RED.log.error(localise(this.RED, error).message);
			}
		}
		this.status.end();
		showProblem(this.RED, this.node, undefined);
	}
}
