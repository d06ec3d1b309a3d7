/**
 * All apps with what a route table says of them. They are read kind by kind and not app by app: every step of
 * every rollout reads all of them, and with hundreds of apps a query for each took longer than the rest of the step.
 */
import { some } from "#std";
import { type App, finalRolloutStates, type Release, type Rollout, type Store } from "#domain";
import { listAll } from "./list-all.ts";
import type { Routed } from "./routes.ts";

type Reads = Pick<Store, "list" | "getMany">;

interface Rolled {
  readonly app: App;
  readonly rollout?: Rollout;
}

export async function routedApps(store: Reads): Promise<readonly Routed[]> {
  const apps = await listAll(store, "app");
  const rolled = await withRollouts(
    store,
    apps.map(({ body }) => body),
  );
  const releases = await store.getMany("release", rolled.flatMap(releasesOf));
  return rolled.map((one) => routedOf(one, (id) => releases.get(id)?.body));
}

async function withRollouts(store: Reads, apps: readonly App[]): Promise<readonly Rolled[]> {
  const there = apps.filter(({ deletedAt }) => deletedAt === undefined);
  const rollouts = await store.getMany(
    "rollout",
    there.flatMap(({ activeRollout }) => activeRollout ?? []),
  );
  const rolled = there.map((app) => ({
    app,
    ...some("rollout", app.activeRollout && rollouts.get(app.activeRollout)?.body),
  }));
  const ended = rolled.filter(({ rollout }) => rollout !== undefined && !isMoving(rollout));
  if (ended.length === 0) return rolled;
  // It ended after its app was read, perhaps: what is live changed with it.
  const now = await store.getMany(
    "app",
    ended.map(({ app }) => app.name),
  );
  const moved = ended.flatMap(({ app }) => {
    const newer = now.get(app.name)?.body;
    return newer === undefined || newer.activeRollout === app.activeRollout ? [] : [newer];
  });
  if (moved.length === 0) return rolled;
  const names = new Set(moved.map(({ name }) => name));
  const rest = rolled.filter(({ app }) => !names.has(app.name));
  return [...rest, ...(await withRollouts(store, moved))];
}

function isMoving({ state }: Rollout): boolean {
  return !finalRolloutStates.has(state);
}

/** While a rollout bakes, its baseline is not what is live. */
function armsOf(rollout: Rollout | undefined): Pick<Partial<Rollout>, "candidate" | "baseline"> {
  if (rollout === undefined || !isMoving(rollout)) return {};
  const { candidate, baseline, publishedAt } = rollout;
  return { candidate, ...(publishedAt === undefined ? {} : some("baseline", baseline)) };
}

function releasesOf({ app, rollout }: Rolled): readonly Release["id"][] {
  const { candidate, baseline } = armsOf(rollout);
  return [app.liveRelease, candidate, baseline].filter((id) => id !== undefined);
}

function routedOf(
  { app, rollout }: Rolled,
  releaseOf: (id: Release["id"]) => Release | undefined,
): Routed {
  const { candidate, baseline } = armsOf(rollout);
  return {
    app,
    ...some("live", app.liveRelease && releaseOf(app.liveRelease)),
    ...some("rollout", rollout),
    ...some("candidate", candidate && releaseOf(candidate)),
    ...some("baseline", baseline && releaseOf(baseline)),
  };
}
