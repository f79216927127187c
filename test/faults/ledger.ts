/** What several Node-REDs over one memory told of UPSes, cars and commands, put together. */
import type { RunningNodeRed } from '../nodes/harness/index.js';
import type { CommandReport } from '../nodes/ups-kit.js';
import type { BusyCar } from './busy-car.js';
import type { BusyUps } from './busy-ups.js';
import { EventLog } from './event-log.js';
import { HARMFUL, Histories } from './histories.js';
import { untrue } from './truth.js';

const STATES = ['queued', 'sent', 'acked'];

export class Ledger {
	readonly events = new EventLog();
	readonly histories = new Histories();
	/** How many errors nodes had, by code. */
	readonly errors: Record<string, number> = {};
	/** Made histories of at the end, since the one Node-RED does not tell after the other. */
	private readonly reports: CommandReport[] = [];
	private readonly states = new Set<string>();
	private readonly problemsOfCars: string[] = [];

	/** Of each car, how many POSTs got 200, and how many messages came of them. */
	private readonly carPosts = new Map<BusyCar, { answered: number; messages: number }>();

	/** @param ordering ids of the nodes that tell of commands */
	constructor(
		private readonly upses: readonly BusyUps[],
		private readonly cars: readonly BusyCar[],
		private readonly ordering: readonly string[],
	) {}

	/**
	 * Takes in what one of them told by now.
	 * @returns its errors
	 */
	take(nr: RunningNodeRed): { readonly code: string; readonly message: string }[] {
		for (const car of this.cars) {
			for (const msg of nr.untakenMessages({ from: car.id, port: 0 }))
				this.problemsOfCars.push(...car.check(msg));
			for (const { payload } of nr.untakenMessages({ from: car.id, port: 1 }))
				this.events.take(car.id, payload);
		}
		for (const from of this.ordering)
			for (const { payload } of nr.untakenMessages({ from })) this.takeReport(payload as CommandReport);
		for (const msg of nr.untakenMessages({ from: 'in', port: 0 })) {
			const { deviceId } = (msg as { ups: { deviceId: string } }).ups;
			this.upses.find((ups) => ups.deviceId === deviceId)?.accounts.take(msg);
		}
		for (const { payload } of nr.untakenMessages({ from: 'in', port: 1 }))
			this.events.take((payload as { deviceId: string }).deviceId, payload);
		const errors = nr.untakenErrors().map(({ code = '', message }) => ({ code, message }));
		for (const { code } of errors) this.errors[code] = (this.errors[code] ?? 0) + 1;
		nr.forget();
		return errors;
	}

	/**
	 * What is wrong with the messages of cars since the last call.
	 * @param hasDied whether a Node-RED ended meanwhile, which may have answered and told nothing
	 */
	checkCars(hasDied: boolean): string[] {
		return this.cars.flatMap((car) => {
			const before = this.carPosts.get(car) ?? { answered: 0, messages: 0 };
			const now = { answered: car.answers.get('200') ?? 0, messages: car.checked + car.first };
			this.carPosts.set(car, now);
			const [answered, messages] = [now.answered - before.answered, now.messages - before.messages];
			const isWrong = hasDied ? messages > answered + 1 : messages !== answered;
			return isWrong ? [`${answered} POSTs of ${car.id} became ${messages} messages`] : [];
		});
	}

	/** How many states and events were told once more. */
	get again(): number {
		return this.reports.length - this.states.size + this.events.again;
	}

	/** Everything that is wrong when all has settled. */
	problems(): string[] {
		for (const report of this.reports.sort(byTime)) this.histories.add(report);
		const executed = this.upses.flatMap(({ device }) => device.executed.map(({ id }) => id));
		const untold = executed.filter((id) => !this.histories.all.has(id));
		const wrong = untrue(this.histories, (id) => executed.filter((one) => one === id).length);
		for (const { id, command, steps } of this.histories.open()) {
			// Whether it had an effect is told ten minutes later.
			if (HARMFUL.has(command) && steps.at(-1)?.state === 'acked') this.histories.excuse(id);
		}
		return [
			...untold.map((id) => `${id} was executed, and nothing was told of it`),
			...wrong,
			...this.histories.problems(),
			...this.events.problems(),
			...this.upses.flatMap(({ accounts }) => accounts.problems()),
			...this.problemsOfCars,
			...this.cars.filter(({ known }) => known === 0).map(({ id }) => `${id} was never understood`),
		];
	}

	details(): Record<string, number> {
		const served = this.upses.map(({ answers }) => answers.get('200') ?? 0);
		const errors = Object.entries(this.errors).map(([code, count]) => [`errors ${code}`, count]);
		return {
			...Object.fromEntries(errors),
			'commands told queued': this.histories.all.size,
			...this.histories.ends(),
			events: this.events.count,
			'told again': this.again,
			'POSTs answered': served.reduce((sum, count) => sum + count, 0),
			'messages of cars': this.cars.reduce((sum, { checked, first }) => sum + checked + first, 0),
			'messages of UPSes': this.upses.reduce((sum, { accounts }) => sum + accounts.messages, 0),
		};
	}

	private takeReport(report: CommandReport): void {
		this.reports.push(report);
		this.states.add(`${report.id} ${report.state}`);
	}
}

/** States that were reached at one moment come in their order. */
function rankOf({ state }: CommandReport): number {
	const rank = STATES.indexOf(state);
	return rank < 0 ? STATES.length : rank;
}

function byTime(one: CommandReport, other: CommandReport): number {
	return one.time - other.time || rankOf(one) - rankOf(other);
}
