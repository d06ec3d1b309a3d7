import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { removeOldLogs } from "./old-logs.ts";

const now = 1_800_000_000_000;
const day = 86_400_000;
const gibibyte = 1024 ** 3;

test("old logs: those of 90 days ago go, and the oldest beyond 2 GiB that are not being written", async (context) => {
  const place = await mkdtemp(join(tmpdir(), "tidegate-logs-"));
  context.after(async () => await rm(place, { recursive: true, force: true }));
  const rows = [
    ["chg_writing", 1 * gibibyte, 0],
    ["chg_recent", 1.5 * gibibyte, 0.5 * day],
    ["chg_beyond", 1, 2 * day],
    ["chg_old", 1, 91 * day],
  ] as const;
  for (const [name, sizeBytes, ageMs] of rows) {
    const file = join(place, name, "build.log");
    await mkdir(join(place, name));
    await writeFile(file, "");
    await truncate(file, sizeBytes);
    for (const path of [file, join(place, name)]) {
      await utimes(path, (now - ageMs) / 1000, (now - ageMs) / 1000);
    }
  }
  assert.deepEqual(await removeOldLogs(place, now), { count: 2 });
  assert.deepEqual((await readdir(place)).toSorted(), ["chg_recent", "chg_writing"]);
  assert.deepEqual(await removeOldLogs(join(place, "absent"), now), { count: 0 });
});
