/** A commit whose answer never arrives: the transaction is there, the connection is not. */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Batch } from "#domain";
import { openStore } from "#ground/storage";
import { createTestDatabase, silentLog, systemClock } from "#ground/storage/testing";
import { appPut, created, mustClaim, shop } from "./fixtures.testing.ts";

/** A wire between store and database that can be cut at one place: after the server has done a COMMIT. */
async function wireTo(host: string) {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-wire-"));
  const sockets = new Set<Socket>();
  const wire = { dir, cutsLeft: 0, cuts: 0, [Symbol.asyncDispose]: async () => undefined as void };
  const server = createServer((client) => {
    const upstream = connect(join(host, ".s.PGSQL.5432"));
    let isCommitting = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => client.destroy());
      socket.on("close", () => [client, upstream].forEach((end) => end.destroy()));
    }
    client.on("data", (bytes) => {
      isCommitting = wire.cutsLeft > 0 && bytes.includes("commit");
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (!isCommitting) return client.write(bytes);
      wire.cutsLeft -= 1;
      wire.cuts += 1;
      return client.destroy();
    });
  });
  server.listen(join(dir, ".s.PGSQL.5432"));
  await once(server, "listening");
  wire[Symbol.asyncDispose] = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(dir, { recursive: true, force: true });
  };
  return wire;
}

test("a commit whose answer is lost takes effect once, and returns what it wrote", async () => {
  await using database = await createTestDatabase();
  assert(typeof database.connection !== "string");
  await using wire = await wireTo(database.connection.host);
  const connection = { ...database.connection, host: wire.dir };
  await using store = await openStore({ connection, clock: systemClock, log: silentLog });
  await store.commit({ enqueue: [{ kind: "deliver", key: "k" }] });
  const lease = await mustClaim(store, "w", 60_000);
  // Each of these would be refused or doubled if the repetition did not recognise itself.
  const batches: readonly Batch[] = [
    { entries: [created("ana"), created("bo")] },
    { documents: [appPut(shop, 1, 0)], entries: [created("cy")] },
    { documents: [appPut(shop, 2, 1)] },
    { lease, finish: "done", entries: [created("di")] },
  ];
  for (const batch of batches) {
    wire.cutsLeft = 2;
    const done = await store.commit(batch);
    assert(done.ok, done.ok ? "" : done.error.code);
    assert.deepEqual(
      done.value.map(({ actor }) => actor),
      (batch.entries ?? []).map(({ actor }) => actor),
    );
  }
  assert.equal(wire.cuts, 2 * batches.length);
  const actors = (await store.entries({ after: 0, limit: 9 })).map(({ actor }) => actor);
  assert.deepEqual(actors, ["ana", "bo", "cy", "di"]);
  assert.equal((await store.get("app", shop))?.version, 2);
  assert.deepEqual(await store.verifyJournal(), { entries: 4 });
});

test("a database that stays away is told as such, after retries", async () => {
  await using database = await createTestDatabase();
  assert(typeof database.connection !== "string");
  await using store = await database.open();
  const nowhere = { ...database.connection, host: join(tmpdir(), "tidegate-nowhere") };
  const hasty = { ...systemClock, sleep: async () => undefined };
  const opening = openStore({ connection: nowhere, clock: hasty, log: silentLog });
  await assert.rejects(opening, {
    name: "StoreUnavailable",
    code: "unavailable",
    isRetryable: true,
  });
  assert((await store.commit({ entries: [created("ana")] })).ok);
});
