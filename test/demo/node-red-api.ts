import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const HOST = '127.0.0.1';

/** Whether a port can be listened at; false where another program does. */
export function isFree(port: number): Promise<boolean> {
	const server = createServer();
	return new Promise((resolve) => {
		server.once('error', () => resolve(false));
		server.listen(port, HOST, () => server.close(() => resolve(true)));
	});
}

/** A port that nothing listens at now. */
export function freePort(): Promise<number> {
	const server = createServer();
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, HOST, () => {
			const address = server.address();
			const port = typeof address === 'object' && address !== null ? address.port : 0;
			server.close(() => resolve(port));
		});
	});
}

export function urlOf(port: number): string {
	return `http://${HOST}:${port}`;
}

/** Resolves when Node-RED answers; `stopped` ends the wait. */
export async function untilReachable(url: string, stopped: AbortSignal): Promise<void> {
	while (!stopped.aborted) {
		const answer = await fetch(`${url}/settings`).catch(() => undefined);
		if (answer?.ok) return;
		await delay(100);
	}
}

/**
 * Deploys flows with credentials (by node id), which Node-RED then keeps encrypted.
 * @throws Error when Node-RED refuses.
 */
export async function deploy(
	url: string,
	flows: readonly object[],
	credentials: Record<string, object>,
): Promise<void> {
	const headers = { 'Content-Type': 'application/json', 'Node-RED-API-Version': 'v2' };
	const body = JSON.stringify({ flows, credentials });
	const answer = await fetch(`${url}/flows`, { method: 'POST', headers, body });
	if (!answer.ok) throw new Error(`Node-RED did not take the flow: ${answer.status} ${await answer.text()}`);
}
