/**
 * A Web3 Pi UPS in HTTP mode, in software: the other side of the wire for tests, benchmark and `npm start`.
 * It shares no code with the nodes, so that it can prove them wrong.
 *
 * - `UpsDevice` is the box without its network. It lives in simulated time: `advance(ms)` lets time pass,
 *   `buildPost(url)` makes a signed POST, `takeAnswer(post, outcome)` obeys the answer. `setMains`,
 *   `setFaults`, `rebootEsp32`, `host.stopService` and so on are what happens to it; `executed`, `acksSent`,
 *   `panel` and `watchdog.alarms` are what to assert on.
 * - `exchange(post)` sends a POST over a connection of its own, as the firmware does; its options lose or cut
 *   the answer, send slowly, use TLS. The same POST given twice is a replay.
 * - `postOnce(device, url)` is both together. `simulate(device, ms, answer)` needs no network: a day passes in
 *   a fraction of a second. `runInRealTime(device, url)` keeps the real pace; `cli.ts` does so from a shell.
 *
 * The way through the files: `device` (the ESP32) owns `timeline` (time), `commands`, `network` (the modem),
 * `watchdog` and the `box` around it: `power` with `battery`, `host` (the Pi), `panel` (buzzer, display).
 * `telemetry` and `wire` make bytes, `exchange` sends and reads them; `firmware` holds the limits. `common/` is
 * what every stand-in device has: simulated time, and the HTTP client that ships with its chip.
 */
export type { Answer } from '../common/answer.js';
export { headerValues, parseAnswer } from '../common/answer.js';
export type { TlsOptions } from '../common/connection.js';
export { answered, UNREACHABLE } from '../common/connection.js';
export { displayedLevel } from './battery.js';
export type { CommandArgs, CommandName, Feedback, Rejection } from './commands.js';
export type { DevicePost, Executed, PostResult } from './device.js';
export { UpsDevice } from './device.js';
export type { ExchangeError, ExchangeOptions, Outcome } from './exchange.js';
export { answeredSigned, exchange } from './exchange.js';
export { FIRMWARE } from './firmware.js';
export type { UpsOptions } from './options.js';
export { makeKey } from './random.js';
export type { Posted, PostOnceOptions, RealTimeOptions, SimulateOptions } from './run.js';
export { everyNth, postOnce, runInRealTime, simulate } from './run.js';
export type { Scenario, ScenarioName } from './scenarios.js';
export { SCENARIOS, scenario } from './scenarios.js';
export type { Post, PostOverrides, PostParts } from './wire.js';
export { answerSignature, encodePost, requestSignature } from './wire.js';
