/** What `doctor` sees while nothing runs: how apps would be fenced in here, and which database there would be. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Finding, Log } from "#domain";
import { createProcessRuntime } from "#ground/platform";
import { prospectDatabase } from "#ground/storage";

export interface ProspectOptions {
  /** Only read: looking must not make one, nor touch what an instance left there. */
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** Climbs the sandbox ladder in a directory of its own, and looks for a database. */
export async function prospectFindings(options: ProspectOptions): Promise<readonly Finding[]> {
  const { dataDir, log, clock } = options;
  const place = await mkdtemp(join(tmpdir(), "tidegate-doctor-"));
  try {
    await using runtime = await createProcessRuntime({ dataDir: place, clock, log });
    const databaseUrl = process.env["DATABASE_URL"];
    const found = await runtime.findings();
    // The disk it saw is that of the temporary directory.
    const machine = found.filter(({ name }) => name !== "disk");
    return [...machine, await prospectDatabase({ dataDir, databaseUrl, clock })];
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
