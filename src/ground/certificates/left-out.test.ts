import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { leftOutNames } from "./left-out.ts";
import { limits } from "./limits.ts";

const directory = await mkdtemp(path.join(tmpdir(), "tidegate-left-out-"));
after(async () => await rm(directory, { recursive: true }));
const names = ["shop.test", "blog.test"];

test("left out: for six hours, over a restart, and then asked for again", async () => {
  let now = 1_000;
  const file = path.join(directory, "names.json");
  const clock = { now: () => now };
  const first = leftOutNames(file, clock);
  assert.deepEqual(await first.without(names), names);
  await first.add([{ name: "shop.test", reason: "no answer" }]);
  const restarted = leftOutNames(file, clock);
  assert.deepEqual(await restarted.without(names), ["blog.test"]);
  const againAt = now + limits.acmeLeftOutMs;
  assert.deepEqual(restarted.told(), [{ name: "shop.test", reason: "no answer", againAt }]);
  now = againAt;
  assert.deepEqual(await restarted.without(names), names);
  assert.deepEqual(restarted.told(), []);
});

test("left out: a file that is not as we write it leaves out nothing", async () => {
  for (const text of ["", "{", "{}", '[1, null, {"name":"shop.test"}]']) {
    const file = path.join(directory, "spoilt.json");
    await writeFile(file, text);
    assert.deepEqual(await leftOutNames(file, { now: () => 0 }).without(names), names, text);
  }
});
