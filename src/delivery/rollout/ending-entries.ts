/** What the journal says of the ends of a rollout. Pure. */
import type {
  AppName,
  ChangeId,
  EventData,
  NewEntry,
  ObjectId,
  Release,
  Rollout,
  TakenBackBy,
} from "#domain";
import { some } from "#std";
import { isNamedBy } from "./joint.ts";
import type { RolloutPorts } from "./ports.ts";

export function supersededEntry(
  rollout: Rollout,
  { change: by, commit }: { readonly change: ChangeId; readonly commit: ObjectId | undefined },
  { number }: Release,
): NewEntry<"dev.tidegate.change.superseded"> {
  const { totals } = rollout;
  return {
    type: "dev.tidegate.change.superseded",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      by,
      ...(commit === undefined ? {} : { replaced: { number, byCommit: commit, totals } }),
    },
  };
}

/** Its change waits, ready as it is, for the newer change of another app that it goes together with. */
export function regroupedEntry(
  rollout: Rollout,
  { app, by, now }: { readonly app: AppName; readonly by: ChangeId; readonly now: number },
): NewEntry<"dev.tidegate.rollout.regrouped"> {
  const untilAt = now + (rollout.policy.together?.waitMs ?? 0);
  return {
    type: "dev.tidegate.rollout.regrouped",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      ...(isNamedBy(rollout.policy, app) ? { app } : {}),
      by,
      untilAt,
    },
  };
}

export function bakedEntry(
  rollout: Rollout,
  candidate: Release,
): NewEntry<"dev.tidegate.rollout.baked"> {
  return {
    type: "dev.tidegate.rollout.baked",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      release: candidate.id,
      number: candidate.number,
      because: rollout.reason,
      verdict: rollout.verdict,
      totals: rollout.totals,
    },
  };
}

export function publishedEntry(
  rollout: Rollout,
  candidate: Release,
  { dataPlane }: RolloutPorts,
): NewEntry<"dev.cdevents.service.published"> {
  return {
    type: "dev.cdevents.service.published",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      release: candidate.id,
      number: candidate.number,
      url: dataPlane.urlOf(`${rollout.app}.localhost`),
      because: rollout.reason,
      verdict: rollout.verdict,
      totals: rollout.totals,
    },
  };
}

export function rolledBackEntry(
  rollout: Rollout,
  {
    candidate,
    baseline,
    by,
  }: {
    readonly candidate: Release;
    readonly baseline: Release | undefined;
    readonly by?: TakenBackBy;
  },
  now: number,
): NewEntry<"dev.cdevents.service.rolledback"> {
  const example = rollout.failureExample;
  return {
    type: "dev.cdevents.service.rolledback",
    app: rollout.app,
    change: rollout.change,
    actor: "rollout",
    data: {
      rollout: rollout.id,
      release: candidate.id,
      number: candidate.number,
      ...(baseline === undefined ? {} : { restored: baseline.number }),
      because: rollout.reason,
      ...some("by", by),
      verdict: rollout.verdict,
      totals: rollout.totals,
      exposedMs: rollout.firstExposedAt === undefined ? 0 : now - rollout.firstExposedAt,
      ...(rollout.policy.baseline === "fresh" ? { baseline: "fresh" } : {}),
      ...(example === undefined
        ? {}
        : {
            failureExample: {
              method: example.request.method,
              path: example.request.path,
              status: String(example.request.status ?? example.request.failure ?? "no response"),
              at: example.request.at,
              requestId: example.request.requestId,
              log: example.log,
            },
          }),
      ...some("newErrors", toldOf(rollout.newErrors)),
    },
  };
}

/** Errors of the log that are told in an entry: of requests the example above speaks. */
const errorsTold = 3;

function toldOf(
  found: Rollout["newErrors"],
): EventData["dev.cdevents.service.rolledback"]["newErrors"] | undefined {
  const logged = found?.errors.filter(({ kind }) => kind === "log") ?? [];
  if (logged.length === 0) return undefined;
  const first = logged.slice(0, errorsTold).map(({ title, where, count }) => ({
    title,
    ...some("where", where),
    count,
  }));
  return { first, kinds: logged.length + (found?.more ?? 0) };
}
