/** Where a table leads a user of whom only the key is known: by the function that every edge asks. Pure. */
import type { AppName, AppRoute, Arm, ArmRoute, RouteTable, UserPlace } from "#domain";
import { choose, type Visitor } from "./cohort.ts";
import { choiceOf, keySourceOf } from "./table.ts";
import type { UserKeys } from "./user-key.ts";

/**
 * Gives `undefined` when nothing serves the app, and `not_a_user` for what no visitor of it could have as a key.
 * Where somebody was put by hand only their browser knows.
 */
export function placeOf(
  table: RouteTable | undefined,
  { app: name, userKey }: { readonly app: AppName; readonly userKey: string },
  keys: Pick<UserKeys, "verify">,
): UserPlace | "not_a_user" | undefined {
  const route = table?.apps.find(({ app }) => app === name);
  if (route === undefined) return undefined;
  const { baseline, rollout } = route;
  if (rollout === undefined) return baseline && { by: "everybody", ...named(baseline) };
  const key = keySourceOf(route) === undefined ? keys.verify(userKey) : userKey;
  if (key === undefined) return "not_a_user";
  return placeOfKey(key, { ...route, rollout });
}

function placeOfKey(
  key: string,
  route: AppRoute & Required<Pick<AppRoute, "rollout">>,
): UserPlace | undefined {
  const { baseline, rollout } = route;
  const choice = choiceOf(rollout);
  const visitor = onlyWithKey(route, key);
  const chosen = choose(choice, { key, visitor, hand: undefined });
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
