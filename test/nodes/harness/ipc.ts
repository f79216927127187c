/**
 * What a test and the Node-RED process that it drives say to each other over Node.js' IPC channel, with structured
 * serialization, so that Buffers, Dates and `undefined` arrive as they were.
 */
import type { Message, StatusBadge } from '../../../nodes/adapter/node-red.js';

/** A node of a flow file; `credentials` as the admin API takes them in a deploy. */
export interface FlowNode {
	id: string;
	type: string;
	credentials?: Record<string, string>;
	[property: string]: unknown;
}

export type DeployType = 'full' | 'nodes' | 'flows';

/** A message that a node has sent, wired or not. */
export interface SentMessage {
	readonly from: string;
	readonly port: number;
	readonly msg: Message;
}

export interface NodeStatus {
	readonly from: string;
	readonly status: StatusBadge;
}

/** What a node has reported through `done(error)` or `node.error`. */
export interface NodeError {
	readonly from: string;
	readonly code: string | undefined;
	readonly message: string;
	/** True where a message came with it, so that a Catch node sees it. */
	readonly catchable: boolean;
	/** Everything that the error holds (stack, cause, params) as text, to look for what must not be in there. */
	readonly inspected: string;
}

/** A line of Node-RED's log, or of the process's own output (levels `stdout` and `stderr`). */
export interface LogLine {
	readonly level: string;
	readonly text: string;
	readonly from: string | undefined;
}

export type Report =
	| { readonly kind: 'ready'; readonly port: number }
	| { readonly kind: 'failed'; readonly reason: string }
	| { readonly kind: 'reply'; readonly call: number; readonly error?: string; readonly value?: unknown }
	| ({ readonly kind: 'message' } & SentMessage)
	| ({ readonly kind: 'status' } & NodeStatus)
	| ({ readonly kind: 'error' } & NodeError)
	| ({ readonly kind: 'log' } & LogLine);

export type Command =
	| {
			readonly action: 'deploy';
			readonly type: DeployType;
			readonly flows: readonly FlowNode[];
			readonly credentials: Record<string, Record<string, string>> | undefined;
	  }
	| { readonly action: 'inject'; readonly node: string; readonly msg: Message }
	| { readonly action: 'run'; readonly source: string; readonly args: readonly unknown[] };

export type Call = Command & { readonly call: number };
