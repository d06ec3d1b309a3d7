/**
 * One reader of the journal for everybody who follows it: each entry is read and rendered once, and what is
 * sent to a follower is the same text as to all others. A follower has a place and nothing else, so two
 * hundred of them cost little more than one, and one who is slow holds nobody's memory: who has fallen
 * behind what is kept reads pages of the journal until caught up.
 */
import { some } from "#std";
import type { Log } from "#domain";
import type { Delivery, StoryEntry, ToldEntry } from "#delivery";
import type { RouteOutput } from "#faces/api/contract";
import { renderEvent, type StreamEvent } from "./event-stream.ts";
import {
  fanAgainMs,
  fanBatchCharsMax,
  fanCharsMax,
  fanEntriesMax,
  fanGatherMsMax,
  fanGatherPerFollowerMs,
  fanPageEntries,
  fanSkippedEntriesMax,
  streamEntryCharsMax,
} from "./limits.ts";

type Entry = Extract<RouteOutput<"GET /api/v1/events">, { readonly type: string }>;

/** Enough of an entry to tell whether somebody wants it. */
export interface Head {
  readonly at: number;
  readonly app?: string;
  readonly change?: string;
}

interface Kept extends Head {
  readonly seq: number;
  readonly text: string;
  /** For who may not read the app's logs; absent: the same. */
  readonly textWithoutLogs?: string;
}

export interface FanQuery {
  /** Absent: from now on. */
  readonly after?: number;
  readonly wants: (head: Head) => boolean;
  /** Whether they may have with it what the app's instances printed. */
  readonly readsLogsOf: (head: Head) => boolean;
  readonly signal: AbortSignal;
}

export interface JournalFan {
  /** Tells the follower's place first, then what comes after it: each entry once and in order. */
  follow(query: FanQuery): AsyncIterable<StreamEvent>;
}

export interface FanOptions {
  readonly delivery: Pick<Delivery, "followJournal" | "toldEntries" | "journalEnd">;
  readonly log: Log;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
}

/** Opens a fan; nothing is read before somebody follows. */
export function openJournalFan({ delivery, log, pause, signal }: FanOptions): JournalFan {
  const ring = newRing();
  const bell = newBell(pause, signal);
  let started: Promise<void> | undefined;

  async function read(): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const told of delivery.followJournal(ring.end(), signal)) {
          ring.add(keptOf(told));
          bell.ringSoon();
        }
      } catch (error) {
        log.warn("api.journal_fan_failed", { error });
      }
      await pause(fanAgainMs, signal);
    }
  }

  async function start(): Promise<void> {
    ring.begin(await delivery.journalEnd());
    void read();
  }

  async function begun(): Promise<void> {
    started ??= start().catch((error: unknown) => {
      started = undefined;
      throw error;
    });
    await started;
  }

  /** Who names a place that this journal has not reached yet comes from another one. */
  async function placeOf(after: number | undefined): Promise<number> {
    if (after === undefined) return ring.end();
    return after <= ring.end() ? after : Math.min(after, await delivery.journalEnd());
  }

  return {
    async *follow({ after, wants, readsLogsOf, signal: over }) {
      await begun();
      let place = await placeOf(after);
      let told = place;
      yield placeEvent(place);
      while (!over.aborted) {
        const batch =
          ring.from(place) ??
          (await delivery.toldEntries({ after: place, limit: fanPageEntries })).map(keptOf);
        for (const { text, last } of batches(batch, { wants, readsLogsOf })) {
          yield { text };
          told = last;
        }
        place = batch.at(-1)?.seq ?? place;
        if (place - told >= fanSkippedEntriesMax) {
          // Who comes back need not pass again over what was nothing to them.
          yield placeEvent(place);
          told = place;
        }
        if (ring.end() <= place) await bell.wait(over);
      }
    },
  };
}

/** Wakes all who wait, a moment after it was asked to: two hundred small writes cost what as many larger ones do. */
function newBell(pause: FanOptions["pause"], signal: AbortSignal) {
  const waiting = new Set<() => void>();
  let isRinging = false;
  const ring = async (): Promise<void> => {
    if (isRinging) return;
    isRinging = true;
    await pause(Math.min(fanGatherMsMax, waiting.size * fanGatherPerFollowerMs), signal);
    isRinging = false;
    for (const wake of waiting) wake();
  };
  return {
    ringSoon(): void {
      void ring();
    },
    async wait(over: AbortSignal): Promise<void> {
      if (over.aborted) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          waiting.delete(done);
          over.removeEventListener("abort", done);
          resolve();
        };
        waiting.add(done);
        over.addEventListener("abort", done);
      });
    },
  };
}

function placeEvent(seq: number): StreamEvent {
  return { id: seq, name: "place", data: { seq } };
}

/** Texts of several entries, sent as one. */
function* batches(
  entries: readonly Kept[],
  { wants, readsLogsOf }: Pick<FanQuery, "wants" | "readsLogsOf">,
): Generator<{ readonly text: string; readonly last: number }> {
  let [text, last] = ["", 0];
  for (const entry of entries) {
    if (!wants(entry)) continue;
    const { textWithoutLogs } = entry;
    text += textWithoutLogs === undefined || readsLogsOf(entry) ? entry.text : textWithoutLogs;
    last = entry.seq;
    if (text.length < fanBatchCharsMax) continue;
    yield { text, last };
    text = "";
  }
  if (text !== "") yield { text, last };
}

/** The newest entries, bounded in number and size; `from` gives nothing when it no longer reaches back. */
function newRing() {
  let kept: Kept[] = [];
  let [chars, first, last] = [0, 1, 0];
  return {
    begin(seq: number): void {
      [first, last] = [seq + 1, seq];
    },
    end: () => last,
    add(entry: Kept): void {
      if (entry.seq <= last) return;
      kept.push(entry);
      chars += charsOf(entry);
      last = entry.seq;
      let gone = 0;
      while (
        kept.length - gone > fanEntriesMax ||
        (chars > fanCharsMax && kept.length - gone > 1)
      ) {
        const oldest = kept[gone];
        chars -= oldest === undefined ? 0 : charsOf(oldest);
        gone += 1;
      }
      if (gone === 0) return;
      kept = kept.slice(gone);
      first = kept[0]?.seq ?? last + 1;
    },
    from(place: number): readonly Kept[] | undefined {
      return place < first - 1 ? undefined : kept.slice(Math.max(0, place - first + 1));
    },
  };
}

function charsOf({ text, textWithoutLogs = "" }: Kept): number {
  return text.length + textWithoutLogs.length;
}

/** Renders an entry for all who follow, and once more for those who may not read logs where it holds some. */
function keptOf({ withoutLogs, ...told }: StoryEntry): Kept {
  const { seq, at, app, change } = told.entry;
  return {
    seq,
    at,
    ...some("app", app),
    ...some("change", change),
    text: textOf(told),
    ...(withoutLogs === undefined ? {} : { textWithoutLogs: textOf(withoutLogs) }),
  };
}

/** Data that is long is left out: who wants it asks for it. */
function textOf({ entry, lines }: ToldEntry): string {
  const { seq, at, type, app, change, actor } = entry;
  const data = JSON.stringify(entry.data);
  const resource: Entry = {
    seq,
    at,
    type,
    ...some("app", app),
    ...some("change", change),
    actor,
    ...(data.length <= streamEntryCharsMax ? { data: { ...entry.data } } : {}),
    lines: [...lines],
  };
  return renderEvent({ id: seq, name: "entry", data: resource });
}
