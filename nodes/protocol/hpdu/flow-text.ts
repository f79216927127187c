/**
 * What a flow gives where a word or a number is wanted, as trimmed text: blank for what is missing. An array or object is
 * neither, even where it would turn into such a text: an empty array must not pass for "nothing was given".
 * @returns undefined for what can't be meant
 */
export function flowText(value: unknown): string | undefined {
	if (value === undefined || value === null) return '';
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : undefined;
}
