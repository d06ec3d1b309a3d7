/**
 * A way back gives changes a new outcome, of which their authors hear: the one that was live and those that
 * were pushed since the one that is now are taken back; what it leads to, and what that contains, is live again.
 * Where only the configuration goes back, changes stay what they are.
 */
import { some } from "#std";
import type {
  Change,
  ChangeId,
  DocumentPut,
  NewEntry,
  Release,
  Rollout,
  Stored,
  TakenBackBy,
} from "#domain";
import { changesDownTo } from "./changes-down-to.ts";
import { changesTurnedMax } from "./limits.ts";
import { foldChange, stageOf } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";
import { type Turned, turnedChanges } from "./turned-changes.ts";

interface WayBack {
  readonly live: Release;
  /** The release of before that is restored, and as what. */
  readonly target: Release;
  readonly restored: Release;
  /** The rollout of the restored release. */
  readonly rollout: Rollout;
  /** Who went back, and why in their words; empty: they gave none. */
  readonly by: Pick<TakenBackBy, "name" | "reason">;
  readonly now: number;
}

interface Outcomes {
  readonly entries: readonly NewEntry[];
  /** Changes, each once. */
  readonly documents: readonly DocumentPut[];
}

export async function wayBackOutcomes(way: WayBack, ports: DeliveryPorts): Promise<Outcomes> {
  const { live, target, now } = way;
  const ids = { from: live.change, to: target.change };
  const changes = await changesDownTo(live.app, [ids.from, ids.to], ports.store);
  const turned = bounded(turnedChanges(changes, ids), live, ports);
  const from = turned.isBack ? changes.find(({ id }) => id === live.change) : undefined;
  const releases = await ports.store.getMany(
    "release",
    turned.takenBack.flatMap(({ body }) => body.release ?? []),
  );
  const folded = [
    ...turned.takenBack.map((change) => {
      const its = change.body.release;
      const number = its === undefined ? undefined : releases.get(its)?.body.number;
      return { change, entry: takenBackEntry(change, number, way) };
    }),
    ...turned.restored.map((change) => ({ change, entry: restoredEntry(change, way) })),
  ];
  const ended = await rolledBackEntry(turned.isBack ? live.change : undefined, way, ports);
  return {
    entries: [ended, ...folded.map(({ entry }) => entry)],
    documents: [...(from === undefined ? [] : [{ change: from, entry: ended }]), ...folded].map(
      ({ change: { id, version, body }, entry }) => ({
        kind: "change",
        id,
        app: body.app,
        body: foldChange(body, entry, now),
        ifVersion: version,
      }),
    ),
  };
}

/** Users are led back whatever it takes; what does not fit into that one transaction stays told as it is. */
function bounded(turned: Turned, { app }: Release, { log }: DeliveryPorts): Turned {
  const takenBack = turned.takenBack.slice(0, changesTurnedMax);
  const restored = turned.restored.slice(0, changesTurnedMax);
  const all = turned.takenBack.length + turned.restored.length;
  const count = all - takenBack.length - restored.length;
  if (count > 0) log.warn("rollback.changes_left", { app, count });
  return { ...turned, takenBack, restored };
}

/** Told with what its own rollout had counted, where it had one; a change that stays what it is hears nothing. */
async function rolledBackEntry(
  id: ChangeId | undefined,
  { live, target, rollout: own, by, now }: WayBack,
  { store }: DeliveryPorts,
): Promise<NewEntry<"dev.cdevents.service.rolledback">> {
  const change = id === undefined ? undefined : (await store.get("change", id))?.body;
  const counted = change?.rollout;
  const told =
    (counted === undefined ? undefined : (await store.get("rollout", counted))?.body) ?? own;
  return {
    type: "dev.cdevents.service.rolledback",
    app: live.app,
    ...(id === undefined ? {} : { change: id }),
    actor: "rollout",
    data: {
      rollout: told.id,
      release: live.id,
      number: live.number,
      restored: target.number,
      because: own.reason,
      by: takenBackBy(by, live.number),
      verdict: told.verdict,
      totals: told.totals,
      exposedMs: now - onSince(change, told, now),
    },
  };
}

/** Since when users have it: from before everybody got it, unless it was taken away in between. */
function onSince(change: Change | undefined, { firstExposedAt }: Rollout, now: number): number {
  const { everybodyAt } = change ?? {};
  const letInAt = change === undefined ? undefined : stageOf(change, "rollout").finishedAt;
  const isBack = everybodyAt !== undefined && everybodyAt !== letInAt;
  return (isBack ? everybodyAt : firstExposedAt) ?? now;
}

/** It comes back with its own release, as it was when it was let in. */
function takenBackEntry(
  { body: change }: Stored<Change>,
  number: number | undefined,
  { rollout, by }: WayBack,
): NewEntry<"dev.tidegate.change.taken_back"> {
  return {
    type: "dev.tidegate.change.taken_back",
    app: change.app,
    change: change.id,
    actor: "rollout",
    data: { by: takenBackBy(by, number), because: rollout.reason },
  };
}

function restoredEntry(
  { body: change }: Stored<Change>,
  { restored, rollout }: WayBack,
): NewEntry<"dev.tidegate.change.restored"> {
  return {
    type: "dev.tidegate.change.restored",
    app: change.app,
    change: change.id,
    actor: "rollout",
    data: { release: restored.id, number: restored.number, because: rollout.reason },
  };
}

function takenBackBy(by: WayBack["by"], release: number | undefined): TakenBackBy {
  return { ...by, wasLive: true, ...some("release", release) };
}
