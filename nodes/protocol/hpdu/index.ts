export { type Order, PduClient, type PduEventMessage, type PduSettings } from './client.js';
export { testConnection } from './connection-test.js';
export type { FoundUnit } from './databus.js';
export { parseRenderOptions, type RenderOptions, render } from './display.js';
export { DISPLAY_ACTIONS, type DisplayAction, type DisplayWish, look } from './display-message.js';
export { addressText, parseHost } from './host.js';
export { type HostEnvironment, PduHosts, type PduWay } from './hosts.js';
export type { PduAddress, TlsSettings } from './http-transport.js';
export { allRights, type Identity, identify } from './identity.js';
export type { OutletState } from './outlet.js';
export { panelTables } from './panel-tables.js';
export { decodeFramebuffer, type Pixels } from './pixels.js';
export type { PduEvent, PresenceSubscription } from './presence.js';
export { type Outcome, READ_KINDS, type ReadKind, type ReadWish, read } from './read-message.js';
export { GROUPS, REGISTERS, type Register, registerOf } from './registers.js';
export { SAVE_GROUPS, type SaveGroup } from './save-groups.js';
export { checkLogin, tokenFor } from './token.js';
export {
	type PduAnswer,
	type PduRequest,
	type Transport,
	TransportError,
	type TransportFailure,
} from './transport.js';
export { unknownPdu } from './unknown-pdu.js';
export { type DisplayStatus, readPage } from './user-interface.js';
export { WRITE_KINDS, type WriteKind, type WriteWish, write } from './write-message.js';
