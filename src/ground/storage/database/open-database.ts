/** Opens the database there is: the one of `DATABASE_URL`, else an embedded one, started or adopted. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Unavailable } from "#domain";
import { err, ok, type Result } from "#std";
import type { DatabaseConnection } from "../connection.ts";
import { readyTimeoutMs } from "../limits.ts";
import { isAlive, stopPostmaster, unaborted } from "./orphan.ts";
import { postgresProcess, type PostgresOptions, type PostgresProcess } from "./postgres-process.ts";
import { unavailable } from "./unavailable.ts";

export interface OpenOptions extends PostgresOptions {
  readonly databaseUrl?: string;
}

/** Closing it stops a database that this call started or adopted. */
export interface Database extends AsyncDisposable {
  readonly source: "url" | "system" | "embedded";
  readonly connection: DatabaseConnection;
  /** Of the embedded server. */
  readonly pid?: number;
}

/** For who has no supervisor: a supervisor takes `postgresProcess` and restarts it as well. */
export async function openDatabase(options: OpenOptions): Promise<Result<Database, Unavailable>> {
  if (options.databaseUrl !== undefined) {
    const nothing = { [Symbol.asyncDispose]: async () => undefined };
    return ok({ source: "url", connection: options.databaseUrl, ...nothing });
  }
  const made = await postgresProcess(options);
  if (!made.ok) return made;
  const postgres = made.value;
  const prepared = await postgres.prepare();
  if (!prepared.ok) return prepared;
  const pid = prepared.value.kind === "adopted" ? prepared.value.pid : start(postgres, options);
  const close = async () => {
    await stopPostmaster(options.clock, pid);
    await postgres.cleanUp();
  };
  const until = options.clock.now() + readyTimeoutMs;
  while (!(await postgres.isReady())) {
    if (!isAlive(pid) || options.clock.now() > until) {
      await close();
      return err(unavailable("postgres ended before it answered; its last words are in the log"));
    }
    await options.clock.sleep(20, unaborted);
  }
  const { source, connection } = postgres;
  return ok({ source, connection, pid, [Symbol.asyncDispose]: close });
}

function start(postgres: PostgresProcess, { log }: OpenOptions): number {
  const [program, ...args] = postgres.argv;
  const { uid, gid } = postgres;
  const child = spawn(program, args, {
    cwd: "/",
    env: { ...postgres.env },
    stdio: ["ignore", "ignore", "pipe"],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  createInterface({ input: child.stderr }).on("line", (text) =>
    log.debug("postgres.line", { text }),
  );
  void once(child, "exit").then(
    ([code, signal]) => log.info("postgres.exited", { code, signal }),
    (error: unknown) => log.error("postgres.not_started", { reason: String(error) }),
  );
  return child.pid ?? -1;
}
