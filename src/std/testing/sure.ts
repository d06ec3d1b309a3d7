import { assert, type Result } from "#std";

/** The value of what cannot fail here, as a name that is written out in a test cannot; asserts that it did not. */
export function sure<T>(result: Result<T, unknown>): T {
  assert(result.ok, result.ok ? "" : `not ok: ${JSON.stringify(result.error)}`);
  return result.value;
}
