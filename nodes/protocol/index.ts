/**
 * The protocols of the collection without Node-RED: clocks, timers, chance, the store and the way in are passed in.
 */
export { type ErrorCode, type ErrorCodes, type ErrorParams, ProtocolError } from './common/errors.js';
export type {
	Answer,
	DeviceRequest,
	Refusal,
	RefusedRequest,
	RequestHead,
	Retry,
	Route,
} from './common/http.js';
export { MemoryStore } from './common/memory-store.js';
export type { Decision, Entries, Nonce, Store, StoredValue, StoreState } from './common/store.js';
export type { Clock, TimerHandle, Timers } from './common/time.js';
export { ERROR_CODES } from './errors.js';
export * as hpdu from './hpdu/index.js';
export * as ups from './ups/index.js';
export * as wican from './wican/index.js';
