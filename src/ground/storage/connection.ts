/** How a database is reached: by URL, or by the private socket of the embedded one. */
import { types, type ClientConfig } from "pg";
import { connectTimeoutMs } from "./limits.ts";

/** Plain data, so that a supervisor can hand it to the processes it starts. */
export type DatabaseConnection =
  | string
  | {
      /** Directory of the unix socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
    };

/** What `pg` needs to know. Numbers of 64 bits come as numbers: all of ours stay below 2^53. */
export function clientConfig(connection: DatabaseConnection): ClientConfig {
  const target =
    typeof connection === "string" ? { connectionString: connection } : { ...connection };
  return {
    ...target,
    application_name: "tidegate",
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    types: {
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format ?? "text"),
    },
  };
}

/** The same as a URL, for a process that is told through its environment (`DATABASE_URL`). */
export function connectionUrl(connection: DatabaseConnection): string {
  if (typeof connection === "string") return connection;
  const { host, port, user, database } = connection;
  const name = encodeURIComponent(database);
  return `postgresql://${encodeURIComponent(user)}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
}
