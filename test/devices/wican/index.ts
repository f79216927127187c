/**
 * A WiCAN in a car, in software: the other side of the wire for tests, benchmark and `npm start`.
 * It shares no code with the nodes, so that it can prove them wrong.
 *
 * - `WicanDevice` is the device without its network, with a firmware (`4.40`, `4.48`, `4.51`, `6`; `ha4`, `ha6` and
 *   `classic` are webhooks of Home Assistant) and a car. It lives in simulated time: `advance(ms)` lets time pass,
 *   `buildPost(url)` makes a POST, `takeAnswer(post, outcome)` learns from it. `drive`, `park`, `setEcu`, `sleep`,
 *   `wake`, `reboot` and so on are what happens to it.
 * - `exchange(post)` sends a POST over a connection of its own and follows redirects, as the firmware does; its
 *   options lose or cut the answer, send slowly, use TLS. The same POST given twice is a duplicate.
 * - `postOnce(device, url)` is both together. `fullBody(device)` and `periodicBody(device)` are bodies alone.
 *   `runInRealTime(device, url)` keeps the real pace; `cli.ts` does so from a shell.
 * - `SECRET_VALUES` is what 4.40 gives away in clear, for a test that searches for it.
 *
 * The way through the files: `device` owns the `car` and the `schedule` of its POSTs. A car has `parameters`, from
 * `petrol`, `electric` and `standard-set`, that are read from its `motion`. `bodies` puts `config`, `status` and `values`
 * together, `webhook` leaves out what has not changed, `abrp` makes a form of it, `json` writes the bytes. `wire` makes
 * requests, `exchange` sends them; `firmware` holds what differs between the generations. `common/` is what every
 * stand-in device has.
 */
import type { WicanDevice } from './device.js';

export type { Answer } from '../common/answer.js';
export type { TlsOptions } from '../common/connection.js';
export { answered, UNREACHABLE } from '../common/connection.js';
export type { DevicePost } from './device.js';
export { WicanDevice } from './device.js';
export type { ExchangeError, ExchangeOptions, Outcome } from './exchange.js';
export { exchange } from './exchange.js';
export type { Firmware, FirmwareName } from './firmware.js';
export { FIRMWARES } from './firmware.js';
export type { Auth, WicanOptions } from './options.js';
export type { Parameter } from './parameters.js';
export type { Posted, PostOnceOptions, RealTimeOptions } from './run.js';
export { postOnce, runInRealTime } from './run.js';
export type { Scenario, ScenarioName } from './scenarios.js';
export { SCENARIOS, scenario } from './scenarios.js';
export type { PostResult } from './schedule.js';
export { ABRP_TOKEN, OWNER, SECRET_VALUES } from './secrets.js';
export type { Post, PostOverrides } from './wire.js';

/** The body with config and status, as the device would send it now. */
export const fullBody = (device: WicanDevice): Buffer => device.fullBody();

/** The body with values only, as the device would send it now. */
export const periodicBody = (device: WicanDevice): Buffer => device.periodicBody();
