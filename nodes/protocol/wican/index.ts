export {
	type Authenticator,
	type AuthKind,
	type AuthSettings,
	authenticator,
	checkSendable,
	SENDABLE,
} from './auth.js';
export { badgeOfVehicle, type WicanBadge } from './badge.js';
export { type BodyFault, type PackedBody, type ReadableBody, readBody } from './body.js';
export type { Meaning } from './config.js';
export {
	MessageMaker,
	type MessageSettings,
	type ParameterMessage,
	type Reading,
	type SnapshotMessage,
	type StatusFields,
	type WicanEvent,
	type WicanFacts,
} from './messages.js';
export type { Position } from './position.js';
export { type SeesReadings, WicanReceiver } from './receiver.js';
export { type VehicleEnvironment, VehicleRegistry } from './registry.js';
export { type Report, readReport } from './report.js';
export type { VehicleEventName } from './repository.js';
export { SAFE_STATUS_NAMES } from './schema.js';
export type { EcuState, Status } from './status.js';
export {
	type SeesVehicle,
	Vehicle,
	type VehicleSettings,
	type VehicleSighting,
	type VehicleView,
} from './vehicle.js';
