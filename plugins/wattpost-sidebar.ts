/** The sidebar *Wattpost*: what the editor asks the runtime for. */
import { answerPanels } from '../nodes/adapter/admin.js';
import { unmatchedRequests } from '../nodes/adapter/http-server/index.js';
import type { NodeRed } from '../nodes/adapter/node-red.js';
import { deviceRows, problemsOf, tellable } from '../nodes/adapter/overview.js';
import { serviceOf, storeOf } from '../nodes/adapter/runtime.js';
import { UpsService } from '../nodes/protocol/ups/index.js';

/** What the sidebar shows. Times are milliseconds since the epoch. It holds no secret and no position. */
function overview(RED: NodeRed) {
	const now = Date.now();
	const { state } = storeOf(RED);
	return {
		now,
		devices: deviceRows(RED),
		problems: problemsOf(RED),
		unknown: serviceOf(RED, UpsService).unknownDevices(),
		strays: unmatchedRequests(RED, now),
		store: { state: state.name, error: state.error && tellable(RED, state.error) },
		versions: {
			nodeRed: RED.version(),
			node: process.version,
			platform: `${process.platform} ${process.arch}`,
		},
	};
}

export = (RED: NodeRed): void =>
	answerPanels(RED, [
		{
			...{ method: 'get', path: '/wattpost/overview', permission: 'wattpost.read' },
			answer: () => overview(RED),
		},
	]);
