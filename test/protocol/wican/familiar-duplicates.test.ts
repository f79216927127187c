import assert from 'node:assert/strict';
import { BodyReader } from '../../../nodes/protocol/wican/familiar.js';
import { requestOf } from './garage.js';

/** What becomes of the same body when it comes a first, a second and a third time. */
function read(members: string): unknown[] {
	const reader = new BodyReader();
	return [1, 2, 3].map(() => {
		const report = reader.read(requestOf(`{"autopid_data":{${members}}}`));
		return typeof report === 'string' ? report : [report.payload, report.sampledAt];
	});
}

describe('A name that stands twice in bodies that are alike', () => {
	const bodies: Readonly<Record<string, readonly [payload: object, sampledAt: number | undefined]>> = {
		'"A":1,"A":"on"': [{ A: 'on' }, undefined],
		'"A":1,"B":2,"A":null': [{ B: 2 }, undefined],
		'"A":1,"A":true,"B":"12"': [{ A: true, B: 12 }, undefined],
		'"A":"on","A":1': [{ A: 1 }, undefined],
		'"A":1,"A":2,"B":3': [{ A: 2, B: 3 }, undefined],
		'"A":1,"\\u0041":"x"': [{ A: 'x' }, undefined],
		'"timestamp":1795200781,"timestamp":"off","A":1': [{ A: 1 }, undefined],
	};
	for (const [members, result] of Object.entries(bodies)) {
		it(`has its last value each time: ${members}`, () =>
			assert.deepEqual(read(members), [result, result, result]));
	}

	it('may be part of a body with a very long text', () => {
		const text = 'x\\n'.repeat(60_000);
		const result = [{ A: 1, B: 'x\n'.repeat(60_000) }, undefined];
		assert.deepEqual(read(`"A":1,"B":"${text}"`), [result, result, result]);
	});
});
