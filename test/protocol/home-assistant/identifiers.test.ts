import assert from 'node:assert/strict';
import { identifier } from '../../../nodes/protocol/home-assistant/identifiers.js';

describe('The identifiers of Home Assistant', () => {
	it('keep a name that Home Assistant accepts', () => {
		for (const name of ['8988228066680569990', 'Car-1_a', 'x'.repeat(64)])
			assert.equal(identifier(name), name);
	});

	it('replace other letters and add eight digits of the hash', () => {
		assert.equal(identifier('a b'), 'a_b_c8687a08');
	});

	it('differ for names that differ only in letters outside ASCII', () => {
		assert.notEqual(identifier('käfer'), identifier('köfer'));
	});

	it('have at most 64 letters of the accepted ones for any name', () => {
		for (const name of ['', 'ü'.repeat(300), '🚗', 'x'.repeat(65), 'a/b#+', 'a\n'])
			assert.match(identifier(name), /^[A-Za-z0-9_-]{1,64}$/);
	});
});
