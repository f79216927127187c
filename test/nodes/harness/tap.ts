/** Reports what the nodes of a Node-RED send, show and report, whether they are wired or not. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import type { Message, Node, NodeRed, StatusBadge } from '../../../nodes/adapter/node-red.js';
import type { Report } from './ipc.js';
import { portable } from './portable.js';

type NodeClass = {
	prototype: Node & { updateWires(wires: unknown): void; error(error: unknown, msg?: Message): void };
};

/** A record as Node-RED hands it to a log handler. */
export interface LogRecord {
	level: number;
	msg?: unknown;
	id?: string;
}

interface RuntimeState {
	id: string;
	payload?: { state?: string; error?: string; types?: string[]; modules?: unknown };
}

const LEVELS: Record<number, string> = {
	10: 'fatal',
	20: 'error',
	30: 'warn',
	40: 'info',
	50: 'debug',
	60: 'trace',
};

export function describe(value: unknown): string {
	if (value instanceof Error) return value.stack ?? value.message;
	return typeof value === 'string' ? value : inspect(value);
}

export function logReport({ level, msg, id }: LogRecord): Report {
	return { kind: 'log', level: LEVELS[level] ?? String(level), text: describe(msg), from: id };
}

function* sentMessages(from: string, output: unknown): Generator<Report> {
	const ports = Array.isArray(output) ? output : [output];
	for (const [port, messages] of ports.entries()) {
		for (const msg of Array.isArray(messages) ? messages : [messages]) {
			if (typeof msg !== 'object' || msg === null) continue;
			yield { kind: 'message', from, port, msg: portable(msg) as Message };
		}
	}
}

function errorReport(from: string, error: unknown, msg: Message | undefined): Report {
	const { code, message } = (error ?? {}) as { code?: string; message?: string };
	return {
		kind: 'error',
		from,
		code: typeof code === 'string' ? code : undefined,
		message: message ?? String(error),
		catchable: typeof msg === 'object' && msg !== null,
		inspected: inspect(error, { depth: 10, showHidden: true }),
	};
}

/**
 * Taps the nodes themselves: Node-RED's hooks see no message of an output that is wired to nothing.
 * @param redPath the program of the Node-RED whose nodes are meant
 */
export function tapNodes(redPath: string, report: (what: Report) => void): void {
	const requireFromRed = createRequire(redPath);
	const { events } = requireFromRed('@node-red/util') as { events: NodeRed['events'] };
	const { prototype } = requireFromRed('@node-red/runtime/lib/nodes/Node') as NodeClass;
	const { updateWires, error: reportError } = prototype;
	prototype.updateWires = function (wires: unknown): void {
		updateWires.call(this, wires);
		const deliver = this.send;
		this.send = (output) => {
			for (const sent of sentMessages(this.id, output)) report(sent);
			deliver.call(this, output);
		};
	};
	prototype.error = function (error: unknown, msg?: Message): void {
		report(errorReport(this.id, error, msg));
		reportError.call(this, error, msg);
	};
	events.on('node-status', ({ id, status }: { id: string; status: StatusBadge }) => {
		report({ kind: 'status', from: id, status: portable(status) as StatusBadge });
	});
}

/** Resolves when flows run; fails when Node-RED says why they cannot. */
export function flowsRunning(events: NodeRed['events']): Promise<void> {
	return new Promise((resolve, reject) => {
		const listen = ({ id, payload }: RuntimeState): void => {
			// Every deploy first stops what runs, which is a state without an error.
			const settled = payload?.state === 'start' || payload?.error !== undefined;
			if (id !== 'runtime-state' || !settled) return;
			events.removeListener('runtime-event', listen);
			if (payload.state === 'start') resolve();
			else reject(new Error(`the flows do not run: ${inspect(payload)}`));
		};
		events.on('runtime-event', listen);
	});
}
