/** What the edges and the server share on disk: the last-good table, the cookie key, the sockets. */
import { randomBytes } from "node:crypto";
import { chmod, link, lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sha256Hex, assert } from "#std";
import type { RouteTable } from "#domain";
import { limits } from "./limits.ts";

const secretBytes = 32;
/** A socket is bound as `edge-0.sock.1234567` before it gets its name. */
const pidChars = 11;

/** Gives where an edge listens for the control plane; somewhere short if the data directory is not. */
export function controlSocketPath(dataDir: string, name: string): string {
  const path = join(dataDir, "run", `${name}.sock`);
  if (Buffer.byteLength(path) <= limits.socketPathBytesMax - pidChars) return path;
  const short = join(tmpdir(), `tidegate-${sha256Hex(dataDir).slice(0, 16)}`, `${name}.sock`);
  assert(
    Buffer.byteLength(short) <= limits.socketPathBytesMax - pidChars,
    `no short path for ${name}.sock`,
  );
  return short;
}

/** Gives where the server listens for what edges hand over, in a directory that is ours alone. */
export async function serverSocketPath(dataDir: string): Promise<string> {
  const path = controlSocketPath(dataDir, "server");
  await makePrivateDirectory(dirname(path));
  return path;
}

/** Makes a directory that is ours alone; refuses one that somebody else put there. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  assert(found.isDirectory(), `${path} is not a directory`);
  assert(found.uid === process.geteuid?.(), `${path} belongs to another user`);
  await chmod(path, 0o700);
}

/** Replaces a file so that a reader, and a machine that loses power, sees the old or the new one. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    await writeSynced(temporary, text);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  await syncDirectory(directory);
}

export function tablePath(dataDir: string): string {
  return join(dataDir, "edge", "routes.json");
}

/** Gives the last-good table; `undefined` when there is none, or when it cannot be read as one. */
export async function loadTable(dataDir: string): Promise<RouteTable | undefined> {
  try {
    return parseTable(JSON.parse(await readFile(tablePath(dataDir), "utf8")));
  } catch {
    return undefined; // missing or damaged: the control plane sends it again
  }
}

/** Trusts the form inside: only the control plane, under the same user, can write here. */
export function parseTable(input: unknown): RouteTable | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  if (!("version" in input) || !Number.isSafeInteger(input.version)) return undefined;
  if (!("apps" in input) || !Array.isArray(input.apps)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the driver, see above
  return input as RouteTable;
}

/** The key that signs user cookies; made by whichever edge comes first, the same for all. */
export async function loadCookieSecret(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, "edge", "cookie.key");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  await writeSynced(temporary, randomBytes(secretBytes).toString("hex"));
  try {
    await link(temporary, path); // fails if it exists: the first one wins, whole
  } catch (cause) {
    if (!isCode(cause, "EEXIST")) throw cause;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path)); // a new key would give every user a new place
  await chmod(path, 0o600);
  const secret = Buffer.from((await readFile(path, "utf8")).trim(), "hex");
  assert(secret.length === secretBytes, `${path} must hold ${secretBytes} bytes in hex`);
  return secret;
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
