/**
 * What the panels that name registers of a PDU share, as `wattpost.registers`: what is known of all registers, and what
 * the chosen PDU lets its user do with them. panel.js and hpdu-panel.js may arrive after this file, but before any panel opens.
 */
'use strict';

(() => {
	const LAST_UNIT = 65_535;
	/** A mnemonic, with a channel if need be. */
	const TARGET = /^[A-Za-z0-9]{1,32}(_[1-9]\d{0,4})?$/;

	const isTarget = (word) => TARGET.test(word);

	/** Address of a unit; blank leaves it to the message. */
	const isUnit = (value, least = 0) =>
		wattpost.values.isBlank(value) || wattpost.values.isWhole(value, least, LAST_UNIT);

	/** Of all registers, asked for once: they are the same for every PDU. After a failure it is asked for again. */
	let asked;
	function loadTable() {
		asked ??= Promise.resolve($.getJSON('wattpost/hpdu/registers')).catch((error) => {
			asked = undefined;
			throw error;
		});
		return asked;
	}

	/** What is answered late must not be shown in another panel. */
	const isOpen = ({ form }) => document.body.contains(form[0]);

	async function fetchTable(view) {
		try {
			const { registers, groups, saveGroups } = await loadTable();
			view.registers = new Map(registers.map((register) => [register.mnemonic, register]));
			view.groups = groups;
			view.saveGroups = new Map(saveGroups.map((group) => [group.name, group]));
		} catch {
			view.hasFailed = true;
		}
		if (isOpen(view)) view.show();
	}

	function describeRights({ node, right }, rights) {
		const names = rights?.[right];
		if (names) return node._('hint.rights', { count: names.length });
		if (rights?.error?.code === 'config-missing') return node._('hint.not-deployed');
		return rights?.error ? wattpost.requests.messageOf(node, rights.error) : node._('hint.no-rights');
	}

	const tellRights = ({ node }, text) => $(`#${node.type}-rights`).text(text);

	async function askRights(view) {
		const id = wattpost.hpdu.chosenDevice(view.node);
		// The editor tells of a change more than once.
		if (id === view.device) return;
		view.device = id;
		view.allowed = undefined;
		tellRights(view, '');
		view.show();
		if (id === '') return;
		const rights = await Promise.resolve($.getJSON(`wattpost/hpdu/${encodeURIComponent(id)}/rights`)).catch(
			() => undefined,
		);
		// Another one may have been chosen meanwhile.
		if (view.device !== id || !isOpen(view)) return;
		const names = rights?.[view.right];
		view.allowed = names && new Set(names);
		tellRights(view, describeRights(view, rights));
		view.show();
	}

	/**
	 * Begins a panel that names registers.
	 * @param {object} options
	 * @param {'readable' | 'writable'} options.right what its node does with registers
	 * @param {(view: object) => void} options.show called for whatever may change what the panel has to say
	 * @returns the view: `node`, `form`; what the table holds, blank until it is here (`registers` by mnemonic, `groups`,
	 * `saveGroups` by name) or has failed to come (`hasFailed`); `allowed`, the mnemonics that the PDU allows, once it said so
	 */
	function open(node, { right, show }) {
		const view = {
			node,
			right,
			form: wattpost.hpdu.open(node),
			registers: new Map(),
			groups: [],
			saveGroups: new Map(),
		};
		Object.assign(view, { show: () => show(view), hasFailed: false, allowed: undefined, device: undefined });
		// A completion that is taken by a key changes the field without an event of its own.
		view.form.on('input change keyup', 'input, select', view.show);
		wattpost.forms.fieldOf(node, 'device').on('change', () => void askRights(view));
		void askRights(view);
		void fetchTable(view);
		return view;
	}

	/** What the PDU says counts; before it has said anything, what the vendor's table says. */
	const isAllowed = ({ allowed, right }, register) => allowed?.has(register.mnemonic) ?? register[right];

	/** Why a register is not to be had, or undefined. */
	function refusalOf(view, register) {
		if (isAllowed(view, register)) return undefined;
		return view.allowed ? view.node._('hint.not-allowed') : view.node._('hint.table-not-allowed');
	}

	/** How well a register fits what is being typed, best first; -1 not at all. */
	function rank(register, word) {
		const places = [register.mnemonic, register.name, register.description ?? ''];
		if (register.mnemonic.startsWith(word)) return 0;
		const place = places.findIndex((text) => text.toLowerCase().includes(word));
		return place < 0 ? -1 : place + 1;
	}

	function labelOf(view, register, detail) {
		const label = $('<div class="wattpost-completion">').append(
			$('<code>').text(register.mnemonic),
			$('<span>').text(register.name),
		);
		const refusal = refusalOf(view, register);
		if (refusal) label.append($('<i class="fa fa-ban">').attr({ title: refusal, 'aria-label': refusal }));
		return label.append($('<span>').text(detail));
	}

	/**
	 * Registers that fit a word, those that the PDU allows first.
	 * @param {(register: object) => string} detailOf what is told of each at its end
	 */
	function complete(view, word, detailOf) {
		const order = (register) => (isAllowed(view, register) ? 0 : 10) + rank(register, word);
		return [...view.registers.values()]
			.filter((register) => rank(register, word) >= 0)
			.sort((one, other) => order(one) - order(other))
			.map((register) => ({ value: register.mnemonic, label: labelOf(view, register, detailOf(register)) }));
	}

	/** A list of [name, explanation]. */
	const listOf = (entries) =>
		$('<ul>').append(
			entries.map(([name, text]) =>
				$('<li>').append($('<code>').text(name), document.createTextNode(` ${text}`)),
			),
		);

	const registers = { isTarget, isUnit, open, refusalOf, complete, listOf };
	globalThis.wattpost = { ...globalThis.wattpost, registers };
})();
