/** Whether this machine fences programs in at all; without that none runs, and their tests are skipped. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcessRuntime } from "./process-runtime.ts";
import { quietLog, realClock } from "./real.test-kit.ts";

/** Gives the reason to skip, for `test`'s option of that name. */
export async function whyNothingRuns(): Promise<string | false> {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-fenced-"));
  try {
    await using runtime = await createProcessRuntime({ dataDir, clock: realClock, log: quietLog });
    const isFenced = (await runtime.sandboxLevel()) > 0;
    return isFenced ? false : "no sandbox works here. Next: sudo apt-get install bubblewrap";
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
