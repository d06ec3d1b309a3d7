/**
 * Fresh instances of a baseline: planned with their candidate, started with its own, and gone when its rollout
 * ends. Both documents are written in one transaction before anything runs, and a fresh instance is wanted as
 * long as its candidate's document says so: whatever ends the candidate ends it, wherever a server dies.
 */
import { err, ok, type Result } from "#std";
import type { Problem, Release, ReleaseId } from "#domain";
import { startInstance } from "./deploy.ts";
import { plannedFresh } from "./formation.ts";
import type { RolloutPorts } from "./ports.ts";
import { partsOf } from "./release-parts.ts";
import { updateDocument } from "./update.ts";

/** Writes down what is to run beside a candidate that starts. Done again, it changes nothing. */
export async function planFresh(
  candidate: ReleaseId,
  baseline: ReleaseId,
  { store }: RolloutPorts,
): Promise<void> {
  await updateDocument(store, { kind: "release", id: baseline }, async (before) => {
    const stored = await store.get("release", candidate);
    const isNew = stored?.body.state === "starting" && stored.body.freshBaseline === undefined;
    const planned = isNew ? plannedFresh(before, stored.body) : [];
    if (!isNew || planned.length === 0) return undefined;
    const body: Release = { ...stored.body, freshBaseline: baseline };
    return {
      body: { ...before, instances: [...before.instances, ...planned] },
      documents: [
        { kind: "release", id: candidate, app: body.app, body, ifVersion: stored.version },
      ],
    };
  });
}

/** Starts, or adopts, what was planned beside the candidate; what fails is no failure of the candidate. */
export async function startFresh(
  candidate: ReleaseId,
  ports: RolloutPorts,
  signal: AbortSignal,
): Promise<Result<void, Problem>> {
  const baseline = (await ports.store.get("release", candidate))?.body.freshBaseline;
  const parts = baseline === undefined ? undefined : await partsOf(baseline, ports);
  const starting = parts?.release.instances.filter(
    ({ freshFor, state }) => freshFor === candidate && state === "starting",
  );
  if (parts === undefined || starting === undefined) return ok(undefined);
  const results = await Promise.all(
    starting.map(async (instance) => await startInstance(parts, instance, { ...ports, signal })),
  );
  const failure = results.find(({ ok: isStarted }) => !isStarted);
  return failure?.ok === false ? err(failure.error) : ok(undefined);
}

/** Candidates for which fresh instances of this release are to go on running; none once it runs no more itself. */
export async function candidatesOf(
  { id, instances, state }: Release,
  { store }: RolloutPorts,
): Promise<ReadonlySet<ReleaseId>> {
  if (state === "stopped" || state === "failed") return new Set();
  const named = new Set(instances.flatMap(({ freshFor }) => freshFor ?? []));
  const releases = await Promise.all(
    [...named].map(async (candidate) => await store.get("release", candidate)),
  );
  const wanted = releases.filter((stored) => stored !== undefined && isWanted(stored.body, id));
  return new Set(wanted.flatMap((stored) => stored?.body.id ?? []));
}

/** Not any more once everybody has the candidate, or it is taken away, or compared with something else. */
function isWanted({ freshBaseline, state, publishedAt }: Release, baseline: ReleaseId): boolean {
  if (freshBaseline !== baseline || publishedAt !== undefined) return false;
  return state === "starting" || state === "ready" || state === "exposed";
}
