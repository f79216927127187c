import type { Command } from '../../../nodes/protocol/ups/command-state.js';
import { isFinal, stateOf } from '../../../nodes/protocol/ups/command-state.js';
import type { CommandName, CommandReport, UpsEvent } from '../../../nodes/protocol/ups/index.js';
import {
	answered,
	type DevicePost,
	type Outcome,
	simulate,
	UNREACHABLE,
	UpsDevice,
	type UpsOptions,
} from '../../devices/ups/index.js';
import { ManualTime, settled } from '../manual-time.js';
import { TestStore } from '../memory-store.js';
import { ADDRESS, ID, isRefusal, KEY, Site, START } from './site.js';

/** A row of numbers that looks like chance and is the same in every run. */
export function chance(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** The states of a command in a simulation. */
export interface Ordered {
	readonly id: string;
	readonly command: CommandName;
}

/** When Node-RED is killed: the answer is out, and the flows have been told (which no disk knows yet) or not. */
export type Kill = 'before telling' | 'after telling';

/** A stand-in UPS and one Node-RED after another over one store, in simulated time. */
export class Simulation {
	readonly device: UpsDevice;
	readonly time = new ManualTime(START);
	site: Site;
	readonly queued: Ordered[] = [];
	readonly reports: CommandReport[] = [];
	readonly events: UpsEvent[] = [];
	/** Everything that ever went over the wire, to be sent again. */
	readonly posts: DevicePost[] = [];
	/** Nonces that were answered with a 200. */
	readonly accepted: string[] = [];
	refusals = 0;
	private heard = START;

	constructor(options: Partial<UpsOptions> = {}, seed = 1) {
		const random = chance(seed);
		const word = () => Math.floor(random() * 2 ** 32);
		this.device = new UpsDevice({ deviceId: ID, key: KEY, startAt: START, random: word, ...options });
		this.site = new Site(this.time, new TestStore(this.time)).start();
	}

	/** Node-RED is started anew over what it left. */
	async restart(store = this.site.store.afterKill()): Promise<void> {
		this.collect();
		this.site = this.site.restarted(store).start();
		await settled();
	}

	/** Takes what was told so far from the present site. */
	private collect(): void {
		this.reports.push(...this.site.reports.splice(0));
		this.events.push(...this.site.events.splice(0));
	}

	async queue(command: CommandName, args: object = {}): Promise<void> {
		this.queued.push({ id: await this.site.queue(command, { args }), command });
	}

	/** Gives one POST to the server at its simulated moment; Node-RED may be killed once the answer is out. */
	async receive(post: DevicePost, kill?: Kill): Promise<Outcome> {
		await this.time.advance(Math.max(0, this.device.now - this.heard));
		this.heard = Math.max(this.heard, this.device.now);
		const request = {
			method: 'POST',
			path: '',
			param: ID,
			query: '',
			headers: { 'x-w3pups-ts': post.ts, 'x-w3pups-nonce': post.nonce, 'x-w3pups-sig': post.signature },
			remoteAddress: ADDRESS,
			clientName: undefined,
			rawBody: post.body,
			maxBody: 1048576,
		};
		const decision = kill ? await this.site.handle(request) : await this.site.receive(request);
		if (kill) await this.kill(kill, 'after' in decision ? () => decision.after?.() : () => {});
		if (isRefusal(decision)) {
			this.refusals++;
			return answered(decision.status);
		}
		this.accepted.push(post.nonce);
		return answered(decision.status, decision.body, Object.entries(decision.headers));
	}

	private async kill(when: Kill, tell: () => void): Promise<void> {
		const left = this.site.store.afterKill();
		if (when === 'after telling') {
			tell();
			await settled();
		}
		await this.restart(left);
	}

	/** Lets time pass; `before` is called ahead of each POST, and an answer may be lost. */
	async run(
		milliseconds: number,
		before: (count: number) => Promise<void> | void = () => {},
		isLost: (count: number) => boolean = () => false,
		killed: (count: number) => Kill | undefined = () => undefined,
	): Promise<void> {
		await simulate(this.device, milliseconds, async (post) => {
			this.posts.push(post);
			await before(this.posts.length);
			const outcome = await this.receive(post, killed(this.posts.length));
			return isLost(this.posts.length) ? UNREACHABLE : outcome;
		});
		await this.time.advance(Math.max(0, this.device.now - this.heard));
		this.heard = this.device.now;
		await settled();
		this.collect();
	}

	/** The steps told of a command, each once: a step told again after a restart has the same time. */
	statesOf(id: string): string[] {
		const told = this.reports.filter((report) => report.id === id);
		return [...new Set(told.map(({ state, time }) => `${state} ${time}`))].map(
			(step) => step.split(' ')[0] ?? '',
		);
	}

	/** What was told of a command, everything. */
	toldOf(id: string): string[] {
		return this.reports.filter((report) => report.id === id).map(({ state, time }) => `${state} ${time}`);
	}

	/** Commands in no final state. */
	get open(): string[] {
		const entries = Object.entries(this.site.store.entriesOf(`ups/${ID}`));
		return entries.flatMap(([name, value]) => {
			const command = value as Command;
			return name.startsWith('command/') && !isFinal(command) ? [`${name} ${stateOf(command)}`] : [];
		});
	}
}

/** Every states that a command may have, as a regular expression over its states. */
export const STATES: Readonly<Record<'ui' | 'host', RegExp>> = {
	ui: /^queued( sent)?( acked| rejected)$|^queued( cancelled| expired)$|^queued sent unknown$/,
	host: /^queued( sent)?( acked confirmed| acked unconfirmed| rejected)$|^queued( cancelled| expired)$|^queued sent unknown$/,
};

/** Whether a command must not be executed twice. */
export const isRisky = (command: CommandName) => !command.startsWith('ui.');
