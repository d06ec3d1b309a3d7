/** The end of an app. */
import { ok, type Result } from "#std";
import { type AppName, finalChangeStates } from "#domain";
import { updateDocument } from "#delivery/rollout";
import { type Hands } from "./hands.ts";
import { makeRoom } from "./make-room.ts";

/** A rollout that is under way gets this long to step aside. */
const stepAsideTimeoutMs = 10_000;
const releasesMax = 1_000;

/** Stops what runs, takes the app out of the table, keeps its journal. */
export async function deleteApp(
  name: AppName,
  actor: string,
  hands: Hands,
): Promise<Result<void, never>> {
  const { ports, routes, keeper } = hands;
  const { store, repositories, clock, wakes } = ports;
  const signal = AbortSignal.timeout(stepAsideTimeoutMs);
  await updateDocument(store, { kind: "app", id: name }, (app) => ({
    body: { ...app, deletedAt: clock.now() },
    entries: [{ type: "dev.cdevents.repository.deleted", app: name, actor, data: { app: name } }],
  }));
  const changes = await store.list("change", { app: name, limit: 100 });
  for (const { id, body } of changes.filter(
    ({ body: each }) => !finalChangeStates.has(each.state),
  )) {
    await updateDocument(store, { kind: "change", id }, (change) => ({
      body: { ...change, state: "superseded", finishedAt: clock.now() },
    }));
    wakes.wake(body.id);
  }
  await makeRoom(name, { by: actor, reason: "the app was deleted" }, { ports, signal });
  await routes.publish(signal);
  const releases = await store.list("release", { app: name, limit: releasesMax });
  const running = releases.filter(({ body }) => body.instances.length > 0);
  for (const { id, body } of running) {
    await updateDocument(store, { kind: "release", id }, (release) => ({
      body: { ...release, state: "stopped" },
    }));
    await keeper.converge(body.id, new AbortController().signal);
  }
  await repositories.delete(name);
  await store.deleteApp(name);
  return ok(undefined);
}
