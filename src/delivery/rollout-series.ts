/**
 * A rollout over time, kept folded for those who look again: a page that is open asks every few seconds, and
 * only what was counted since is read.
 */
import type { EventType, JournalEntry, Rollout, RolloutId } from "#domain";
import { openSeries, type Series, type SeriesFold } from "#delivery/rollout";
import { rolloutMarksMax, seriesKeptMax, seriesPageIntervals } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

/** Something that happened to a rollout: what a graph marks. */
export interface RolloutMark {
  readonly seq: number;
  readonly at: number;
  readonly type: EventType;
  readonly actor: string;
  /** Buckets of the candidate after it, where it moved them. */
  readonly exposure?: number;
  readonly because?: string;
}

export interface SeriesView extends Series {
  readonly rollout: Rollout;
  /** Oldest first; of many, the newest. */
  readonly marks: readonly RolloutMark[];
}

interface Kept {
  readonly fold: SeriesFold;
  after: number;
  /** The one who reads now: those who come meanwhile wait for it. */
  reading: Promise<void>;
}

export interface SeriesKeeper {
  of(rollout: Rollout, pointsMax: number): Promise<SeriesView>;
}

export function seriesKeeper({ store }: Pick<DeliveryPorts, "store">): SeriesKeeper {
  const all = new Map<RolloutId, Kept>();

  async function catchUp(id: RolloutId, kept: Kept): Promise<void> {
    for (;;) {
      const limit = seriesPageIntervals;
      const page = await store.intervals({ rollout: id, afterIndex: kept.after, limit });
      for (const counts of page) {
        kept.fold.take(counts);
        kept.after = counts.index;
      }
      if (page.length < limit) return;
    }
  }

  function keptOf({ id, policy }: Rollout): Kept {
    const kept = all.get(id) ?? {
      fold: openSeries(policy),
      after: -1,
      reading: Promise.resolve(),
    };
    // The one that was not asked for longest goes first.
    all.delete(id);
    all.set(id, kept);
    for (const old of all.keys()) {
      if (all.size <= seriesKeptMax) break;
      all.delete(old);
    }
    return kept;
  }

  return {
    async of(rollout, pointsMax) {
      const kept = keptOf(rollout);
      const read = async (): Promise<void> => await catchUp(rollout.id, kept);
      // One after the other: two readers would fold the same intervals twice. A failure ends its own asker.
      const reading = kept.reading.then(read, read);
      kept.reading = reading;
      await reading;
      return { rollout, ...kept.fold.read(pointsMax), marks: await marksOf(rollout, store) };
    },
  };
}

const markTypes: readonly EventType[] = [
  "dev.tidegate.rollout.started",
  "dev.tidegate.rollout.exposure_changed",
  "dev.tidegate.rollout.step_entered",
  "dev.tidegate.rollout.delayed",
  "dev.tidegate.rollout.held",
  "dev.tidegate.rollout.commanded",
  "dev.cdevents.service.published",
  "dev.tidegate.rollout.baked",
  "dev.cdevents.service.rolledback",
];

async function marksOf(
  { id, change }: Rollout,
  store: DeliveryPorts["store"],
): Promise<readonly RolloutMark[]> {
  const entries = await store.entries({ after: 0, limit: 1_000, change, types: markTypes });
  return entries.flatMap((entry) => markOf(entry, id)).slice(-rolloutMarksMax);
}

function markOf(entry: JournalEntry, rollout: RolloutId): readonly RolloutMark[] {
  const { seq, at, type, actor, data } = entry;
  if (!("rollout" in data) || data.rollout !== rollout) return [];
  const because = "because" in data ? { because: data.because } : {};
  const exposure = "to" in data ? { exposure: data.to } : {};
  return [{ seq, at, type, actor, ...exposure, ...because }];
}
