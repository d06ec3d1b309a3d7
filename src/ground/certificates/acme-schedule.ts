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
  /** Certificates of the last week: what was refused takes nothing of what an authority gives. */
  readonly obtainedLately: number;
}

/** The instant from which on an order is due; nothing when none is. */
export function orderDueAt(facts: AcmeFacts): number | undefined {
  const wantedAt = wantedFrom(facts);
  if (wantedAt === undefined) return undefined;
  const { lastAt } = facts;
  return Math.max(wantedAt, lastAt === undefined ? 0 : lastAt + waitAfter(facts));
}

/** Whoever may add names can cause orders: they are spread, so that none are lacking when they are needed. */
function waitAfter({ missing, failures, obtainedLately }: AcmeFacts): number {
  if (failures > 0) return retryAfter(failures);
  if (missing === 0) return 0;
  const isBusy = obtainedLately >= limits.acmeCertificatesFreeMax;
  return isBusy ? limits.acmeNamesBusyMs : limits.acmeNamesMs;
}

function wantedFrom({ held, missing }: Pick<AcmeFacts, "held" | "missing">): number | undefined {
  if (held === undefined || missing > 0) return 0;
  return held.fromAt + (held.untilAt - held.fromAt) * limits.acmeLifeRatio;
}

/** A minute, and twice as long after each failure, up to a bound: authorities count failures, too. */
export function retryAfter(failures: number): number {
  return Math.min(limits.acmeRetryMsMax, limits.acmeRetryMs * 2 ** Math.min(failures - 1, 20));
}

/** The console's first, then the apps' as they came, as many as go into one certificate; and the others. */
export function acmeNames(console: string, apps: readonly string[]) {
  const all = [...new Set([console, ...apps])];
  return { names: all.slice(0, limits.acmeNamesMax), noRoom: all.slice(limits.acmeNamesMax) };
}

/**
 * The names that were refused. Where the authority has looked at each, those that failed, and nothing that its words
 * hold: they may quote what a stranger's server answered. Where it refused the whole order, those that it speaks of, in
 * quotation marks, and what is beneath one of those, as when too many were given out for a domain.
 *
 * The console's name, which is the first, is never left out, nor is anything for what it shares with others:
 * without it nothing can serve.
 */
export function namesToLeaveOut(
  names: readonly string[],
  refusal: { readonly message: string; readonly failed: readonly string[] },
): readonly string[] {
  const { message, failed } = refusal;
  const [first = "", ...others] = names;
  if (failed.length > 0) return others.filter((name) => failed.includes(name));
  const spoken = [...message.matchAll(/"([a-z0-9.-]+)"/gi)].map(([, name = ""]) =>
    name.toLowerCase(),
  );
  const blamed = spoken.filter((name) => !first.endsWith(`.${name}`));
  return others.filter((name) => blamed.some((each) => name === each || name.endsWith(`.${each}`)));
}
