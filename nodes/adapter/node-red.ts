/**
 * The part of Node-RED's runtime API that the collection uses, typed as it behaves in 4.1 and 5.0 (the published
 * types differ in places: `getNode` gives null, `server` may be missing).
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** A message of a flow. */
export interface Message {
	_msgid?: string;
	topic?: unknown;
	payload?: unknown;
	[property: string]: unknown;
}

export interface StatusBadge {
	fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
	shape?: 'ring' | 'dot';
	text?: string;
}

/** One message, several in a row, or one entry per output. */
export type Send = (msg: Message | (Message | Message[] | null)[]) => void;
export type Done = (error?: Error) => void;

/** A node as Node-RED constructs it. */
export interface Node extends EventEmitter {
	readonly id: string;
	readonly type: string;
	readonly name?: string;
	/** The flow or subflow instance that holds the node. */
	readonly z?: string;
	readonly credentials?: Record<string, string | undefined>;
	/** What a config node hands to the nodes that name it; set by the adapter. */
	shared?: unknown;
	/** What kept it from being opened; set by the adapter. */
	failure?: unknown;
	/** Nodes that use this config node: Status and Catch nodes look there for whom a global node speaks to. */
	users?: Record<string, Node>;
	send: Send;
	status(badge: StatusBadge): void;
	error(error: unknown, msg?: Message): void;
	warn(text: unknown): void;
	log(text: unknown): void;
	receive(msg: Message): void;
}

/** A node as a flow file holds it, after `${ENV}` was replaced in whole-string values. */
export interface NodeConfig {
	id: string;
	type: string;
	name?: string;
	[property: string]: unknown;
}

export type NextFunction = (error?: unknown) => void;
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: NextFunction) => void;

/** An Express application, as far as a mounted handler needs it. */
export interface HttpApp {
	use(handler: Middleware): void;
	get(path: string, ...handlers: Middleware[]): void;
	post(path: string, ...handlers: Middleware[]): void;
	/** The path at which the application is mounted. */
	path(): string;
}

export interface NodeRed {
	nodes: {
		createNode(node: Node, config: NodeConfig): void;
		registerType(
			type: string,
			open: (this: Node, config: NodeConfig) => void,
			options?: {
				credentials?: Record<string, { type: 'text' | 'password' }>;
				settings?: Record<string, unknown>;
			},
		): void;
		getNode(id: string): Node | null;
		eachNode(callback: (config: NodeConfig) => void): void;
		/** Those that are stored of a node. */
		getCredentials(id: string): Record<string, string | undefined> | undefined;
	};
	settings: {
		userDir?: string;
		httpNodeRoot?: string | false;
		httpAdminRoot?: string | false;
		httpNodeMiddleware?: Middleware | Middleware[];
		/** What Node-RED keeps for a module outside of the flows. @throws where Node-RED keeps nothing */
		get?(name: string): unknown;
		/** @throws and rejects where it cannot be kept, or where the settings file has a value of this name */
		set?(name: string, value: unknown): Promise<unknown>;
		[name: string]: unknown;
	};
	/** One emitter per process, shared by every node module: what is kept per runtime hangs on it. */
	events: EventEmitter;
	log: Record<'error' | 'warn' | 'info' | 'debug', (text: unknown) => void>;
	/** Missing where Node-RED is embedded without HTTP nodes. */
	httpNode?: HttpApp;
	httpAdmin?: HttpApp;
	/** Null where Node-RED is embedded without a server. */
	server?: Server | null;
	/** What the runtime tells the editors that are open. */
	comms?: { publish(topic: string, data: unknown, retain?: boolean): void };
	auth: { needsPermission(permission: string): Middleware };
	util: {
		evaluateNodeProperty(
			value: unknown,
			type: string,
			node: Node | null,
			msg: Message,
			callback: (error: Error | null, result?: unknown) => void,
		): void;
		cloneMessage<T>(msg: T): T;
	};
	/** The text of a message id, in the runtime's language. */
	_(id: string, params?: Readonly<Record<string, unknown>>): string;
	version(): string;
}

/** What a node file exports. */
export type NodeModule = (RED: NodeRed) => void;
