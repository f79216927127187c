/** How a flow gets the display of a PDU: the forms, their options and the check of these. */
import { ProtocolError } from '../common/errors.js';
import { toText } from './display-text.js';
import {
	type BitOrder,
	checkFramebuffer,
	decodeFramebuffer,
	invert,
	type Pixels,
	type Rotation,
	rotate,
} from './pixels.js';
import { toDataUrl, toPng } from './png.js';

/** What each form of the display is. */
export interface Renderings {
	readonly png: Buffer;
	/** `data:image/png;base64,…` */
	readonly 'data-url': string;
	/** The 1024 bytes as the PDU sent them. */
	readonly raw: Buffer;
	readonly pixels: Pixels;
	/** Half block characters, a line for two rows of pixels. */
	readonly text: string;
}

export type DisplayFormat = keyof Renderings;

export interface RenderOptions<Format extends DisplayFormat = DisplayFormat> {
	readonly format: Format;
	/** Pixels of the PNG per pixel of the display in both directions, 1..16. For `png` and `data-url`. */
	readonly scale: number;
	/** For all but `raw`, like `invert`. */
	readonly rotate: Rotation;
	readonly invert: boolean;
	readonly bitOrder: BitOrder;
}

type Renderer<Format extends DisplayFormat> = (
	bytes: Uint8Array,
	options: RenderOptions,
) => Renderings[Format];

const RENDERERS: { readonly [Format in DisplayFormat]: Renderer<Format> } = {
	png: (bytes, options) => toPng(picture(bytes, options), options.scale),
	'data-url': (bytes, options) => toDataUrl(picture(bytes, options), options.scale),
	raw: (bytes) => {
		checkFramebuffer(bytes);
		// A flow may write into what it gets, and the bytes of an answer can be a view of a larger buffer.
		return Buffer.from(bytes);
	},
	pixels: picture,
	text: (bytes, options) => toText(picture(bytes, options)),
};

/**
 * The display in the form that is asked for.
 * @param bytes the answer to GET /ui/framebuffer; never changed or kept
 * @param options as `parseRenderOptions` gives them; not checked again
 * @throws ProtocolError `hpdu-bad-response` with `reason` only, unless there are 1024 bytes
 */
export function render<Format extends DisplayFormat>(
	bytes: Uint8Array,
	options: RenderOptions<Format>,
): Renderings[Format] {
	return RENDERERS[options.format](bytes, options);
}

function picture(bytes: Uint8Array, options: RenderOptions): Pixels {
	const turned = rotate(decodeFramebuffer(bytes, options), options.rotate);
	return options.invert ? invert(turned) : turned;
}

/** The values that an option may have, by how they are written. */
interface Choice<Value> {
	readonly fallback: Value;
	readonly values: ReadonlyMap<string, Value>;
	/** The values in signs that need no translation. */
	readonly expected: string;
}

function choice<Value>(
	values: readonly Value[],
	fallback: Value,
	expected = values.join(', '),
): Choice<Value> {
	return { fallback, values: new Map(values.map((value) => [String(value), value])), expected };
}

const SCALES = Array.from({ length: 16 }, (_, index) => index + 1);

const CHOICES: { readonly [Name in keyof RenderOptions]: Choice<RenderOptions[Name]> } = {
	format: choice(Object.keys(RENDERERS) as DisplayFormat[], 'png'),
	scale: choice(SCALES, 4, '1..16'),
	rotate: choice([0, 90, 180, 270], 0),
	invert: choice([true, false], false),
	bitOrder: choice(['lsb-top', 'msb-top'], 'lsb-top'),
};

/**
 * Checks the options of a rendering. Numbers and true/false may come as text; undefined, null and blank are the default:
 * a PNG, scale 4, not turned, not inverted, `lsb-top`.
 * @throws ProtocolError `hpdu-bad-argument` with the `argument` and what is `expected`, also for an option that the
 * format has no use for
 */
export function parseRenderOptions(
	given: {
		readonly [Name in keyof RenderOptions]?: unknown;
	},
): RenderOptions {
	return {
		format: chosen('format', given.format),
		scale: chosen('scale', given.scale),
		rotate: chosen('rotate', given.rotate),
		invert: chosen('invert', given.invert),
		bitOrder: chosen('bitOrder', given.bitOrder),
	};
}

function chosen<Name extends keyof RenderOptions>(name: Name, value: unknown): RenderOptions[Name] {
	const { fallback, values, expected } = CHOICES[name];
	if (value === undefined || value === null) return fallback;
	const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
	const written = scalar ? String(value).trim() : undefined;
	if (written === '') return fallback;
	const found = written === undefined ? undefined : values.get(written);
	if (found === undefined) throw new ProtocolError('hpdu-bad-argument', { argument: name, expected });
	return found;
}
