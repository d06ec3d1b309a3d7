/** When a certificate is asked for, and for which names. Pure: time and what there is arrive as arguments. */
import { limits } from "./limits.ts";

export interface AcmeFacts {
  readonly now: number;
  /** What there is, and for how long; absent: nothing that can serve. */
  readonly held: { readonly fromAt: number; readonly untilAt: number } | undefined;
  /** Names that are wanted and not in it. */
  readonly missing: number;
  /** When the last order ended; absent: none has. */
  readonly lastAt: number | undefined;
  /** Orders that failed, one after another, up to now. */
  readonly failures: number;
}

/** The instant from which on an order is due; nothing when none is. */
export function orderDueAt({ held, missing, lastAt, failures }: AcmeFacts): number | undefined {
  const wantedAt = wantedFrom({ held, missing });
  if (wantedAt === undefined) return undefined;
  const waitMs = failures > 0 ? retryAfter(failures) : missing > 0 ? limits.acmeNamesMs : 0;
  return Math.max(wantedAt, lastAt === undefined ? 0 : lastAt + waitMs);
}

function wantedFrom({ held, missing }: Pick<AcmeFacts, "held" | "missing">): number | undefined {
  if (held === undefined || missing > 0) return 0;
  return held.fromAt + (held.untilAt - held.fromAt) * limits.acmeLifeRatio;
}

/** A minute, and twice as long after each failure, up to a bound: authorities count failures, too. */
export function retryAfter(failures: number): number {
  return Math.min(limits.acmeRetryMsMax, limits.acmeRetryMs * 2 ** Math.min(failures - 1, 20));
}

/** The console's first, then the apps' as they came, as many as go into one certificate. */
export function acmeNames(console: string, apps: readonly string[]): readonly string[] {
  return [console, ...apps].slice(0, limits.acmeNamesMax);
}

/**
 * The names that a refusal speaks of, where it does: authorities put them in quotation marks. The console's, which is
 * the first, is never left out: without it nothing can serve.
 */
export function namesToLeaveOut(
  names: readonly string[],
  refusal: { readonly message: string; readonly failed: readonly string[] },
): readonly string[] {
  const { message, failed } = refusal;
  return names.slice(1).filter((name) => failed.includes(name) || message.includes(`"${name}"`));
}
