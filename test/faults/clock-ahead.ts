/**
 * Loaded by Node.js before Node-RED: a clock that is wrong from the start. Milliseconds from `CLOCK_AHEAD`; the
 * variable is passed on to no other process.
 */
const ahead = Number(process.env.CLOCK_AHEAD ?? 0);
const now = Date.now;
Date.now = () => now() + ahead;
