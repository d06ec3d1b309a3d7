/**
 * Builds the console into `dist/faces/console` unless that is what its sources give already. Looking takes
 * milliseconds, so that `tidegate up` from a clone can look each time; building takes seconds. The new
 * files take the old ones' place in one move: whoever starts meanwhile reads one build or the other.
 *
 *   node tools/build-console.ts
 */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { buildFolder, removeLeftovers } from "./console-leftovers.ts";

const root = join(import.meta.dirname, "..");
const faces = join(root, "dist", "faces");
const target = join(faces, "console");
const stampName = ".built-from";
/** What the files depend on: the console, the two rooms whose values it uses, the packages, and how it is built. */
const sources = [
  "src/faces/console/**/*",
  "src/std/**/*.ts",
  "src/domain/**/*.ts",
  "tools/build-console.ts",
];

await main();

async function main(): Promise<void> {
  await removeLeftovers(faces, isRunning);
  const digest = digestOfSources();
  const built = await readFile(join(target, stampName), "utf8").catch(() => "");
  if (built === digest) return;
  const startedAt = performance.now();
  const directory = buildFolder(faces, process.pid);
  try {
    await build(directory);
    await compress(directory);
    await writeFile(join(directory, stampName), digest);
    await replace(directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    console.error(`set-up: the console was not built: ${String(error)}`);
    process.exitCode = 1;
    return;
  }
  const elapsedS = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.error(`set-up: built the console in ${elapsedS} s`);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function digestOfSources(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const files = globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex");
}

async function build(directory: string): Promise<void> {
  // Only loaded when there is something to build.
  const vite = await import("vite");
  await vite.build({
    configFile: join(root, "src", "faces", "console", "vite.config.ts"),
    logLevel: "warn",
    build: { outDir: directory },
  });
}

/** Beside each file its compressed forms, so that the server compresses nothing. */
async function compress(directory: string): Promise<void> {
  const inside = ["assets", "pages"].map(async (folder) =>
    (await readdir(join(directory, folder))).map((name) => join(folder, name)),
  );
  const work = ["index.html", ...(await Promise.all(inside)).flat()].map(async (name) => {
    const path = join(directory, name);
    const whole = await readFile(path);
    await writeFile(`${path}.br`, await promisify(brotliCompress)(whole));
    await writeFile(`${path}.gz`, await promisify(gzip)(whole, { level: 9 }));
  });
  await Promise.all(work);
}

async function replace(directory: string): Promise<void> {
  const old = `${directory}-old`;
  await mkdir(faces, { recursive: true });
  await rename(target, old).catch(() => undefined);
  await rename(directory, target);
  await rm(old, { recursive: true, force: true });
}
