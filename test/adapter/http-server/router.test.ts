import assert from 'node:assert/strict';
import { parseTarget } from '../../../nodes/adapter/http-server/paths.js';
import { Router } from '../../../nodes/adapter/http-server/router.js';
import { RecordingRoute } from './kit.js';

const UPS = { prefix: '/api/v1/devices/', suffix: '/telemetry' };

const held = (context: string, name = '') => ({ context, name: () => name });
const HOLDER = held('host');

function routerWithoutGracePeriod(): Router<string> {
	return new Router((over) => {
		over();
		return () => undefined;
	});
}

function paramAt(path: string, base = '/'): string | undefined {
	const table = routerWithoutGracePeriod();
	table.claim(base, UPS, HOLDER, new RecordingRoute());
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
			const table = routerWithoutGracePeriod();
			const route = new RecordingRoute();
			table.claim('/', { prefix: '/Wican' }, HOLDER, route);
			const { entry, ...match } = table.find(path) ?? {};
			assert.deepEqual([entry?.route, match], [route, { context: 'host', param: '' }]);
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
				const table = routerWithoutGracePeriod();
				table.claim('/', { prefix: path }, HOLDER, new RecordingRoute());
				assert.ok(table.find(one));
				assert.equal(table.find(`${one}x`), undefined);
				table.claim(path, UPS, HOLDER, new RecordingRoute());
				assert.equal(table.find(`${one.replace(/\/$/, '')}/api/v1/devices/%41ä/telemetry`)?.param, '%41ä');
			});
		}
	}

	for (const path of ['/a%2Fb', '/a%3Fb', '/a%23b']) {
		it(`${path} is not what it would be decoded`, () => {
			const table = routerWithoutGracePeriod();
			table.claim('/', { prefix: path }, HOLDER, new RecordingRoute());
			assert.ok(table.find(path.toLowerCase()));
			assert.equal(table.find(decodeURIComponent(path)), undefined);
		});
	}

	it('names a taken path as devices send it', () => {
		const table = routerWithoutGracePeriod();
		const claim = () => table.claim('/', { prefix: '/käfer' }, HOLDER, new RecordingRoute());
		claim();
		assert.throws(claim, { code: 'endpoint-path-taken', params: { path: '/k%C3%A4fer', owner: '' } });
	});

	it('/wican/x and / are not /wican', () => {
		const table = routerWithoutGracePeriod();
		table.claim('/', { prefix: '/wican' }, HOLDER, new RecordingRoute());
		assert.equal(table.find('/wican/x'), undefined);
		assert.equal(table.find('/'), undefined);
	});
});

describe('endpoint: owners of paths', () => {
	const taken = (path: string, owner = '') => ({ code: 'endpoint-path-taken', params: { path, owner } });

	it('one kind shares a route until the last release', () => {
		const table = routerWithoutGracePeriod();
		const first = table.share('/', UPS, 'ups', held('one'), () => new RecordingRoute());
		const second = table.share('//', UPS, 'ups', held('two'), () => new RecordingRoute());
		assert.equal(second.route, first.route);
		assert.equal(table.find('/api/v1/devices/x/telemetry')?.context, 'one');
		first.release();
		first.release();
		assert.equal(table.find('/api/v1/devices/x/telemetry')?.context, 'two');
		second.release();
		assert.equal(table.find('/api/v1/devices/x/telemetry'), undefined);
	});

	it('another kind, a claim, and a claimed path that another wants are refused', () => {
		const table = routerWithoutGracePeriod();
		table.share('/', UPS, 'ups', HOLDER, () => new RecordingRoute());
		table.claim('/', { prefix: '/wican' }, HOLDER, new RecordingRoute());
		const path = '/api/v1/devices/{id}/telemetry';
		assert.throws(() => table.share('/', UPS, 'other', HOLDER, () => new RecordingRoute()), taken(path));
		assert.throws(() => table.claim('/', UPS, HOLDER, new RecordingRoute()), taken(path));
		assert.throws(
			() => table.claim('/', { prefix: '/WICAN/' }, HOLDER, new RecordingRoute()),
			taken('/WICAN'),
		);
		assert.throws(
			() => table.share('/', { prefix: '/wican' }, 'wican', HOLDER, () => new RecordingRoute()),
			taken('/wican'),
		);
	});

	it('an error names who holds the place, and then who comes after', () => {
		const table = routerWithoutGracePeriod();
		const route = new RecordingRoute();
		const first = table.share('/', UPS, 'ups', held('host', 'one'), () => route);
		table.share('/', UPS, 'ups', held('host', 'two'), () => route);
		const path = '/api/v1/devices/{id}/telemetry';
		assert.throws(() => table.claim('/', UPS, HOLDER, new RecordingRoute()), taken(path, 'one'));
		first.release();
		assert.throws(() => table.claim('/', UPS, HOLDER, new RecordingRoute()), taken(path, 'two'));
		table.claim('/', { prefix: '/wican' }, held('host', 'My car'), route);
		assert.throws(() => table.claim('/', { prefix: '/wican' }, HOLDER, route), taken('/wican', 'My car'));
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
				const table = routerWithoutGracePeriod();
				if (!first || !second) throw new Error('unreachable');
				table.claim('/', first, HOLDER, new RecordingRoute());
				assert.throws(() => table.claim('/', second, HOLDER, new RecordingRoute()), {
					code: 'endpoint-path-taken',
				});
			}
		}
	});

	it('a late release takes nothing away from the next owner', () => {
		const table = routerWithoutGracePeriod();
		const old = table.claim('/', { prefix: '/wican' }, HOLDER, new RecordingRoute());
		old.release();
		const route = new RecordingRoute();
		table.claim('/', { prefix: '/wican' }, HOLDER, route);
		old.release();
		assert.equal(table.find('/wican')?.entry.route, route);
	});
});
