/**
 * What the panels that name registers of a PDU share to ask it what it holds now, as `wattpost.readNow`. panel.js and
 * hpdu/panel.js may arrive after this file, but before any panel opens.
 */
'use strict';

(() => {
	/** In milliseconds: a scan takes up to 15 seconds, and flows go first. */
	const PATIENCE = 60_000;

	const namesIn = (list) => (Array.isArray(list) ? list.join(' ') : '');

	/** A payload with each of its members on a line of its own. */
	function linesOf(payload) {
		const json = (value) => JSON.stringify(value) ?? '';
		if (typeof payload !== 'object' || payload === null) return json(payload);
		const isList = Array.isArray(payload);
		if (isList && payload.every((one) => typeof one === 'string')) return payload.join(' ');
		const lines = isList
			? payload.map(json)
			: Object.entries(payload).map(([name, value]) => `${json(name)}: ${json(value)}`);
		const [begin, end] = isList ? ['[', ']'] : ['{', '}'];
		return lines.length === 0 ? begin + end : `${begin}\n\t${lines.join(',\n\t')}\n${end}`;
	}

	/** Why the chosen PDU cannot be asked, blank where it can. */
	function obstacleOf(node, fields) {
		if (wattpost.forms.chosen(node, 'target') === 'message') return node._('now.message-device');
		if (wattpost.hpdu.chosenDevice(node) === '') return node._('now.no-device');
		if (!fields.some((name) => wattpost.forms.fieldOf(node, name).is('.input-error:visible'))) return '';
		wattpost.faults.tell(node);
		return node._('now.marked');
	}

	function failureOf(node, error) {
		if (error.code === 'config-missing') return node._('now.not-deployed');
		return wattpost.requests.messageOf(node, error);
	}

	/** What an answer does not hold though it was asked for, in words. */
	function notesOf(node, { missing, withheld }) {
		const [lacks, secrets] = [namesIn(missing), namesIn(withheld)];
		const notes = [
			lacks && node._('now.missing', { names: lacks }),
			secrets && node._('now.withheld', { names: secrets }),
		];
		return notes.filter(Boolean);
	}

	/**
	 * Makes a button ask the chosen PDU, as it is deployed, for values. A result is for what stands in the fields: a change
	 * takes it away.
	 * @param {object} view what `wattpost.registers.open` made
	 * @param {object} options
	 * @param {string} options.place the id of the button; with `-says` behind it the place for what is said
	 * @param {readonly string[]} options.fields what the answer depends on, beside the PDU
	 * @param {() => object | string} options.wishOf what to ask for (`read`, `registers`, `group`, `unit`, `format`), or why
	 * nothing can be asked for
	 * @param {(answer: object) => string} options.show shows `payload` of an answer, and returns what to say of it
	 * @param {() => void} options.clear takes away what was shown
	 * @returns ends what is still asked and takes the result away
	 */
	function offer(view, { place, fields, wishOf, show, clear }) {
		const { node, form } = view;
		const button = form.find(`#${place}`);
		const says = form.find(`#${place}-says`);
		const valuesNow = () =>
			['device', 'target', ...fields].map((name) => wattpost.forms.chosen(node, name)).join('\n');
		let running;
		/** What stood in the fields when the PDU was asked. */
		let asked;

		const tell = (text, icon) => {
			says.empty().toggle(text !== '');
			if (icon) says.append($('<i aria-hidden="true">').addClass(`fa ${icon}`), ' ');
			says.append($('<span>').text(text));
		};
		const forget = () => {
			running?.abort();
			running = undefined;
			asked = undefined;
			button.prop('disabled', false);
			tell('');
			clear();
		};
		const forgetChanged = () => {
			if (asked !== undefined && asked !== valuesNow()) forget();
		};
		const refuse = (text) => tell(text, 'fa-warning');
		const ask = () => {
			forget();
			asked = valuesNow();
			const obstacle = obstacleOf(node, fields);
			const wish = obstacle || wishOf();
			if (typeof wish === 'string') return refuse(wish);
			const id = encodeURIComponent(wattpost.hpdu.chosenDevice(node));
			button.prop('disabled', true);
			tell(node._('now.asking'));
			const request = $.ajax({
				url: `wattpost/hpdu/${id}/values`,
				data: wish,
				dataType: 'json',
				timeout: PATIENCE,
			});
			running = request;
			const settle = (then) => {
				if (running !== request) return;
				running = undefined;
				button.prop('disabled', false);
				// A button that is disabled loses the focus, and so would whoever works with the keyboard.
				if (document.activeElement === document.body) button.trigger('focus');
				then();
			};
			request
				.done((answer) =>
					settle(() => {
						if (answer?.error) return refuse(failureOf(node, answer.error));
						tell([show(answer), ...notesOf(node, answer)].join(' '), 'fa-check');
					}),
				)
				.fail((answer) => settle(() => refuse(wattpost.requests.failureOf(node, answer))));
		};
		button.on('click', ask);
		form.on('input change keyup', 'input, select', forgetChanged);
		forget();
		return forget;
	}

	globalThis.wattpost = { ...globalThis.wattpost, readNow: { offer, linesOf } };
})();
