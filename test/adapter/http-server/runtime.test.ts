import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchange, post } from './kit.js';
import type { RuntimeOrder } from './runtime-child.js';

const BODY = '{ "ts" : 1 }\n';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n${Buffer.from(BODY).toString('hex')}`;

describe('endpoint: in a real Node-RED', () => {
	let userDir: string;
	let child: ChildProcess;

	beforeEach(() => {
		userDir = mkdtempSync(join(tmpdir(), 'wattpost-endpoint-'));
		child = fork(join(__dirname, 'runtime-child.js'));
	});

	afterEach(async () => {
		const exited = once(child, 'exit');
		child.kill('SIGKILL');
		await exited;
		rmSync(userDir, { recursive: true, force: true });
	});

	const cases: readonly [release: string, httpAdminRoot: string, httpNodeRoot: string, url: string][] = [
		['node-red', '/', '/', '/api/v1/devices/DEV1/telemetry'],
		['node-red', '/admin', '/nodes', '//nodes//api/v1/devices/DEV1/telemetry'],
		['node-red-4', '/', '/', '//api/v1/devices/DEV1/telemetry'],
	];
	for (const [release, httpAdminRoot, httpNodeRoot, url] of cases) {
		it(`${release}, editor at ${httpAdminRoot}, nodes at ${httpNodeRoot}: the exact bytes of JSON`, async () => {
			const order: RuntimeOrder = { release, userDir, httpAdminRoot, httpNodeRoot };
			child.send(order);
			const [port] = (await once(child, 'message')) as [number];
			const request = post(url, BODY, ['Content-Type: application/json']);
			assert.equal(await exchange(port, request, ANSWER.slice(-26)), ANSWER);
			// The editor's own requests are still parsed.
			const deploy = post(join(httpAdminRoot, 'flows'), '[]', [
				'Content-Type: application/json',
				'Connection: close',
			]);
			assert.match(await exchange(port, deploy), /^HTTP\/1.1 204 No Content\r\n/);
		});
	}
});
