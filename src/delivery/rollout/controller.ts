/**
 * Drives one rollout from its first look to its end.
 *
 * The loop: have guardrails measured, take in new counts, let `decide` (or a person's command) choose,
 * write the choice down, carry it out. The journal is written before the effect, and every effect follows
 * from the documents, so a controller that dies anywhere is followed by one that reads them and goes on:
 *
 * - `running`: exposure grows with the evidence. Exits: promoted, rolled back, held, paused, superseded.
 * - `paused` (a person) and `held` (for a person): exposure stays; harm still takes the candidate away.
 * - `baking`: everybody but the control has it, and the change is live. Exits: promoted when its time is over
 *   or a newer change comes, rolled back by harm or a person.
 * - both ends have two steps, each with the command noted that leads to the second. Ending well, everybody
 *   is routed to the candidate, and then it is said. Ending badly, nobody is, and when the last counts
 *   are in, the full harm is said.
 */
import { finalRolloutStates, type Lease, parseId, type Rollout, type RolloutId } from "#domain";
import type { EndingDrive } from "./ending.ts";
import { lookIntervalMs, rolloutLeaseMs } from "./limits.ts";
import { absorb, firstLook, type Look, nextMove } from "./look.ts";
import { type Measuring, measuring } from "./measure.ts";
import { carryOut, obey, tellUnmeasured } from "./move.ts";

/** Returns when the rollout has ended, the lease was lost, or `signal` aborted. */
export async function driveRollout(
  lease: Lease,
  drive: EndingDrive,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, wakes } = drive.ports;
  const id = parseId("rol", lease.key);
  const first = id.ok ? await store.get("rollout", id.value) : undefined;
  if (!id.ok || first === undefined) {
    await store.commit({ lease, finish: "done" });
    return;
  }
  const look = firstLook(first.body, lease, clock.now());
  using measure = measuring(drive.ports);
  // Whatever the one before us wrote but did not carry out comes first.
  if (hasDecided(first.body)) await drive.routes.publish();
  while (!signal.aborted) {
    const seen = wakes.tick(id.value);
    if ((await lookAgain(id.value, look, { drive, measure, signal })) === "over") break;
    await newsOrTime(id.value, seen, { drive, signal });
  }
  wakes.forget(id.value);
}

interface Watch {
  readonly drive: EndingDrive;
  readonly measure: Measuring;
  readonly signal: AbortSignal;
}

/** Whether anything was decided yet: until then the table has nothing to learn of a rollout. */
function hasDecided({ state, exposure, command }: Rollout): boolean {
  return state !== "running" || exposure > 0 || command !== undefined;
}

/** A store that is away ends a look, not the watch: the lease is ours until somebody else takes it. */
async function lookAgain(id: RolloutId, look: Look, watch: Watch): Promise<"over" | "go on"> {
  try {
    return await takeLook(id, look, watch);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    watch.drive.ports.log.warn("rollout.look_failed", { rollout: id, error });
    return "go on";
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "unavailable";
}

async function takeLook(
  id: RolloutId,
  look: Look,
  { drive, measure, signal }: Watch,
): Promise<"over" | "go on"> {
  const { store, clock, wakes } = drive.ports;
  const stored = await store.get("rollout", id);
  if (stored === undefined || finalRolloutStates.has(stored.body.state)) {
    await store.commit({ lease: look.lease, finish: "done" });
    return "over";
  }
  if (clock.now() - look.renewedAt > rolloutLeaseMs / 3) {
    const renewed = await store.renew(look.lease, rolloutLeaseMs);
    if (!renewed.ok) return "over";
    look.lease = renewed.value;
    look.renewedAt = clock.now();
  }
  if (await obey(stored, look, drive)) {
    wakes.wake(id); // look again at once
    return "go on";
  }
  await measure.take(stored.body, look);
  await absorb(id, look, drive.ports);
  if (await tellUnmeasured(stored, look, drive)) {
    wakes.wake(id);
    return "go on";
  }
  const decision = await nextMove(stored.body, look, drive.ports);
  return await carryOut({ stored, decision, look }, drive, signal);
}

async function newsOrTime(
  id: RolloutId,
  seen: number,
  { drive, signal }: Pick<Watch, "drive" | "signal">,
): Promise<void> {
  const { clock, wakes } = drive.ports;
  const either = new AbortController();
  const both = AbortSignal.any([signal, either.signal]);
  await Promise.race([wakes.past(id, seen, both), clock.sleep(lookIntervalMs, both)]);
  either.abort();
}
