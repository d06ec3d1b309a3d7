import { strict as assert } from "node:assert";
import { chmod, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256Hex } from "#std";
import { BlobDamaged, BlobTooLarge, openBlobStore } from "./blob-store.ts";
import { blobQuietMs, blobsBytesMax, blobSizeBytesMax } from "./limits.ts";

async function scratch() {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-blobs-"));
  const remove = () => rm(dir, { recursive: true, force: true });
  return { dir, blobs: await openBlobStore(dir), [Symbol.asyncDispose]: remove };
}

test("what is put is got by its digest, also when many put it at once", async () => {
  await using at = await scratch();
  for (const text of ["", "a", "b".repeat(100_000)]) {
    const bytes = new TextEncoder().encode(text);
    const puts = await Promise.all([1, 2, 3, 4].map(() => at.blobs.put(bytes)));
    const digest = `sha256:${sha256Hex(bytes)}`;
    for (const put of puts) assert.deepEqual(put, { digest, sizeBytes: bytes.length });
    assert.deepEqual(new Uint8Array((await at.blobs.get(digest)) ?? []), bytes);
  }
  const names = await readdir(at.dir, { recursive: true });
  assert.equal(names.filter((name) => name.endsWith(".draft")).length, 0);
});

// oxfmt-ignore
const absent: readonly string[] = [`sha256:${"0".repeat(64)}`, "sha256:..", "../../etc/passwd", "", "0".repeat(64)];
for (const digest of absent) {
  test(`there is no blob ${JSON.stringify(digest)}`, async () => {
    await using at = await scratch();
    assert.equal(await at.blobs.get(digest), undefined);
  });
}

test("a blob at the limit is stored, and one over it refused", async () => {
  await using at = await scratch();
  const bytes = new Uint8Array(blobSizeBytesMax + 1);
  await assert.rejects(at.blobs.put(bytes), BlobTooLarge);
  assert.deepEqual(await readdir(at.dir), []);
  const { sizeBytes } = await at.blobs.put(bytes.subarray(1));
  assert.equal(sizeBytes, blobSizeBytesMax);
});

test("a blob that was changed is not given out, and one that was cut short is written again", async () => {
  await using at = await scratch();
  const bytes = new TextEncoder().encode("evidence");
  const { digest } = await at.blobs.put(bytes);
  const hex = digest.slice("sha256:".length);
  const path = join(at.dir, hex.slice(0, 2), hex.slice(2));
  await chmod(path, 0o600);
  await writeFile(path, "Evidence");
  await assert.rejects(at.blobs.get(digest), BlobDamaged);
  await truncate(path, 3);
  await at.blobs.put(bytes);
  assert.deepEqual(new Uint8Array((await at.blobs.get(digest)) ?? []), bytes);
});

const now = 1_800_000_000_000;

/** Blobs as they lie on disk: what is in them, how long ago they were put, how large they are. */
type Lying = readonly [text: string, agoMs: number, sizeBytes: number];
const old = blobQuietMs + 9_000;
const half = blobsBytesMax / 2;

// oxfmt-ignore
const shelves: readonly (readonly [claim: string, lying: readonly Lying[], needed: readonly string[], kept: readonly string[]])[] = [
  ["what fits is kept", [["a", old, half], ["b", old, half]], [], ["a", "b"]],
  ["the oldest beyond the size go, no more than that", [["a", old, half], ["b", old + 2_000, 1], ["c", old + 1_000, half]], [], ["a", "c"]],
  ["what is needed stays, and the next goes", [["a", old, half], ["b", old + 2_000, half], ["c", old + 1_000, 1]], ["b"], ["a", "b"]],
  ["what was put lately stays", [["a", 0, half], ["b", blobQuietMs, half + 1]], [], ["a", "b"]],
];
for (const [claim, lying, needed, kept] of shelves) {
  test(`removing blobs: ${claim}`, async () => {
    await using at = await scratch();
    for (const [text, agoMs, sizeBytes] of lying) {
      const path = pathIn(at.dir, (await at.blobs.put(Buffer.from(text))).digest);
      await chmod(path, 0o600);
      await truncate(path, sizeBytes);
      await utimes(path, (now - agoMs) / 1_000, (now - agoMs) / 1_000);
    }
    const isNeeded = new Set(needed.map((text) => digestOfText(text)));
    const removed = await at.blobs.removeUnneeded(now, async (digest) => isNeeded.has(digest));
    assert.equal(removed.count, lying.length - kept.length);
    const names = await readdir(at.dir, { recursive: true });
    for (const [text] of lying) {
      const isThere = names.includes(pathIn("", digestOfText(text)));
      assert.equal(isThere, kept.includes(text), text);
    }
  });
}

test("removing blobs: one that is put again is young again", async () => {
  await using at = await scratch();
  const path = pathIn(at.dir, (await at.blobs.put(Buffer.from("a"))).digest);
  await utimes(path, 1, 1);
  await at.blobs.put(Buffer.from("a"));
  assert.ok((await stat(path)).mtimeMs > 1_000_000);
});

function digestOfText(text: string): string {
  return `sha256:${sha256Hex(text)}`;
}

function pathIn(dir: string, digest: string): string {
  const hex = digest.slice("sha256:".length);
  return join(dir, hex.slice(0, 2), hex.slice(2));
}
