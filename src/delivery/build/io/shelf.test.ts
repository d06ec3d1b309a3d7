import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { digestOf, parseAppName } from "#domain";
import { openShelf, touch } from "./shelf.ts";

const now = 1_800_000_000_000;
const hour = 3_600_000;
const day = 24 * hour;
const gibibyte = 1024 ** 3;
const shop = app("shop");
const till = app("till");

function app(name: string) {
  const parsed = parseAppName(name);
  assert(parsed.ok);
  return parsed.value;
}

async function open(context: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-shelf-"));
  context.after(async () => await rm(dataDir, { recursive: true, force: true }));
  /** A directory with a file, and its record of this age. */
  const put = async (path: string, record: object, ageMs: number): Promise<void> => {
    const directory = join(dataDir, path);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "file"), "text");
    await writeFile(`${directory}.json`, JSON.stringify(record));
    for (const each of [directory, `${directory}.json`]) {
      await utimes(each, (now - ageMs) / 1000, (now - ageMs) / 1000);
    }
  };
  const names = async (path: string): Promise<readonly string[]> =>
    (await readdir(join(dataDir, path)).catch((): string[] => [])).toSorted((a, b) =>
      a < b ? -1 : 1,
    );
  return { dataDir, put, names, shelf: openShelf({ dataDir }) };
}

const nobody = async (): Promise<boolean> => await Promise.resolve(false);

const [needed, spare, fresh, others] = ["a", "b", "c", "d"].map((hex) => hex.repeat(64));

test("shelf: an artifact goes when nobody needs it, it is an app's own, and no build used it lately", async (context) => {
  const { put, names, shelf } = await open(context);
  await put(`artifacts/${needed}`, { app: "shop" }, 2 * day);
  await put(`artifacts/${spare}`, { app: "shop" }, 2 * day);
  await put(`artifacts/${fresh}`, { app: "shop" }, 2 * hour);
  await put(`artifacts/${others}`, { app: "till" }, 2 * day);
  const isNeeded = async (digest: string) => digest === `sha256:${needed}`;
  assert.deepEqual(await shelf.removeArtifacts(shop, now, isNeeded), { count: 1 });
  assert.deepEqual(
    (await names("artifacts")).filter((name) => !name.endsWith(".json")),
    [needed, fresh, others],
  );
  assert.equal(await shelf.holds(digestOf(spare ?? "")), false);
  assert.equal(await shelf.holds(digestOf(needed ?? "")), true);
  assert.deepEqual(await names("tmp"), []);
  assert.deepEqual(
    await shelf.removeArtifacts(shop, now, isNeeded),
    { count: 0 },
    "again: nothing",
  );
});

test("shelf: an artifact that becomes needed while it is set aside is put back", async (context) => {
  const { dataDir, put, names, shelf } = await open(context);
  await put(`artifacts/${spare}`, { app: "shop" }, 2 * day);
  const directory = join(dataDir, "artifacts", spare ?? "");
  let asked = 0;
  const late = async (): Promise<boolean> => {
    asked += 1;
    return await Promise.resolve(asked > 1);
  };
  assert.deepEqual(await shelf.removeArtifacts(shop, now, late), { count: 0 });
  assert.deepEqual(await names(`artifacts/${spare}`), ["file"]);
  // A build that found it first: it has touched the record before we look.
  const build = async (): Promise<boolean> => {
    assert.equal(await touch(directory, now), true);
    return false;
  };
  assert.deepEqual(await shelf.removeArtifacts(shop, now, build), { count: 0 });
  assert.deepEqual(await names(`artifacts/${spare}`), ["file"]);
});

test("shelf: what is gone cannot be taken into use, and a record left by a death goes", async (context) => {
  const { dataDir, put, names, shelf } = await open(context);
  await put(`artifacts/${spare}`, { app: "shop" }, 2 * day);
  await rm(join(dataDir, "artifacts", spare ?? ""), { recursive: true });
  assert.deepEqual(await shelf.removeArtifacts(shop, now, nobody), { count: 1 });
  assert.deepEqual(await names("artifacts"), []);
  assert.equal(await touch(join(dataDir, "artifacts", spare ?? ""), now), false);
});

test("shelf: steps go when unused for two weeks, and the longest unused beyond a size", async (context) => {
  const { put, names, shelf } = await open(context);
  const rows = [
    ["aa", 6 * gibibyte, 0],
    ["bb", 3 * gibibyte, 2 * hour],
    ["cc", 3 * gibibyte, 3 * hour],
    ["dd", 1, 15 * day],
  ] as const;
  for (const [name, sizeBytes, ageMs] of rows) {
    await put(`cache/steps/shop/${name}`, { sizeBytes }, ageMs);
  }
  await put("cache/steps/till/ee", { sizeBytes: 1 }, 15 * day);
  assert.deepEqual(await shelf.removeUnusedSteps(shop, now), { count: 2 });
  assert.deepEqual(await names("cache/steps/shop"), ["aa", "aa.json", "bb", "bb.json"]);
  assert.deepEqual(await names("cache/steps/till"), ["ee", "ee.json"]);
});

test("shelf: what package managers fetched goes when it has outgrown its size", async (context) => {
  const { dataDir, names, shelf } = await open(context);
  const file = join(dataDir, "cache/apps/shop/npm/blob");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "");
  assert.deepEqual(await shelf.removeOutgrownCache(shop), { count: 0 });
  await truncate(file, 11 * gibibyte);
  assert.deepEqual(await shelf.removeOutgrownCache(shop), { count: 1 });
  assert.deepEqual(await names("cache/apps"), []);
  assert.deepEqual(await shelf.removeOutgrownCache(shop), { count: 0 });
});

test("shelf: leftovers of a day ago go, of every app, and what is under way stays", async (context) => {
  const { put, names, shelf } = await open(context);
  for (const place of ["work/shop", "work/till", "scratch", "tmp"]) {
    await put(`${place}/old`, {}, 2 * day);
    await put(`${place}/new`, {}, hour);
  }
  await shelf.removeLeftovers(now);
  for (const place of ["work/shop", "work/till", "scratch", "tmp"]) {
    assert.deepEqual(await names(place), ["new", "new.json"]);
  }
});

test("shelf: of an app that is no more nothing stays, and of others everything", async (context) => {
  const { put, names, shelf } = await open(context);
  for (const [name, hex] of [
    ["shop", needed],
    ["till", others],
  ]) {
    await put(`artifacts/${hex}`, { app: name }, 0);
    for (const place of ["cache/steps", "cache/apps", "work"]) {
      await put(`${place}/${name}/x`, {}, 0);
    }
  }
  await shelf.removeApp(shop);
  await shelf.removeApp(shop);
  assert.deepEqual(await names("artifacts"), [others, `${others}.json`]);
  for (const place of ["cache/steps", "cache/apps", "work"]) {
    assert.deepEqual(await names(place), [till], place);
  }
});

test("shelf: what each app takes is added up from the records, the largest first", async (context) => {
  const { put, shelf } = await open(context);
  await put(`artifacts/${needed}`, { app: "shop", sizeBytes: 10 }, 0);
  await put(`artifacts/${spare}`, { app: "shop", sizeBytes: 5 }, 0);
  await put("cache/steps/shop/aa", { sizeBytes: 3 }, 0);
  await put("cache/steps/till/bb", { sizeBytes: 40 }, 0);
  assert.deepEqual(await shelf.use(), [
    { app: "till", artifacts: { count: 0, sizeBytes: 0 }, steps: { count: 1, sizeBytes: 40 } },
    { app: "shop", artifacts: { count: 2, sizeBytes: 15 }, steps: { count: 1, sizeBytes: 3 } },
  ]);
  const { sizeBytes, freeBytes } = await shelf.disk();
  assert.ok(sizeBytes >= freeBytes && freeBytes > 0);
});
