/** Programmer errors are asserted: they end the request or job they are met in, never its neighbours. */

export class AssertionFailed extends Error {
  override readonly name = "AssertionFailed";
}

/** States one fact that must be true. The message says what was expected, not what to blame. */
export function assert(condition: boolean, message = "assertion failed"): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** Closes a `switch` over a union: a new member does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
