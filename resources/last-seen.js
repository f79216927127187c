/** What an open panel shows of its device, as `wattpost.lastSeen`: when it was last seen, or why it was refused. Goes with panel.js. */
'use strict';

(() => {
	/** In milliseconds: how often an open panel asks, and how long it waits for an answer. */
	const EVERY = 2500;
	const TIMEOUT = 10_000;
	/** Answers after which asking again makes no sense: not logged in, not allowed, too old a server. */
	const FINAL = [401, 403, 404];
	/** Where a UPS reports, whatever stands before it. */
	const UPS_REPORT = /\/api\/v1\/devices\/([^/]+)\/telemetry\/?$/i;
	const UNITS = [
		['second', 1000, 60],
		['minute', 60_000, 60],
		['hour', 3_600_000, 24],
		['day', 86_400_000, Infinity],
	];
	const ICONS = {
		seen: 'fa-check',
		silent: 'fa-chain-broken',
		none: 'fa-hourglass-o',
		refused: 'fa-warning',
		stray: 'fa-warning',
		offer: 'fa-plus-circle',
	};

	/**
	 * Asks a route of our own about a node for as long as its form is open.
	 * @param {(sightings: object | undefined) => void} show undefined: nothing can be told
	 * @param {() => string} about id of the node that is asked about, where it is another one
	 */
	function follow(node, route, show, about = () => node.id) {
		const [form] = wattpost.forms.formOf(node);
		const ask = () => {
			// Without a page that is looked at, or once the panel is closed, nobody wants to know.
			if (!form.isConnected) return;
			if (document.hidden) return setTimeout(ask, EVERY);
			const asked = about();
			const request = $.ajax({ url: route, data: { node: asked }, dataType: 'json', timeout: TIMEOUT });
			// An error of the runtime is an answer, too.
			request.done((answer) => {
				// What is chosen in the panel may be another one by now.
				if (form.isConnected && asked === about()) show(answer?.error ? undefined : answer);
			});
			request.fail(() => form.isConnected && show(undefined));
			request.always(() => {
				if (!FINAL.includes(request.status)) setTimeout(ask, EVERY);
			});
		};
		ask();
	}

	/** How long ago, in the language of our texts: the editor's own is another one where Node-RED has none of its own. */
	function ago(node, age) {
		const [unit, length] = UNITS.find(([, size, most]) => age < size * most);
		const words = new Intl.RelativeTimeFormat(node._('common.language'), { numeric: 'auto' });
		return words.format(-Math.floor(Math.max(age, 0) / length), unit);
	}

	/** When and from where something came. */
	function whenOf(node, now, { at, remoteAddress }) {
		const words = { ago: ago(node, now - at), address: remoteAddress };
		return remoteAddress ? node._('sighting.when-from', words) : words.ago;
	}

	const isDeployed = (node) => RED.nodes.originalFlow()?.some(({ id }) => id === node.id) ?? false;

	function seenLine(node, now, { online, seen }) {
		if (!seen) return { key: 'none', text: node._('sighting.none') };
		const when = whenOf(node, now, seen);
		if (online) return { key: 'seen', text: node._('sighting.seen', { when }) };
		return { key: 'silent', text: node._('sighting.silent', { when }) };
	}

	/**
	 * What there is to say of the device itself.
	 * @param {(refused: object) => string} fixOf what a refusal means and what to do about it
	 */
	function linesOf(node, { now, device }, fixOf) {
		if (!device) {
			const text = isDeployed(node) ? node._('sighting.not-running') : node._('sighting.not-deployed');
			return [{ key: 'none', text }];
		}
		const { seen, refused } = device;
		const lines = [seenLine(node, now, device)];
		if (refused && !(seen && seen.at > refused.at)) {
			const words = { when: whenOf(node, now, refused), fix: fixOf(refused) };
			lines.push({ key: 'refused', about: refused.reason, text: node._('sighting.refused', words) });
		}
		return lines;
	}

	const serverName = (node, server) =>
		server === 'node-red'
			? node._('sighting.server-node-red')
			: node._('sighting.server-port', { port: server });

	/**
	 * A POST to where nothing listens.
	 * @param {string} fix what to do about it
	 */
	function unmatchedLine(node, now, stray, fix) {
		const words = {
			path: stray.path,
			server: serverName(node, stray.server),
			when: whenOf(node, now, stray),
			fix,
		};
		return { key: 'stray', about: stray.path, text: node._('sighting.stray', words) };
	}

	/** Device id of the UPS that sent a stray POST, '' if it was none. */
	function upsIn({ path }) {
		try {
			return decodeURIComponent(UPS_REPORT.exec(path)?.[1] ?? '');
		} catch {
			return '';
		}
	}

	/** Brings the children of a list in line with its items, and leaves alone what stays: it may have the focus. */
	function reconcile(list, items, make) {
		const keyOf = ({ key, about = '' }) => `${key} ${about}`;
		const there = new Map(
			list
				.children()
				.get()
				.map((element) => [element.dataset.key, element]),
		);
		const wanted = items.map((item) => {
			const key = keyOf(item);
			const element = there.get(key) ?? make(item).attr('data-key', key)[0];
			there.delete(key);
			const words = $(element).find('[data-text]');
			if (words.text() !== item.text) words.text(item.text);
			return element;
		});
		for (const element of there.values()) element.remove();
		for (const [index, element] of wanted.entries()) {
			const current = list[0].children[index];
			if (current !== element) list[0].insertBefore(element, current ?? null);
		}
		list.toggle(items.length > 0);
	}

	function makeLine({ key, action }) {
		const line = $('<div class="wattpost-line">').append(
			$('<i class="fa" aria-hidden="true">').addClass(ICONS[key]),
			$('<span data-text>'),
		);
		return action ? line.append(makeButton(action)) : line;
	}

	const makeButton = ({ label, run, about }) =>
		$('<button type="button" class="red-ui-button red-ui-button-small">')
			.text(label)
			.attr('aria-label', about ? `${label}: ${about}` : label)
			.on('click', run);

	/**
	 * Makes a place show lines. A screen reader is told when what they say has changed, not that time passes.
	 * @returns {(lines: readonly { key: string, about?: string, text: string, action?: object }[]) => void}
	 */
	function placeFor(place) {
		const list = $('<div class="wattpost-lines">').appendTo(place);
		const spoken = $('<div class="wattpost-unseen" role="status">').appendTo(place);
		let told = '';
		return (lines) => {
			reconcile(list, lines, makeLine);
			const state = lines.map(({ key, about = '' }) => `${key} ${about}`).join();
			if (state !== told) spoken.text(lines.map(({ text }) => text).join(' '));
			told = state;
			place.toggle(lines.length > 0);
		};
	}

	// Nobody knows which of the two files comes first.
	globalThis.wattpost = {
		...globalThis.wattpost,
		lastSeen: { follow, linesOf, unmatchedLine, placeFor, whenOf, upsIn },
	};
})();
