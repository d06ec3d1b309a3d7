/** What the exit code says. Documented, so that scripts can rely on it. */
import type { ProblemCode } from "#faces/api/contract";

export const exitCodes = {
  /** Done as asked. */
  done: 0,
  /** The change or the app failed; the platform did its work. */
  failed: 1,
  /** The command was not one, or asked for what cannot be. */
  usage: 2,
  /** The platform is at fault, or not there. */
  platform: 3,
  /** A person has to decide before it goes on. */
  waiting: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Gives the exit code for a problem of the API. */
export const exitCodeOf = {
  invalid_input: exitCodes.usage,
  forbidden: exitCodes.usage,
  not_found: exitCodes.usage,
  already_exists: exitCodes.usage,
  wrong_state: exitCodes.usage,
  stale_step: exitCodes.usage,
  limit_reached: exitCodes.usage,
  version_conflict: exitCodes.platform,
  fence_lost: exitCodes.platform,
  unavailable: exitCodes.platform,
  sign_in_refused: exitCodes.usage,
  credential_refused: exitCodes.usage,
  sign_in_again: exitCodes.usage,
  credential_ended: exitCodes.usage,
  too_many_sign_ins: exitCodes.usage,
  unauthenticated: exitCodes.usage,
  too_many_attempts: exitCodes.usage,
  host_refused: exitCodes.usage,
  cross_site_refused: exitCodes.usage,
  malformed_request: exitCodes.usage,
  body_too_large: exitCodes.usage,
  unsupported_media_type: exitCodes.platform,
  route_not_found: exitCodes.platform,
  too_many_streams: exitCodes.platform,
  too_many_searches: exitCodes.platform,
  internal: exitCodes.platform,
} as const satisfies Record<ProblemCode, ExitCode>;
