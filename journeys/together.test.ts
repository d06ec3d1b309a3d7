/** Two apps that go together: the same users have both changes or neither, and one verdict is on both. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const apps = ["backend", "web"] as const;
type App = (typeof apps)[number];
const users = 120;
const cookieOf = (user: number): string => `uid=user-${user}`;

const authors: Readonly<Record<App, Repository>> = {
  backend: await tide.deliverApp("backend", nodeApp(answering("one"))),
  web: await tide.deliverApp("web", nodeApp(answering("one"))),
};

/** A change of an app that goes together with the other one, by a cookie that both see. */
async function commit(
  app: App,
  program: string,
  how: { readonly rollout?: string; readonly together?: string } = {},
): Promise<string> {
  const { rollout = "", together = app === "backend" ? "[web]" : "[backend]" } = how;
  // One takes its time to build, so that the other is ready first and has to wait.
  const build = app === "web" ? "build: { command: sleep 6 }\n" : "";
  const manifest =
    `health: { path: /up }\n${build}rollout:\n  together: ${together}\n` +
    `  userKey: { cookie: uid }\n${rollout}`;
  return await authors[app].commit(
    `Change ${app}`,
    nodeApp(program, { "tidegate.yaml": manifest }),
  );
}

/** What each user gets of each app: "two two". */
async function met(): Promise<readonly string[]> {
  return await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      const headers = { cookie: cookieOf(user) };
      const answers = await Promise.all(
        apps.map(async (app) => (await tide.visit(app, { headers })).body.trim()),
      );
      return answers.join(" ");
    }),
  );
}

async function show(app: App): Promise<Json> {
  return await tide.json("rollout", "show", "--app", app);
}

async function untilBoth(state: string): Promise<readonly Json[]> {
  return await eventually(`both rollouts are ${state}`, async () => {
    const both = await Promise.all(apps.map(async (app) => await tide.rollout(app)));
    return both.every((each) => each?.state === state) ? both : undefined;
  });
}

test("changes of two apps reach the same users, step by step, and a word to one is a word to both", async () => {
  const steps =
    "  strategy: steps\n  steps:\n    - { weight: 30%, until: approval }\n" +
    "    - { weight: 60%, for: 1s, until: time }\n";
  const commits = {
    backend: await commit("backend", answering("two"), { rollout: steps }),
    web: await commit("web", answering("two"), { rollout: steps }),
  };
  const traffic = apps.map((app) => tide.traffic(app, { requestsPerSecond: 60, users, cookieOf }));
  await authors.web.push("-o", "detach");
  const { text } = await authors.backend.push();
  assert.match(text, /waits, at most until .*, for web/s, text);
  assert.match(text, /together with web: one exposure, one verdict/);

  const [backend, web] = await untilBoth("held");
  assert.deepEqual([backend.exposure, web.exposure], [3000, 3000]);
  assert.deepEqual(
    backend.together.members.map((each: Json) => each.app),
    ["backend", "web"],
  );
  const pairs = await met();
  assert.deepEqual([...new Set(pairs)].toSorted(), ["one one", "two two"], "both or neither");

  const paused = await tide.cli(["rollout", "show", "--app", "web"]);
  assert.match(paused.stdout, /together +with backend/);
  await tide.json("rollout", "approve", "--app", "web", "--step", "1", "--reason", "looks good");
  await tide.untilState(commits.backend, ["live"]);
  await tide.untilState(commits.web, ["live"]);
  assert.deepEqual([...new Set(await met())], ["two two"]);
  for (const each of traffic) await each.stop();
  assert.deepEqual(
    traffic.flatMap(({ failures }) => failures),
    [],
  );

  const journal = await tide.journal();
  const moves = (app: App): readonly number[] =>
    journal
      .filter((each) => each.type === "dev.tidegate.rollout.exposure_changed" && each.app === app)
      .filter((each) => [backend.id, web.id].includes(each.data.rollout))
      .map((each) => each.data.to);
  assert.deepEqual(moves("backend"), moves("web"), "in lockstep");
  const approvals = journal.filter(({ data }) => data.command === "approve");
  assert.deepEqual(new Set(approvals.map((each) => each.app)), new Set(apps), "both are told");
});

async function killServer(): Promise<void> {
  await tide.kill("server");
  await eventuallyTrue("the server is back", async () => (await tide.rollout("web")) !== undefined);
}

test("a killed server, a newer change of one and a way back of one find both apps alike", async () => {
  const gate = "  strategy: steps\n  steps: [{ weight: 30%, until: approval }]\n";
  const first = {
    backend: await commit("backend", answering("three"), { rollout: gate }),
    web: await commit("web", answering("three"), { rollout: gate }),
  };
  await authors.web.push("-o", "detach");
  await authors.backend.push("-o", "detach");
  await eventuallyTrue(
    "one waits for the other",
    async () => (await tide.change("backend")).gathering !== undefined,
  );
  await killServer();
  const [held] = await untilBoth("held");
  assert.equal(held.together.members.length, 2);
  await killServer();
  assert.deepEqual(new Set(await met()), new Set(["two two", "three three"]));

  const newer = await commit("web", answering("four"), { rollout: gate });
  await authors.web.push();
  const old = await tide.untilState(first.web, ["superseded", "rolled_back", "live"]);
  assert.equal(old.state, "superseded");
  const again = await untilBoth("held");
  assert.notEqual(again[0].id, held.id);
  assert.deepEqual(new Set(await met()), new Set(["two two", "three four"]));

  await tide.json("release", "rollback", "--app", "web");
  for (const each of [first.backend, newer]) await tide.untilState(each, ["rolled_back"]);
  assert.deepEqual(new Set(await met()), new Set(["two two"]), "both are taken back");
});

test("who is not to be had in time is gone without, and the author is told", async () => {
  const waiting = await commit("web", answering("five"), { rollout: "  strategy: hold\n" });
  await authors.web.push("-o", "detach");
  await tide.untilState(waiting, ["held"]);
  const alone = await commit("backend", answering("five"), {
    rollout: "  strategy: all-at-once\n",
    together: "{ apps: [web], wait: 2s }",
  });
  const { text } = await authors.backend.push("-o", "wait");
  assert.match(text, /waits, at most until .* for web/s, text);
  assert.match(text, /without web \(a change of it/);
  await tide.untilState(alone, ["live"]);
  await tide.json("rollout", "abort", "--app", "web", "--reason", "not any more");
  await tide.untilState(waiting, ["rolled_back"]);
  assert.deepEqual(new Set(await met()), new Set(["five two"]));
});

/** Fails every third request, but answers what asks for its health. */
const broken = `import { createServer } from "node:http";
let count = 0;
const server = createServer((request, response) => {
  if (request.url !== "/up") count += 1;
  response.statusCode = request.url !== "/up" && count % 3 === 0 ? 500 : 200;
  response.end("three\\n");
});
process.on("SIGTERM", () => { server.close(); server.closeIdleConnections(); });
server.listen(process.env.PORT, process.env.HOST);
`;

test("a fault in one of them takes both back, and the counts of each give what was said of it", async (context) => {
  const commits = {
    backend: await commit("backend", answering("three")),
    web: await commit("web", broken),
  };
  const traffic = apps.map((app) => tide.traffic(app, { requestsPerSecond: 80, users, cookieOf }));
  context.after(async () => {
    for (const each of traffic) await each.stop();
  });
  await authors.web.push("-o", "detach");
  await authors.backend.push("-o", "wait");
  const changes = {
    backend: await tide.untilState(commits.backend, ["rolled_back", "live"]),
    web: await tide.untilState(commits.web, ["rolled_back", "live"]),
  };
  for (const app of apps) {
    const { rollout, state } = changes[app];
    assert.equal(state, "rolled_back");
    const whose = app === "web" ? /^web: errors/ : /^web decides, which goes together with it/;
    assert.match(rollout.reason, whose, "whose fault it is, and each its own numbers");
    assert.deepEqual(
      [rollout.together.verdict.kind, rollout.together.verdict.app],
      ["harmful", "web"],
    );
  }
  await eventuallyTrue("everybody is back on both", async () =>
    (await met()).every((pair) => pair === "five two"),
  );
  assert.equal(changes.web.rollout.verdict.kind, "harmful");
  assert.notEqual(changes.backend.rollout.verdict.kind, "harmful");
  assert.equal(changes.web.rollout.policy.alphaShare, 0.5, "two alike share alpha evenly");
  for (const app of apps) await replayed(app);
});

/** The counts of one member, with the policy that says its share of alpha, are judged again without the other. */
async function replayed(app: App): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), "counts-"));
  try {
    const counts = await tide.cli(["rollout", "counts", "--app", app]);
    const file = path.join(directory, `${app}.ndjson`);
    await writeFile(file, counts.stdout);
    const again = await tide.cli(["verdict", "replay", file, "--json"]);
    assert.equal(again.code, 0, again.stderr);
    const lines = again.stdout.trim().split("\n");
    const { verdict, evidence } = await show(app);
    const step = lines
      .map((line): Json => JSON.parse(line))
      .find(({ index }) => index === evidence.throughIndex);
    assert.equal(step.verdict.sentence, verdict.sentence);
    assert.deepEqual(thresholds(step.verdict.guardrails), thresholds(evidence.guardrails));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function thresholds(guardrails: readonly Json[]): readonly Json[] {
  return guardrails
    .filter(({ unit }) => unit !== "instances")
    .map(({ name, logEHarm, logEThreshold }) => [name, logEHarm, logEThreshold]);
}
