/** The database dies in the middle of commits, again and again; what was acknowledged is there, once. */
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Store } from "#domain";
import { openStore } from "#ground/storage";
import { silentLog, systemClock } from "#ground/storage/testing";
import { StoreUnavailable } from "../errors.ts";
import { created, never } from "../fixtures.testing.ts";
import { openDatabase, type Database } from "./open-database.ts";

const ports = { clock: systemClock, log: silentLog };

async function open(dataDir: string): Promise<Database> {
  const opened = await openDatabase({ dataDir, ...ports });
  assert(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

async function entryAt(store: Store, target: number): Promise<void> {
  for await (const { seq } of store.follow({ after: target - 1, signal: never })) {
    if (seq >= target) return;
  }
}

test("killed with SIGKILL under load: each acknowledged commit is there once, followers miss nothing", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-crash-"));
  let database = await open(dataDir);
  try {
    await using store = await openStore({ connection: database.connection, ...ports });
    const acknowledged: string[] = [];
    /** Given up, written or not: on a busy machine a recovery can take longer than a commit is tried for. */
    const unknown = new Set<string>();
    const over = new AbortController();
    const write = async (writer: number) => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const actor = `${writer}-${n}`;
        try {
          const done = await store.commit({ entries: [created(actor)] });
          assert(done.ok);
          acknowledged.push(actor);
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error;
          unknown.add(actor);
        }
      }
    };
    const stop = new AbortController();
    const followed: string[] = [];
    const following = (async () => {
      for await (const { actor } of store.follow({ after: 0, signal: stop.signal })) {
        followed.push(actor);
      }
    })();
    const writing = Promise.all([1, 2, 3, 4].map(write));
    for (let kills = 0; kills < 5; kills += 1) {
      const target = acknowledged.length + 40;
      await entryAt(store, target);
      assert(database.pid !== undefined);
      process.kill(database.pid, "SIGKILL");
      database = await open(dataDir);
    }
    over.abort();
    await writing;
    const { entries, brokenAt } = await store.verifyJournal();
    assert.equal(brokenAt, undefined);
    assert(acknowledged.length >= 200);
    await store.commit({ entries: [created("the end")] });
    while (followed.at(-1) !== "the end") await systemClock.sleep(5, never);
    stop.abort();
    await following;
    followed.pop();
    assert.equal(entries, followed.length, "followers miss nothing");
    // Once each, retries and all; of what was given up, once at most.
    const certain = followed.filter((actor) => !unknown.has(actor));
    assert.deepEqual(certain.toSorted(), acknowledged.toSorted());
    assert.equal(new Set(followed).size, followed.length);
  } finally {
    await database[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
});
