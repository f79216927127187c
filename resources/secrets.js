/** Beside each secret of a panel a button that shows what was typed, and how long that is, as `wattpost.secrets`. Goes with panel.js, in any order. */
'use strict';

(() => {
	/** A saved secret never comes back from the server, so that there is nothing to show. */
	const isTyped = (field) => !['', wattpost.values.MASKED].includes(String(field.val() ?? ''));

	/** Shows or hides what stands in a field, and says on its button what that would do next. */
	function show(node, field, button, isShown) {
		field.attr('type', isShown ? 'text' : 'password');
		button.find('i').attr('class', `fa ${isShown ? 'fa-eye-slash' : 'fa-eye'}`);
		button.find('span').text(isShown ? node._('common.hide') : node._('common.show'));
	}

	function addButton(node, field) {
		const button = $(
			'<button type="button" class="red-ui-button red-ui-button-small wattpost-make wattpost-reveal">',
		)
			.append('<i aria-hidden="true">', ' ', '<span>')
			.attr('aria-describedby', `${field.attr('id')}-label`)
			.insertAfter(field);
		const follow = () => {
			const canShow = isTyped(field);
			button.prop('disabled', !canShow).attr('title', canShow ? null : node._('common.not-shown'));
			if (!canShow) show(node, field, button, false);
		};
		show(node, field, button, false);
		follow();
		field.on('input change', follow);
		button.on('click', () => show(node, field, button, field.attr('type') === 'password'));
	}

	/**
	 * Says in the place with `data-count-of` how much of a secret is typed; of a variable nobody knows.
	 * @param {(typed: string) => string} words
	 */
	function addCounter(node, name, words) {
		const field = wattpost.forms.fieldOf(node, name);
		const place = wattpost.forms.formOf(node).find(`[data-count-of="${name}"]`);
		const follow = () => {
			const value = String(field.val() ?? '');
			const isCounted = isTyped(field) && !wattpost.values.isVariable(value);
			place.text(isCounted ? words(value) : '').toggle(isCounted);
		};
		follow();
		field.on('input change', follow);
	}

	/**
	 * Adds the buttons and counters to the open form of a node. To be called in oneditprepare, before `forms.open` places its
	 * messages.
	 * @param {Record<string, (typed: string) => string>} counters what to say of the length of what is typed, by credential
	 */
	function offer(node, counters = {}) {
		wattpost.forms
			.formOf(node)
			.find('input[type=password]')
			.each(function () {
				addButton(node, $(this));
			});
		for (const [name, words] of Object.entries(counters)) addCounter(node, name, words);
	}

	globalThis.wattpost = { ...globalThis.wattpost, secrets: { offer } };
})();
