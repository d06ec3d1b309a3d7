/**
 * The driver behind an import of its own: the supervisor comes through the same door, lives as long as
 * the machine and must stay small, so it does not load what it never uses (20 MB). Hence also the
 * `import type` here and in supervisor.ts: `import { type … }` would still load the file.
 */
import type { Runtime } from "#domain";
import type { ProcessRuntimeOptions } from "./process-runtime.ts";

/**
 * Opens the process driver: probes the sandbox once, adopts every instance that runs, and hears of those
 * that ended meanwhile. Disposing of it lets go; what runs goes on.
 */
export async function createProcessRuntime(
  options: ProcessRuntimeOptions,
): Promise<Runtime & AsyncDisposable> {
  const driver = await import("./process-runtime.ts");
  return driver.createProcessRuntime(options);
}
