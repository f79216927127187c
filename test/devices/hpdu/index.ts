/**
 * A Schleifenbauer hPDU, in software: the other side of the wire for tests, benchmark and `npm start`.
 * It shares no code with the nodes, so that it can prove them wrong.
 *
 * - `HpduServer` is a PDU in a network: `await HpduServer.start(options)` listens at a free port, `url` says where, `close()`
 *   ends it. `requests` holds every request with its body, connection, and how many others were without an answer.
 *   `faults.add(FAULTS.slow(500))` and `faults.next(FAULTS.html())` make it misbehave, `reboot()` and
 *   `dropConnections()` are what happens to it. Its time is the wall clock, or simulated (`time: 'simulated'`, `advance(ms)`).
 * - `HpduDevice` is the PDU without its network: `handle(request)` gives the answer. `server.device` is one.
 *   `clock.step(3600)` and `clock.rate` put its clock wrong; `display` shows pages; `users` are who may log in.
 * - `device.self` is the unit itself, `device.units` with those behind its databus: `unit.set('imcrac_1', '0.51')` sets any
 *   register past all rules, `unit.text('stdvnm')` reads one, `unit.active('etshnm')` is what is in effect, and `meter`,
 *   `climate`, `outlets`, `alerts` are what its live registers tell of.
 * - `cli.ts` runs a PDU from a shell, with one of the `SCENARIOS`.
 *
 * The way through the files: `server` records and `deliver`s, with `faults` in between; `device` finds a `resources` entry
 * and the user (`users`, `clock`), and calls it: `register-resources`, `save`, `ui-resources`, `databus-resources`, with
 * `form` fields in and out and a `refusal` for what it does not do; `rights` says who may. A `unit` has a `bank` of
 * `registers` whose `cells` hold what they can, begins with `factory` values, reads `live` ones off its `meter`,
 * `climate`, `outlets` and `alerts`, and does `actions`. `display` shows `pages` on a `canvas` in a `font`.
 */
export type { HpduAnswer, HpduRequest } from './device.js';
export { HpduDevice } from './device.js';
export type { Delivery, Fault, FaultOptions, Manner } from './faults.js';
export { FAULTS, Faults } from './faults.js';
export type { HpduOptions, UnitOptions } from './options.js';
export type { RecordedRequest } from './record.js';
export type { Register, RegisterType, Role } from './registers.js';
export { REGISTERS, ROLES, register } from './registers.js';
export type { Scenario, ScenarioName } from './scenarios.js';
export { SCENARIOS, scenario } from './scenarios.js';
export type { HpduServerOptions } from './server.js';
export { HpduServer } from './server.js';
export type { Unit } from './unit.js';
export type { User, UserOptions } from './users.js';
