/**
 * The test process's server. `seed` (initdb, migrated template, stopped) is made in a draft beside its
 * place and renamed, so that of several processes one wins and the others throw theirs away.
 */
import { spawn } from "node:child_process";
import { constants, cpSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import {
  migrate,
  openDatabase,
  postgresProcess,
  schemaDigest,
  type DatabaseConnection,
  type PostgresProcess,
} from "#ground/storage";
import { assert } from "#std";
import { silentLog, systemClock } from "./ambient.ts";

export const templateName = "tidegate_template";
type Server = Exclude<DatabaseConnection, string>;

const user = process.getuid?.() ?? 0;
const seedPrefix = `tidegate-test-seed-${user}-`;
const serverPrefix = `tidegate-test-server-${user}-`;
/** No fsync, and a short log: what a test writes need not outlive the machine. */
const settings = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "max_wal_size=64MB",
  "min_wal_size=32MB",
];
const ports = { clock: systemClock, log: silentLog, settings };

const memory = "/dev/shm";
const memoryBytesMin = 2 ** 30;

let started: Promise<Server> | undefined;

/** Starts the server at the first call. */
export function testServer(): Promise<Server> {
  started ??= start();
  return started;
}

async function start(): Promise<Server> {
  await sweep();
  // The pid in its name tells later runs whether it is still in use.
  const dataDir = await mkdtemp(join(serversHome(), `${serverPrefix}${process.pid}-`));
  const made = await postgresProcess({ dataDir, ...ports });
  assert(made.ok, made.ok ? "" : made.error.reason);
  const postgres = made.value;
  const seed = await seedDirectory(postgres.major);
  cpSync(seed, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const prepared = await postgres.prepare();
  assert(prepared.ok, prepared.ok ? "" : prepared.error.reason);
  run(postgres, dataDir);
  const until = systemClock.now() + 30_000;
  while (!(await postgres.isReady())) {
    assert(systemClock.now() < until, "the test server did not start within 30 s");
    await systemClock.sleep(10, new AbortController().signal);
  }
  assert(typeof postgres.connection !== "string");
  return postgres.connection;
}

/**
 * In memory where there is room. A database is 300 files, and ext4 looks at each inode that was freed in the last
 * seconds before it gives one: where databases come and go, that is most of what a test costs.
 */
function serversHome(): string {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize < memoryBytesMin ? tmpdir() : memory;
  } catch {
    return tmpdir(); // there is none on this platform
  }
}

/** The server dies with this process: at its exit, and if it is killed by the kernel's hand. */
function run(postgres: PostgresProcess, dataDir: string): void {
  const isLinux = process.platform === "linux";
  const [program, ...args] = isLinux ? dyingWithParent(postgres.argv) : postgres.argv;
  const { uid, gid } = postgres;
  const child = spawn(program, args, {
    cwd: "/",
    env: { ...postgres.env },
    stdio: "ignore",
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  child.unref();
  process.on("exit", () => {
    child.kill("SIGQUIT"); // an immediate shutdown: it takes its own children with it
    waitForEnd(child.pid ?? 0);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    if (typeof postgres.connection === "string") return;
    rmSync(join(postgres.connection.host, ".."), { recursive: true, force: true });
  });
}

/** In an exit handler nothing asynchronous happens any more, so this looks, and blocks in between. */
function waitForEnd(pid: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let looks = 0; looks < 100; looks += 1) {
    try {
      const state = readFileSync(`/proc/${pid}/stat`, "utf8");
      if (state.includes(") Z ")) return;
    } catch {
      return; // gone, or no /proc on this platform: the next run sweeps up
    }
    Atomics.wait(pause, 0, 0, 10);
  }
}

/** Changing the user clears the wish to die with the parent, so it is spoken just before postgres. */
function dyingWithParent(argv: PostgresProcess["argv"]): [string, ...string[]] {
  const at = argv.findIndex((word) => word.endsWith("/bin/postgres"));
  const [program = "", ...rest] = argv.toSpliced(at, 0, "setpriv", "--pdeathsig", "SIGKILL", "--");
  return [program, ...rest];
}

async function seedDirectory(major: number): Promise<string> {
  const place = join(tmpdir(), `${seedPrefix}${major}-${schemaDigest().slice(0, 12)}`);
  const isThere = await readdir(place).catch(() => undefined);
  if (isThere !== undefined) return place;
  const draft = await mkdtemp(join(tmpdir(), `${serverPrefix}${process.pid}-`));
  const opened = await openDatabase({ dataDir: draft, ...ports });
  assert(opened.ok, opened.ok ? "" : opened.error.reason);
  {
    await using database = opened.value;
    assert(typeof database.connection !== "string");
    const client = new Client({ ...database.connection });
    await client.connect();
    await client.query(`create database ${templateName}`);
    await client.end();
    await migrate({ ...database.connection, database: templateName });
  }
  try {
    await rename(draft, place);
  } catch {
    await rm(draft, { recursive: true, force: true }); // another process was first
  }
  return place;
}

/** Removes the directories of processes that are gone. */
async function sweep(): Promise<void> {
  for (const home of [memory, tmpdir()]) {
    for (const name of await readdir(home).catch(() => [])) {
      if (!name.startsWith(serverPrefix)) continue;
      const pid = Number(name.slice(serverPrefix.length).split("-")[0]);
      if (isAlive(pid)) continue;
      const dataDir = join(home, name);
      const left = await postgresProcess({ dataDir, ...ports });
      if (left.ok) await left.value.cleanUp();
      await rm(dataDir, { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
