/** Rows of forms that several panels have. A panel has `<!-- row: <name> -->` in their place, and the build puts them in. */

const WIDE = 'style="width: calc(100% - var(--wattpost-label) - 10px)"';

/**
 * @typedef {object} Form
 * @property {string} type the node's
 * @property {string} prefix of the ids of its fields
 */

const row = (field, icon, label, ...controls) =>
	[
		'<div class="form-row">',
		`	<label for="${field}"><i class="fa ${icon}"></i> <span data-i18n="${label}"></span></label>`,
		...controls.map((control) => `	${control}`),
		'</div>',
	].join('\n');

const select = (field, options, attributes = '') =>
	[
		`<select id="${field}"${attributes}>`,
		...options.map(([value, text]) => `		<option value="${value}" data-i18n="${text}"></option>`),
		'	</select>',
	].join('\n');

const TARGETS = [
	['device', 'common.target-device'],
	['message', 'common.target-message'],
];

/** The rows by name. @type {Record<string, (form: Form) => string>} */
const ROWS = {
	name: ({ prefix }) =>
		row(
			`${prefix}name`,
			'fa-tag',
			'common.name',
			`<input type="text" id="${prefix}name" data-i18n="[placeholder]common.name">`,
		),
	endpoint: ({ prefix }) =>
		[
			row(
				`${prefix}server`,
				'fa-globe',
				'common.server',
				select(`${prefix}server`, [
					['node-red', 'common.server-node-red'],
					['endpoint', 'common.server-endpoint'],
				]),
			),
			row(
				`${prefix}endpoint`,
				'fa-globe',
				'label.endpoint',
				`<input type="text" id="${prefix}endpoint" ${WIDE}>`,
			),
		].join('\n'),
	ups: ({ prefix }) =>
		row(
			`${prefix}device`,
			'fa-battery-three-quarters',
			'label.device',
			`<input type="text" id="${prefix}device" ${WIDE}>`,
		),
	'pdu-target': ({ type, prefix }) =>
		row(
			`${prefix}target`,
			'fa-crosshairs',
			'common.target',
			select(`${prefix}target`, TARGETS, ` aria-describedby="${type}-hint-target"`),
			`<div class="wattpost-hint" id="${type}-hint-target" data-target="message" data-i18n="common.target-hint-pdu"></div>`,
		),
	'pdu-with-rights': ({ type, prefix }) =>
		row(
			`${prefix}device`,
			'fa-server',
			'label.device',
			`<input type="text" id="${prefix}device" ${WIDE}>`,
			`<div class="wattpost-hint" id="${type}-rights" role="status"></div>`,
		),
	errors: ({ prefix }) =>
		row(
			`${prefix}errors`,
			'fa-bell-o',
			'label.errors',
			select(`${prefix}errors`, [
				['each', 'option.each'],
				['once', 'option.once'],
			]),
		),
};

const TEMPLATE = /data-template-name="([^"]+)">[\s\S]*?<\/script>/g;
const PLACE = /^(\t*)<!-- row: ([\w-]+) -->$/gm;

/**
 * A panel with its rows.
 * @param {string} html
 * @throws Error for a row that is not known
 */
export function withRows(html) {
	const isConfig = /category: 'config'/.test(html);
	const prefix = isConfig ? 'node-config-input-' : 'node-input-';
	return html.replace(TEMPLATE, (template, type) =>
		template.replace(PLACE, (_place, indent, name) => {
			const make = ROWS[name];
			if (make === undefined) throw new Error(`${type}: no row "${name}" in build/rows.mjs`);
			return make({ type, prefix }).replace(/^/gm, indent);
		}),
	);
}
