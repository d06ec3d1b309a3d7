/** This program in another role, from source or from the build, whichever runs now. */
import { fileURLToPath } from "node:url";

export function ownProgram(role: string, args: readonly string[]): readonly [string, ...string[]] {
  const isSource = import.meta.url.endsWith(".ts");
  const main = new URL(isSource ? "../../main.ts" : "../../main.js", import.meta.url);
  const conditions = isSource ? ["--conditions=source"] : [];
  return [process.execPath, ...conditions, fileURLToPath(main), role, ...args];
}
