/**
 * The place at which one WiCAN reports: one path of one endpoint. Who it is, is decided before the body is read; what
 * must outlive a restart is kept before the answer; what the flow does with it comes after.
 */
import type { Answer, DeviceRequest, Refusal, RefusedRequest, RequestHead, Route } from '../common/http.js';
import { within } from '../common/time.js';
import { isFirst } from './apply-post.js';
import type { Authenticator } from './auth.js';
import type { BodyFault } from './body.js';
import { BodyReader } from './familiar.js';
import type { Reading } from './messages.js';
import type { VehicleEnvironment } from './registry.js';
import type { Report } from './report.js';
import { removeLoginOfQuery } from './route-planner.js';
import type { Taken, Vehicle } from './vehicle.js';

/** What becomes of POSTs. */
export interface SeesReadings {
	reading(reading: Reading): void;
	/** A POST was taken, but what it changed could not be kept. */
	failure(error: unknown): void;
}

const FAULT_STATUS: Readonly<Record<BodyFault, number>> = {
	'bad-json': 400,
	'bad-body': 400,
	'too-large': 413,
};
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What A Better Routeplanner answers; the WiCAN's other destinations look at the status alone. */
const ACCEPTED = { status: 200, headers: JSON_TYPE, body: '{"status":"ok"}' };
/** The device sends `config` and `status` until it is told 2xx, and then not again before its next start. */
const NOT_KEPT = { status: 503, headers: JSON_TYPE, body: '{"error":"not-stored"}' };

/**
 * How long an answer waits for the store, in milliseconds. Firmware up to 4.46 waits two seconds for it, and then sends
 * the same again.
 */
const LONGEST_WAIT = { first: 1500, later: 1000 };

export class WicanReceiver implements Route {
	private readonly bodies = new BodyReader();
	/** POSTs accepted and not yet shown. */
	private underWay = 0;
	private readonly waiting: (() => void)[] = [];

	constructor(
		private readonly vehicle: Vehicle,
		private readonly authenticator: Authenticator,
		private readonly environment: Pick<VehicleEnvironment, 'clock' | 'timers'>,
		private readonly sees: SeesReadings,
	) {}

	admit(head: RequestHead): Refusal | undefined {
		return this.authenticator.isAuthentic(head) ? undefined : { refused: 'unauthorized', status: 401 };
	}

	async handle(request: DeviceRequest): Promise<Answer | Refusal> {
		const report = this.bodies.read(request);
		if (typeof report === 'string') return { refused: report, status: FAULT_STATUS[report] };
		const receivedAt = this.environment.clock.now();
		this.underWay++;
		const work = this.take(report, receivedAt, request.remoteAddress);
		const show = (taken: Taken): void => this.show(taken, this.readingOf(taken, report, receivedAt, request));
		const { timers } = this.environment;
		const taken = await within(timers, isFirst(report) ? LONGEST_WAIT.first : LONGEST_WAIT.later, work);
		const isKept = taken !== undefined && taken.failure === undefined;
		if (taken === undefined) work.catch((error) => this.sees.failure(error));
		const after = (): void => (taken === undefined ? void work.then(show, () => undefined) : show(taken));
		return { ...(!isKept && isFirst(report) ? NOT_KEPT : ACCEPTED), after };
	}

	private readingOf(
		{ memory: { vehicle: record, config } }: Taken,
		report: Report,
		receivedAt: number,
		request: DeviceRequest,
	): Reading {
		return {
			report,
			vehicle: this.vehicle.name,
			deviceId: record.deviceId,
			firmware: record.firmware,
			config,
			stale: record.stale !== undefined,
			receivedAt,
			query: this.queryOf(request, report),
			remoteAddress: request.remoteAddress,
		};
	}

	/** The query without what is secret in it. */
	private queryOf({ query }: DeviceRequest, { isForRoutePlanner }: Report): Record<string, string> {
		const values = this.authenticator.queryOf(query);
		removeLoginOfQuery(values, isForRoutePlanner ?? false);
		return values;
	}

	refused(request: RefusedRequest): void {
		this.vehicle.refused(request);
	}

	/** Resolves when the POSTs that were being answered have been shown; its route must be released before. */
	async close(): Promise<void> {
		if (this.underWay > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	/** @throws what nobody expects of a vehicle; the node must be able to close all the same */
	private async take(report: Report, receivedAt: number, remoteAddress: string): Promise<Taken> {
		try {
			return await this.vehicle.take(report, receivedAt, remoteAddress);
		} catch (error) {
			this.finish();
			throw error;
		}
	}

	private show(taken: Taken, reading: Reading): void {
		this.vehicle.attempt(() => this.sees.reading(reading));
		if (taken.failure !== undefined) this.vehicle.attempt(() => this.sees.failure(taken.failure));
		this.vehicle.shown();
		this.finish();
	}

	private finish(): void {
		this.underWay--;
		if (this.underWay === 0) for (const resolve of this.waiting.splice(0)) resolve();
	}
}
