/**
 * Whether a change that is ready begins, with whom, or waits. Pure.
 *
 * It waits for changes that are on their way, never for apps that have nothing new, and not beyond its time:
 * who is not ready then is gone without. Of those who wait for each other whoever looks first after the
 * last has come begins for all, so nobody waits for a word of somebody who waits.
 */
import type { Absentee, RolloutPolicy } from "#domain";
import { isNamedBy } from "#delivery/rollout";
import { jointAppsMax } from "./limits.ts";
import type { Neighbour, Ready } from "./neighbours.ts";

export type Gathering =
  | { readonly kind: "wait"; readonly waitsFor: readonly Absentee[]; readonly untilAt: number }
  | {
      readonly kind: "begin";
      readonly with: readonly Ready[];
      readonly without: readonly Absentee[];
    };

export function gatheringOf(
  neighbours: readonly Neighbour[],
  { untilAt, now }: { readonly untilAt: number; readonly now: number },
): Gathering {
  const ready = neighbours.flatMap((each) => (each.standing === "ready" ? [each.ready] : []));
  const coming = neighbours.flatMap((each): readonly Absentee[] =>
    each.standing === "coming" ? [{ app: each.app, because: each.because }] : [],
  );
  const apart = neighbours.flatMap((each): readonly Absentee[] =>
    each.standing === "apart" ? [{ app: each.app, because: each.because }] : [],
  );
  if (ready.length + coming.length + 1 > jointAppsMax) {
    const because = `more than ${jointAppsMax} apps would go together`;
    const without = [...ready.map(({ app }) => app.body.name), ...coming.map(({ app }) => app)];
    return { kind: "begin", with: [], without: without.map((app) => ({ app, because })) };
  }
  if (coming.length > 0 && now < untilAt) return { kind: "wait", waitsFor: coming, untilAt };
  const late = coming.map(({ app, because }) => ({ app, because: `${because}, for too long` }));
  return { kind: "begin", with: ready, without: [...late, ...apart] };
}

/** As its change may tell it: of the others only those by name that its own manifest names. */
export function tellable(gathering: Gathering, policy: Pick<RolloutPolicy, "together">): Gathering {
  const told = (absent: readonly Absentee[]): readonly Absentee[] =>
    absent.map((each) => (isNamedBy(policy, each.app) ? each : { ...each, app: "another app" }));
  return gathering.kind === "wait"
    ? { ...gathering, waitsFor: told(gathering.waitsFor) }
    : { ...gathering, without: told(gathering.without) };
}
