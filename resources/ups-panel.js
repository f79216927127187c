/** What the panels of the UPS nodes share, as `wattpost.ups`. Goes with panel.js and sightings.js, in any order. */
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

	/** The last POST of a UPS to where nothing listens; undefined unless it is newer than its last report. */
	function strayOf({ device, strays = [] }, deviceId) {
		const { sentId, upsIn } = wattpost.sightings;
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
		const lines = wattpost.sightings.linesOf(device, sightings, (refused) => fixOf(device, refused));
		const stray = strayOf(sightings, deviceId);
		if (!stray) return lines;
		return [
			...lines,
			wattpost.sightings.strayLine(device, sightings.now, stray, device._('sighting.ups.stray')),
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

	globalThis.wattpost = { ...globalThis.wattpost, ups: { linesOf, linesOfAll, fixOf } };
})();
