/**
 * Bytes by their digest, one file each: `<dir>/<2 hex>/<62 hex>`.
 *
 * A blob is written beside its place, flushed, renamed, and its directory flushed: it is there whole or
 * not at all, also after a power cut.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf, type BlobStore, type Digest, type LimitReached } from "#domain";
import { blobQuietMs, blobsBytesMax, blobSizeBytesMax } from "./limits.ts";

/** A blob over `blobSizeBytesMax` was offered; nothing was stored. */
export class BlobTooLarge extends Error implements LimitReached {
  override readonly name = "BlobTooLarge";
  readonly code = "limit_reached";
  readonly limit = "blobSizeBytesMax";
  readonly allowed = blobSizeBytesMax;
  readonly unit = "bytes";
  readonly found: number;
  constructor(sizeBytes: number) {
    super(`a blob has ${sizeBytes} bytes; expected at most ${blobSizeBytesMax}`);
    this.found = sizeBytes;
  }
}

/** What is stored under a digest no longer has it: the disk or somebody changed it. */
export class BlobDamaged extends Error {
  override readonly name = "BlobDamaged";
  readonly digest: string;
  constructor(digest: string) {
    super(`the blob ${digest} does not have its digest any more; restore it from a backup`);
    this.digest = digest;
  }
}

/** Opens (and makes) a store below `dir`, an absolute path. */
export async function openBlobStore(dir: string): Promise<BlobStore> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    async put(bytes) {
      const sizeBytes = bytes.byteLength;
      if (sizeBytes > blobSizeBytesMax) throw new BlobTooLarge(sizeBytes);
      const hex = createHash("sha256").update(bytes).digest("hex");
      const path = pathOf(dir, hex);
      if (await isStored(path, sizeBytes)) await touch(path);
      else await write(dir, path, bytes);
      return { digest: digestOf(hex), sizeBytes };
    },
    async get(digest) {
      const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
      if (hex === undefined) return undefined;
      const bytes = await readIfThere(pathOf(dir, hex));
      if (bytes === undefined) return undefined;
      if (createHash("sha256").update(bytes).digest("hex") !== hex) throw new BlobDamaged(digest);
      return bytes;
    },
    removeUnneeded: async (now, isNeeded) => await removeUnneeded(dir, now, isNeeded),
  };
}

interface KeptBlob {
  readonly digest: Digest;
  readonly path: string;
  readonly sizeBytes: number;
  readonly putAt: number;
}

/** One that is put again while we look is young again: it is asked for its age just before it goes. */
async function removeUnneeded(
  dir: string,
  now: number,
  isNeeded: (digest: Digest) => Promise<boolean>,
): Promise<{ readonly count: number }> {
  const oldestFirst = (await blobsIn(dir)).toSorted((a, b) => a.putAt - b.putAt);
  let allBytes = oldestFirst.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let count = 0;
  for (const { digest, path, sizeBytes, putAt } of oldestFirst) {
    if (allBytes <= blobsBytesMax || now - putAt <= blobQuietMs) break;
    if (await isNeeded(digest)) continue;
    const found = await stat(path).catch(ifAbsent);
    if (found === undefined || now - found.mtimeMs <= blobQuietMs) continue;
    await rm(path, { force: true });
    allBytes -= sizeBytes;
    count += 1;
  }
  return { count };
}

async function blobsIn(dir: string): Promise<readonly KeptBlob[]> {
  const blobs: KeptBlob[] = [];
  for (const shelf of await readdir(dir)) {
    for (const name of await readdir(join(dir, shelf))) {
      const hex = `${shelf}${name}`;
      const path = join(dir, shelf, name);
      const found = /^[0-9a-f]{64}$/.test(hex) ? await stat(path).catch(ifAbsent) : undefined;
      if (found === undefined) continue;
      blobs.push({ digest: digestOf(hex), path, sizeBytes: found.size, putAt: found.mtimeMs });
    }
  }
  return blobs;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

function pathOf(dir: string, hex: string): string {
  return join(dir, hex.slice(0, 2), hex.slice(2));
}

async function isStored(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(ifAbsent);
  return found?.size === sizeBytes;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(ifAbsent);
}

function ifAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

async function write(dir: string, path: string, bytes: Uint8Array): Promise<void> {
  const shelf = dirname(path);
  await mkdir(shelf, { recursive: true, mode: 0o700 });
  const draft = join(shelf, `.${randomUUID()}.draft`);
  try {
    const file = await open(draft, "wx", 0o400);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(shelf);
  await syncDirectory(dir);
}

/** A rename is durable only once its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
