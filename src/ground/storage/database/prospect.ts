/** What a start would find: the database of DATABASE_URL, or programs for an embedded one. Changes nothing. */
import { join } from "node:path";
import type { Clock, Finding } from "#domain";
import { databaseFinding } from "../findings.ts";
import { findingTimeoutMs } from "../limits.ts";
import { findBinaries } from "./binaries.ts";
import { clusterMajor } from "./cluster.ts";
import { pickBinaries } from "./postgres-process.ts";

export interface ProspectOptions {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly clock: Clock;
}

/** Says which database Tidegate would have if it were started now. */
export async function prospectDatabase(options: ProspectOptions): Promise<Finding> {
  const { dataDir, databaseUrl, clock } = options;
  if (databaseUrl !== undefined && databaseUrl !== "") {
    const ask = async (statement: string) => await askOnce(databaseUrl, statement);
    return await databaseFinding({ connection: databaseUrl, origin: "url", ask, clock });
  }
  const name = "postgresql";
  const major = await clusterMajor(join(dataDir, "postgres", "data"));
  const picked = pickBinaries(await findBinaries(), { source: undefined, major });
  if (!picked.ok) {
    return { name, state: "bad", found: "none to start", next: picked.error.reason };
  }
  const programs = picked.value.source === "system" ? "the system's programs" : "programs from npm";
  const found = `${picked.value.major}, embedded (${programs}), starts with Tidegate`;
  return { name, state: "good", found };
}

async function askOnce(connectionString: string, statement: string): Promise<readonly object[]> {
  const { Client } = await import("pg");
  const limits = { connectionTimeoutMillis: findingTimeoutMs, query_timeout: findingTimeoutMs };
  const client = new Client({ connectionString, ...limits });
  client.on("error", () => undefined); // the query under way rejects with the same
  try {
    await client.connect();
    return (await client.query<object>(statement)).rows;
  } finally {
    await client.end().catch(() => undefined); // it was never there, or is gone
  }
}
