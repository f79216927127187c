/** What must hold for whatever is decoded. */
import assert from 'node:assert/strict';
import { type ErrorCode, ProtocolError } from '../../nodes/protocol/common/errors.js';

/** Asserts that JSON can hold a value as it is: no NaN, no undefined, nothing inherited, no cycle. */
export function assertJson(value: unknown, path = ''): void {
	if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
	if (typeof value === 'number') {
		assert.ok(Number.isFinite(value), `${path} is ${value}`);
		return;
	}
	assert.ok(typeof value === 'object', `${path} is of type ${typeof value}`);
	const prototype: unknown = Object.getPrototypeOf(value);
	const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
	assert.ok(isPlain, `${path} has a prototype of its own`);
	for (const [name, member] of Object.entries(value)) assertJson(member, `${path}.${name}`);
}

/** As `assertJson`, for a message in which what is undefined is as good as not there. */
export function assertMessage(value: unknown): void {
	assertJson(withoutUndefined(value));
}

function withoutUndefined(value: unknown): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(withoutUndefined);
	const members = Object.entries(value).filter(([, member]) => member !== undefined);
	return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}

/** What a call gives, or undefined where it throws one of these codes; it throws nothing else. */
export function refusedWith<T>(codes: readonly ErrorCode[], call: () => T): T | undefined {
	try {
		return call();
	} catch (error) {
		assertCoded(codes, error);
		return undefined;
	}
}

function assertCoded(codes: readonly ErrorCode[], error: unknown): void {
	if (!(error instanceof ProtocolError)) throw error;
	assert.ok(codes.includes(error.code), `the code is ${error.code}`);
	for (const [name, value] of Object.entries(error.params)) {
		assert.ok(['string', 'number', 'boolean'].includes(typeof value), `${name} is a ${typeof value}`);
	}
}

/** Asserts that none of these stands anywhere in what leaves the collection. */
export function assertWithout(secrets: readonly string[], told: unknown): void {
	const text = typeof told === 'string' ? told : JSON.stringify(told);
	for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} stands in what is told`);
}

/** A message of an error with all that a user or a log may see of it. */
export function toldBy(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const params = error instanceof ProtocolError ? JSON.stringify(error.params) : '';
	return `${error.stack} ${params} ${error.cause === undefined ? '' : toldBy(error.cause)}`;
}
