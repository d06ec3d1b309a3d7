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
 *
 * Rollouts that go together are driven here as one: by the lease of their leader, each measured and judged by
 * itself, then one decision (joint.ts), written for all of them in one transaction. So at no moment is one
 * of them ahead of another, whatever dies.
 */
import { finalRolloutStates, type Lease, parseId, type Rollout, type RolloutId } from "#domain";
import type { EndingDrive } from "./ending-parts.ts";
import { driverOf, inCommon, membersOf } from "./joint.ts";
import { lookIntervalMs, rolloutLeaseMs } from "./limits.ts";
import { absorb, firstLook, type Look, type Member, nextMoves } from "./look.ts";
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
  if (!id.ok || first === undefined || driverOf(first.body) !== id.value) {
    await store.commit({ lease, finish: "done" });
    return;
  }
  const ids = membersOf(first.body);
  using stack = new DisposableStack();
  const watch: Watch = {
    ids,
    claim: { lease, renewedAt: clock.now() },
    known: new Map(),
    newMeasuring: () => stack.use(measuring(drive.ports)),
    drive,
    signal,
  };
  // Whatever the one before us wrote but did not carry out comes first.
  if (hasDecided(first.body)) await drive.routes.publish();
  while (!signal.aborted) {
    const seen = ids.map((each) => wakes.tick(each));
    if ((await lookAgain(watch)) === "over") break;
    await newsOrTime(seen, watch);
  }
  for (const each of ids) wakes.forget(each);
}

interface Watch {
  /** Of all that are driven together, the leader first. */
  readonly ids: readonly RolloutId[];
  readonly claim: { lease: Lease; renewedAt: number };
  readonly known: Map<RolloutId, Known>;
  readonly newMeasuring: () => Measuring;
  readonly drive: EndingDrive;
  readonly signal: AbortSignal;
}

interface Known {
  readonly look: Look;
  readonly measure: Measuring;
}

/** Whether the table has anything to learn of a rollout: a decision, or an address of its own. */
function hasDecided({ state, exposure, command, policy }: Rollout): boolean {
  const isDecided = state !== "running" || exposure > 0 || command !== undefined;
  return isDecided || policy.hasPreview === true;
}

/** A store that is away ends a look, not the watch: the lease is ours until somebody else takes it. */
async function lookAgain(watch: Watch): Promise<"over" | "go on"> {
  try {
    return await takeLook(watch);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    watch.drive.ports.log.warn("rollout.look_failed", { rollout: watch.ids[0], error });
    return "go on";
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "unavailable";
}

async function takeLook(watch: Watch): Promise<"over" | "go on"> {
  const { drive, claim, signal } = watch;
  const { store, clock, wakes } = drive.ports;
  const members = await lookedAt(watch);
  const [leader] = members;
  if (leader === undefined || finalRolloutStates.has(leader.stored.body.state)) {
    await store.commit({ lease: claim.lease, finish: "done" });
    return "over";
  }
  if (clock.now() - claim.renewedAt > rolloutLeaseMs / 3) {
    const renewed = await store.renew(claim.lease, rolloutLeaseMs);
    if (!renewed.ok) return "over";
    claim.lease = renewed.value;
    claim.renewedAt = clock.now();
    for (const { look } of members) look.lease = renewed.value;
  }
  if (await obey(members, drive)) {
    wakes.wake(leader.stored.body.id); // look again at once
    return "go on";
  }
  for (const { stored, look } of members) {
    await watch.known.get(stored.body.id)?.measure.take(stored.body, look);
    await absorb(stored.body.id, look, drive.ports);
  }
  if (await tellUnmeasured(members, drive)) {
    wakes.wake(leader.stored.body.id);
    return "go on";
  }
  const own = await nextMoves(members, drive.ports);
  const decision = inCommon(
    members.flatMap(({ stored: { body } }, index) => {
      const each = own[index];
      return each === undefined ? [] : [{ app: body.app, decision: each }];
    }),
  );
  return await carryOut({ members, own, decision }, drive, signal);
}

/** All that are driven together, as they are stored now; one whose app is no more is nobody's. */
async function lookedAt({ ids, claim, known, newMeasuring, drive }: Watch): Promise<Member[]> {
  const { store } = drive.ports;
  const members: Member[] = [];
  for (const id of ids) {
    const stored = await store.get("rollout", id);
    if (stored === undefined) continue;
    const before = known.get(id);
    const { look } = before ?? { look: firstLook(stored.body, claim.lease) };
    if (before === undefined) known.set(id, { look, measure: newMeasuring() });
    members.push({ stored, look });
  }
  return members;
}

async function newsOrTime(seen: readonly number[], { ids, drive, signal }: Watch): Promise<void> {
  const { clock, wakes } = drive.ports;
  const either = new AbortController();
  const both = AbortSignal.any([signal, either.signal]);
  await Promise.race([
    ...ids.map(async (id, index) => await wakes.past(id, seen[index] ?? 0, both)),
    clock.sleep(lookIntervalMs, both),
  ]);
  either.abort();
}
