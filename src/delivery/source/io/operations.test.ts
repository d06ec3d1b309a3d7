/** Who may have how many git operations under way, as a table and over both ways in. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { machineActor } from "#domain";
import { operationsPerAppMax, operationsPerUserMax } from "../limits.ts";
import {
  appName,
  createClient,
  startTestServer,
  temporaryDirectory,
} from "./git-server.testing.ts";
import { operations } from "./operations.ts";

const [shop, blog] = [appName("shop"), appName("blog")];
const [own, all] = [operationsPerUserMax, operationsPerAppMax];

/** Begins so many, each of which must be let in. */
function begin(
  at: ReturnType<typeof operations>,
  who: string,
  { times, app = shop }: { readonly times: number; readonly app?: typeof shop },
) {
  return Array.from({ length: times }, () => {
    const begun = at.begin(app, who);
    assert.ok(begun.ok, `${who} is let in`);
    return begun.value;
  });
}

function refusal(at: ReturnType<typeof operations>, who: string) {
  const begun = at.begin(shop, who);
  assert.ok(!begun.ok, `${who} is refused`);
  const { isOwn, allowed, text } = begun.error;
  assert.match(text, new RegExp(`\\b${allowed} git operations .* on this repository`));
  return [isOwn ? "own" : "all", allowed];
}

test("git operations: who has all that is theirs leaves room for the others, and on other apps for themselves", () => {
  const at = operations();
  const [first] = begin(at, "ana", { times: own });
  assert.deepEqual(refusal(at, "ana"), ["own", own]);
  begin(at, "bo", { times: 1 });
  begin(at, "ana", { times: own, app: blog });
  first?.();
  first?.();
  begin(at, "ana", { times: 1 });
  assert.deepEqual(refusal(at, "ana"), ["own", own], "what is over makes room, once");
});

test("git operations: the machine's own key has all there are, and nobody more", () => {
  const at = operations();
  const ends = begin(at, machineActor.name, { times: all });
  assert.deepEqual(refusal(at, machineActor.name), ["all", all]);
  assert.deepEqual(refusal(at, "ana"), ["all", all]);
  for (const end of ends) end();
  begin(at, "ana", { times: own });
});

test(
  "git operations: a user's connections that say nothing keep neither others out nor, ended, themselves",
  { timeout: 60_000 },
  async () => {
    await using directory = await temporaryDirectory();
    await using server = await startTestServer({ dataDir: join(directory.path, "data") });
    await server.host.create(shop);
    const client = await createClient(join(directory.path, "work"), server.url(shop));
    const converse = (actor: string) => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const conversation = { app: shop, actor, input, output, address: "127.0.0.1" };
      const ended = server.host.converse({ ...conversation, service: "git-receive-pack" });
      return { output, ended, leave: () => output.destroy() };
    };
    const silent = Array.from({ length: own }, () => converse("ana"));
    await Promise.all(silent.map(async ({ output }) => await once(output, "readable")));
    const refused = await converse("ana").ended;
    assert.ok(!refused.ok);
    assert.match(refused.error.text, /^You have 12 git operations under way on this repository/);
    // Over HTTP she is the same.
    const looked = await client.run(["ls-remote", "tide"]);
    assert.notEqual(looked.exitCode, 0);
    assert.match(looked.stderr, /remote: You have 12 git operations under way on this repository/);
    const bo = converse("bo");
    await once(bo.output, "readable");
    bo.leave();
    for (const { leave } of silent) leave();
    await Promise.all(silent.map(async ({ ended }) => await ended));
    assert.equal((await client.run(["ls-remote", "tide"])).exitCode, 0);
  },
);
