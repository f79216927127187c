import assert from 'node:assert/strict';
import { isRecord, isTooDeep, member, Oddities, setMember } from '../../../nodes/protocol/wican/json.js';
import { deepArray, deepObject } from './garage.js';

describe('members of JSON from a stranger', () => {
	const NAMES = ['SOC', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];

	it('are set as own, whatever their name', () => {
		const target = {};
		for (const name of NAMES) setMember(target, name, { name });
		assert.deepEqual(Object.keys(target), NAMES);
		assert.equal(Object.getPrototypeOf(target), Object.prototype);
		assert.equal(
			JSON.stringify(target),
			`{${NAMES.map((name) => `"${name}":{"name":"${name}"}`).join(',')}}`,
		);
		setMember(target, '__proto__', 7);
		assert.equal(member(target, '__proto__'), 7);
	});

	it('are found only if they are own', () => {
		for (const name of NAMES) assert.equal(member({}, name), undefined);
		assert.equal(member(JSON.parse('{"__proto__":5}'), '__proto__'), 5);
	});

	it('are those of objects, not of arrays or null', () => {
		assert.deepEqual([{}, [], null, 'x', 1, undefined].map(isRecord), [
			true,
			false,
			false,
			false,
			false,
			false,
		]);
	});
});

describe('the depth of a value', () => {
	it('may be 32 levels', () => {
		assert.equal(isTooDeep(JSON.parse(deepObject(32))), false);
		assert.equal(isTooDeep(JSON.parse(deepObject(33))), true);
		assert.equal(isTooDeep(JSON.parse(deepArray(32))), false);
		assert.equal(isTooDeep(JSON.parse(deepArray(500_000))), true);
		for (const flat of [1, 'x', null, undefined, true]) assert.equal(isTooDeep(flat), false);
	});
});

describe('names of what was left out', () => {
	it('are noted once each, in the order found', () => {
		const odd = new Oddities();
		for (const name of ['b', 'a', 'b']) odd.add(name);
		assert.deepEqual(odd.names, ['b', 'a']);
	});

	it('are few and short, however many and long they are', () => {
		const odd = new Oddities();
		for (let count = 0; count < 1000; count++) odd.add(`${count}${'x'.repeat(1000)}`);
		assert.equal(odd.names.length, 50);
		assert.ok(odd.names.every((name) => name.length === 120));
	});
});
