/** The feedback stage of a change: its author hears what came of it. */
import type { Change, Stored } from "#domain";
import { noteOf } from "#delivery/feedback";
import { endedUnexposed } from "./new-release.ts";
import type { DeliveryPorts } from "./ports.ts";
import { retention } from "./retain.ts";
import { by, type Turn, write } from "./turn.ts";

/** Brings the outcome back to the author: into the journal, and as a note on the commit. */
export async function tell(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports } = turn;
  const change = stored.body;
  const [entries, rollout] = await Promise.all([
    ports.store.entries({ after: 0, limit: 1_000, change: change.id }),
    change.rollout === undefined ? undefined : ports.store.get("rollout", change.rollout),
  ]);
  // A release that was never begun with is nobody's: superseded, given up, or its change has failed.
  const ended =
    change.release === undefined
      ? { documents: [], enqueue: [] }
      : await endedUnexposed(change.release, { state: "stopped" }, ports);
  const already = change.state === "unchanged" ? await whatRuns(change, ports) : undefined;
  await ports.repositories.putNote(change.app, change.commit, noteOf(change, entries, already));
  const failed = change.stages.find(({ state }) => state === "failed");
  await write(stored, turn, {
    ...ended,
    enqueue: [...ended.enqueue, ...retention(change.app, ports.clock.now())],
    entries: [
      {
        ...by(change, "feedback"),
        type: "dev.tidegate.delivery.finished",
        data: {
          state: change.state,
          summary: already ?? rollout?.body.reason ?? failed?.summary ?? change.state,
          ...(failed?.problem === undefined ? {} : { problem: failed.problem }),
        },
      },
    ],
  });
}

/** Which release makes a change unnecessary. A newer one may be live by the time its author is told. */
async function whatRuns({ app: name, tree }: Change, { store }: DeliveryPorts): Promise<string> {
  const live = (await store.get("app", name))?.body.liveRelease;
  const release = live === undefined ? undefined : (await store.get("release", live))?.body;
  const artifact = release && (await store.get("artifact", release.artifact))?.body;
  return release !== undefined && artifact?.tree === tree
    ? `v${release.number} runs this tree already`
    : "this tree ran already when it was pushed";
}
