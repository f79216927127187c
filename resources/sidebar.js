/**
 * The sidebar *Wattpost*, as `wattpost.sidebar`: every device of this Node-RED, what is wrong and what to do about it. It asks the
 * runtime whenever the runtime says that something has changed, and only while it is looked at. Goes with panel.js, last-seen.js
 * and ups/panel.js, in any order.
 */
'use strict';

(() => {
	const PACKAGE = '@wattpost/node-red-wattpost';
	const NAMESPACE = `${PACKAGE}/wattpost-sidebar`;
	const ID = 'wattpost-sidebar';
	/** The topic on which the runtime says that something has changed. */
	const CHANGED = 'wattpost/changed';
	const ROUTE = 'wattpost/overview';
	/** In milliseconds: how often ages are counted on, how long an answer may take, and how long a PDU may. */
	const TICK = 10_000;
	const PATIENCE = 10_000;
	const PDU_PATIENCE = 60_000;
	const [MINUTE, HOUR] = [60_000, 3_600_000];

	const FAMILIES = {
		ups: { icon: 'fa-battery-three-quarters', type: 'ups-device', label: () => words._('family.ups') },
		wican: { icon: 'fa-car', type: 'wican-https-in', label: () => words._('family.wican') },
		hpdu: { icon: 'fa-plug', type: 'hpdu-device', label: () => words._('family.hpdu') },
	};

	/** Texts of this plugin, asked for as a node asks for its own. `of` is for keys that are put together. */
	const translate = (key, params) => RED._.call(RED, `${NAMESPACE}:${key}`, params);
	const words = { _: translate, of: translate };

	const element = (tag, className) => $(`<${tag}>`).addClass(className ?? '');

	/** An age as badges have it. */
	function ageOf(age) {
		const minutes = Math.floor(Math.max(age, 0) / MINUTE);
		if (minutes < 100) return words._('age.min', { count: minutes });
		const hours = Math.floor(age / HOUR);
		return hours < 48
			? words._('age.h', { count: hours })
			: words._('age.d', { count: Math.floor(hours / 24) });
	}

	const spanOf = (span) =>
		span < MINUTE ? words._('age.s', { count: Math.ceil(span / 1000) }) : ageOf(span);

	/** What a badge says. What was an age when the runtime answered has grown since. */
	function statusText({ name, params: { age, span, ...others } }, passed) {
		return words.of(`status.${name}`, {
			...others,
			...(age !== undefined && { age: ageOf(age + passed) }),
			...(span !== undefined && { span: spanOf(span) }),
		});
	}

	/** A UPS and a car report; a PDU answers. */
	function seenText(family, seenAt, now) {
		const when = seenAt === null ? '' : wattpost.lastSeen.whenOf(words, now, { at: seenAt });
		if (family === 'hpdu') return when ? words._('fact.answered', { when }) : words._('fact.not-asked');
		return when ? words._('fact.seen', { when }) : words._('fact.never');
	}

	/** What there is to tell of a device beside its badge. */
	function factsOf({ family, seenAt, battery, commands = 0, clockOffset = 0, firmware }, now) {
		const seconds = Math.abs(clockOffset);
		return [
			seenText(family, seenAt, now),
			battery === undefined ? '' : words._('fact.battery', { level: Math.round(battery) }),
			commands > 0 ? words._('fact.commands', { count: commands }) : '',
			clockOffset > 0 ? words._('fact.ahead', { seconds }) : '',
			clockOffset < 0 ? words._('fact.behind', { seconds }) : '',
			firmware ? words._('fact.firmware', { version: firmware }) : '',
		].filter(Boolean);
	}

	/** A node of the editor. One that somebody else has deployed is not there before the page is loaded again. */
	const nodeOf = (id, type) =>
		RED.nodes.node(id) ?? {
			id,
			type,
			_: (key, params) => RED._.call(RED, `${PACKAGE}/${type}:${key}`, params),
		};

	/** Why the last request of a device was refused and what to do about it, blank where none was. */
	function refusalOf({ node: id, family, refused }, now) {
		if (!refused) return '';
		const fixOf = wattpost[family]?.fixOf ?? (() => refused.reason);
		const fix = fixOf(nodeOf(id, FAMILIES[family].type), refused);
		return words._('sighting.refused', {
			when: wattpost.lastSeen.whenOf(words, now, { at: refused.at }),
			fix,
		});
	}

	/** Where a node is: the workspace shows one of a flow, the list of config nodes the others. */
	function find(id) {
		const node = RED.nodes.node(id);
		if (!node) return;
		if (node._def.category === 'config') RED.sidebar.config.show(id);
		else RED.view.reveal(id);
	}

	function edit(id) {
		const node = RED.nodes.node(id);
		if (!node) return;
		if (node._def.category === 'config') RED.editor.editConfig('', node.type, id);
		else RED.editor.edit(node);
	}

	const nameOf = (row) => row.name || row.device;

	const post = (url) =>
		$.ajax({ url, method: 'POST', data: '{}', contentType: 'application/json', timeout: PATIENCE });

	function beep({ node }) {
		return post(`wattpost/ups/${encodeURIComponent(node)}/beep`).then((answer) => ({
			answer,
			text: words._('beep.queued'),
		}));
	}

	/** Currents as a PDU tells them: those of inputs that it does not have are missing. */
	function currentsOf(payload) {
		return Object.values(payload ?? {}).map((value) => `${value} A`);
	}

	function readNow({ node }) {
		return $.ajax({
			url: `wattpost/hpdu/${encodeURIComponent(node)}/values`,
			data: { read: 'registers', registers: 'imcrac', group: '', unit: '', format: 'flat' },
			dataType: 'json',
			timeout: PDU_PATIENCE,
		}).then((answer) => ({
			answer,
			text: words._('read.currents', { currents: currentsOf(answer.payload).join(', ') }),
		}));
	}

	const ACTIONS = {
		ups: { icon: 'fa-bell-o', label: () => words._('action.beep'), run: beep },
		hpdu: { icon: 'fa-refresh', label: () => words._('action.read'), run: readNow },
	};

	function button(icon, label, about, run) {
		return element('button', 'red-ui-button red-ui-button-small')
			.attr({ type: 'button', title: label, 'aria-label': about ? `${label}: ${about}` : label })
			.append($('<i aria-hidden="true">').addClass(`fa ${icon}`))
			.on('click', run);
	}

	/** Does what a button of a device is for, and says what came of it. */
	async function perform(row, { run }, pressed, says) {
		pressed.prop('disabled', true);
		says.text(words._('action.running')).show();
		let text;
		try {
			const done = await run(row);
			text = done.answer?.error ? messageOf(done.answer.error) : done.text;
		} catch (failed) {
			text = wattpost.requests.failureOf(words, failed);
		}
		says.text(text);
		pressed.prop('disabled', false);
		// A button that is disabled loses the focus, and so would whoever works with the keyboard.
		if (document.activeElement === document.body) pressed.trigger('focus');
	}

	/** The place of one device. `update` brings it in line with what is known by now. */
	function makeDevice(first) {
		let row = first;
		const { icon, label } = FAMILIES[row.family];
		const light = element('span');
		const name = element('strong');
		const status = element('span', 'wattpost-state');
		const facts = element('div', 'wattpost-facts');
		const refusal = element('div', 'wattpost-refusal');
		const says = $('<div class="wattpost-says" role="status">').hide();
		const buttons = element('div', 'wattpost-buttons');
		const about = nameOf(row);
		const action = ACTIONS[row.family];
		if (action) {
			const pressed = button(action.icon, action.label(), about, () => perform(row, action, pressed, says));
			buttons.append(pressed);
		}
		buttons.append(
			button('fa-crosshairs', words._('action.find'), about, () => find(row.node)),
			button('fa-pencil', words._('action.open'), about, () => edit(row.node)),
		);
		const whole = $('<li class="wattpost-device">')
			.attr('data-node', row.node)
			.append(
				element('div', 'wattpost-head').append(
					$('<i aria-hidden="true">').addClass(`fa ${icon}`),
					$('<span class="wattpost-unseen">').text(label()),
					element('span', 'wattpost-name').append(name, light, status),
					buttons,
				),
				facts,
				refusal,
				says,
			);
		const update = (latest, now, passed) => {
			row = latest;
			name.text(nameOf(row));
			light.attr('class', `wattpost-light wattpost-${row.status.fill} wattpost-${row.status.shape}`);
			status.text(statusText(row.status, passed));
			facts.text(factsOf(row, now).join(' · '));
			const refused = refusalOf(row, now);
			refusal.text(refused).toggle(refused !== '');
		};
		return { key: keyOf(first), whole, update };
	}

	/** A device whose name has changed is made anew: its buttons have the name in them. */
	const keyOf = (row) => `${row.node} ${nameOf(row)}`;

	/** Brings the devices of the list in line, and leaves alone those that stay: one may have the focus. */
	function reconcile(list, shown, rows, now, passed) {
		const kept = new Map(shown.map((device) => [device.key, device]));
		const devices = rows.map((row) => kept.get(keyOf(row)) ?? makeDevice(row));
		for (const { key, whole } of shown) if (!devices.some((device) => device.key === key)) whole.remove();
		for (const [index, { whole, update }] of devices.entries()) {
			update(rows[index], now, passed);
			const current = list[0].children[index];
			if (current !== whole[0]) list[0].insertBefore(whole[0], current ?? null);
		}
		return devices;
	}

	/** Nodes that cannot work, devices that nobody set up, POSTs to nowhere, and the store. */
	const messageOf = (error) => wattpost.requests.messageOf(words, error);

	function attentionOf({ now, problems, unknown, strays, store }) {
		const offer = (deviceId) => ({
			label: words._('action.use-id'),
			about: deviceId,
			run: () => wattpost.ups.adopt(deviceId),
		});
		const strangers = wattpost.ups.unknownUpses({ unknown, strays });
		const named = new Set(strangers.map(({ deviceId }) => deviceId));
		const otherStrays = strays.filter((stray) => !named.has(wattpost.lastSeen.upsIn(stray)));
		return [
			...(store.error ? [{ key: 'refused', about: 'store', text: messageOf(store.error) }] : []),
			...problems.map(({ node, type, error }) => {
				const name = RED.nodes.node(node) ? RED.utils.getNodeLabel(RED.nodes.node(node), type) : type;
				const open = { label: words._('action.open'), about: name, run: () => edit(node) };
				return { key: 'refused', about: node, text: `${name}: ${messageOf(error)}`, action: open };
			}),
			...strangers.map(({ deviceId, ...seen }) => {
				const when = wattpost.lastSeen.whenOf(words, now, seen);
				const text = words._('unknown', { id: deviceId, when });
				return { key: 'offer', about: deviceId, text, action: offer(deviceId) };
			}),
			...otherStrays.map((stray) => wattpost.lastSeen.unmatchedLine(words, now, stray, words._('stray'))),
		];
	}

	/** For somebody who helps: nothing that is secret, and nothing that says who or where somebody is. */
	function diagnosticsOf({ now, devices, problems, unknown, strays, store, versions }) {
		const { version } = RED.nodes.registry.getModule(PACKAGE) ?? {};
		return JSON.stringify(
			{
				wattpost: version,
				...versions,
				store: store.state,
				devices: devices.map(
					({ family, status, seenAt, refused, battery, commands, clockOffset, firmware }) => ({
						family,
						status: status.name,
						secondsSinceLastReport: seenAt === null ? null : Math.round((now - seenAt) / 1000),
						refused: refused?.reason,
						...{ battery, commands, clockOffset, firmware },
					}),
				),
				problems: problems.map(({ type, error: { code } }) => ({ type, code })),
				unknownDevices: unknown.length,
				postsToUnknownPaths: strays.length,
			},
			undefined,
			2,
		);
	}

	function makeView() {
		const content = element('div', 'wattpost-sidebar');
		const trouble = $('<div class="wattpost-trouble" role="status">').hide();
		const empty = element('p', 'wattpost-empty').text(words._('empty')).hide();
		const list = $('<ul class="wattpost-devices">').attr('aria-label', words._('devices'));
		const attention = element('div', 'wattpost-attention');
		const tellAttention = wattpost.lastSeen.placeFor(attention);
		const copied = $('<span class="wattpost-unseen" role="status">');
		const text = $('<textarea class="wattpost-diagnostics" readonly rows="8">')
			.attr('aria-label', words._('diagnostics'))
			.hide();
		const copy = $('<button type="button" class="red-ui-button">')
			.text(words._('action.copy-diagnostics'))
			.hide();
		content.append(trouble, empty, list, attention, $('<div>').append(copy, copied), text);
		return { content, trouble, empty, list, tellAttention, copied, text, copy };
	}

	/** Adds the sidebar to the editor. */
	function add() {
		const view = makeView();
		/** What the runtime answered last, and when: monotonic milliseconds. */
		let latest;
		let answeredAt = 0;
		let devices = [];
		let isAsking = false;
		let isStale = true;
		let isVisible = false;

		const show = () => {
			if (latest === undefined) return;
			const passed = performance.now() - answeredAt;
			const now = latest.now + passed;
			devices = reconcile(view.list, devices, latest.devices, now, passed);
			const lines = attentionOf({ ...latest, now });
			view.tellAttention(lines);
			view.empty.toggle(latest.devices.length === 0 && lines.length === 0);
			view.copy.toggle(latest.devices.length > 0 || lines.length > 0);
		};
		const settle = (error, answer) => {
			isAsking = false;
			view.trouble.text(error).toggle(error !== '');
			if (answer !== undefined) {
				latest = answer;
				answeredAt = performance.now();
			}
			show();
			if (isStale) ask();
		};
		const ask = () => {
			if (isAsking || !isVisible || document.hidden) return;
			isAsking = true;
			isStale = false;
			$.ajax({ url: ROUTE, dataType: 'json', timeout: PATIENCE }).then(
				(answer) => (answer.error ? settle(messageOf(answer.error)) : settle('', answer)),
				(failed) => settle(wattpost.requests.failureOf(words, failed)),
			);
		};
		const changed = () => {
			isStale = true;
			ask();
		};
		view.copy.on('click', async () => {
			view.text.val(diagnosticsOf(latest)).show();
			const done = await wattpost.copying.copy(view.text[0]);
			const told = done ? words._('common.copied') : words._('common.not-copied');
			view.copied.text(told);
			RED.notify(told, { type: done ? 'success' : 'warning', timeout: 2000 });
		});
		RED.sidebar.addTab({
			...{ id: ID, name: 'Wattpost', label: 'Wattpost', iconClass: 'fa fa-bolt' },
			...{ content: view.content, enableOnEdit: true, action: 'wattpost:show-devices' },
		});
		RED.actions.add('wattpost:show-devices', () => RED.sidebar.show(ID));
		RED.comms.subscribe(CHANGED, changed);
		RED.events.on('deploy', changed);
		document.addEventListener('visibilitychange', ask);
		new IntersectionObserver(([{ isIntersecting }]) => {
			isVisible = isIntersecting;
			if (isVisible) changed();
		}).observe(view.content[0]);
		setInterval(() => isVisible && show(), TICK);
	}

	globalThis.wattpost = { ...globalThis.wattpost, sidebar: { add } };
})();
