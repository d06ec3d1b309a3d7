/** Delivers a release that no push made: the same artifact with another configuration. */
import { type Lease, parseId } from "#domain";
import { keepLease } from "./lease.ts";
import { makeRoom } from "./make-room.ts";
import { type DeliveryPorts } from "./ports.ts";
import { beginRollout, failedEntry, liveRelease, releasePut, startVerified } from "./roll-out.ts";

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
  const { release, entry } = started.value;
  const policy = (await store.get("artifact", release.artifact))?.body.plan.rollout;
  while (!both.aborted && policy !== undefined) {
    await makeRoom(
      release.app,
      { by: release.id, reason: "the configuration changed" },
      { ports, signal: both },
    );
    const app = await store.get("app", release.app);
    if (app === undefined || both.aborted) return;
    if (app.body.activeRollout !== undefined) continue;
    const begun = beginRollout(
      app,
      { release, baseline: await liveRelease(app, ports), policy },
      ports,
    );
    const written = await store.commit({
      entries: [entry, begun.entry],
      documents: begun.documents,
      enqueue: [{ kind: "rollout", key: begun.rollout.id, app: release.app }],
      lease: kept.current,
      finish: "done",
    });
    if (written.ok || written.error.code === "fence_lost") return;
  }
}
