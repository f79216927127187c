import fc from 'fast-check';

const LAST_BEFORE_SURROGATES = 0xd7ff;
const SURROGATES = 0x800;

const anyCharacter = fc.oneof(
	fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCodePoint(code)),
	fc
		.integer({ min: 0x100, max: 0x10_ffff - SURROGATES })
		.map((code) => String.fromCodePoint(code <= LAST_BEFORE_SURROGATES ? code : code + SURROGATES)),
);

/** Any well-formed text, half of it Latin-1. As fast-check's own unit `binary`, without its table of a million entries. */
export function anyText(lengths: { readonly minLength?: number; readonly maxLength?: number } = {}) {
	return fc.string({ ...lengths, unit: anyCharacter });
}
