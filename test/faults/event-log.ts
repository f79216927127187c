/** An event of a UPS or a car. */
interface DeviceEvent {
	/** Device id of a UPS, id of a car's node. */
	readonly device: string;
	readonly event: string;
	readonly time: number;
}

/** Events of which each one ends what the other one begins. */
const OPPOSITES: Readonly<Record<string, string>> = {
	'mains-lost': 'mains-restored',
	'mains-restored': 'mains-lost',
	'battery-low': 'battery-ok',
	'battery-ok': 'battery-low',
	online: 'offline',
	offline: 'online',
};

/** Events that any of several Node-REDs told. */
export class EventLog {
	/** How many were told once more, with the same content. */
	again = 0;
	private readonly known = new Map<string, DeviceEvent>();

	take(device: string, payload: unknown): void {
		const { event, time } = payload as Omit<DeviceEvent, 'device'>;
		// Refusals are told by whoever refuses, and are not remembered.
		if (event === 'refused') return;
		const key = JSON.stringify([device, event, time]);
		if (this.known.has(key)) this.again++;
		else this.known.set(key, { device, event, time });
	}

	get count(): number {
		return this.known.size;
	}

	/** Which devices were told offline. */
	offline(when: string): string[] {
		return [...this.known.values()]
			.filter(({ event }) => event === 'offline')
			.map(({ device, time }) => `${device} was told offline at ${time} ${when}`);
	}

	/** Which were not told offline exactly once. */
	notOffline(devices: readonly string[]): string[] {
		return devices.flatMap((id) => {
			const times = [...this.known.values()].filter(
				({ device, event }) => device === id && event === 'offline',
			);
			return times.length === 1 ? [] : [`${id} was told offline ${times.length} times in the silence`];
		});
	}

	/** Events that came twice in a row, or began with the wrong one: one was lost between them, or was told with two times. */
	problems(): string[] {
		const events = [...this.known.values()].sort((one, other) => one.time - other.time);
		const last = new Map<string, string>();
		return events.flatMap(({ device, event, time }) => {
			const opposite = OPPOSITES[event];
			if (opposite === undefined) return [];
			const kind = `${device} ${[event, opposite].sort().join()}`;
			const before = last.get(kind);
			last.set(kind, event);
			return before === event ? [`${device} was told ${event} twice, again at ${time}`] : [];
		});
	}
}
