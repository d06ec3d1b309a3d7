/** A connection in the words of `pg`. Apart from `connection.ts`, which the small supervisor loads. */
import { types, type ClientConfig } from "pg";
import type { DatabaseConnection } from "./connection.ts";
import { connectTimeoutMs } from "./limits.ts";

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
