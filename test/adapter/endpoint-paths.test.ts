import assert from 'node:assert/strict';
import { parseTarget } from '../../nodes/adapter/http-server/paths.js';
import { Router } from '../../nodes/adapter/http-server/router.js';
import { RecordingRoute } from './endpoint-support.js';

const UPS = { prefix: '/api/v1/devices/', suffix: '/telemetry' };

function paramAt(path: string, base = '/'): string | undefined {
	const table = new Router<string>(0, () => undefined);
	table.claim(base, UPS, 'host', new RecordingRoute());
	return table.find(path)?.param;
}

describe('endpoint: request targets', () => {
	const targets: readonly [url: string, path: string, query: string][] = [
		['/wican', '/wican', ''],
		['/wican?', '/wican', ''],
		['/wican?api_key=a%20b?c', '/wican', 'api_key=a%20b?c'],
		['//wican', '//wican', ''],
		['http://192.0.2.1:8480/wican?a=/b', '/wican', 'a=/b'],
		['http://192.0.2.1?a=/b', '/', 'a=/b'],
		['http://192.0.2.1', '/', ''],
		['/Garage%20%c3%a4', '/Garage%20%c3%a4', ''],
		['/Garage-\u00c3\u00a4?q=\u00c3\u00b6', '/Garage-ä', 'q=ö'],
		['*', '', ''],
		['', '', ''],
	];
	for (const [url, path, query] of targets) {
		it(`${JSON.stringify(url)}`, () => assert.deepEqual(parseTarget(url), { path, query }));
	}
});

describe('endpoint: paths of routes', () => {
	const found: readonly [path: string, param: string | undefined, base?: string][] = [
		['/api/v1/devices/DEV1/telemetry', 'DEV1'],
		['/API/v1/Devices/DEV1/TELEMETRY', 'DEV1'],
		['/api/v1/devices/DEV1/telemetry/', 'DEV1'],
		['//api/v1/devices/DEV1/telemetry', 'DEV1'],
		['////api/v1/devices/DEV1/telemetry//', 'DEV1'],
		['/api/v1/devices/a/b/telemetry', 'a/b'],
		['/api/v1/devices/%41/telemetry', '%41'],
		['/api/v1/devices/İ/telemetry', 'İ'],
		['/api/v1/devices//x/telemetry', '/x'],
		['/api/v1/devices/telemetry', undefined],
		['/api/v1/devices//telemetry', undefined],
		['/api/v1/devices/DEV1', undefined],
		['/api/v1/devices/DEV1/telemetryx', undefined],
		['/telemetry', undefined],
		['/', undefined],
		['', undefined],
		['/home/api/v1/devices/DEV1/telemetry', 'DEV1', '/home'],
		['//HOME//api/v1/devices/DEV1/telemetry', 'DEV1', 'Home/'],
		['/api/v1/devices/DEV1/telemetry', undefined, '/home'],
	];
	for (const [path, param, base] of found) {
		it(`${path} ${base ? `below ${base} ` : ''}has ${JSON.stringify(param)}`, () => {
			assert.equal(paramAt(path, base), param);
		});
	}

	for (const path of ['/wican', '/WiCAN', '/wican/', '//wican', '/wican//']) {
		it(`${path} is /Wican`, () => {
			const table = new Router<string>(0, () => undefined);
			const route = new RecordingRoute();
			table.claim('/', { prefix: '/Wican' }, 'host', route);
			assert.deepEqual(table.find(path), { route, host: 'host', param: '' });
		});
	}

	const spellings = [
		['/käfer', '/käfer', '/KÄFER', '/k%C3%A4fer', '/k%c3%a4fer/', '//K%C3%84FER', '/%6b%C3%A4fer'],
		['/k%c3%a4fer', '/käfer', '/k%C3%A4fer', '/K%C3%A4FER'],
		['/日本', '/%E6%97%A5%e6%9c%ac'],
		['/100%', '/100%', '/100%25'],
		['/caf%e9', '/caf%E9'],
	] as const;
	for (const [path, ...sent] of spellings) {
		for (const one of sent) {
			it(`${one} is ${JSON.stringify(path)}`, () => {
				const table = new Router<string>(0, () => undefined);
				table.claim('/', { prefix: path }, 'host', new RecordingRoute());
				assert.ok(table.find(one));
				assert.equal(table.find(`${one}x`), undefined);
				table.claim(path, UPS, 'host', new RecordingRoute());
				assert.equal(table.find(`${one.replace(/\/$/, '')}/api/v1/devices/%41ä/telemetry`)?.param, '%41ä');
			});
		}
	}

	for (const path of ['/a%2Fb', '/a%3Fb', '/a%23b']) {
		it(`${path} is not what it would be decoded`, () => {
			const table = new Router<string>(0, () => undefined);
			table.claim('/', { prefix: path }, 'host', new RecordingRoute());
			assert.ok(table.find(path.toLowerCase()));
			assert.equal(table.find(decodeURIComponent(path)), undefined);
		});
	}

	it('names a taken path as devices send it', () => {
		const table = new Router<string>(0, () => undefined);
		const claim = () => table.claim('/', { prefix: '/käfer' }, 'host', new RecordingRoute());
		claim();
		assert.throws(claim, { code: 'endpoint-path-taken', params: { path: '/k%C3%A4fer', owner: '' } });
	});

	it('/wican/x and / are not /wican', () => {
		const table = new Router<string>(0, () => undefined);
		table.claim('/', { prefix: '/wican' }, 'host', new RecordingRoute());
		assert.equal(table.find('/wican/x'), undefined);
		assert.equal(table.find('/'), undefined);
	});
});

describe('endpoint: owners of paths', () => {
	const taken = (path: string, owner = '') => ({ code: 'endpoint-path-taken', params: { path, owner } });

	it('one kind shares a route until the last release', () => {
		const table = new Router<string>(0, () => undefined);
		const first = table.share('/', UPS, 'ups', 'one', () => new RecordingRoute());
		const second = table.share('//', UPS, 'ups', 'two', () => new RecordingRoute());
		assert.equal(second.route, first.route);
		assert.equal(table.find('/api/v1/devices/x/telemetry')?.host, 'one');
		first.release();
		first.release();
		assert.equal(table.find('/api/v1/devices/x/telemetry')?.host, 'two');
		second.release();
		assert.equal(table.find('/api/v1/devices/x/telemetry'), undefined);
	});

	it('another kind, a claim, and a claimed path that another wants are refused', () => {
		const table = new Router<string>(0, () => undefined);
		table.share('/', UPS, 'ups', 'h', () => new RecordingRoute());
		table.claim('/', { prefix: '/wican' }, 'h', new RecordingRoute());
		const path = '/api/v1/devices/{id}/telemetry';
		assert.throws(() => table.share('/', UPS, 'other', 'h', () => new RecordingRoute()), taken(path));
		assert.throws(() => table.claim('/', UPS, 'h', new RecordingRoute()), taken(path));
		assert.throws(() => table.claim('/', { prefix: '/WICAN/' }, 'h', new RecordingRoute()), taken('/WICAN'));
		assert.throws(
			() => table.share('/', { prefix: '/wican' }, 'wican', 'h', () => new RecordingRoute()),
			taken('/wican'),
		);
	});

	it('an error names who holds the place, and then who comes after', () => {
		const table = new Router<string>(0, () => undefined);
		const route = new RecordingRoute();
		const first = table.share(
			'/',
			UPS,
			'ups',
			'h',
			() => route,
			() => 'one',
		);
		table.share(
			'/',
			UPS,
			'ups',
			'h',
			() => route,
			() => 'two',
		);
		const path = '/api/v1/devices/{id}/telemetry';
		assert.throws(() => table.claim('/', UPS, 'h', new RecordingRoute()), taken(path, 'one'));
		first.release();
		assert.throws(() => table.claim('/', UPS, 'h', new RecordingRoute()), taken(path, 'two'));
		table.claim('/', { prefix: '/wican' }, 'h', route, () => 'My car');
		assert.throws(() => table.claim('/', { prefix: '/wican' }, 'h', route), taken('/wican', 'My car'));
	});

	it('places that overlap are refused whichever comes first', () => {
		const inside = { prefix: '/api/v1/devices/car/telemetry' };
		const wider = { prefix: '/api/', suffix: '/telemetry' };
		for (const [one, other] of [
			[UPS, inside],
			[UPS, wider],
		]) {
			for (const [first, second] of [
				[one, other],
				[other, one],
			]) {
				const table = new Router<string>(0, () => undefined);
				if (!first || !second) throw new Error('unreachable');
				table.claim('/', first, 'h', new RecordingRoute());
				assert.throws(() => table.claim('/', second, 'h', new RecordingRoute()), {
					code: 'endpoint-path-taken',
				});
			}
		}
	});

	it('a late release takes nothing away from the next owner', () => {
		const table = new Router<string>(0, () => undefined);
		const old = table.claim('/', { prefix: '/wican' }, 'h', new RecordingRoute());
		old.release();
		const route = new RecordingRoute();
		table.claim('/', { prefix: '/wican' }, 'h', route);
		old.release();
		assert.equal(table.find('/wican')?.route, route);
	});
});
