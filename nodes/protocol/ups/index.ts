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
export type { UpsView } from './device.js';
export type { EventName, UpsEvent } from './events.js';
export { ChangeFilter, type CommandReport, type TelemetryMessage } from './messages.js';
export { type CommandBadge, PendingCommands } from './pending-commands.js';
export { TELEMETRY_PATH, UpsReceiver } from './receiver.js';
export { type UpsEnvironment, UpsService } from './service.js';
export { idsOf, parseDeviceId, parseKey, plainDeviceId, type UpsKey, type UpsSettings } from './settings.js';
export { hasNetworkTime, isAuthentic, readSignedHead, type SignedHead, signAnswer } from './signature.js';
export type { Subscriber, UpsListener } from './subscribers.js';
export { decodeTelemetry, type Telemetry } from './telemetry.js';
