import { strict as assert } from "node:assert";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Client } from "pg";
import type { Result } from "#std";
import { silentLog, systemClock } from "#ground/storage/testing";
import { clientConfig } from "../client-config.ts";
import { connectionUrl, type DatabaseConnection } from "../connection.ts";
import { findBinaries } from "./binaries.ts";
import { systemUser, type Identity } from "./identity.ts";
import { openDatabase } from "./open-database.ts";
import { outlastChildren } from "./orphan.ts";
import { postgresProcess } from "./postgres-process.ts";

const ports = { clock: systemClock, log: silentLog };
const isRoot = process.getuid?.() === 0;

/** A data directory in a home that is closed to everybody else, as people's homes are. */
async function closedHome() {
  const home = await mkdtemp(join(tmpdir(), "tidegate-home-"));
  await chmod(home, 0o700);
  const remove = () => rm(home, { recursive: true, force: true });
  return { home, dataDir: join(home, "data"), [Symbol.asyncDispose]: remove };
}

function must<T>(result: Result<T, { readonly reason: string }>): T {
  assert(result.ok, result.ok ? "" : result.error.reason);
  return result.value;
}

async function query(connection: DatabaseConnection, sql: string): Promise<unknown> {
  const client = new Client(clientConfig(connection));
  client.on("error", () => undefined); // the query rejects as well
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>({ text: sql });
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

for (const { source, major } of await findBinaries()) {
  test(`PostgreSQL ${major} (${source}) starts below a closed home and keeps data over a restart`, async () => {
    await using at = await closedHome();
    {
      await using database = must(await openDatabase({ dataDir: at.dataDir, source, ...ports }));
      assert.equal(database.source, source);
      await query(database.connection, "create table kept as select 7 as seven");
    }
    await using database = must(await openDatabase({ dataDir: at.dataDir, source, ...ports }));
    const { connection } = database;
    assert.equal(await query(connectionUrl(connection), "select seven from kept"), 7);
    // What a delivery platform may not be without: durable writes, and no way in but the socket.
    const expected = { fsync: "on", synchronous_commit: "on", full_page_writes: "on", ssl: "off" };
    for (const [name, value] of Object.entries({ ...expected, listen_addresses: "" })) {
      assert.equal(await query(connection, `select current_setting('${name}')`), value, name);
    }
    assert(typeof connection !== "string");
    assert.equal((await stat(connection.host)).mode & 0o777, 0o700);
  });
}

test("the programs of both kinds were found", async () => {
  const found = await findBinaries();
  assert(found.some(({ source }) => source === "embedded"));
});

test(
  "as root it runs as nobody else does, and never as root",
  { skip: !isRoot && "not root" },
  async () => {
    await using at = await closedHome();
    await using database = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
    const status = await readFile(`/proc/${database.pid}/status`, "utf8");
    const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split("\t") ?? [];
    assert.equal(uids.length, 4);
    assert(uids.every((uid) => Number(uid) > 0));
    assert.match(status, /^Groups:\s*$/m);
    assert.equal((await stat("/etc/passwd")).uid, 0);
    assert.doesNotMatch(await readFile("/etc/passwd", "utf8"), /tidegate/);
  },
);

test(
  "where mounting is forbidden, a system user runs it",
  { skip: !isRoot && "not root" },
  async () => {
    await using at = await closedHome();
    await chmod(at.home, 0o755);
    const identity: Identity = must(await systemUser());
    await using database = must(await openDatabase({ dataDir: at.dataDir, identity, ...ports }));
    assert.equal(await query(database.connection, "select 1 as one"), 1);
  },
);

test("one that was left behind and answers is adopted, with its data and its pid", async () => {
  await using at = await closedHome();
  const left = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  await query(left.connection, "create table kept as select 7 as seven");
  const postgres = must(await postgresProcess({ dataDir: at.dataDir, ...ports }));
  assert.deepEqual(must(await postgres.prepare()), { kind: "adopted", pid: left.pid });
  await using adopted = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  assert.equal(adopted.pid, left.pid);
  assert.equal(await query(adopted.connection, "select seven from kept"), 7);
});

test("one that was left behind and does not answer is stopped, and another started", async () => {
  await using at = await closedHome();
  const left = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  assert(left.pid !== undefined && typeof left.connection !== "string");
  await rm(left.connection.host, { recursive: true }); // nobody can reach it any more
  await using database = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  assert.notEqual(database.pid, left.pid);
  assert.equal(await query(database.connection, "select 1 as one"), 1);
});

test("one that was left behind is stopped, data kept, for a supervisor that adopts none", async () => {
  await using at = await closedHome();
  const left = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  await query(left.connection, "create table kept as select 7 as seven");
  const stopping = { dataDir: at.dataDir, orphan: "stop", ...ports } as const;
  const postgres = must(await postgresProcess(stopping));
  assert.deepEqual(must(await postgres.prepare()), { kind: "start" });
  await using database = must(await openDatabase(stopping));
  assert.notEqual(database.pid, left.pid);
  assert.equal(await query(database.connection, "select seven from kept"), 7);
});

test("a pid file that names somebody else's process stops nobody", async () => {
  await using at = await closedHome();
  const first = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  const path = join(at.dataDir, "postgres", "data", "postmaster.pid");
  const text = await readFile(path, "utf8");
  assert(first.pid !== undefined);
  process.kill(first.pid, "SIGKILL");
  await outlastChildren(systemClock, dirname(path));
  await writeFile(path, text.replace(String(first.pid), String(process.pid)));
  await using database = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  assert.equal(await query(database.connection, "select 1 as one"), 1);
});

test("a data directory is run by the version that made it", async () => {
  await using at = await closedHome();
  const embedded = must(await openDatabase({ dataDir: at.dataDir, source: "embedded", ...ports }));
  await embedded[Symbol.asyncDispose]();
  await using database = must(await openDatabase({ dataDir: at.dataDir, ...ports }));
  assert.equal(database.source, "embedded");
});

test("DATABASE_URL wins, and nothing is started", async () => {
  await using at = await closedHome();
  const databaseUrl = "postgresql://ana@db.example/tidegate";
  const database = must(await openDatabase({ dataDir: at.dataDir, databaseUrl, ...ports }));
  assert.equal(database.connection, databaseUrl);
  assert.equal(database.pid, undefined);
  await assert.rejects(stat(at.dataDir), { code: "ENOENT" });
});
