/** The text of a file that is small if it is what it should be: a scenario, a manifest. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { inputFailed, unreadable } from "./input-failed.ts";
import { smallFileBytesMax } from "./limits.ts";
import type { Terminal } from "./terminal.ts";

export async function smallFile({ cwd }: Terminal, file: string): Promise<string> {
  const target = path.resolve(cwd, file);
  try {
    const { size } = await stat(target);
    // What is longer is refused by size alone: its reader would only say the same after reading it.
    if (size <= smallFileBytesMax) return await readFile(target, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
  const expected = `at most ${smallFileBytesMax} bytes`;
  throw inputFailed({ code: "invalid_input", field: "its size", found: "more", expected }, file);
}
