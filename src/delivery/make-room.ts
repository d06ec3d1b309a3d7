/** At most one rollout moves an app's exposure: a newer one first has the older one step aside. */
import { some } from "#std";
import { type AppName, finalRolloutStates, type NewEntry, type Rollout } from "#domain";
import { driverOf, fullExposure, updateDocument } from "#delivery/rollout";
import { lookForEndMs } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/**
 * Tells the app's active rollout, if any, to give way, and resolves when it has ended, or `signal` aborts.
 * Its users are back on the baseline then, so that the newer candidate is compared with what everybody
 * else has. One that is just letting everybody in ends by itself, and one that bakes ends its bake.
 */
export async function makeRoom(
  app: AppName,
  why: Why,
  { ports, signal }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
): Promise<void> {
  const { store, wakes, clock } = ports;
  while (!signal.aborted) {
    const active = (await store.get("app", app))?.body.activeRollout;
    if (active === undefined) return;
    const seen = wakes.tick(`ended:${active}`);
    await tellToStepAside(active, why, ports);
    const either = new AbortController();
    const both = AbortSignal.any([signal, either.signal]);
    await Promise.race([
      wakes.past(`ended:${active}`, seen, both),
      clock.sleep(lookForEndMs, both),
    ]);
    either.abort();
  }
}

interface Why {
  readonly by: string;
  readonly reason: string;
  /** What a person said, without what is said of it; absent: the newer change speaks for itself. */
  readonly words?: string;
  /** What is written down with it, when it is a person who has it step aside. */
  readonly entries?: readonly NewEntry[];
  /** A person wants back what was before: what goes together goes back together, also from a bake. */
  readonly isWayBack?: boolean;
}

async function tellToStepAside(
  id: string,
  { by, reason, words, entries = [], isWayBack = false }: Why,
  { store, wakes, clock }: DeliveryPorts,
): Promise<void> {
  const told = await store.get("rollout", id);
  if (told === undefined) return;
  const driver = driverOf(told.body);
  await updateDocument(store, { kind: "rollout", id: driver }, (rollout) => {
    if (isEnding(rollout)) return undefined;
    const isTakenBack = isWayBack && isJointBake(rollout);
    const kind = isTakenBack ? ("abort" as const) : ("supersede" as const);
    // An abort says itself who spoke, and quotes them.
    const said = isTakenBack ? (words ?? reason) : reason;
    return {
      body: {
        ...rollout,
        command: { kind, by, reason: said, at: clock.now(), ...some("words", words) },
      },
      entries,
      enqueue: [{ kind: "rollout", key: driver, app: rollout.app }],
    };
  });
  wakes.wake(driver);
}

/** Whether everybody has the candidates of several apps, and the way back is still open for all of them. */
export function isJointBake({ state, together }: Rollout): boolean {
  return state === "baking" && together !== undefined;
}

/** Over, or in the second step of an end: what has begun is not turned. */
function isEnding({ state, command, exposure, policy }: Rollout): boolean {
  if (finalRolloutStates.has(state) || command?.kind === "abort") return true;
  const isOpen = exposure >= fullExposure(policy);
  return command?.kind === "supersede" || (command?.kind === "promote" && isOpen);
}
