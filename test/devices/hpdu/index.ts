/** A Schleifenbauer hPDU, in software. */
export type { HpduAnswer, HpduRequest } from './device.js';
export { HpduDevice } from './device.js';
export type { Delivery, Fault, FaultOptions, Manner } from './faults.js';
export { FAULTS, Faults } from './faults.js';
export type { HpduOptions, UnitOptions } from './options.js';
export type { RecordedRequest } from './record.js';
export type { Register, RegisterType, Role } from './registers.js';
export { REGISTERS, ROLES, register } from './registers.js';
export type { HpduServerOptions } from './server.js';
export { HpduServer } from './server.js';
export type { Unit } from './unit.js';
export type { User, UserOptions } from './users.js';
