/** Delivers a release that no push made: the same artifact with another configuration. */
import { type Lease, parseId } from "#domain";
import { beginRollout, liveRelease } from "./begin-rollout.ts";
import { keepLease } from "./lease.ts";
import { makeRoom } from "./make-room.ts";
import { type DeliveryPorts } from "./ports.ts";
import { failedEntry, releasePut } from "./new-release.ts";
import { type Started, startVerified } from "./start-verified.ts";
import { type Turn } from "./turn.ts";

const deliverLeaseMs = 20_000;

export async function deliverRelease(
  lease: Lease,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  const { store } = ports;
  const id = parseId("rel", lease.key);
  const stored = id.ok ? await store.get("release", id.value) : undefined;
  if (stored === undefined || stored.body.state !== "starting") {
    await store.commit({ lease, finish: "done" });
    return;
  }
  await using kept = keepLease(lease, deliverLeaseMs, ports);
  const both = AbortSignal.any([signal, kept.lost]);
  const started = await startVerified(stored.body, ports, both);
  if (both.aborted) return;
  if (!started.ok) {
    await store.commit({
      entries: [failedEntry(stored.body, started.error)],
      documents: [releasePut({ ...stored.body, state: "failed", problem: started.error })],
      lease: kept.current,
      finish: "done",
    });
    return;
  }
  await beginAlone(started.value, { lease: kept, ports, signal: both });
}

/** Begins the release's rollout once no other moves the app's exposure. */
async function beginAlone({ release, entry }: Started, turn: Turn): Promise<void> {
  const { ports, signal, lease } = turn;
  const { store } = ports;
  const artifact = await store.get("artifact", release.artifact);
  if (artifact === undefined) return;
  const { rollout: policy } = artifact.body.plan;
  while (!signal.aborted) {
    await makeRoom(release.app, { by: release.id, reason: "the configuration changed" }, turn);
    const app = await store.get("app", release.app);
    if (app === undefined || signal.aborted) return;
    if (app.body.activeRollout !== undefined) continue;
    const baseline = await liveRelease(app, ports);
    const begun = beginRollout(app, { release, baseline, policy }, ports);
    const written = await store.commit({
      entries: [entry, begun.entry],
      documents: begun.documents,
      enqueue: [{ kind: "rollout", key: begun.rollout.id, app: release.app }],
      lease: lease.current,
      finish: "done",
    });
    if (written.ok || written.error.code === "fence_lost") return;
  }
}
