/**
 * Where the tools are that builds and apps need, and what of the machine must be shown (read-only) for
 * them to work inside a sandbox. What is below /usr is there anyway.
 */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Toolchains {
  /** Directories in front of the system's own on PATH. */
  readonly path: readonly string[];
  /** Absolute paths outside /usr to show read-only. */
  readonly readOnly: readonly string[];
  /** Tools found, by name, as they are called inside. */
  readonly found: Readonly<Record<string, string>>;
}

export const systemPath = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];
const tools = ["npm", "pnpm", "yarn", "go", "uv", "poetry", "git"];

/** Looks for Node (this very one), Python, Go and the package managers on `pathText`. */
export async function findToolchains(pathText: string): Promise<Toolchains> {
  const path: string[] = [dirname(process.execPath)];
  const readOnly: string[] = [installRoot(process.execPath)];
  const found: Record<string, string> = { node: process.execPath };
  const python = await findPython(pathText);
  if (python !== undefined) {
    found["python3"] = join(python, "bin", "python3");
    path.push(join(python, "bin"));
    readOnly.push(python);
  }
  for (const tool of tools) {
    const file = which(tool, pathText);
    if (file === undefined) continue;
    const real = realpathSync(file);
    found[tool] = file;
    path.push(dirname(file));
    // A launcher in a private bin directory is shown alone, not with its neighbours.
    if (dirname(real).endsWith("/bin") && tool === "go") readOnly.push(dirname(dirname(real)));
    else readOnly.push(file, real);
  }
  return {
    path: [...new Set(path)].filter((directory) => !systemPath.includes(directory)),
    readOnly: withoutNested(readOnly.filter((directory) => !isSystem(directory))),
    found,
  };
}

/** Node's package managers live beside it in `lib/node_modules`; without them the binary's directory is enough. */
function installRoot(execPath: string): string {
  const root = dirname(dirname(execPath));
  return existsSync(join(root, "lib", "node_modules")) ? root : dirname(execPath);
}

/** A version manager's shim costs 50 ms a call and needs its own tree: ask it for the real Python. */
async function findPython(pathText: string): Promise<string | undefined> {
  const file = which("python3", pathText);
  if (file === undefined) return undefined;
  try {
    const { stdout } = await run(file, ["-c", "import sys; print(sys.base_prefix)"], {
      timeout: 5000,
    });
    const prefix = stdout.trim();
    return isAbsolute(prefix) && existsSync(join(prefix, "bin", "python3")) ? prefix : undefined;
  } catch {
    return undefined; // a broken Python is no Python; `doctor` shows it as missing
  }
}

/** The first executable of that name on a PATH. */
export function which(name: string, pathText: string): string | undefined {
  for (const directory of pathText.split(delimiter)) {
    const file = join(directory, name);
    if (!isAbsolute(file)) continue;
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here: look on
    }
  }
  return undefined;
}

function isSystem(path: string): boolean {
  return ["/usr", "/bin", "/sbin", "/lib"].some(
    (top) => path === top || path.startsWith(`${top}/`),
  );
}

/** Drops what lies below another path of the list. */
export function withoutNested(paths: readonly string[]): readonly string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => path.startsWith(`${other}/`)));
}
