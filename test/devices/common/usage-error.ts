/** A wrong command line of a simulator, told without a stack. */
export class UsageError extends Error {}
