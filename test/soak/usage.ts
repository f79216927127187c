/** What a Node-RED process uses once everything is collected that nobody needs any more. */
import type { RunningNodeRed } from '../nodes/harness/index.js';

export interface Usage {
	/** Bytes. */
	readonly heap: number;
	readonly external: number;
	readonly resident: number;
	/** What keeps the process alive, by kind. */
	readonly handles: Readonly<Record<string, number>>;
	/** Listeners of the process, of Node-RED's server and of its events. */
	readonly listeners: number;
	/** Layers of Node-RED's HTTP routers. */
	readonly routes: number;
}

/** Collects garbage in the Node-RED process and looks at what is left. */
export async function usageOf(nr: RunningNodeRed): Promise<Usage> {
	// What was said but not yet carried over to this process would count, too.
	await nr.sync();
	nr.forget();
	return nr.run(async (RED) => {
		const known = globalThis as { soakGc?: () => void };
		if (known.soakGc === undefined) {
			process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
			known.soakGc = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
		}
		for (let time = 0; time < 3; time++) {
			known.soakGc();
			await new Promise((resolve) => setImmediate(resolve));
		}
		const { heapUsed, external, rss } = process.memoryUsage();
		const handles: Record<string, number> = {};
		for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
		const emitters = [process, RED.server, RED.events] as unknown as NodeJS.EventEmitter[];
		const counts = emitters.flatMap((one) => one.eventNames().map((name) => one.listenerCount(name)));
		const { httpNode, httpAdmin } = RED as unknown as Record<string, { _router?: { stack: unknown[] } }>;
		const layers = [httpNode, httpAdmin].map((app) => app?._router?.stack.length ?? 0);
		return {
			...{ heap: heapUsed, external, resident: rss, handles },
			listeners: counts.reduce((sum, count) => sum + count, 0),
			routes: layers.reduce((sum, count) => sum + count, 0),
		};
	});
}

/** Change of y for each step of x, by least squares; 0 for fewer than two points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
	const mean = (values: readonly number[]): number =>
		values.reduce((sum, value) => sum + value, 0) / values.length;
	const [x0, y0] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
	const spread = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
	if (points.length < 2 || spread === 0) return 0;
	return points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / spread;
}
