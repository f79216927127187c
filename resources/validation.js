/**
 * Keeps the editor's red triangles true, as `wattpost.validation`. The editor holds no credentials of a deployed node until
 * its panel was open, never asks the validators of credentials outside of a panel, and asks those of a node again only when that node
 * itself changes. Goes with panel.js, in any order.
 */
'use strict';

(() => {
	// Every panel asks for this file; what listens must do so once.
	if (globalThis.wattpost?.validation) return;

	const MODULE = '@wattpost/node-red-wattpost';
	/** Whatever can make something right or wrong in another node; `workspace:dirty` comes with an undo, too. */
	const EVENTS = [
		...['nodes:add', 'nodes:change', 'nodes:remove', 'flows:change', 'flows:remove', 'subflows:change'],
		...['workspace:dirty', 'editor:close', 'editor:change'],
	];
	/** Events after which the runtime may hold other credentials. */
	const NEWS = ['flows:loaded', 'deploy'];
	/** In place of a credential that the runtime calls malformed: no validator takes it, unless the node has no use for it. */
	const IMPOSSIBLE = `${':'.repeat(16)}\u0000:`;

	/** What the runtime told, by type: of each deployed node the faults of its credentials by name. */
	const told = new Map();
	/** Types of which the runtime was asked. */
	const asked = new Set();

	const isOurs = ({ _def }) => _def?.set?.module === MODULE;

	const isDeployed = ({ id }) => RED.nodes.originalFlow()?.some((node) => node.id === id) ?? false;

	/** The faults of what the runtime holds of a node: undefined where it holds nothing. */
	const faultsOf = (node) => told.get(node.type)?.[node.id] ?? (isDeployed(node) ? {} : undefined);

	/** A credential as it stands in the editor: undefined for one that only the runtime has. */
	function typed({ credentials = {} }, name) {
		const value = credentials[name];
		if (value !== undefined && value !== wattpost.values.MASKED) return String(value);
		return credentials[`has_${name}`] === false ? '' : undefined;
	}

	/** Whether a node has a credential: undefined where nobody here knows. */
	function hasCredential(node, name) {
		const value = typed(node, name);
		if (value !== undefined) return !wattpost.values.isBlank(value);
		const faults = faultsOf(node);
		if (faults === undefined) return Boolean(node.credentials?.[`has_${name}`]);
		return told.has(node.type) ? faults[name] !== 'missing' : undefined;
	}

	/** What is wrong with one credential, in words: undefined for nothing. */
	function faultOf(node, name) {
		const { label, validate } = node._def.credentials[name];
		const judge = (value) => validate.call(node, value, { label });
		const complaint = (value) => (judge(value) === true ? undefined : judge(value));
		const value = typed(node, name);
		if (value !== undefined) return complaint(value);
		const faults = faultsOf(node);
		if (faults === undefined) return node.credentials?.[`has_${name}`] ? undefined : complaint('');
		if (faults[name] === 'missing') return complaint('');
		if (faults[name] !== 'malformed' || judge(IMPOSSIBLE) === true) return undefined;
		return node._('common.credential-malformed', { label });
	}

	/** Whether the panel of a node is open: it says beside each credential what is wrong. */
	const isOpen = (node) => wattpost.forms.formOf(node).data('wattpost-node') === node.id;

	/**
	 * For the validator of a property of a node with credentials: true, or what is wrong with each of these. That property is one
	 * which nobody sets by a variable: of a variable the editor asks no validator.
	 */
	function judgeCredentials(node) {
		if (isOpen(node)) return true;
		const faults = Object.keys(node._def.credentials).map((name) => faultOf(node, name));
		const wrong = faults.filter((fault) => fault !== undefined);
		return wrong.length === 0 || wrong;
	}

	/** All nodes of ours: what others name comes first, since a node is wrong where its config node is. */
	function ourNodes() {
		const nodes = [];
		// The editor goes no further where this gives false.
		const take = (node) => {
			if (isOurs(node)) nodes.push(node);
		};
		RED.nodes.eachConfig(take);
		RED.nodes.eachNode(take);
		return nodes;
	}

	function validate(nodes) {
		let hasChanged = false;
		for (const node of nodes) {
			const before = node.valid;
			RED.editor.validateNode(node);
			hasChanged ||= before !== node.valid;
		}
		if (!hasChanged) return;
		RED.view.redraw();
		RED.sidebar.config.refresh();
	}

	function ask(type) {
		asked.add(type);
		if (!RED.user.hasPermission(`${type}.read`)) return;
		$.ajax({ url: `wattpost/credentials/${type}`, dataType: 'json' })
			.done(({ nodes }) => (nodes ? told.set(type, nodes) : told.delete(type)))
			.fail(() => told.delete(type))
			.always(validateSoon);
	}

	let isDue = false;

	/** Once for all that happens in one go, an import for example. */
	function validateSoon() {
		if (isDue) return;
		isDue = true;
		setTimeout(() => {
			isDue = false;
			const nodes = ourNodes();
			for (const node of nodes) wattpost.choices.keep(node);
			validate(nodes);
			for (const { type, _def } of nodes) if (_def.credentials && !asked.has(type)) ask(type);
		});
	}

	for (const event of EVENTS) RED.events.on(event, validateSoon);
	for (const event of NEWS) {
		RED.events.on(event, () => {
			asked.clear();
			validateSoon();
		});
	}

	globalThis.wattpost = { ...globalThis.wattpost, validation: { judgeCredentials, hasCredential } };
})();
