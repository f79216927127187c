/**
 * What the panels that name registers of a PDU share, as `wattpost.registers`: what is known of all registers, and what
 * the chosen PDU lets its user do with them. panel.js and hpdu/panel.js may arrive after this file, but before any panel opens.
 */
'use strict';

(() => {
	const LAST_UNIT = 65_535;
	/** A mnemonic, with a channel if need be. */
	const TARGET = /^[A-Za-z0-9]{1,32}(_[1-9]\d{0,4})?$/;

	/** Groups whose registers are suggested first, by what a panel does with registers. */
	const FIRST = {
		readable: [
			...['input_measures', 'output_measures', 'pdu_measures', 'virtual'],
			...['system_status', 'switched_outlets'],
		],
		writable: ['settings', 'switched_outlets', 'input_measures', 'reset'],
	};
	/** Types of nodes whose validators need the table. */
	const NAMING = ['hpdu-register-read', 'hpdu-register-write'];

	const isTarget = (word) => TARGET.test(word);

	/** Address of a unit; blank leaves it to the message. */
	const isUnit = (value, least = 0) =>
		wattpost.values.isBlank(value) || wattpost.values.isWhole(value, least, LAST_UNIT);

	/**
	 * The table of all registers, the same for every PDU and for every copy of this script: `asked` once, and again after a
	 * failure; `known`, its registers by mnemonic, once it is here; `wanted`, whether a validator has missed it.
	 */
	const table = globalThis.wattpost?.registers?.table ?? {
		asked: undefined,
		known: undefined,
		wanted: false,
	};

	async function requestTable() {
		try {
			const answer = await $.getJSON('wattpost/hpdu/registers');
			table.known = new Map(answer.registers.map((register) => [register.mnemonic, register]));
			if (table.wanted) validateAgain();
			return answer;
		} catch (error) {
			table.asked = undefined;
			throw error;
		}
	}
	function loadTable() {
		table.asked ??= requestTable();
		return table.asked;
	}

	/** What was valid as long as nobody knew the registers need not be. A node whose panel is open is judged at its end. */
	function validateAgain() {
		RED.nodes.eachNode((node) => {
			const isEdited = wattpost.forms.formOf(node).data('wattpost-node') === node.id;
			if (NAMING.includes(node.type) && !isEdited) RED.editor.validateNode(node);
		});
		RED.view.redraw();
	}

	/** For validators, which cannot wait: without the table nothing is wrong. They ask for it once only. */
	function registerNow(mnemonic) {
		if (table.known === undefined && !table.wanted) {
			table.wanted = true;
			loadTable().catch(() => undefined);
		}
		return table.known?.get(mnemonic);
	}

	/** For validators: what is wrong with the channel that a word names, in words; blank for nothing. */
	function faultOfChannel(node, word) {
		const [mnemonic, channel] = word.split('_');
		if (channel === undefined || !isTarget(word)) return '';
		const { channels: last = Number(channel) } = registerNow(mnemonic) ?? {};
		if (Number(channel) <= last) return '';
		return last === 1
			? node._('invalid.single', { mnemonic })
			: node._('invalid.channel', { word, mnemonic, last });
	}

	/** What is answered late must not be shown in another panel. */
	const isOpen = ({ form }) => document.body.contains(form[0]);

	async function fetchTable(view) {
		try {
			const { groups, saveGroups } = await loadTable();
			view.registers = table.known;
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

	/** Whether a word is part of what is suggested: as long as it is typed nothing is wrong with it. */
	function isBeingTyped({ node, registers }, word, property) {
		const field = wattpost.forms.fieldOf(node, property);
		if (!field.is(':focus') || !field.val().endsWith(word)) return false;
		return [...registers.values()].some((register) => rank(register, word.toLowerCase()) >= 0);
	}

	/** What is to be said of a word in a field that the table does not have, and how wrong it looks. */
	function unknownOf(view, mnemonic, field) {
		const { node, allowed } = view;
		if (isBeingTyped(view, mnemonic, field)) return { text: '', level: '' };
		if (allowed === undefined) return { text: node._('hint.unknown-register'), level: 'doubtful' };
		// The PDU names what it has for this user, and not only what the table has.
		if (allowed.has(mnemonic)) return { text: node._('hint.only-pdu'), level: '' };
		return { text: node._('hint.nobody-knows'), level: 'doubtful' };
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

	/** Names are not what is measured, whatever their group. */
	function orderOfGroup({ right }, { group, type }) {
		const groups = FIRST[right];
		const place = groups.indexOf(group);
		return place < 0 || (right === 'readable' && type === 'ascii') ? groups.length : place;
	}

	/**
	 * Registers that fit a word: those that the PDU allows first, of these those that fit best, of these those that are
	 * wanted most, such as measured values.
	 * @param {(register: object) => string} detailOf what is told of each at its end
	 */
	function complete(view, word, detailOf) {
		const orders = new Map(
			[...view.registers.values()].map((register) => [
				register,
				[isAllowed(view, register) ? 0 : 1, rank(register, word), orderOfGroup(view, register)],
			]),
		);
		const compare = (one, other) => {
			const [mine, its] = [orders.get(one), orders.get(other)];
			const place = mine.findIndex((order, index) => order !== its[index]);
			return place < 0 ? 0 : mine[place] - its[place];
		};
		return [...view.registers.values()]
			.filter((register) => rank(register, word) >= 0)
			.sort(compare)
			.map((register) => ({ value: register.mnemonic, label: labelOf(view, register, detailOf(register)) }));
	}

	/** How wrong what is said looks: `wrong` cannot go well, `doubtful` may. */
	const ICONS = { wrong: 'fa-exclamation-circle', doubtful: 'fa-warning' };

	/** Makes an element look as wrong as what it says. */
	function mark(element, level = '') {
		element.toggleClass('wattpost-wrong', level === 'wrong');
		if (ICONS[level]) element.prepend($('<i aria-hidden="true">').addClass(`fa ${ICONS[level]}`));
		return element;
	}

	/** A list of [name, explanation, how wrong it looks]. */
	const listOf = (entries) =>
		$('<ul>').append(
			entries.map(([name, text, level]) =>
				mark($('<li>').append($('<code>').text(name), document.createTextNode(` ${text}`)), level),
			),
		);

	/** Gives a field the border of what may be wrong, or takes it away. */
	const doubt = (field, isDoubtful) => field.toggleClass('wattpost-doubtful', isDoubtful);

	const registers = {
		...{ isTarget, isUnit, open, refusalOf, complete, listOf },
		...{ faultOfChannel, unknownOf, mark, doubt, table },
	};
	globalThis.wattpost = { ...globalThis.wattpost, registers };
})();
