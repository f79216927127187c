export { badgeOfUpses, type UpsBadge } from './badge.js';
export { batteryLevel } from './battery.js';
export type { CommandRequest } from './command-queue.js';
export type { CommandState } from './command-state.js';
export {
	COMMAND_NAMES,
	type CommandArgs,
	type CommandName,
	collectArguments,
	parseArguments,
	parseCommandName,
} from './commands.js';
export { idsOf, parseDeviceId, plainDeviceId, type UpsSettings, type UpsView } from './device.js';
export type { EventName, UpsEvent } from './edges.js';
export { parseKey, type UpsKey } from './key.js';
export { ChangeFilter, type CommandReport, type TelemetryMessage } from './messages.js';
export { TELEMETRY_PATH, UpsReceiver } from './receiver.js';
export { type UpsEnvironment, UpsService } from './service.js';
export { hasNetworkTime, isAuthentic, readSignedHead, type SignedHead, signAnswer } from './signature.js';
export type { Sees, Subscriber } from './subscribers.js';
export { decodeTelemetry, type Telemetry } from './telemetry.js';
export { type CommandBadge, CommandsUnderWay } from './under-way.js';
