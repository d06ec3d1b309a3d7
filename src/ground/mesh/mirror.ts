/**
 * Decides which requests are mirrored, and keeps the copies within bounds.
 *
 * Mirrored are safe requests (GET and HEAD without a body) of users whom chance put with the baseline; a
 * share of them is drawn request by request, before anything is known of the answer, so that neither arm's
 * answers choose what is compared. When the edge, the candidate or the copies are busy, fewer are drawn.
 */
import type { IncomingMessage } from "node:http";
import type { Admitted } from "./admit.ts";
import { Bag } from "./bag.ts";
import type { Assignment } from "./cohort.ts";
import { pickUpstream } from "./exchange.ts";
import { limits } from "./limits.ts";
import { isExcepted } from "./mirror-except.ts";
import { renderRequest } from "./render-request.ts";
import { Shadow } from "./shadow.ts";
import type { ActiveApp } from "./table.ts";

/** What tells the candidate that its answer is for nobody; clients cannot send it. */
export const shadowHeader = "tidegate-shadow";

export interface Mirrorable {
  readonly app: ActiveApp;
  readonly admitted: Admitted;
  readonly assignment: Assignment;
  readonly request: IncomingMessage;
  readonly requestId: string;
}

export class Mirror {
  readonly #random: () => number;
  readonly #shadows = new Bag<Shadow>();
  #allowed: number = limits.shadowsPerSweepMax;
  /** What may still be compared; below 0 after large answers, until sweeps have granted as much. */
  #bytesLeft: number = limits.shadowBytesPerSweepMax;
  #sweptAt: number | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Copies under way. */
  get size(): number {
    return this.#shadows.size;
  }

  /** Plans a copy of a request of an app that is mirrored, if this one is to have one. */
  plan(of: Mirrorable): Shadow | undefined {
    const { app, admitted, request, requestId } = of;
    const { rollout } = app;
    const { tally } = of.assignment;
    if (rollout === undefined || tally === undefined || !isMirrorable(of)) return undefined;
    if (!this.#isDrawn(rollout, request.url)) return undefined;
    if (this.#allowed <= 0 || this.#bytesLeft <= 0 || this.#shadows.size >= limits.shadowsMax)
      return undefined;
    const upstream = pickUpstream(rollout.candidate, undefined);
    if (upstream === undefined || !upstream.hasRoom) return undefined;
    this.#allowed -= 1;
    const { method = "GET" } = request;
    const extra = `${shadowHeader}: 1\r\n`;
    const start = { admitted, request, requestId: `${requestId}-shadow` };
    const shadow = new Shadow({
      upstream,
      method,
      text: renderRequest(start, { method, extra }),
      requestTimeoutMs: app.requestTimeoutMs,
      tally,
      over: (ended) => {
        this.#shadows.delete(ended);
        this.#bytesLeft -= ended.bytes;
      },
    });
    this.#shadows.add(shadow);
    return shadow;
  }

  /** By chance, and then by its path: that is looked up for few. */
  #isDrawn(
    { mirrorPercent, mirrorExcept }: NonNullable<ActiveApp["rollout"]>,
    target = "/",
  ): boolean {
    if (this.#random() * 100 >= mirrorPercent) return false;
    return mirrorExcept === undefined || !isExcepted(mirrorExcept, target);
  }

  /** Ends copies that take too long, and grants new ones if the edge was in time with its own work. */
  sweep(now: number): void {
    const lateMs = this.#sweptAt === undefined ? 0 : now - this.#sweptAt - limits.sweepMs;
    this.#sweptAt = now;
    this.#allowed = lateMs > limits.shadowLateMsMax ? 0 : limits.shadowsPerSweepMax;
    const { shadowBytesPerSweepMax } = limits;
    this.#bytesLeft = Math.min(shadowBytesPerSweepMax, this.#bytesLeft + shadowBytesPerSweepMax);
    for (const shadow of this.#shadows.members()) shadow.sweep(now);
  }

  /** Lets go of instances that left the table: what they still answer says nothing. */
  leaveRetired(): void {
    for (const shadow of this.#shadows.members()) if (shadow.isRetired) shadow.cancel();
  }

  close(): void {
    for (const shadow of this.#shadows.members()) shadow.cancel();
  }
}

/** A safe request of a user whom chance put with the baseline; what a rule put there stays there. */
function isMirrorable({ app, admitted, assignment, request }: Mirrorable): boolean {
  const isSafe = request.method === "GET" || request.method === "HEAD";
  return isSafe && admitted.body === "none" && assignment.tally === app.baseline?.random;
}
