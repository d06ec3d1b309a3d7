/**
 * The embedded database as a process for a supervisor: what to do before, what to run, when it is ready.
 *
 * `prepare` before each start (it is idempotent): makes directories and, once, the cluster; a postgres
 * that was left behind is adopted when it answers, and stopped when not. Whoever calls it must hold a lock
 * on the data directory: the postgres of a living supervisor looks the same as one left behind.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Log, Unavailable } from "#domain";
import { err, ok, type Result } from "#std";
import { readyTimeoutMs } from "../limits.ts";
import { askPostgres, type SocketConnection } from "./ask-postgres.ts";
import { findBinaries, type Binaries } from "./binaries.ts";
import { clusterMajor, databaseUser, makeCluster } from "./cluster.ts";
import { chooseIdentity, commandFor, makeView, viewOf, type Identity } from "./identity.ts";
import { layOut, makeRuntime, type Layout } from "./layout.ts";
import { findPostmaster, isAlive, outlastChildren, stopPostmaster, unaborted } from "./orphan.ts";
import { unavailable } from "./unavailable.ts";

export interface PostgresOptions {
  /** Absolute; the database is below it, in `postgres/`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Only these programs; default: the system's, else those from npm. */
  readonly source?: Binaries["source"];
  /** Default: probed. */
  readonly identity?: Identity;
  /**
   * What becomes of one that was left behind and answers; default: `adopt`. A supervisor that can only
   * watch processes it started, or adopts its own by other means before `prepare`, wants `stop`.
   */
  readonly orphan?: "adopt" | "stop";
  /** More settings, `name=value`, that win over ours. */
  readonly settings?: readonly string[];
}

/** What `prepare` found: nothing that runs, or one that does already and needs no start. */
export type Prepared =
  | { readonly kind: "start" }
  | { readonly kind: "adopted"; readonly pid: number };

export interface PostgresProcess {
  readonly source: Binaries["source"];
  readonly major: number;
  readonly connection: SocketConnection;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** Asks for a fast shutdown: connections are cut, everything acknowledged is on disk. */
  readonly stopSignal: "SIGINT";
  prepare(): Promise<Result<Prepared, Unavailable>>;
  /** Whether it lets connections in now. */
  isReady(): Promise<boolean>;
  /** After it has stopped for good: removes its directory for sockets. */
  cleanUp(): Promise<void>;
}

// Modest: one small machine runs everything. Durability is PostgreSQL's default, spelt out.
const settings: readonly string[] = [
  "listen_addresses=",
  "unix_socket_permissions=0700",
  "ssl=off",
  "port=5432",
  "fsync=on",
  "synchronous_commit=on",
  "full_page_writes=on",
  "max_connections=50",
  "shared_buffers=64MB",
  "max_wal_size=256MB",
  "jit=off",
  "logging_collector=off",
  "log_destination=stderr",
  "log_checkpoints=off",
  "log_min_error_statement=panic",
  "timezone=UTC",
];

export async function postgresProcess(
  options: PostgresOptions,
): Promise<Result<PostgresProcess, Unavailable>> {
  const { dataDir, source, clock, log, orphan = "adopt" } = options;
  const chosen = options.identity === undefined ? await chooseIdentity() : ok(options.identity);
  if (!chosen.ok) return chosen;
  const identity = chosen.value;
  const layout = await layOut(dataDir, identity.kind !== "self");
  const binaries = pickBinaries(await findBinaries(), {
    source,
    major: await clusterMajor(layout.cluster),
  });
  if (!binaries.ok) return binaries;
  const connection = {
    host: layout.socket,
    port: 5432,
    user: databaseUser,
    database: "postgres",
  };
  const setup: Setup = {
    identity,
    layout,
    binaries: binaries.value,
    connection,
    clock,
    log,
    orphan,
  };
  return ok({
    source: binaries.value.source,
    major: binaries.value.major,
    connection,
    ...serverCommand(setup, [...settings, ...(options.settings ?? [])]),
    stopSignal: "SIGINT",
    prepare: () => prepare(setup),
    isReady: async () => (await askPostgres(connection)) === "ready",
    // Only a leftover if this fails, and the next start takes it over.
    cleanUp: () => rm(layout.runtime, { recursive: true, force: true }).catch(() => undefined),
  });
}

interface Setup {
  readonly identity: Identity;
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly connection: SocketConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly orphan: "adopt" | "stop";
}

/** Chooses the programs: those that made the data directory, else the newest. */
export function pickBinaries(
  found: readonly Binaries[],
  want: { readonly source: Binaries["source"] | undefined; readonly major: number | undefined },
): Result<Binaries, Unavailable> {
  const fitting = found.find(
    ({ source, major }) =>
      (want.source === undefined || source === want.source) &&
      (want.major === undefined || major === want.major),
  );
  if (fitting !== undefined) return ok(fitting);
  // npm brings one version; a data directory that another one made needs exactly that one.
  const [version, next] =
    want.major === undefined
      ? ["", "run npm install again, apt-get install postgresql"]
      : [
          ` ${want.major}, which made the data directory`,
          `apt-get install postgresql-${want.major}`,
        ];
  return err(unavailable(`found no PostgreSQL${version}; ${next}, or set DATABASE_URL`));
}

function serverCommand({ identity, layout, binaries }: Setup, all: readonly string[]) {
  const view = viewOf(identity, layout, binaries);
  const options = all.flatMap((setting) => ["-c", setting]);
  return commandFor(identity, layout, {
    binaries,
    cluster: layout.cluster,
    argv: [join(view.bin, "postgres"), "-D", view.cluster, "-k", layout.socket, ...options],
  });
}

async function prepare(setup: Setup): Promise<Result<Prepared, Unavailable>> {
  const { identity, layout, binaries, log } = setup;
  try {
    const owner = identity.kind === "self" ? undefined : identity;
    const runtime = await makeRuntime(layout, owner);
    if (!runtime.ok) return runtime;
    const adopted = await adoptOrStop(setup);
    if (adopted !== undefined) return ok({ kind: "adopted", pid: adopted });
    await makeView(identity, layout);
    const made = await makeCluster(identity, layout, binaries);
    return made.ok ? ok({ kind: "start" }) : made;
  } catch (error) {
    // Disk full, no permission: the operator's to mend.
    log.warn("storage.prepare_failed", { reason: String(error) });
    return err(unavailable(String(error)));
  }
}

/** Gives the pid of a postgres that was left behind and answers; one that does not is stopped. */
async function adoptOrStop({
  layout,
  connection,
  clock,
  log,
  orphan,
}: Setup): Promise<number | undefined> {
  const found = await findPostmaster(layout.cluster);
  if (found === undefined) {
    await outlastChildren(clock, layout.cluster);
    return undefined;
  }
  const { pid, socketDirectory } = found;
  if (orphan === "adopt" && socketDirectory === layout.socket) {
    const until = clock.now() + readyTimeoutMs;
    while (isAlive(pid) && clock.now() < until) {
      const answer = await askPostgres(connection);
      if (answer === "ready") {
        log.info("storage.postgres_adopted", { pid });
        return pid;
      }
      if (answer === "silent") break;
      await clock.sleep(50, unaborted); // it recovers, and says so
    }
  }
  log.warn("storage.postgres_stopped", { pid, reason: "left behind" });
  await stopPostmaster(clock, pid);
  await outlastChildren(clock, layout.cluster);
  return undefined;
}
