/** Finds out which programs builds can use on this machine, and what versions they are. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Toolchain } from "../toolchain.ts";

const run = promisify(execFile);
const versionTimeoutMs = 10_000;

// Group 1 is the version. Node is the one that runs us: it is there, and new enough.
const programs = [
  ["npm", ["npm", "--version"], /^(\d\S*)/m],
  ["python", ["python3", "--version"], /^Python (\S+)/],
  ["uv", ["uv", "--version"], /^uv (\S+)/],
  ["go", ["go", "version"], /^go version go(\S+)/],
] as const;

/** Asks each program for its version; one that is absent or cannot tell is left out. */
export async function findToolchain(): Promise<Toolchain> {
  const found = await Promise.all(
    programs.map(async ([name, [file, ...argv], pattern]) => {
      try {
        // Not in the current directory: a version manager's shim would obey a file it finds there.
        const { stdout } = await run(file, argv, { cwd: "/", timeout: versionTimeoutMs });
        return [[name, pattern.exec(stdout)?.[1]] as const];
      } catch {
        return []; // absent: a plan that needs it says so
      }
    }),
  );
  const others = Object.fromEntries(found.flat().filter(([, version]) => version !== undefined));
  return { node: process.versions.node, ...others };
}
