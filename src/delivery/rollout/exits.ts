/** An exit nobody asked for: noted with the release that owns the instance, and in the journal. */
import { type InstanceExit, type NewEntry, parseId, type Release, type ReleaseId } from "#domain";
import { recordExit } from "./formation.ts";
import { releasesSearched } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";
import { updateDocument, type Updated } from "./update.ts";

/**
 * Gives the release that is to start it again; `undefined` when nobody misses it. One that was noted
 * before is given again: whoever noted it may have failed before it was started anew.
 */
export async function noteExit(
  exit: InstanceExit,
  ports: RolloutPorts,
): Promise<Release | undefined> {
  const owner = await ownerOf(exit, ports);
  if (owner === undefined) return undefined;
  let isMissed = false;
  const release = await updateDocument(ports.store, { kind: "release", id: owner }, (before) => {
    const instance = before.instances.find(({ id }) => id === exit.id);
    // One that drains was to end anyway. One that starts had got ready, which is not noted yet: its starter sees to it.
    isMissed = instance?.state === "ready" || instance?.state === "exited";
    if (instance?.state === "starting") return failedStart(before, exit);
    if (instance?.state !== "ready") return undefined;
    // A fresh one is another start of the release, so that its end is no part of its record.
    const isFresh = instance.freshFor !== undefined;
    const crash = isFresh ? before.crash : recordExit(before.crash, exit);
    const instances = before.instances.map((each) =>
      each.id === exit.id ? { ...each, state: "exited" as const } : each,
    );
    const body: Release = { ...before, ...(crash === undefined ? {} : { crash }), instances };
    return { body, entries: [exitedEntry(body, exit, instance.restarts)] };
  });
  if (release === undefined || !isMissed) return undefined;
  const app = await ports.store.get("app", release.body.app);
  if (app?.body.activeRollout !== undefined) ports.wakes.wake(app.body.activeRollout);
  return release.body;
}

/** Notes that an instance did not get ready. */
export async function noteFailedStart(
  exit: Pick<InstanceExit, "id" | "release" | "exit">,
  { store, clock }: Pick<RolloutPorts, "store" | "clock">,
): Promise<void> {
  await updateDocument(store, { kind: "release", id: exit.release }, (before) =>
    failedStart(before, { ...exit, at: clock.now() }),
  );
}

/** Of what is live it is to users one more end; a candidate's first start is told by whoever delivers it. */
function failedStart(
  before: Release,
  exit: Pick<InstanceExit, "id" | "exit" | "at">,
): Updated<Release> | undefined {
  const instance = before.instances.find(({ id }) => id === exit.id);
  const counts =
    before.state === "live" && instance?.state === "starting" && instance.freshFor === undefined;
  return counts ? { body: { ...before, crash: recordExit(before.crash, exit) } } : undefined;
}

/** A way back hands a warm release's instances on, so what they were started for may not own them. */
async function ownerOf(
  { id, app, release }: InstanceExit,
  { store }: RolloutPorts,
): Promise<ReleaseId | undefined> {
  const owns = (candidate: Release): boolean =>
    candidate.instances.some((instance) => instance.id === id);
  const parsed = parseId("rel", release);
  const first = parsed.ok ? await store.get("release", parsed.value) : undefined;
  if (first !== undefined && owns(first.body)) return first.body.id;
  const releases = await store.list("release", { app, limit: releasesSearched });
  return releases.find(({ body }) => owns(body))?.body.id;
}

function exitedEntry(
  { app, change, id, crash }: Release,
  exit: InstanceExit,
  restarts: number,
): NewEntry<"dev.tidegate.instance.exited"> {
  return {
    type: "dev.tidegate.instance.exited",
    app,
    change,
    actor: "runtime",
    data: {
      release: id,
      instance: exit.id,
      exit: exit.exit,
      restarts,
      isCrashLoop: crash?.isLoop ?? false,
    },
  };
}
