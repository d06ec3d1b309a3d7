/** What a push brings that users do not have, and what of it says that it undoes something. */
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { leaveOut, type ObjectId, parseObjectId } from "#domain";
import { diffListBytesMax } from "../limits.ts";
import { broughtBetween } from "./brought.ts";
import {
  appName,
  createClient,
  startTestServer,
  temporaryDirectory,
} from "./git-server.testing.ts";

function oid(text: string): ObjectId {
  const parsed = parseObjectId(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

test("what one commit has and another has not is known, and what each says it undoes", async () => {
  const shop = appName("shop");
  await using directory = await temporaryDirectory();
  await using server = await startTestServer({ dataDir: join(directory.path, "data") });
  await server.host.create(shop);
  const client = await createClient(join(directory.path, "work"), server.url(shop));
  await client.write("a.txt", "one\n");
  const first = await client.commit("First");
  await client.write("a.txt", "two\n");
  const second = await client.commit("Second");
  await client.git("revert", "--no-edit", second);
  const undone = await client.git("rev-parse", "HEAD");
  await client.write("a.txt", "three\n");
  const third = await client.commit(`Third\n\nsays This reverts commit ${first} within a line`);
  await client.git("push", "tide", "HEAD:main");
  const brought = await server.host.brought(shop, oid(first), oid(third));
  assert.deepEqual(
    brought.map(({ commit, reverts }) => [commit, reverts]),
    [
      [third, []],
      [undone, [second]],
      [second, []],
    ],
  );
  assert.deepEqual(
    await server.host.brought(shop, oid(third), oid(first)),
    [],
    "older has nothing",
  );
  const gone = oid("0".repeat(39) + "1");
  assert.deepEqual(
    await server.host.brought(shop, gone, oid(third)),
    [],
    "nor what git does not know",
  );
});

test("a merge is known as one, and what leaves it out is what git takes", async () => {
  const shop = appName("shop");
  await using directory = await temporaryDirectory();
  await using server = await startTestServer({ dataDir: join(directory.path, "data") });
  await server.host.create(shop);
  const client = await createClient(join(directory.path, "work"), server.url(shop));
  await client.write("a.txt", "one\n");
  const first = await client.commit("First");
  await client.git("checkout", "-q", "-b", "side");
  await client.write("b.txt", "two\n");
  const aside = await client.commit("Aside");
  await client.git("checkout", "-q", "-");
  await client.write("c.txt", "three\n");
  const second = await client.commit("Second");
  await client.git("merge", "--no-ff", "-m", "Merge side", "side");
  const merge = await client.git("rev-parse", "HEAD");
  await client.git("push", "tide", "HEAD:main");
  const brought = await server.host.brought(shop, oid(first), oid(merge));
  const known = new Map(brought.map((each) => [each.commit, each]));
  assert.deepEqual(
    [merge, second, aside].map((each) => known.get(oid(each))?.isMerge),
    [true, false, false],
  );
  const [, ...argv] = leaveOut(
    [merge, second].map((commit) => ({ commit, isMerge: known.get(oid(commit))?.isMerge })),
  ).split(" ");
  await client.git(...argv);
  assert.equal(await client.git("ls-files"), "a.txt");
  await client.git("push", "tide", "HEAD:main");
  const undone = oid(await client.git("rev-parse", "HEAD"));
  const since = await server.host.brought(shop, oid(merge), undone);
  assert.deepEqual(
    since.map(({ reverts }) => reverts),
    [[second], [merge]],
  );
});

/** Runs with a program in the place of git. */
async function withGit(script: string, run: (env: Record<string, string>) => Promise<void>) {
  await using directory = await temporaryDirectory();
  const program = join(directory.path, "git");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  await run({ HOME: directory.path, PATH: `${directory.path}:${process.env["PATH"]}` });
}

const between = { from: oid("a".repeat(40)), to: oid("b".repeat(40)) };

test(
  "git that takes long holds no push up: then nothing is said",
  { timeout: 30_000 },
  async () => {
    const says = String.raw`printf '${between.to}\037\037\000'`;
    await withGit(`${says}; exec sleep 600`, async (env) => {
      assert.deepEqual(await broughtBetween(env, between, 50), []);
    });
    await withGit(says, async (env) => {
      const [brought] = await broughtBetween(env, between);
      assert.equal(brought?.commit, between.to);
    });
  },
);

test("of what is longer than is read nothing is said: the rest may undo it", async () => {
  const says = String.raw`printf '${between.to}\037\037'`;
  await withGit(`${says}; exec head -c ${diffListBytesMax} /dev/zero`, async (env) => {
    assert.deepEqual(await broughtBetween(env, between), []);
  });
});
