import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openEndpoint, reservedPaths } from '../../../nodes/adapter/http-server/index.js';
import { EDITOR_NAMES } from '../../../nodes/adapter/http-server/reserved-paths.js';
import type { HttpApp, NodeRed } from '../../../nodes/adapter/node-red.js';
import { redPath } from '../../nodes/harness/index.js';
import { fakeRed, ownSettings, RecordingRoute } from './kit.js';

const express = require('express') as () => HttpApp & { use(path: string, app: unknown): void };

interface Roots {
	readonly node?: string;
	readonly admin?: string | false;
}

/** A Node-RED whose nodes and editor are mounted at these roots. */
function redAt({ node = '/', admin = '/' }: Roots): NodeRed {
	const [app, httpNode, httpAdmin] = [express(), express(), express()];
	if (admin !== false) app.use(admin, httpAdmin);
	app.use(node, httpNode);
	const server = { prependListener() {} } as never;
	const settings = { httpAdminRoot: admin, httpNodeRoot: node };
	return fakeRed({ settings, httpNode, httpAdmin, server, _: (id) => id });
}

/** What is wrong with the route of a car at this path of an endpoint. */
function refused(RED: NodeRed, path: string, endpointPath = '/'): unknown {
	const endpoint = openEndpoint(RED, ownSettings({ server: 'node-red', path: endpointPath }));
	try {
		endpoint.claim({ prefix: path }, new RecordingRoute()).release();
		return undefined;
	} catch (error) {
		const { code, params } = error as { code: string; params: { property: string; value: string } };
		return `${code} ${params.property} ${params.value}`;
	}
}

describe("endpoint: paths that Node-RED's editor needs", () => {
	const cases: readonly [path: string, refused: boolean, roots?: Roots, endpointPath?: string][] = [
		['/flows', true],
		['/auth/token', true],
		['/FLOWS/', true],
		['//flows', true],
		['/%66lows', true],
		['/settings/user', true],
		['/red/images/x', true],
		['/comms', true],
		['/flowsheet', false],
		['/wican', false],
		['/car/flows', false],
		['/', false],
		['/flows', true, { admin: '/admin', node: '/admin' }],
		['/flows', false, { admin: '/admin' }],
		['/admin/flows', true, { admin: '/admin' }],
		['/admin', false, { admin: '/admin' }],
		['/flows', false, { node: '/nodes' }],
		['/car', false, { node: '/nodes' }],
		['/flows', false, { admin: false }],
		['/car', true, {}, '/flows'],
		['/car', true, {}, '/auth/token'],
		['/token', true, {}, '/auth'],
		['/car', false, {}, '/my'],
	];
	for (const [path, isRefused, roots = {}, endpointPath = '/'] of cases) {
		const where = `${JSON.stringify(roots)}, endpoint ${endpointPath}`;
		it(`${path} is ${isRefused ? 'refused' : 'free'} with ${where}`, () => {
			const found = refused(redAt(roots), path, endpointPath);
			if (isRefused) assert.match(String(found), /^config-invalid path \//);
			else assert.equal(found, undefined);
		});
	}

	it('also refuse the path of a UPS, and an endpoint that is there, which says so', () => {
		const reported: string[] = [];
		const settings = ownSettings({ server: 'node-red', path: '/nodes' });
		const endpoint = openEndpoint(redAt({}), { ...settings, report: ({ code }) => void reported.push(code) });
		assert.equal(endpoint.state.name, 'failed');
		assert.deepEqual(reported, ['config-invalid']);
		const pattern = { prefix: '/api/v1/devices/', suffix: '/telemetry' };
		assert.throws(() => endpoint.share(pattern, 'ups', () => new RecordingRoute()), {
			code: 'config-invalid',
		});
	});

	it('are those of plugins and other nodes too, but not where one takes any path', () => {
		const RED = redAt({});
		RED.httpAdmin?.post('/my-plugin/:id', () => undefined);
		RED.httpAdmin?.get('/:anything', () => undefined);
		RED.httpAdmin?.get('*', () => undefined);
		RED.httpAdmin?.use(() => undefined);
		assert.match(String(refused(RED, '/my-plugin/7')), /^config-invalid/);
		assert.match(String(refused(RED, '/My-Plugin/7/')), /^config-invalid/);
		for (const path of ['/my-plugin', '/my-plugin/7/8', '/car', '/'])
			assert.equal(refused(RED, path), undefined);
	});

	it('are none of an own listener', () => {
		const endpoint = openEndpoint(redAt({}), ownSettings({ path: '/flows' }));
		endpoint.claim({ prefix: '/auth/token' }, new RecordingRoute());
		return endpoint.close();
	});

	it('are told to the panels as they follow on httpNodeRoot', () => {
		assert.ok(reservedPaths(redAt({})).includes('/flows'));
		assert.ok(reservedPaths(redAt({ admin: '/admin' })).includes('/admin/flows'));
		assert.deepEqual(reservedPaths(redAt({ node: '/nodes' })), []);
		assert.deepEqual(reservedPaths(fakeRed()), []);
	});

	for (const version of [5, 4] as const) {
		it(`are all that Node-RED ${version} has below its root`, () => {
			const packages = dirname(
				dirname(require.resolve('@node-red/editor-api', { paths: [redPath(version)] })),
			);
			const root = join(packages, '..');
			const routes = [...sources(join(root, 'editor-api/lib')), ...sources(join(root, 'nodes/core'))].flatMap(
				(source) => [...source.matchAll(ADMIN_ROUTE)].map(([, name = '']) => name),
			);
			const files = readdirSync(join(root, 'editor-client/public'));
			const names = [...new Set([...routes, ...files, 'comms'])].sort();
			assert.deepEqual(names, [...EDITOR_NAMES].sort());
		});
	}
});

/** The first part of a path that is given to Express, as text or as a regular expression. */
const ADMIN_ROUTE =
	/(?:App|httpAdmin)\.(?:get|post|put|delete|use)(?:\.call\()?\(\s*(?:["']\/|\/\^\\\/)([\w-]+)/g;

function sources(folder: string): string[] {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		if (statSync(path).isDirectory()) return sources(path);
		return name.endsWith('.js') ? [readFileSync(path, 'utf8')] : [];
	});
}
