/** A flow that runs somewhere, as a test drives and watches it. */
import type { Message, NodeRed, StatusBadge } from '../../../nodes/adapter/node-red.js';
import type { DeployType, FlowNode, LogLine, NodeError, NodeStatus, Report, SentMessage } from './ipc.js';
import { Mailbox } from './mailbox.js';

export interface MessageFilter {
	/** Id of the sending node. */
	readonly from?: string;
	/** Output of that node, from 0. */
	readonly port?: number;
	where?(msg: Message): boolean;
	/** How long to wait, in milliseconds. */
	readonly limit?: number;
}

export abstract class RunningFlow {
	/** Everything logged so far, in order, over all restarts. */
	readonly log: LogLine[] = [];

	private readonly badges = new Map<string, StatusBadge>();
	private readonly messages = new Mailbox<SentMessage>('message', () => this.tail());
	private readonly statuses = new Mailbox<NodeStatus>('status', () => this.tail());
	private readonly errors = new Mailbox<NodeError>('error', () => this.tail());
	private readonly lines = new Mailbox<LogLine>('log line', () => '');

	/** Where its HTTP server is, without a slash at its end, and without httpNodeRoot or httpAdminRoot. */
	abstract get url(): string;

	/**
	 * Deploys as the admin API does (credentials in each node, or all of them by node id) and resolves when the
	 * flows have started.
	 * @throws Error when they do not start, e.g. for an unknown node type.
	 */
	abstract deploy(
		flows: readonly FlowNode[],
		type?: DeployType,
		credentials?: Record<string, Record<string, string>>,
	): Promise<void>;

	/** Gives a message to a node as if another had sent it. */
	abstract inject(node: string, msg?: Message): Promise<void>;

	/**
	 * Runs a function beside the nodes and gives what it returns. Where they are in another process it is carried over as
	 * source text: nothing outside of it exists there.
	 */
	abstract run<A extends unknown[], R>(
		body: (RED: NodeRed, ...args: A) => R | Promise<R>,
		...args: A
	): Promise<R>;

	/** Ends it, and removes what it left behind. */
	abstract stop(): Promise<void>;

	/** Everything that was sent, shown, reported or logged before this call has arrived when it resolves. */
	async sync(): Promise<void> {
		await this.run(() => new Promise<void>((resolve) => setImmediate(resolve)));
	}

	/** Takes the oldest message that matches, waiting for it where it has not been sent yet. */
	async message(filter: MessageFilter = {}): Promise<Message> {
		const { where, limit, ...origin } = filter;
		const what = `${JSON.stringify(origin)}${where ? ` where ${where}` : ''}`;
		return (await this.messages.take(what, (item) => matches(item, filter), limit)).msg;
	}

	/** Messages that have arrived and were not taken. For "nothing came": call `sync` before. */
	untakenMessages(filter: MessageFilter = {}): Message[] {
		return this.messages.untaken((item) => matches(item, filter)).map(({ msg }) => msg);
	}

	/** Takes the oldest status of a node that matches, waiting for it where it was not shown yet. */
	async status(from: string, where: (status: StatusBadge) => boolean = () => true): Promise<StatusBadge> {
		const match = (item: NodeStatus): boolean => item.from === from && where(item.status);
		return (await this.statuses.take(`of ${from} where ${where}`, match)).status;
	}

	/** What a node shows now. */
	badge(from: string): StatusBadge | undefined {
		return this.badges.get(from);
	}

	/** Takes the oldest error with this code (or that matches), waiting for it where it was not reported yet. */
	error(code: string | ((error: NodeError) => boolean)): Promise<NodeError> {
		const match = typeof code === 'string' ? (item: NodeError): boolean => item.code === code : code;
		return this.errors.take(String(code), match);
	}

	untakenErrors(): NodeError[] {
		return this.errors.untaken();
	}

	/** Waits for a line of the log; lines are not taken away from `log`. */
	logged(text: string | RegExp): Promise<LogLine> {
		const match = (line: LogLine): boolean =>
			typeof text === 'string' ? line.text.includes(text) : text.test(line.text);
		return this.lines.take(String(text), match);
	}

	/**
	 * Runs what makes Node-RED deploy (a button in the editor, a request to the admin API) and resolves when the
	 * flows have started after it.
	 */
	async redeployed(by: () => Promise<unknown>): Promise<void> {
		this.lines.forget();
		await by();
		await this.logged(/^Started (modified )?(flows|nodes)$/);
	}

	/** Forgets messages, statuses, errors and lines of the log that nobody took; `log` keeps all lines. */
	forget(): void {
		for (const box of this.boxes()) box.forget();
	}

	protected file(report: Report): void {
		if (report.kind === 'message') this.messages.add(withoutKind(report));
		else if (report.kind === 'error') this.errors.add(withoutKind(report));
		else if (report.kind === 'log') this.write(withoutKind(report));
		else if (report.kind === 'status') {
			this.badges.set(report.from, report.status);
			this.statuses.add(withoutKind(report));
		}
	}

	protected write(line: LogLine): void {
		this.log.push(line);
		this.lines.add(line);
	}

	/** Fails everybody who waits. */
	protected close(reason: string): void {
		for (const box of this.boxes()) box.close(reason);
	}

	protected tail(): string {
		const notable = this.log.filter(({ level }) => level !== 'debug' && level !== 'trace').slice(-15);
		return `The log ends with\n${notable.map(({ level, text }) => `[${level}] ${text.trimEnd()}`).join('\n')}`;
	}

	private boxes(): Pick<Mailbox<never>, 'forget' | 'close'>[] {
		return [this.messages, this.statuses, this.errors, this.lines];
	}
}

function withoutKind<R extends Report>({ kind: _, ...rest }: R): Omit<R, 'kind'> {
	return rest;
}

function matches({ from, port, msg }: SentMessage, filter: MessageFilter): boolean {
	if (filter.from !== undefined && filter.from !== from) return false;
	if (filter.port !== undefined && filter.port !== port) return false;
	return filter.where?.(msg) ?? true;
}
