import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Log } from "#domain";
import type { LiveInstance } from "./instance.ts";
import { logMarkMs, pruneEveryMs } from "./limits.ts";
import { realClock } from "./real.test-kit.ts";
import { prune, tender, type Tended } from "./tending.ts";

async function open(context: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-tending-"));
  context.after(async () => await rm(dataDir, { recursive: true, force: true }));
  const logged: string[] = [];
  const note = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const said = [fields["instance"], fields["first"]].filter((one) => typeof one === "string");
    logged.push([event, ...said].join(" "));
  };
  const log: Log = { error: note, warn: note, info: note, debug: note };
  return { place: { dataDir, clock: realClock, log }, logged };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is read of it before memory is
const instanceAt = (id: string) => ({ directory: `/nowhere/${id}`, state: { id } }) as LiveInstance;

test("tending: an odd directory ends nothing, and is said each time", async (context) => {
  const { place, logged } = await open(context);
  await mkdir(join(place.dataDir, "steps"));
  await symlink("stray", join(place.dataDir, "steps", "stray"));
  const tend = tender(place, { live: new Map(), marker: { mark: nothing, rotate: nothing } });
  for (let round = 0; round < 2 * (pruneEveryMs / logMarkMs); round += 1) await tend();
  const said = "platform.not_pruned stray: ELOOP";
  assert.deepEqual(logged, [said, said]);
  assert.deepEqual(await readdir(join(place.dataDir, "steps")), ["stray"]);
});

test("tending: a data directory that cannot be used ends nothing", async (context) => {
  const { place, logged } = await open(context);
  await writeFile(join(place.dataDir, "steps"), "");
  prune(place);
  assert.deepEqual(logged, ["platform.pruning_failed"]);
});

test("tending: an instance that fails is said once, until it works again, and the others are tended", async (context) => {
  const { place, logged } = await open(context);
  const marked: string[] = [];
  const broken = { is: true };
  const marker: Tended["marker"] = {
    mark: async (file) => {
      if (file.includes("/one/") && broken.is) throw new Error("disk is full");
      marked.push(file.includes("/one/") ? "one" : "two");
    },
    rotate: nothing,
  };
  const live = new Map(["one", "two"].map((id) => [id, instanceAt(id)]));
  const tend = tender(place, { live, marker });
  // Three rounds: memory is looked at in the fourth.
  await tend();
  await tend();
  assert.deepEqual([logged, marked], [["platform.tending_failed one"], ["two", "two"]]);
  broken.is = false;
  await tend();
  assert.deepEqual(marked, ["two", "two", "one", "two"]);
});

async function nothing(): Promise<void> {
  await Promise.resolve();
}
