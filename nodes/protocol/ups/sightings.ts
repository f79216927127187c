/** What badges and panels tell of UPSes: how they are, when they were seen, who was refused. In memory only. */
import type { RefusedRequest } from '../common/http.js';
import { lastRefusal, type Presence, type UnmatchedRequest, UnmatchedRequests } from '../common/presence.js';
import { type LiveUps, presenceOf, type UpsView } from './device.js';
import type { UpsService } from './service.js';

export class Sightings {
	private readonly unmatched = new UnmatchedRequests();

	constructor(private readonly service: UpsService) {}

	/**
	 * What badges tell, of one UPS or of all.
	 * @param endpoint where the node receives that asks
	 */
	views(deviceId: string | undefined, endpoint: string): UpsView[] {
		const { registry } = this.service;
		const all = deviceId === undefined ? [...registry.all()] : [registry.get(deviceId)];
		return all.flatMap((ups) => {
			if (ups?.settings === undefined) return [];
			const { view, refused } = ups;
			const elsewhere = this.reportsElsewhere(ups, endpoint);
			return [{ ...view, ...(refused && { refused }), ...(elsewhere && { elsewhere }) }];
		});
	}

	/** Whether another node is given the messages of a UPS, at the endpoint of its last report. */
	private reportsElsewhere({ deviceId, view }: LiveUps, endpoint: string): boolean {
		if (view.endpoint === undefined || view.endpoint === endpoint) return false;
		return this.service.subscribers.of(deviceId, view.endpoint).length > 0;
	}

	/** Notes a refusal, and who is not known. */
	noteRefused(request: RefusedRequest, time: number): void {
		const { subject, reason, remoteAddress } = request;
		const ups = this.service.registry.find(subject);
		if (ups !== undefined) ups.refused = lastRefusal(request, time);
		else if (reason === 'unknown-device') this.unmatched.add(subject, time, remoteAddress);
	}

	/** What a panel tells of a UPS; undefined unless it is configured. */
	of(deviceId: string): Presence | undefined {
		const ups = this.service.registry.find(deviceId);
		return ups && presenceOf(ups);
	}

	/** Ids of UPSes that were refused since no node configures them, newest first. */
	unknown(): ({ readonly deviceId: string } & UnmatchedRequest)[] {
		return this.unmatched
			.list()
			.filter(([deviceId]) => this.service.registry.find(deviceId) === undefined)
			.map(([deviceId, request]) => ({ deviceId, ...request }));
	}
}
