/**
 * Bodies like one that came before. A car sends the same names in the same order post after post, and the same
 * tables at every start, so that only what differs has to be read. A body that differs in more than that is not
 * familiar, and read as any other.
 */
import type { DeviceRequest } from '../common/http.js';
import { type BodyFault, type ReadableBody, readBody } from './body.js';
import { KnownConfig } from './known-config.js';
import { Layout } from './layout.js';
import { type Report, readReport } from './report.js';

/** Larger ones are not kept: no device has them. In bytes. */
const MAX_KEPT = 262_144;

/** So many bodies at most go by without another look at their layout, where none was ever like the one before. */
const MAX_PATIENCE = 256;

/** Reads the bodies of one vehicle. */
export class BodyReader {
	private layout: Layout | undefined;
	private config: KnownConfig | undefined;
	private isUseful = true;
	private patience = 0;
	private skipped = 0;

	/** Reads a body; never throws. */
	read(request: DeviceRequest): Report | BodyFault {
		const { rawBody, headers } = request;
		if (headers['content-type'] !== 'application/json' || headers['content-encoding'] !== undefined) {
			const body = readBody(request);
			return typeof body === 'string' ? body : readReport(body);
		}
		const periodic = this.layout?.read(rawBody);
		if (periodic !== undefined) this.isUseful = true;
		return periodic ?? this.config?.read(rawBody) ?? this.readAndLearn(request);
	}

	private readAndLearn(request: DeviceRequest): Report | BodyFault {
		const body = readBody(request);
		if (typeof body === 'string') return body;
		const report = readReport(body);
		if (typeof report === 'string' || request.rawBody.length > MAX_KEPT) return report;
		if (report.config !== undefined) this.config = KnownConfig.of(request.rawBody, report);
		else this.learnLayout(body, report);
		return report;
	}

	/** Where each body is of another layout, learning every one of them would be in vain. */
	private learnLayout(body: ReadableBody, report: Report): void {
		if (this.isUseful) this.patience = 0;
		if (this.skipped++ < this.patience) return;
		this.patience = Math.min(this.patience * 2 + 1, MAX_PATIENCE);
		this.skipped = 0;
		this.isUseful = false;
		this.layout = Layout.of(body, report);
	}
}
