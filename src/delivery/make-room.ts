/** At most one rollout moves an app's exposure: a newer one first has the older one step aside. */
import { type AppName, finalRolloutStates, type Rollout } from "#domain";
import { updateDocument } from "#delivery/rollout";
import { type DeliveryPorts } from "./ports.ts";

/** How often an end is looked for when no wake-up comes (another server drives the rollout). */
const lookMs = 500;

/**
 * Tells the app's active rollout, if any, to give way, and resolves when it has ended. Its users are back
 * on the baseline then, so that the newer candidate is compared with what everybody else has.
 */
export async function makeRoom(
  app: AppName,
  why: { readonly by: string; readonly reason: string },
  { ports, signal }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
): Promise<void> {
  const { store, wakes, clock } = ports;
  while (!signal.aborted) {
    const active = (await store.get("app", app))?.body.activeRollout;
    if (active === undefined) return;
    const seen = wakes.tick(`ended:${active}`);
    await tellToStepAside(active, why, ports);
    if (wakes.tick(`ended:${active}`) > seen) continue;
    const either = new AbortController();
    const both = AbortSignal.any([signal, either.signal]);
    await Promise.race([wakes.past(`ended:${active}`, seen, both), clock.sleep(lookMs, both)]);
    either.abort();
  }
}

async function tellToStepAside(
  id: string,
  { by, reason }: { readonly by: string; readonly reason: string },
  { store, wakes, clock }: DeliveryPorts,
): Promise<void> {
  await updateDocument(store, { kind: "rollout", id }, (rollout): { body: Rollout } | undefined =>
    finalRolloutStates.has(rollout.state) || rollout.command?.kind === "supersede"
      ? undefined
      : { body: { ...rollout, command: { kind: "supersede", by, reason, at: clock.now() } } },
  );
  await store.commit({ enqueue: [{ kind: "rollout", key: id }] });
  wakes.wake(id);
}
