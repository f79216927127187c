/** What the panels of the UPS nodes share, as `wattpost.ups`. Goes with panel.js and last-seen.js, in any order. */
'use strict';

(() => {
	/** In seconds: a clock that is further behind was never set. */
	const NEVER_SET = -31536000;

	/** What a refusal means and what to do about it, by its reason. */
	const FIXES = {
		'bad-signature': (node) => node._('sighting.ups.bad-signature'),
		'unknown-device': (node) => node._('sighting.ups.unknown-device'),
		'bad-timestamp': (node) => node._('sighting.ups.headers'),
		'bad-nonce': (node) => node._('sighting.ups.headers'),
		'stale-timestamp': (node, { clockOffset }) => fixOfClock(node, clockOffset),
		'replayed-nonce': (node) => node._('sighting.ups.replayed-nonce'),
		'bad-json': (node) => node._('sighting.ups.content'),
		'bad-body': (node) => node._('sighting.ups.content'),
		'too-large': (node) => node._('sighting.ups.too-large'),
		'rate-limited': (node) => node._('sighting.ups.rate-limited'),
	};

	/** @param {number | undefined} offset seconds that the UPS is ahead */
	function fixOfClock(node, offset) {
		if (offset === undefined) return node._('sighting.ups.stale-timestamp');
		if (offset < NEVER_SET) return node._('sighting.ups.no-time');
		const words = { seconds: Math.abs(Math.round(offset)) };
		return offset > 0 ? node._('sighting.ups.ahead', words) : node._('sighting.ups.behind', words);
	}

	const fixOf = (node, refused) =>
		FIXES[refused.reason]?.(node, refused) ?? node._('sighting.ups.other', { reason: refused.reason });

	/** A device id of a UPS without what pasting adds: spaces at its ends, and those between groups of digits. */
	function plainId(value) {
		const text = String(value ?? '').trim();
		const digits = text.replace(/\s/g, '');
		return /^[0-9]+$/.test(digits) ? digits : text;
	}

	/** The id under which a UPS reports: of the 20 digits on a SIM card it leaves out the last, a check digit. */
	function sentId(value) {
		const id = plainId(value);
		return /^[0-9]{20}$/.test(id) ? id.slice(0, 19) : id;
	}

	/**
	 * UPSes that report but that no ups-device of this editor is for, those at a wrong address included.
	 * @param {string} own a device id that is known beside
	 */
	function unknownUpses({ unknown, strays }, own = '') {
		const known = new Set(['', own]);
		RED.nodes.eachConfig(({ type, deviceId }) => {
			if (type === 'ups-device') known.add(sentId(deviceId));
		});
		const upses = new Map();
		for (const report of [
			...unknown,
			...strays.map((stray) => ({ ...stray, deviceId: wattpost.lastSeen.upsIn(stray) })),
		]) {
			const { deviceId, at } = report;
			if (!known.has(deviceId) && !(upses.get(deviceId)?.at > at)) upses.set(deviceId, report);
		}
		// By id, and not by time: what is about to be pressed must not jump.
		return [...upses.values()].sort((one, other) => (one.deviceId < other.deviceId ? -1 : 1));
	}

	let toAdopt;

	/**
	 * Opens the panel of a ups-device with the id of a UPS that reports already.
	 * @param {string} id of the ups-device, by default of a new one
	 * @param {object} [node] whose open panel chooses the ups-device once it is done
	 */
	function adopt(deviceId, id = '_ADD_', node = undefined) {
		toAdopt = deviceId;
		if (node) RED.editor.editConfig('device', 'ups-device', id, 'node-input', node);
		else RED.editor.editConfig('', 'ups-device', id);
	}

	/** The device id with which a panel was opened to adopt it, once. */
	function takeAdopted() {
		const deviceId = toAdopt;
		toAdopt = undefined;
		return deviceId;
	}

	/** The last POST of a UPS to where nothing listens; undefined unless it is newer than its last report. */
	function strayOf({ device, strays = [] }, deviceId) {
		const { upsIn } = wattpost.lastSeen;
		const seenAt = device?.seen?.at ?? 0;
		const id = sentId(deviceId);
		return id === '' ? undefined : strays.find((stray) => upsIn(stray) === id && stray.at > seenAt);
	}

	/**
	 * When a UPS reported last, why it was refused, or where it reports in vain, and what to do about it.
	 * @param {object} device the ups-device, whose texts these are
	 * @param {string} deviceId where it is being changed and not stored yet
	 */
	function linesOf(device, sightings, deviceId = device.deviceId) {
		const lines = wattpost.lastSeen.linesOf(device, sightings, (refused) => fixOf(device, refused));
		const stray = strayOf(sightings, deviceId);
		if (!stray) return lines;
		return [
			...lines,
			wattpost.lastSeen.unmatchedLine(device, sightings.now, stray, device._('sighting.ups.stray')),
		];
	}

	/** The same of several UPSes, each by its name. */
	function linesOfAll({ now, all = [], strays }) {
		return all.flatMap(({ node: id, name, deviceId, ...seen }) => {
			const device = RED.nodes.node(id);
			if (!device) return [];
			const lines = linesOf(device, { now, device: seen, strays }, deviceId);
			return lines.map((line) => ({
				...line,
				about: `${id} ${line.about ?? ''}`,
				text: `${name || deviceId}: ${line.text}`,
			}));
		});
	}

	const ups = { linesOf, linesOfAll, fixOf, plainId, sentId, unknownUpses, adopt, takeAdopted };

	globalThis.wattpost = { ...globalThis.wattpost, ups };
})();
