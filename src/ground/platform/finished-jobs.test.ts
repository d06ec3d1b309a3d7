import assert from "node:assert/strict";
import {
  mkdir,
  mkdtemp,
  readdir,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Bounds, pruneFinished } from "./finished-jobs.ts";
import { jobQuietMs } from "./limits.ts";

const now = 1_800_000_000_000;
const mebibyte = 1024 ** 2;
const bounds: Bounds = { endFile: "ended", countMax: 4, bytesMax: 10 * mebibyte };
const long = jobQuietMs + 1_000;

/** A job: how long ago it ended, the size of its log, and further files in its directory. */
interface Job {
  readonly agoMs?: number;
  readonly bytes?: number;
  readonly files?: readonly string[];
}

// oxfmt-ignore
const cases: readonly (readonly [claim: string, jobs: Readonly<Record<string, Job>>, more: Partial<Bounds>, kept: readonly string[]])[] = [
  ["what fits is kept", { a: { agoMs: long, bytes: 5 * mebibyte }, b: { agoMs: long + 1_000, bytes: 5 * mebibyte } }, {}, ["a", "b"]],
  ["the oldest beyond the size go", { a: { agoMs: long, bytes: 5 * mebibyte }, b: { agoMs: long + 1_000, bytes: 5 * mebibyte + 1 } }, {}, ["a"]],
  ["not what ended lately", { a: { agoMs: 0, bytes: 11 * mebibyte }, b: { agoMs: jobQuietMs, bytes: 1 } }, {}, ["a", "b"]],
  ["the oldest beyond the count go", { a: { agoMs: 1_000 }, b: { agoMs: 2_000 }, c: { agoMs: 3_000 } }, { countMax: 2 }, ["a", "b"]],
  ["what runs stays, however large", { a: { bytes: 99 * mebibyte }, b: { agoMs: long } }, { countMax: 1 }, ["a", "b"]],
  ["an end that nobody was told of stays", { a: { agoMs: long, bytes: 11 * mebibyte }, b: { agoMs: long, bytes: 11 * mebibyte, files: ["told"] } }, { toldFiles: ["asked", "told"] }, ["a"]],
];
for (const [claim, jobs, more, kept] of cases) {
  test(`finished jobs: ${claim}`, async (context) => {
    const top = await mkdtemp(join(tmpdir(), "tidegate-jobs-"));
    context.after(async () => await rm(top, { recursive: true, force: true }));
    for (const [name, job] of Object.entries(jobs)) await lay(join(top, name), job);
    const { count, odd } = pruneFinished(top, now, { ...bounds, ...more });
    assert.deepEqual(odd, []);
    assert.deepEqual((await readdir(top)).toSorted(), kept);
    assert.equal(count, Object.keys(jobs).length - kept.length);
  });
}

test("finished jobs: what is odd stays and is named, and the others go", async (context) => {
  const top = await mkdtemp(join(tmpdir(), "tidegate-jobs-"));
  context.after(async () => await rm(top, { recursive: true, force: true }));
  await writeFile(join(top, "file"), "");
  await symlink("itself", join(top, "itself"));
  await lay(join(top, "loop"), { agoMs: long });
  await symlink("self", join(top, "loop", "self"));
  await lay(join(top, "old"), { agoMs: long });
  await lay(join(top, "older"), { agoMs: long + 1_000 });
  const pruned = pruneFinished(top, now, { ...bounds, countMax: 0 });
  assert.deepEqual(pruned, { count: 2, odd: ["itself: ELOOP", "loop: ELOOP"] });
  assert.deepEqual((await readdir(top)).toSorted(), ["file", "itself", "loop"]);
});

test("finished jobs: a directory that is not there is odd, and no fault", () => {
  const pruned = pruneFinished(join(tmpdir(), "tidegate-jobs-none"), now, bounds);
  assert.deepEqual(pruned, { count: 0, odd: [".: ENOENT"] });
});

async function lay(directory: string, { agoMs, bytes = 0, files = [] }: Job): Promise<void> {
  await mkdir(directory);
  for (const name of files) await writeFile(join(directory, name), "");
  await writeFile(join(directory, "log"), "");
  await truncate(join(directory, "log"), bytes);
  if (agoMs === undefined) return;
  const end = join(directory, "ended");
  await writeFile(end, "");
  await utimes(end, (now - agoMs) / 1_000, (now - agoMs) / 1_000);
}
