/**
 * Removes what was built before, so that a package holds nothing of sources that are gone.
 *
 *   node tools/clean-dist.ts
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";

await rm(join(import.meta.dirname, "..", "dist"), { recursive: true, force: true });
