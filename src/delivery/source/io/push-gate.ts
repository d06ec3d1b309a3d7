/** One push at a time for each app, from its first byte until its refs have moved; others wait in line. */
import { err, ok, type Result } from "#std";
import type { AppName, Unavailable } from "#domain";
import { pushesWaitingMax, pushWaitMs } from "../limits.ts";

export interface PushGate {
  /** Resolves with the call that lets the next one in; that call may be repeated. */
  enter(app: AppName): Promise<Result<() => void, Unavailable>>;
}

type Enter = (result: Result<() => void, Unavailable>) => void;

export function createPushGate(): PushGate {
  /** Who is inside (first) and who waits, by app. */
  const lines = new Map<AppName, Enter[]>();

  const leaver = (app: AppName, me: Enter): (() => void) => {
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const line = lines.get(app) ?? [];
      line.splice(line.indexOf(me), 1);
      const next = line[0];
      if (next === undefined) lines.delete(app);
      else next(ok(leaver(app, next)));
    };
  };

  return {
    enter: (app) =>
      new Promise((resolve) => {
        const line = lines.get(app) ?? [];
        lines.set(app, line);
        if (line.length > pushesWaitingMax) {
          resolve(busy("too many pushes wait"));
          return;
        }
        const timer = setTimeout(() => {
          line.splice(line.indexOf(enter), 1);
          resolve(busy("the push before this one takes long"));
        }, pushWaitMs);
        const enter: Enter = (result) => {
          clearTimeout(timer);
          resolve(result);
        };
        line.push(enter);
        if (line.length === 1) enter(ok(leaver(app, enter)));
      }),
  };
}

function busy(reason: string): Result<never, Unavailable> {
  return err({ code: "unavailable", what: "the repository", reason, retryAfterMs: 5000 });
}
