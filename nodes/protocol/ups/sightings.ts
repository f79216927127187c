/** What badges and panels tell of UPSes: how they are, when they were seen, who was refused. In memory only. */
import type { RefusedRequest } from '../common/http.js';
import { refusedSight, type Sighting, type Stranger, Strangers } from '../common/sightings.js';
import { type LiveUps, sightingOf, type UpsView } from './device.js';

export class Sightings {
	private readonly strangers = new Strangers();

	/** @param known all UPSes of the station, also those that no node configures */
	constructor(private readonly known: ReadonlyMap<string, LiveUps>) {}

	/** What badges tell, of one UPS or of all. */
	views(deviceId: string | undefined): UpsView[] {
		const all = deviceId === undefined ? [...this.known.values()] : [this.known.get(deviceId)];
		return all.flatMap((ups) =>
			ups?.settings === undefined ? [] : [ups.refused ? { ...ups.view, refused: ups.refused } : ups.view],
		);
	}

	/** Notes a refusal, and who is not known. */
	noteRefused(request: RefusedRequest, time: number): void {
		const { subject, reason, remoteAddress } = request;
		const ups = this.configured(subject);
		if (ups !== undefined) ups.refused = refusedSight(request, time);
		else if (reason === 'unknown-device') this.strangers.note(subject, time, remoteAddress);
	}

	/** What a panel tells of a UPS; undefined unless it is configured. */
	of(deviceId: string): Sighting | undefined {
		const ups = this.configured(deviceId);
		return ups && sightingOf(ups);
	}

	/** Ids of UPSes that were refused since no node configures them, newest first. */
	unknown(): ({ readonly deviceId: string } & Stranger)[] {
		return this.strangers
			.list()
			.filter(([deviceId]) => this.configured(deviceId) === undefined)
			.map(([deviceId, stranger]) => ({ deviceId, ...stranger }));
	}

	private configured(deviceId: string): LiveUps | undefined {
		const ups = this.known.get(deviceId);
		return ups?.settings === undefined ? undefined : ups;
	}
}
