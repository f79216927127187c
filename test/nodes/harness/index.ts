export type { MessageFilter, RunningFlow } from './flow.js';
export type { DeployType, FlowNode, LogLine, NodeError, NodeStatus, SentMessage } from './ipc.js';
export { type NodeRedOptions, type RunningNodeRed, startNodeRed } from './node-red.js';
export { type NodeRedVersion, redPath, usualVersion } from './releases.js';
export {
	ALL_NODES,
	CHECKOUT,
	linkCheckout,
	makeTempDir,
	PACKAGE,
	QUIET,
	removeDir,
	type Settings,
	writeSettings,
} from './user-directory.js';
