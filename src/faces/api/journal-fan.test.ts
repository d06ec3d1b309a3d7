import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { genesisHash, type JournalEntry } from "#domain";
import type { StoryEntry } from "#delivery";
import type { StreamEvent } from "./event-stream.ts";
import { openJournalFan, type FanOptions, type FanQuery } from "./journal-fan.ts";
import { fanEntriesMax, fanSkippedEntriesMax, streamEntryCharsMax } from "./limits.ts";

const pause = async () => {};
const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** A journal that grows when it is told to, and counts how it is read. */
function growingJournal() {
  const entries: StoryEntry[] = [];
  const waiting = new Set<() => void>();
  const reads = { followed: 0, pages: 0 };
  const delivery: FanOptions["delivery"] = {
    async *followJournal(after, signal) {
      let next = after;
      while (!signal.aborted) {
        for (const told of entries.slice(next)) {
          reads.followed += 1;
          next = told.entry.seq;
          yield told;
        }
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    },
    toldEntries: async ({ after, limit }) => {
      reads.pages += 1;
      return entries.slice(after, after + limit);
    },
    journalEnd: async () => entries.length,
  };
  return {
    delivery,
    reads,
    grow(count: number, fields: object = {}, withoutLogs?: StoryEntry) {
      for (let added = 0; added < count; added += 1) {
        const told = toldEntry(entries.length + 1, fields);
        entries.push(withoutLogs === undefined ? told : { ...told, withoutLogs });
      }
      for (const wake of waiting) wake();
    },
  };
}

function toldEntry(seq: number, fields: object): StoryEntry {
  const place = { seq, at: seq, previousHash: genesisHash, hash: genesisHash };
  const type = "dev.cdevents.repository.created";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an entry of which only its head matters
  const entry = { ...place, type, actor: "ana", data: {}, ...fields } as unknown as JournalEntry;
  return { entry, lines: [`line of ${seq}`] };
}

function open(journal: ReturnType<typeof growingJournal>) {
  const closing = new AbortController();
  const fan = openJournalFan({ ...journal, log: silent, pause, signal: closing.signal });
  return { fan, close: () => closing.abort() };
}

const all = () => true;
const ofShop = ({ app }: { readonly app?: string }) => app === "shop";

/** Reads until the entry at `last` came; gives the ids of entries and places, as a client would note them. */
async function idsUntil(
  fan: ReturnType<typeof openJournalFan>,
  query: Omit<FanQuery, "signal">,
  last: number,
): Promise<{ readonly entries: readonly number[]; readonly place: number; readonly text: string }> {
  const over = new AbortController();
  const entries: number[] = [];
  let [place, text] = [0, ""];
  for await (const event of fan.follow({ ...query, signal: over.signal })) {
    for (const id of idsOf(event)) {
      place = id;
      if ("text" in event) entries.push(id);
    }
    if ("text" in event) text += event.text;
    if (place >= last) break;
  }
  over.abort();
  return { entries, place, text };
}

function idsOf(event: StreamEvent): readonly number[] {
  if (!("text" in event)) return event.id === undefined ? [] : [event.id];
  return [...event.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("fan: a follower without a place is told where it stands, and gets what comes after", async () => {
  const journal = growingJournal();
  journal.grow(5);
  const { fan, close } = open(journal);
  const over = new AbortController();
  const following = fan.follow({ wants: all, readsLogsOf: all, signal: over.signal });
  const events = following[Symbol.asyncIterator]();
  assert.deepEqual((await events.next()).value, { id: 5, name: "place", data: { seq: 5 } });
  journal.grow(2);
  const seen: number[] = [];
  while (seen.length < 2) seen.push(...idsOf((await events.next()).value));
  assert.deepEqual(seen, [6, 7]);
  close();
  over.abort();
});

test("fan: each entry is read once, however many follow", async () => {
  const journal = growingJournal();
  const { fan, close } = open(journal);
  const following = range(1, 50).map(async () =>
    idsUntil(fan, { wants: all, readsLogsOf: all }, 300),
  );
  await new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < 3; round += 1) {
    journal.grow(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { entries } of await Promise.all(following)) assert.deepEqual(entries, range(1, 300));
  assert.deepEqual(journal.reads, { followed: 300, pages: 0 });
  close();
});

test("fan: who is behind what is kept reads pages, and misses nothing and repeats nothing", async () => {
  const journal = growingJournal();
  journal.grow(10);
  const { fan, close } = open(journal);
  const first = idsUntil(fan, { wants: all, readsLogsOf: all }, fanEntriesMax + 500);
  await new Promise((resolve) => setImmediate(resolve));
  journal.grow(fanEntriesMax + 490);
  await first;
  const late = await idsUntil(fan, { wants: all, readsLogsOf: all, after: 3 }, fanEntriesMax + 500);
  assert.deepEqual(late.entries, range(4, fanEntriesMax + 500));
  assert.ok(journal.reads.pages > 0);
  close();
});

test("fan: a stream cut anywhere is resumed without loss or repeats", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.nat(40), fc.nat(40), async (before, seen, later) => {
      const journal = growingJournal();
      journal.grow(before);
      const { fan, close } = open(journal);
      const at = Math.min(seen, before);
      const one = await idsUntil(fan, { wants: all, readsLogsOf: all, after: 0 }, at);
      journal.grow(later);
      const two = await idsUntil(
        fan,
        { wants: all, readsLogsOf: all, after: one.place },
        before + later,
      );
      assert.deepEqual([...one.entries, ...two.entries], range(1, before + later));
      close();
    }),
    { numRuns: 50 },
  );
});

test("fan: a place that the journal has not reached is taken for its end", async () => {
  const journal = growingJournal();
  journal.grow(3);
  const { fan, close } = open(journal);
  const over = new AbortController();
  const following = fan.follow({ after: 99, wants: all, readsLogsOf: all, signal: over.signal });
  const events = following[Symbol.asyncIterator]();
  assert.deepEqual((await events.next()).value, { id: 3, name: "place", data: { seq: 3 } });
  over.abort();
  close();
});

test("fan: a filter lets through what is wanted, and its follower is told how far it has come", async () => {
  const journal = growingJournal();
  const { fan, close } = open(journal);
  journal.grow(1, { app: "shop" });
  journal.grow(fanSkippedEntriesMax, { app: "blog" });
  const query = { wants: ofShop, readsLogsOf: all, after: 0 };
  const seen = await idsUntil(fan, query, fanSkippedEntriesMax + 1);
  assert.deepEqual(seen.entries, [1]);
  assert.equal(seen.place, fanSkippedEntriesMax + 1);
  close();
});

test("fan: data that is long is left out, and the words stay", async () => {
  const journal = growingJournal();
  const { fan, close } = open(journal);
  journal.grow(1, { data: { report: "x".repeat(streamEntryCharsMax) } });
  const { text } = await idsUntil(fan, { wants: all, readsLogsOf: all, after: 0 }, 1);
  assert.ok(!text.includes('"data"'));
  assert.ok(text.includes("line of 1"));
  assert.ok(!text.includes(genesisHash));
  close();
});

test("fan: who may not read an app's logs is told the same without what they hold", async () => {
  const journal = growingJournal();
  const bare = toldEntry(1, { app: "shop" });
  journal.grow(1, { app: "shop" }, { ...bare, lines: ["without"] });
  const { fan, close } = open(journal);
  const wanting = { wants: all, after: 0 };
  const reader = await idsUntil(fan, { ...wanting, readsLogsOf: all }, 1);
  const other = await idsUntil(fan, { ...wanting, readsLogsOf: () => false }, 1);
  assert.match(reader.text, /line of 1/);
  assert.match(other.text, /without/);
  assert.doesNotMatch(other.text, /line of 1/);
  close();
});
