/** Beside each secret of a panel a button that shows what was typed, as part of the global `wattpost`. */
'use strict';

(() => {
	const { MASKED } = wattpost.values;

	/** A saved secret never comes back from the server, so that there is nothing to show. */
	const isTyped = (field) => !['', MASKED].includes(String(field.val() ?? ''));

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

	/** Adds the buttons to the open form of a node. To be called in oneditprepare, before `forms.open` places its messages. */
	function offer(node) {
		wattpost.forms
			.formOf(node)
			.find('input[type=password]')
			.each(function () {
				addButton(node, $(this));
			});
	}

	wattpost.secrets = { offer };
})();
