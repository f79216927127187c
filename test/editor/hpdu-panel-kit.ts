/**
 * What the tests of the PDU's panels share: one stand-in PDU, one Node-RED and one page of a browser for all of them,
 * and an open panel as a test fills it in and reads it.
 */
import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import type { FlowNode, RunningNodeRed } from '../nodes/harness/index.js';
import { env, framebuffer, pduDevice, registerRead, registerWrite } from '../nodes/hpdu-kit.js';
import { TAB } from '../nodes/kit.js';
import type { Editor, FieldValue, Panel } from './editor.js';
import { withEditor } from './stage.js';

export type Fields = Readonly<Record<string, FieldValue>>;

/** The name of the PDU that answers. */
export const NAME = 'SP_Rack_5';
/** A password that no page may show. */
export const STORED = 'w8-3kq.z7_x1';
/** Where there is a variable in place of a value. */
export const VARIABLE = env('SOMETHING');

/** The panel of a PDU holds blanks for changes. */
const TIMES = { timeout: '5000', minInterval: '0' };

/** Nodes that have a PDU. */
export const USERS = [
	{ type: 'hpdu-register-read', make: registerRead },
	{ type: 'hpdu-register-write', make: registerWrite },
	{ type: 'hpdu-framebuffer', make: framebuffer },
] as const;

/** A subflow of which each instance has a PDU of its own. */
const SUBFLOW: FlowNode = {
	id: 'subflow',
	type: 'subflow',
	name: 'One PDU',
	in: [],
	out: [],
	env: [{ name: 'SOMETHING', type: 'hpdu-device', value: '', ui: { type: 'conf-types' } }],
};

/** `pdu` answers, `viewer` may not log in there, at `rack` and `bare` nobody is, `stored` has a password already. */
function flowsFor(pdu: HpduServer): FlowNode[] {
	const nobody = { ...TIMES, host: '192.0.2.35', port: '' };
	const { credentials: _, ...bare } = pduDevice('bare', pdu, nobody);
	return [
		TAB,
		{ id: 'tls', type: 'tls-config', name: 'PDUs', cert: '', key: '', ca: '', verifyservercert: true },
		pduDevice('pdu', pdu, TIMES),
		pduDevice('viewer', pdu, { ...TIMES, credentials: { username: 'viewer', password: 'wrong' } }),
		pduDevice('rack', pdu, { ...nobody, credentials: { username: 'power', password: STORED } }),
		bare,
		pduDevice('stored', pdu, { ...TIMES, credentials: { username: 'power', password: 'power' } }),
		registerRead('read'),
		registerRead('no-channel', { registers: 'stdvnm stolnm_55' }),
		registerWrite('write'),
		framebuffer('display'),
		framebuffer('untouched'),
		...USERS.flatMap(({ type, make }) => [
			make(`none-${type}`, { device: '' }),
			make(`variable-${type}`, { device: VARIABLE }),
		]),
		SUBFLOW,
		registerRead('inside', { z: 'subflow', device: VARIABLE }),
		registerWrite('variable', { write: 'save', saveGroup: VARIABLE }),
	];
}

export let pdu: HpduServer;
export let nr: RunningNodeRed;
export let editor: Editor;

/** Begins and ends it all around the suite that calls it; a test fails for what it adds to the editor's problems. */
export function onOneStage(): void {
	withEditor(
		async () => {
			// An upright display, so that it is seen to be turned.
			pdu = await HpduServer.start({ name: NAME, orientation: 3 });
			return { flows: flowsFor(pdu) };
		},
		(stage) => ({ nr, editor } = stage),
	);
	after(() => pdu?.close());
	afterEach(() => assert.deepEqual(editor.problems.splice(0), []));
}

/** Waits until an expression is true in the page. */
export function until(expression: string): Promise<unknown> {
	return editor.page.waitForFunction(expression, undefined, { polling: 50 });
}

/** Fills in several fields, in their order. */
export async function fill(panel: Panel, fields: Fields): Promise<void> {
	for (const [name, value] of Object.entries(fields)) await panel.fill(name, value);
}

/** Those of some fields that can be seen. */
export async function visible(panel: Panel, names: readonly string[]): Promise<string[]> {
	const shown: string[] = [];
	for (const name of names) if (await panel.field(name).isVisible()) shown.push(name);
	return shown;
}

/** What can be seen of elements, each by itself. */
export function textsOf(selector: string): Promise<string[]> {
	return editor.evaluate(
		`$(${JSON.stringify(selector)}).filter(':visible').get().map((item) => item.textContent)`,
	);
}

/** How wrong what is said of a field looks: as what cannot go well, as what may not; and whether the field itself does. */
export async function looks(panel: Panel, type: string, field: string): Promise<string[]> {
	const said = `$('#${type}-chosen')`;
	const marks = await editor.evaluate<Record<string, boolean>>(`({
		wrong: ${said}.find('.wattpost-wrong').addBack('.wattpost-wrong').length > 0,
		doubtful: ${said}.find('.fa-warning').length > 0,
		border: $('#node-input-${field}').hasClass('wattpost-doubtful'),
	})`);
	const isInvalid = (await panel.wrongFields()).includes(field);
	return Object.entries({ ...marks, invalid: isInvalid }).flatMap(([name, is]) => (is ? [name] : []));
}

/** What the editor calls a node that has some properties. */
export function labelOf(id: string, properties: object): Promise<string> {
	return editor.evaluate(
		`RED.nodes.node(${JSON.stringify(id)})._def.label.call(${JSON.stringify(properties)})`,
	);
}

/** What a panel in which nothing was changed leaves to be deployed. */
export async function assertUntouched(id: string): Promise<void> {
	await editor.evaluate('void RED.nodes.dirty(false)');
	for (const button of ['done', 'cancel'] as const) {
		const panel = await editor.openPanel(id);
		await panel[button]();
		assert.equal(await editor.evaluate('RED.nodes.dirty()'), false, button);
	}
}

/** How the panel of one type of node is read: the ids of its places begin with the type, which is left out here. */
export function viewOf(type: string) {
	const form = `$('.${type}-form')`;
	const textOf = (place: string): Promise<string> =>
		editor.evaluate(`$('#${type}-${place}').text().replace(/\\s+/g, ' ').trim()`);
	return {
		textOf,
		/** What can be seen, as one text. */
		shown: (selector: string): Promise<string> =>
			editor.evaluate(`${form}.find(${JSON.stringify(selector)}).filter(':visible').get()
				.map((element) => element.innerText).join(' ').replace(/\\s+/g, ' ').trim()`),
		/** Which of the notes or warnings can be seen. */
		marks: (kind: 'note' | 'warning' | 'for'): Promise<string[]> =>
			editor.evaluate(
				`${form}.find('[data-${kind}]:not(.form-row)').filter(':visible').get().map((mark) => mark.dataset['${kind}'])`,
			),
		/** What says something that no screen reader is told of. */
		silent: (selector: string): Promise<string[]> =>
			editor.evaluate(
				`${form}.find(${JSON.stringify(selector)}).filter((index, place) => $(place).closest('[role=status], [role=alert]').length === 0)
					.get().map((place) => place.id || place.className)`,
			),
		/** What is said beside a field that is wrong. */
		fault: (field: string): Promise<string> =>
			editor.evaluate(`$('#wattpost-fault-${type}-${field}').filter(':visible').text().trim()`),
		/** Waits until a place of the panel says something. */
		says: (place: string, part: string): Promise<unknown> =>
			until(`$('#${type}-${place}').text().includes(${JSON.stringify(part)})`),
	};
}
