import assert from 'node:assert/strict';
import { Oddities } from '../../../nodes/protocol/wican/json.js';
import { positionInBlock, positionInForm, positionInValues } from '../../../nodes/protocol/wican/position.js';

function inBlock(json: string) {
	const odd = new Oddities();
	const position = positionInBlock(JSON.parse(json), odd);
	return { ...(position && { position }), ...(odd.names.length > 0 && { odd: odd.names }) };
}

describe('a position among the values', () => {
	const GPS = {
		gps_latitude: 52.520008,
		gps_longitude: 13.404954,
		gps_altitude: 34.5,
		gps_speed: 90,
		gps_heading: 271,
		gps_satellites: 9,
	};

	it('has its speed in kilometres per hour there, in metres per second here', () => {
		assert.deepEqual(positionInValues({ SOC: 62, ...GPS }), {
			latitude: 52.520008,
			longitude: 13.404954,
			altitude: 34.5,
			speed: 25,
			heading: 271,
			satellites: 9,
		});
		assert.equal(positionInValues({ ...GPS, gps_speed: 48.6 })?.speed, 13.5);
	});

	it('has what was sent, and accuracy too', () => {
		assert.deepEqual(positionInValues({ gps_latitude: -33.9, gps_longitude: 151.2, gps_accuracy: 4 }), {
			latitude: -33.9,
			longitude: 151.2,
			accuracy: 4,
		});
		assert.deepEqual(positionInValues({ gps_latitude: 0, gps_longitude: -180, gps_speed: 'on' }), {
			latitude: 0,
			longitude: -180,
		});
	});

	it('is none without a place on earth', () => {
		const nowhere: readonly Record<string, unknown>[] = [
			{},
			{ ...GPS, gps_latitude: undefined },
			{ ...GPS, gps_longitude: 'x' },
			{ ...GPS, gps_latitude: 90.1 },
			{ ...GPS, gps_longitude: -180.5 },
			{ latitude: 1, longitude: 2 },
			{ lat: 1, lon: 2 },
		];
		for (const values of nowhere) assert.equal(positionInValues(values), undefined);
	});

	it('is none where latitude and longitude are exactly zero: a receiver without a fix', () => {
		const zero = { gps_latitude: 0, gps_longitude: 0, gps_satellites: 0 };
		assert.equal(positionInValues(zero), undefined);
		assert.equal(positionInForm({ lat: 0, lon: -0 }), undefined);
		assert.deepEqual(inBlock('{"latitude":0,"longitude":0,"accuracy":9}'), {});
		assert.deepEqual(positionInValues({ ...zero, gps_longitude: 9.5 }), {
			latitude: 0,
			longitude: 9.5,
			satellites: 0,
		});
	});

	it('is not inherited', () => {
		assert.equal(positionInValues(Object.create(GPS)), undefined);
	});
});

describe('a position in a block', () => {
	it('has its speed in metres per second, and its accuracy', () => {
		const json =
			'{"latitude":52.52,"longitude":13.4,"accuracy":3.5,"altitude":34,"speed":12.5,"heading":90,"satellites":11}';
		assert.deepEqual(inBlock(json), { position: JSON.parse(json) });
	});

	it('has no more than is known', () => {
		assert.deepEqual(inBlock('{"latitude":1,"longitude":2,"fix":"3d","__proto__":{"speed":5}}'), {
			position: { latitude: 1, longitude: 2 },
		});
	});

	it('leaves out and names what has a wrong type, and leaves out null', () => {
		assert.deepEqual(inBlock('{"latitude":1,"longitude":2,"speed":"5","altitude":1e999,"heading":null}'), {
			position: { latitude: 1, longitude: 2 },
			odd: ['gps.altitude', 'gps.speed'],
		});
		assert.deepEqual(inBlock('{"latitude":"1","longitude":2}'), { odd: ['gps.latitude'] });
		assert.deepEqual(inBlock('{"latitude":91,"longitude":2}'), {});
		assert.deepEqual(inBlock('{}'), {});
	});
});

describe('a position in a form for A Better Routeplanner', () => {
	it('shares the speed of the car', () => {
		assert.deepEqual(
			positionInForm({ lat: 52.52, lon: 13.4, elevation: 34, heading: 90, speed: 72, soc: 62 }),
			{
				latitude: 52.52,
				longitude: 13.4,
				altitude: 34,
				heading: 90,
				speed: 20,
			},
		);
		assert.equal(positionInForm({ soc: 62, speed: 72 }), undefined);
	});
});
