/**
 * Drives one change through the plot, a stage at a time, under a lease. Each stage's result is one
 * transaction; what a stage starts is found again by id, so driving a change twice does its work once.
 */
import { unreachable } from "#std";
import {
  type Change,
  finalChangeStates,
  type Lease,
  type NewEntry,
  parseId,
  type Stored,
} from "#domain";
import { assure } from "./assure-stage.ts";
import { build } from "./build-stage.ts";
import { keepLease } from "./lease.ts";
import { endedUnexposed } from "./new-release.ts";
import { newerChange } from "./newer-change.ts";
import { foldChange, nextStep } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";
import { rollOut } from "./roll-out.ts";
import { supersededEntry } from "./superseded.ts";
import { tell } from "./tell-stage.ts";
import { test } from "./test-stage.ts";
import { artifactOf, by, type Turn, write } from "./turn.ts";

/** Returns when the change is over, waits for its rollout, or the lease was lost. */
export async function deliverChange(
  lease: Lease,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  const id = parseId("chg", lease.key);
  await using kept = keepLease(lease, ports);
  const turn: Turn = { lease: kept, ports, signal: AbortSignal.any([signal, kept.lost]) };
  while (!turn.signal.aborted) {
    const stored = id.ok ? await ports.store.get("change", id.value) : undefined;
    if (stored === undefined || (await takeStep(stored, turn))) {
      await ports.store.commit({ lease: kept.current, finish: "done" });
      return;
    }
  }
}

/** Ends a change whose stage fails for reasons of ours, again and again: its author is told, not left. */
export async function giveUpChange(
  lease: Lease,
  { store, clock }: DeliveryPorts,
  error: unknown,
): Promise<void> {
  const stored = await store.get("change", lease.key);
  if (stored === undefined || nextStep(stored.body).kind === "over") return;
  const step = nextStep(stored.body);
  const at = step.kind === "run" ? step.stage : "feedback";
  const entry: NewEntry<"dev.tidegate.delivery.finished"> = {
    ...by(stored.body, "tidegate"),
    type: "dev.tidegate.delivery.finished",
    data: {
      state: finalChangeStates.has(stored.body.state) ? stored.body.state : "failed",
      summary: `Tidegate itself failed at the stage ${at}`,
      problem: {
        code: "internal_error",
        message: `Tidegate itself failed at the stage ${at}: ${messageOf(error)}`,
        where: at,
        next: "push again; if it stays, look for work.failed in the server's log",
      },
    },
  };
  const body = foldChange(stored.body, entry, clock.now());
  const ended =
    body.release === undefined
      ? { documents: [], enqueue: [] }
      : await endedUnexposed(body.release, { state: "stopped" }, { store });
  await store.commit({
    entries: [entry],
    documents: [
      { kind: "change", id: stored.id, app: body.app, body, ifVersion: stored.version },
      ...ended.documents,
    ],
    enqueue: ended.enqueue,
    lease,
    finish: "done",
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const stages = {
  build,
  test,
  assure,
  rollout: async (stored: Stored<Change>, turn: Turn): Promise<void> => {
    await rollOut(stored, await artifactOf(stored.body, turn.ports), turn);
  },
};

/** Gives whether there is nothing more to do for now. */
async function takeStep(stored: Stored<Change>, turn: Turn): Promise<boolean> {
  const step = nextStep(stored.body);
  switch (step.kind) {
    case "run": {
      const newer = await newerChange(stored.body, turn.ports);
      if (newer !== undefined) {
        await write(stored, turn, { entries: [supersededEntry(stored.body, newer.id, "source")] });
        return false;
      }
      await untilSuperseded(stored, turn, async (inner) => {
        await stages[step.stage](stored, inner);
      });
      return false;
    }
    case "await_rollout":
      return true;
    case "tell":
      await tell(stored, turn);
      return false;
    case "over":
      return true;
    default:
      return unreachable(step);
  }
}

/** Runs a stage so that it is cancelled when the change gets a final state from elsewhere. */
async function untilSuperseded(
  stored: Stored<Change>,
  turn: Turn,
  work: (turn: Turn) => Promise<void>,
): Promise<void> {
  const { store, wakes } = turn.ports;
  const over = new AbortController();
  const signal = AbortSignal.any([turn.signal, over.signal]);
  const watch = async (): Promise<void> => {
    for (let seen = wakes.tick(stored.id); !signal.aborted; seen = wakes.tick(stored.id)) {
      await wakes.past(stored.id, seen, signal);
      const now = signal.aborted ? undefined : await store.get("change", stored.id);
      if (now !== undefined && finalChangeStates.has(now.body.state)) over.abort();
    }
  };
  const watching = watch().catch(() => undefined);
  try {
    await work({ ...turn, signal });
  } finally {
    over.abort();
    await watching;
  }
}
