/** How many git operations are under way on each app, and of each user: so none keeps the others out. */
import { atOnce, err, ok, type AtOnce, type Full, type Result } from "#std";
import { machineActor, type AppName } from "#domain";
import { operationsPerAppMax, operationsPerUserMax } from "../limits.ts";

/** Which bound was met, and a sentence for whoever asked. */
export interface TooMany extends Full {
  readonly text: string;
}

export interface Operations {
  /** Gives what is to be called when it is over. `who`: by name; the machine's own key has no share but all. */
  begin(app: AppName, who: string): Result<() => void, TooMany>;
}

export function operations(): Operations {
  const byApp = new Map<AppName, AtOnce>();
  return {
    begin(app, who) {
      const places =
        byApp.get(app) ?? atOnce({ most: operationsPerAppMax, mostEach: operationsPerUserMax });
      byApp.set(app, places);
      const end = places.begin(who === machineActor.name ? undefined : who);
      if (typeof end !== "function") return err({ ...end, text: textOf(end) });
      return ok(() => {
        end();
        if (places.isIdle() && byApp.get(app) === places) byApp.delete(app);
      });
    },
  };
}

function textOf({ allowed, isOwn }: Full): string {
  return isOwn
    ? `You have ${allowed} git operations under way on this repository, the most of one user (pushes that are followed count): end one, or try again in a moment.\n`
    : `${allowed} git operations are under way on this repository, the most at once; try again in a moment.\n`;
}
