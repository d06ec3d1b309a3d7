/**
 * std: what the standard library lacks. Knows no domain noun, has no effects.
 */
export { assert, AssertionFailed, unreachable } from "./assert.ts";
export { atOnce, type AtOnce, type Full } from "./at-once.ts";
export { backoffMs, type Backoff } from "./backoff.ts";
export type { Brand } from "./brand.ts";
export { sha256Base64, sha256Hex } from "./digest.ts";
export { formatDurationMs, formatRoughMs, parseDurationMs } from "./duration.ts";
export { formatInstant, formatSpan, parseInstantMs } from "./instant.ts";
export { canonicalJson, isSameJson, type Json, type JsonObject } from "./json.ts";
export { locatedJson, type Located, type LocatedEntry, type Mismatch } from "./located.ts";
export { ago, bytes, count, counted, percent, short, spoken } from "./words.ts";
export { nearest } from "./nearest.ts";
export { networkOf } from "./network.ts";
export { isPort } from "./port.ts";
export {
  amount,
  converted,
  defaulted,
  described,
  duration,
  either,
  flag,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  off,
  oneOf,
  type Out,
  type Reader,
  reader,
  refuse,
  rowOf,
  share,
  text,
} from "./shape.ts";
export { some } from "./some.ts";
export { withoutRoot } from "./without-root.ts";
export { Turns } from "./turns.ts";
export { Wakes } from "./wakes.ts";
export { err, ok, type Err, type Ok, type Result } from "./result.ts";
