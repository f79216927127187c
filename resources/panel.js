/**
 * What the panels of all nodes share, as the one global `wattpost`: Node-RED serves this folder to the editor, and every
 * panel asks for this file before its own script. It runs once for each of them, so it only ever makes the same again.
 */
'use strict';

(() => {
	/** In place of a password that is saved already: it never comes back from the server. */
	const MASKED = '__PWRD__';
	/** What the list of config nodes holds for none. */
	const NONE = '_ADD_';
	/** In seconds: the longest time that a field takes. */
	const YEAR = 31_536_000;
	/** How the editor itself knows a variable, whose value nobody can judge before it runs. */
	const EDITOR_VARIABLE = /^\$(\{[a-zA-Z_]\w*\}|\([a-zA-Z_]\w*\))$/;
	const EVERY_INTERFACE = ['', '0.0.0.0', '::', '[::]'];

	const text = (value) => String(value ?? '');

	/** Whether an environment variable is to be put in. */
	const isVariable = (value) => /^\s*\$\{[^}\s]+\}\s*$/.test(text(value));

	const isBlank = (value) => text(value).trim() === '';

	const isBetween = (value, least, most) => Number(value) >= least && Number(value) <= most;

	/** A whole number within bounds, or a variable. Blank is for the caller to judge. */
	const isWhole = (value, least, most) =>
		isVariable(value) || (/^\s*\d+\s*$/.test(text(value)) && isBetween(value, least, most));

	/** A number of seconds up to a year, fractions too, or a variable. */
	const isSeconds = (value, least) =>
		isVariable(value) || (/^\s*\d+(\.\d+)?\s*$/.test(text(value)) && isBetween(value, least, YEAR));

	/** Length in UTF-8, which is what devices have room for. */
	const bytes = (value) => new TextEncoder().encode(text(value)).length;

	/** @param {string} allowed characters that are no harm, such as a line break */
	const hasControlCharacters = (value, allowed = '') =>
		[...text(value)].some((one) => !allowed.includes(one) && (one < ' ' || one === '\x7f'));

	/** What stands in a field, '' where there is none. */
	const textOf = (selector) => text($(selector).val());

	const values = { MASKED, textOf, isVariable, isBlank, isWhole, isSeconds, bytes, hasControlCharacters };

	/**
	 * The open form of a node. Its element has the class `<type>-form` beside `wattpost-form`. The last one: one that was
	 * just closed is there until it has slid away.
	 */
	const formOf = (node) => $(`.${node.type}-form`).last();

	/** The field of a property or credential in the open form. */
	const fieldOf = (node, property) => {
		const prefix = node._def.category === 'config' ? 'node-config-input-' : 'node-input-';
		return formOf(node).find(`#${prefix}${property}`);
	};

	/**
	 * Begins what every panel does: copying, and messages beside fields. To be called in oneditprepare.
	 * @returns the form
	 */
	function open(node) {
		const form = formOf(node).data('wattpost-node', node.id);
		copying.offer(node);
		faults.watch(node);
		return form;
	}

	/** What is chosen now: in the form if it is this node's that is open, else in the node. */
	function chosen(node, property) {
		const opened = formOf(node).data('wattpost-node');
		if (opened === undefined || opened !== node.id) return node[property];
		const field = fieldOf(node, property);
		return (field.is(':checkbox') ? field.prop('checked') : field.val()) ?? node[property];
	}

	/** Of a node without any credential the editor takes blank fields for changes, and asks for a deploy. */
	function blankCredentials(node) {
		node.credentials ??= {};
		for (const [name, { type }] of Object.entries(node._def.credentials)) {
			if (type === 'password') node.credentials[`has_${name}`] ??= false;
			else node.credentials[name] ??= '';
		}
	}

	const forms = { open, formOf, fieldOf, chosen, blankCredentials };

	const withoutSlash = (path) => path.replace(/(?<!\/)\/+$/, '');

	const withSlash = (path) => (path.startsWith('/') ? path : `/${path}`);

	/** A path as devices send it: letters outside ASCII percent-encoded, all else as it stands. */
	const encoded = (path) =>
		path.replace(/\P{ASCII}+/gu, (letters) => encodeURIComponent(letters.toWellFormed()));

	/** Where the listener of an endpoint, or Node-RED's own server, is reached: as seen by this browser. */
	function baseUrl(endpoint) {
		const path = encoded(withoutSlash(withSlash(endpoint?.path || '/')));
		if (endpoint?.server !== 'own') {
			return location.origin + encoded(withoutSlash(withSlash(RED.settings.httpNodeRoot || '/'))) + path;
		}
		const host = EVERY_INTERFACE.includes(endpoint.host || '') ? location.hostname : endpoint.host;
		const scheme = (endpoint.useTls ?? endpoint.tls) ? 'https' : 'http';
		return `${scheme}://${/^[^[].*:/.test(host) ? `[${host}]` : host}:${endpoint.port}${path}`;
	}

	/** The URL of a path at an endpoint. */
	function urlFor(endpoint, path) {
		const url = baseUrl(endpoint) + encoded(withoutSlash(withSlash(path)));
		return /^\w+:\/\/[^/]*$/.test(url) ? `${url}/` : url;
	}

	/** Whether Node-RED's editor needs this path at an endpoint: the runtime refuses such a path. */
	function isReserved(endpoint, path = '/') {
		if (endpoint?.server === 'own') return false;
		const whole = `/${endpoint?.path ?? ''}/${path}`.replace(/\/{2,}/g, '/').toLowerCase();
		const reserved = RED.settings.wattpostEndpointReserved ?? [];
		return reserved.some((one) => whole === one || whole.startsWith(`${one}/`));
	}

	/** The host of a URL that need not be a valid one: it may hold a variable. */
	const hostOf = (url) => /^\w+:\/\/(\[[^\]]*\]|[^:/]*)/.exec(url)?.[1] ?? '';

	const addresses = { baseUrl, urlFor, isReserved, hostOf, encoded };

	/** navigator.clipboard exists on https and localhost only; the selected field is copied elsewhere. */
	async function copy(field) {
		try {
			await navigator.clipboard.writeText(field.value);
			return true;
		} catch {
			field.focus();
			field.select();
			return document.execCommand('copy');
		}
	}

	/** Several buttons that are all called "Copy" are told apart by the label of what they copy. */
	function describeCopyButton(form, button) {
		const id = `${button.dataset.copy}-label`;
		form.find(`label[for="${button.dataset.copy}"]`).attr('id', id);
		button.setAttribute('aria-describedby', id);
	}

	/** Makes the buttons with `data-copy="<id of a field>"` copy that field, and say so to eyes and ears. */
	function offer(node) {
		const form = formOf(node);
		const notice = $('<span class="wattpost-unseen wattpost-copied" role="status">').appendTo(form);
		form.find('button[data-copy]').each(function () {
			describeCopyButton(form, this);
		});
		form.find('button[data-copy]').on('click', async function () {
			const done = await copy(document.getElementById(this.dataset.copy));
			const told = done ? node._('common.copied') : node._('common.not-copied');
			notice.text(told);
			RED.notify(told, { type: done ? 'success' : 'warning', timeout: 2000 });
		});
	}

	const copying = { offer, copy };

	/**
	 * A choice between a config node and doing without one, as nodes/adapter/choice.ts has it.
	 * @typedef {object} Choice
	 * @property {string} property holds the choice: a select, or a checkbox that is ticked for having one
	 * @property {string | boolean} without its value for doing without
	 * @property {string | boolean} having its value for having one
	 * @property {string} field names the config node
	 * @property {string | boolean} [absent] what a node means that was saved without the choice; by default its field tells
	 */

	/** What a node means whose field holds a value. */
	const choiceOf = ({ without, having, absent }, value) =>
		absent ?? (isBlank(value) || value === NONE ? without : having);

	/** What is wrong with the config node that a field names, in words: '' for nothing. */
	function faultOfConfig(node, value) {
		const config = RED.nodes.node(value);
		if (!config) return isVariable(value) ? '' : node._('common.choice-missing');
		if (config.d) return node._('common.choice-disabled');
		return config.valid === false ? node._('common.choice-invalid') : '';
	}

	/** For the validator of `field`: true, or what is wrong in words. */
	function judge(node, choice, value) {
		const choiceNow = chosen(node, choice.property) ?? choiceOf(choice, value);
		return choiceNow === choice.without || faultOfConfig(node, value) || true;
	}

	/** A node without the choice gets it when its panel is left with Done, and not when with Cancel. */
	function storeChoice(node, choice) {
		if (node[choice.property] !== undefined) return;
		node[choice.property] = choiceOf(choice, node[choice.field]);
		// What is not there yet is stored as a whole.
		if (!RED.nodes.node(node.id)) return;
		let isSaved = false;
		const save = (saved) => {
			isSaved ||= saved === node;
		};
		RED.events.on('editor:save', save);
		formOf(node).on('remove', () => {
			RED.events.off('editor:save', save);
			if (!isSaved) delete node[choice.property];
		});
	}

	/**
	 * Stores the choices of a node that was saved without them before the loss of a config node changes what it means: of a
	 * deployed node once a field was emptied, of any other at once. A default names its choice as `choice`.
	 */
	function keep(node) {
		for (const [field, { choice }] of Object.entries(node._def.defaults)) {
			if (!choice || node[choice.property] !== undefined) continue;
			const deployed = RED.nodes.originalFlow()?.find(({ id }) => id === node.id);
			const isEmptied = isBlank(node[field]) && !isBlank(deployed?.[field]);
			if (deployed && !isEmptied) continue;
			node[choice.property] = choiceOf(choice, (isEmptied ? deployed : node)[field]);
		}
	}

	/** The only config node that a field offers, '' where there are none or several. */
	function onlyOffer(field) {
		const offers = field.find('option').filter((_index, { value }) => value !== NONE && value !== '');
		return offers.length === 1 ? offers.val() : '';
	}

	/**
	 * Shows the field of a config node while it is chosen to have one, and what has `data-needs="<field>"` unless one is
	 * missing. To be called in oneditprepare.
	 */
	function follow(node, choice) {
		storeChoice(node, choice);
		const control = fieldOf(node, choice.property);
		const isBox = control.is(':checkbox');
		// The editor replaces the field while panels are put together.
		const fieldNow = () => fieldOf(node, choice.field);
		const read = () => (isBox ? control.prop('checked') : control.val());
		const form = formOf(node);
		const show = () => {
			const isHaving = read() !== choice.without;
			fieldNow().closest('.form-row').toggle(isHaving);
			form.find(`[data-needs="${choice.field}"]`).toggle(!isHaving || fieldNow().val() !== NONE);
		};
		const set = (value) => fieldNow().val(value).trigger('change');
		let kept = '';
		const change = () => {
			show();
			const value = read();
			// The editor reports changes of all fields when a panel opens: a field that was emptied must not fill itself.
			if (value === last) return;
			last = value;
			if (value !== choice.without) return set(kept || onlyOffer(fieldNow()) || NONE);
			kept = fieldNow().val() === NONE ? '' : fieldNow().val();
			set(NONE);
		};
		if (isBox) control.prop('checked', node[choice.property]);
		else control.val(node[choice.property]);
		let last = read();
		if (last !== choice.without && isBlank(node[choice.field]) && !isDeployed(node))
			set(onlyOffer(fieldNow()) || NONE);
		show();
		control.on('change', change);
		form.on('change', 'select', show);
	}

	const choices = { judge, follow, keep };

	/** Nodes whose panel was open before: what is still wrong in them is no news to anybody. */
	const opened = new Set();

	const isDeployed = (node) => RED.nodes.originalFlow()?.some(({ id }) => id === node.id) ?? false;

	/** Whether nobody can have done anything wrong yet. */
	function isFresh(node) {
		const isFirst = !opened.has(node.id);
		opened.add(node.id);
		return isFirst && !isDeployed(node);
	}

	/** What is wrong with what stands in a field: '' for nothing. The editor marks fields, but explains only to the mouse. */
	function faultOf(node, definition, field) {
		const value = field.is(':checkbox') ? field.prop('checked') : field.val();
		if (EDITOR_VARIABLE.test(text(value))) return '';
		const verdict = definition.validate.call(node, value, { label: definition.label });
		if (typeof verdict === 'string') return verdict;
		return verdict ? '' : RED._('validator.errors.invalid-prop');
	}

	/** Where a message belongs: right below the field, above its hints. */
	function placeMessage(field, message) {
		const row = field.closest('.form-row');
		const inRow = field.parentsUntil(row).addBack().first();
		const below = inRow.nextAll('div, .wattpost-make').not('.red-ui-typedInput-container').first();
		if (below.length > 0) message.insertBefore(below);
		else message.appendTo(row);
	}

	/** What is focused to change a field: the field, or what the editor puts in its place. */
	const controlsOf = (field) => field.add(field.next('.red-ui-typedInput-container').find('input, button'));

	function describe(controls, id, isWrong) {
		controls.each(function () {
			const ids = (this.getAttribute('aria-describedby') ?? '').split(' ').filter((one) => one && one !== id);
			if (isWrong) ids.push(id);
			if (ids.length > 0) this.setAttribute('aria-describedby', ids.join(' '));
			else this.removeAttribute('aria-describedby');
			if (isWrong) this.setAttribute('aria-invalid', 'true');
			else this.removeAttribute('aria-invalid');
		});
	}

	/** The editor would make what is wrong the name of the field for those who listen: say that its label is. */
	function nameByLabel(field) {
		const id = `${field.attr('id')}-label`;
		field
			.closest('.form-row')
			.find(`label[for="${field.attr('id')}"]`)
			.attr('id', id);
		field.attr('aria-labelledby', id);
	}

	/** The message of one field. It is silent until the field was left once, if nobody has filled in the form before. */
	function makeFault(node, property, definition, isFresh) {
		const field = fieldOf(node, property);
		const id = `wattpost-fault-${node.type}-${property}`;
		const message = $('<div class="wattpost-fault" role="alert">').attr('id', id).hide();
		nameByLabel(field);
		placeMessage(field, message);
		let isTold = !isFresh;
		let shown = '';
		const show = () => {
			field.next('.red-ui-typedInput-container').addBack().toggleClass('wattpost-untouched', !isTold);
			const fault = isTold ? faultOf(node, definition, field) : '';
			if (fault === shown) return;
			shown = fault;
			message.empty().toggle(fault !== '');
			if (fault)
				message.append(
					'<i class="fa fa-exclamation-circle" aria-hidden="true">',
					' ',
					$('<span>').text(fault),
				);
			describe(controlsOf(field), id, fault !== '');
		};
		const tell = () => {
			isTold = true;
			show();
		};
		const touch = ({ target }) => {
			if (controlsOf(field).is(target)) isTold = true;
		};
		return { show, tell, touch };
	}

	/** Says beside each field with a validator what is wrong with its value. To be called in oneditprepare. */
	function watch(node) {
		const { defaults, credentials = {} } = node._def;
		const fresh = isFresh(node);
		const watched = Object.entries({ ...defaults, ...credentials })
			.filter(([name, { validate }]) => validate && fieldOf(node, name).length > 0)
			.map(([name, definition]) => makeFault(node, name, definition, fresh));
		const touch = (event) => {
			for (const fault of watched) fault.touch(event);
			showAll();
		};
		const showAll = () => {
			for (const fault of watched) fault.show();
		};
		// What code changes comes without an event of the browser: it is not the user who was there.
		formOf(node)
			.on('focusout change', (event) => (event.originalEvent ? touch(event) : showAll()))
			.on('input keyup', showAll)
			.on('wattpost-tell', () => {
				for (const fault of watched) fault.tell();
			});
	}

	/** Says all that is wrong, also of fields that nobody has been in yet: for whoever wants to go on as if all were right. */
	const tell = (node) => void formOf(node).trigger('wattpost-tell');

	const faults = { watch, tell };

	/** What to say of an answer that is none to the question: `status` is 0 where there was no answer. */
	function failureOf(node, { status, responseJSON }) {
		if (responseJSON?.error?.code) return messageOf(node, responseJSON.error);
		if (status === 0) return node._('common.away');
		if (status === 401) return node._('common.logged-out');
		if (status === 403) return node._('common.not-allowed');
		return node._('common.unexpected', { status });
	}

	/** The error that a route of ours answered with, in the language of this editor: the runtime may speak another. */
	function messageOf({ _: words }, { code, message, params }) {
		return params ? words(`errors.${code}`, params) : String(message);
	}

	const requests = { failureOf, messageOf };

	/** Once for the whole editor, from where this file came. */
	function addStyle(source) {
		if (document.getElementById('wattpost-style')) return;
		const href = new URL('panel.css', source).href;
		$('<link rel="stylesheet" id="wattpost-style">').attr('href', href).appendTo(document.head);
	}

	if (document.currentScript) addStyle(document.currentScript.src);
	globalThis.wattpost = {
		...globalThis.wattpost,
		values,
		forms,
		addresses,
		copying,
		choices,
		faults,
		requests,
	};
})();
