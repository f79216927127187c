/** The colour and shape of a badge. */
export type BadgeLook = readonly [fill: 'red' | 'green' | 'yellow' | 'blue' | 'grey', shape: 'ring' | 'dot'];

/** Badges by their names. The words are in locales/<lang>/*.json under `status.<name>`; the build fails without them. */
export type BadgeTable = Readonly<Record<string, BadgeLook>>;

/** The badges that several families show. */
export const COMMON_BADGES = {
	waiting: ['grey', 'ring'],
	refused: ['yellow', 'ring'],
	'bad-report': ['yellow', 'ring'],
	'report-too-large': ['yellow', 'ring'],
	'too-many-refused': ['yellow', 'ring'],
	asking: ['blue', 'ring'],
	'bad-request': ['red', 'ring'],
	listening: ['green', 'dot'],
	'config-missing': ['red', 'ring'],
	'config-invalid': ['red', 'ring'],
	'path-taken': ['red', 'ring'],
	'port-in-use': ['red', 'ring'],
	'endpoint-disabled': ['red', 'ring'],
	'endpoint-failed': ['red', 'ring'],
	'store-failing': ['red', 'dot'],
} as const satisfies BadgeTable;
