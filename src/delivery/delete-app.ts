/**
 * The end of an app, in an order that can be broken off anywhere: from the first write on it is gone for
 * everybody, and a chore in the same transaction makes sure that the rest follows.
 */
import { ok, type Result } from "#std";
import { type Actor, type AppName, finalChangeStates, signed } from "#domain";
import { updateDocument } from "#delivery/rollout";
import type { Hands } from "./hands.ts";
import { forgetAgainMs, releasesSearched, stepAsideTimeoutMs } from "./limits.ts";
import { makeRoom } from "./make-room.ts";
import type { DeliveryPorts } from "./ports.ts";

export async function deleteApp(
  name: AppName,
  actor: Actor,
  hands: Hands,
): Promise<Result<void, never>> {
  const { store, clock } = hands.ports;
  await updateDocument(store, { kind: "app", id: name }, (app) =>
    app.deletedAt === undefined
      ? {
          body: { ...app, deletedAt: clock.now() },
          entries: [
            {
              type: "dev.cdevents.repository.deleted",
              app: name,
              ...signed(actor),
              data: { app: name },
            },
          ],
          // Later, and only if we die before we have done it ourselves.
          enqueue: [
            { kind: "tidy", key: `forget:${name}`, app: name, dueAt: clock.now() + forgetAfterMs },
          ],
        }
      : undefined,
  );
  await forgetDeleted(name, hands);
  return ok(undefined);
}

/** Well after a deletion that nobody interrupted. */
const forgetAfterMs = 2 * 60_000;

/** Stops what runs, takes the app out of the table, keeps its journal. Harmless for one that lives. */
export async function forgetDeleted(name: AppName, hands: Hands): Promise<void> {
  await hands.lives.take(name, async () => {
    await forgetInTurn(name, hands);
  });
}

/** For who has the name's turn already. Gives whether nothing is left of it. */
export async function forgetInTurn(name: AppName, hands: Omit<Hands, "lives">): Promise<boolean> {
  const { ports, routes, keeper } = hands;
  const { store, repositories } = ports;
  const app = await store.get("app", name);
  if (app?.body.deletedAt === undefined) return true;
  const signal = AbortSignal.timeout(stepAsideTimeoutMs);
  await endChanges(name, ports);
  await makeRoom(
    name,
    { by: "tidegate", reason: `the app ${name} was deleted` },
    { ports, signal },
  );
  if (await isHeldUp(name, ports)) return false;
  await routes.publish();
  const releases = await store.list("release", { app: name, limit: releasesSearched });
  // What is deleted is taken away to the end, however long its last requests take.
  const never = new AbortController().signal;
  for (const { id, body } of releases.filter(({ body: each }) => each.instances.length > 0)) {
    await updateDocument(store, { kind: "release", id }, (release) => ({
      body: { ...release, state: "stopped" },
    }));
    await keeper.converge(body.id, never);
  }
  await repositories.delete(name);
  await ports.shelf.removeApp(name);
  // Before the name is free: the next app of that name must not inherit who may do what to this one.
  await ports.people.forgetApp(name);
  await store.deleteApp(name);
  return true;
}

/** Others go together with it and could not end without it yet: it is forgotten once they have. */
async function isHeldUp(name: AppName, { store, clock }: DeliveryPorts): Promise<boolean> {
  const active = (await store.get("app", name))?.body.activeRollout;
  const rollout = active === undefined ? undefined : await store.get("rollout", active);
  if (rollout?.body.together === undefined) return false;
  const dueAt = clock.now() + forgetAgainMs;
  await store.commit({ enqueue: [{ kind: "tidy", key: `forget:${name}`, app: name, dueAt }] });
  return true;
}

async function endChanges(name: AppName, { store, clock, wakes }: DeliveryPorts): Promise<void> {
  const changes = await store.list("change", { app: name, limit: releasesSearched });
  for (const { id, body } of changes) {
    if (finalChangeStates.has(body.state)) continue;
    await updateDocument(store, { kind: "change", id }, (change) => ({
      body: { ...change, state: "superseded", finishedAt: clock.now() },
    }));
    wakes.wake(id);
  }
}
