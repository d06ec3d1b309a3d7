/** Where a table leads a user of whom only the key is known: by the function that every edge asks. Pure. */
import type { AppName, AppRoute, Arm, ArmRoute, RouteTable, UserPlace } from "#domain";
import { choose, type Visitor } from "./cohort.ts";
import { choiceOf, keySourceOf } from "./table.ts";

/** Gives `undefined` when nothing serves the app. Where somebody was put by hand only their browser knows. */
export function placeOf(
  table: RouteTable | undefined,
  { app: name, userKey }: { readonly app: AppName; readonly userKey: string },
): UserPlace | undefined {
  const route = table?.apps.find(({ app }) => app === name);
  if (route === undefined) return undefined;
  const { baseline, rollout } = route;
  if (rollout === undefined) return baseline && { by: "everybody", ...named(baseline) };
  const choice = choiceOf(rollout);
  const visitor = onlyWithKey(route, userKey);
  const chosen = choose(choice, { key: userKey, visitor, hand: undefined });
  // A candidate without instances serves nobody.
  const isIn = chosen.arm === "candidate" && rollout.candidate.targets.length > 0;
  const served = isIn ? rollout.candidate : baseline;
  if (served === undefined || chosen.by === "hand") return undefined;
  const arm: Arm = isIn ? "candidate" : "baseline";
  if (chosen.by === "rule") return { by: "rule", rule: chosen.rule, arm, ...named(served) };
  const { bucket, isFresh } = chosen;
  return { by: "chance", bucket, exposure: choice.exposure, isFresh, arm, ...named(served) };
}

/** A visitor who sends their key and nothing else. */
function onlyWithKey(route: AppRoute, userKey: string): Visitor {
  const source = keySourceOf(route);
  return {
    cookie: source?.kind === "cookie" ? `${source.name}=${userKey}` : "",
    rawHeaders: source?.kind === "header" ? [source.name, userKey] : [],
  };
}

function named({ release, label }: ArmRoute) {
  return { release, label };
}
