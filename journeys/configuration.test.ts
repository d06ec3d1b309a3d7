/** A change of configuration: it is rolled out, and what is taken back is not what a push brings again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventuallyTrue } from "./support/eventually.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };

test("setting configuration makes a release that has it, and rolling back takes it away", async () => {
  const source = answering("x").replace('"x\\n"', 'process.env.WORD ?? "unset"');
  const author = await tide.deliverApp("config", nodeApp(source, atOnce));
  assert.equal((await tide.visit("config")).body, "unset");
  const set = await tide.json("config", "set", "WORD=mast", "--app", "config");
  assert.deepEqual(set, { version: 1, values: { WORD: "mast" } });
  await eventuallyTrue(
    "the new release serves",
    async () => (await tide.visit("config")).body === "mast",
  );
  const { releases } = await tide.json("release", "list", "--app", "config");
  assert.deepEqual(
    releases.map(({ number, cause }: { number: number; cause: string }) => [number, cause]),
    [
      [2, "config"],
      [1, "push"],
    ],
  );
  const back = await tide.json("release", "rollback", "--app", "config", "--reason", "a typo");
  assert.equal(back.configTakenBack, 1);
  assert.equal((await tide.visit("config")).body, "unset");
  await author.commit("Nothing of note", { "NOTES.md": "nothing\n" });
  await author.push("-o", "wait");
  assert.equal((await tide.visit("config")).body, "unset", "a push does not bring it again");
  const shown = await tide.cli(["app", "show", "config"]);
  assert.match(shown.stdout, /config +none; version 1 was taken back by admin: a typo/);
  await author.remove();
});

test("configuration with which an app does not start is not carried by the next push", async () => {
  const guard = 'if (process.env.CRASH) { console.log("no"); process.exit(3); }';
  const author = await tide.deliverApp("frail", nodeApp(answering("up", guard), atOnce));
  const set = await tide.cli(["config", "set", "CRASH=1", "--app", "frail"]);
  assert.match(
    set.stderr,
    /it is rolled out like a commit: until the evidence lets it in, users have none/,
  );
  await eventuallyTrue("it is taken back", async () => {
    const { takenBack } = await tide.json("config", "list", "--app", "frail");
    return takenBack?.version === 1;
  });
  const list = await tide.cli(["config", "list", "--app", "frail"]);
  assert.match(list.stderr, /configuration of frail: none; version 1 was taken back by its own/);
  await author.commit("Harmless", nodeApp(answering("still up", guard), atOnce));
  await author.push("-o", "wait");
  assert.equal((await tide.visit("frail")).body, "still up\n");
  await author.remove();
});
