/**
 * What the panels of nodes that have a PDU share, as `wattpost.hpdu`. panel.js may arrive after this file, but before
 * any panel opens.
 */
'use strict';

(() => {
	/** A flow that was saved before messages could name a PDU means the one that is chosen in the node. */
	const TARGET = {
		property: 'target',
		without: 'message',
		having: 'device',
		field: 'device',
		absent: 'device',
	};

	/** For the validator of `device`: true, or what is wrong with it in words. */
	const judgeDevice = (node, id) => wattpost.choices.judge(node, TARGET, id);

	/** Id of the PDU that is chosen in the open form; blank for none, and for a variable. */
	function chosenDevice(node) {
		const id = wattpost.forms.chosen(node, 'device');
		return RED.nodes.node(id) ? id : '';
	}

	/** A variable is in no list (but in those of subflows): a field that is one must not lose it. */
	function keepVariable(node, property) {
		const value = node[property];
		const field = wattpost.forms.fieldOf(node, property);
		if (!wattpost.values.isVariable(value) || field.val() === value) return;
		field.append($('<option>').val(value).text(value)).val(value);
	}

	/** Most have one PDU, and each node needs one: whoever has opened the panel need not choose it. */
	function chooseOnly(node) {
		const pdus = [];
		RED.nodes.eachConfig((config) => {
			if (config.type === 'hpdu-device' && !config.d) pdus.push(config.id);
		});
		const field = wattpost.forms.fieldOf(node, 'device');
		const isOffered = field.find('option').filter((_index, { value }) => value === pdus[0]).length > 0;
		// Of one that is deployed the PDU was deleted: another one must not take its place in silence.
		const isDeployed = RED.nodes.originalFlow()?.some(({ id }) => id === node.id);
		if (!node.device && node.target !== 'message' && !isDeployed && pdus.length === 1 && isOffered)
			field.val(pdus[0]).trigger('change');
	}

	/** Says how a message names its PDU, where it is to. */
	function explainTarget(node, form) {
		const target = wattpost.forms.fieldOf(node, 'target');
		const show = () => form.find('[data-target]').toggle(target.val() === 'message');
		target.on('change', show);
		show();
	}

	/** Properties that came later: a flow that was saved without them means their defaults, which the form is to show. */
	const LATER = ['errors', 'unlock', 'settle'];

	function fillInDefaults(node) {
		for (const property of LATER.filter((name) => name in node._def.defaults)) {
			if (node[property] !== undefined) continue;
			const { value } = node._def.defaults[property];
			node[property] = value;
			const field = wattpost.forms.fieldOf(node, property);
			if (field.is(':checkbox')) field.prop('checked', value);
			else field.val(value);
		}
	}

	/** Begins the panel of a node that has a PDU, as `wattpost.forms.open` does. */
	function open(node) {
		keepVariable(node, 'device');
		fillInDefaults(node);
		chooseOnly(node);
		const form = wattpost.forms.open(node);
		wattpost.choices.follow(node, TARGET);
		explainTarget(node, form);
		return form;
	}

	globalThis.wattpost = {
		...globalThis.wattpost,
		hpdu: { TARGET, judgeDevice, chosenDevice, keepVariable, open },
	};
})();
