/**
 * Whether a PostgreSQL lets connections in, asked as `pg_isready` asks: the first message of a connection,
 * and what its answer begins with. Without the driver, because the supervisor asks too and must stay small.
 */
import { connect } from "node:net";
import { join } from "node:path";
import type { DatabaseConnection } from "../connection.ts";
import { askTimeoutMs } from "../limits.ts";

export type SocketConnection = Exclude<DatabaseConnection, string>;

const protocolVersion = 196_608; // 3.0
const cannotConnectNow = "C57P03";

/** `starting` also while it recovers or stops; `silent` when nobody answers in time. */
export function askPostgres(
  connection: SocketConnection,
): Promise<"ready" | "starting" | "silent"> {
  const { promise, resolve } = Promise.withResolvers<"ready" | "starting" | "silent">();
  const socket = connect(join(connection.host, `.s.PGSQL.${connection.port}`));
  socket.setTimeout(askTimeoutMs, () => resolve("silent"));
  socket.once("error", () => resolve("silent")).once("close", () => resolve("silent"));
  socket.once("connect", () => socket.write(startupMessage(connection)));
  socket.once("data", (answer) => {
    const isStarting = answer.toString("latin1").split("\0").includes(cannotConnectNow);
    resolve(isStarting ? "starting" : "ready");
  });
  return promise.finally(() => socket.destroy());
}

function startupMessage({ user, database }: SocketConnection): Buffer {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + parameters.length, 0);
  head.writeInt32BE(protocolVersion, 4);
  return Buffer.concat([head, parameters]);
}
