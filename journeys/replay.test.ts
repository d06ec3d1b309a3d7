/** What was counted during a rollout, taken out as a file, gives its verdict again without the platform. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { Repository } from "./support/repository.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const directory = await mkdtemp(path.join(tmpdir(), "counts-"));
after(async () => await rm(directory, { recursive: true }));

/** Delivers a change under traffic to the end of its rollout. */
async function deliver(author: Repository, app: string, program: string): Promise<void> {
  const traffic = tide.traffic(app, { requestsPerSecond: 150, users: 200 });
  await traffic.more(100);
  await author.commit("Change it", { "server.js": program });
  await author.push("-o", "wait");
  await traffic.stop();
}

/** What the platform said of the newest rollout, and what its counts say as a file. */
async function askBoth(app: string): Promise<{ said: Json; steps: readonly Json[] }> {
  const shown = await tide.cli(["rollout", "show", "--app", app, "--json"]);
  const counts = await tide.cli(["rollout", "counts", "--app", app]);
  assert.equal(counts.code, 0, counts.stderr);
  const file = path.join(directory, `${app}.ndjson`);
  await writeFile(file, counts.stdout);
  const replayed = await tide.cli(["verdict", "replay", file, "--json"]);
  assert.equal(replayed.code, 0, replayed.stderr);
  const lines = replayed.stdout.trim().split("\n");
  return { said: JSON.parse(shown.stdout), steps: lines.map((line) => JSON.parse(line)) };
}

const broken = answering("fine").replace(
  "response.end(",
  'Math.random() < 0.3 ? response.writeHead(500).end("broken\\n") : response.end(',
);

for (const [app, program, kind] of [
  ["stopped", broken, "harmful"],
  ["let-in", answering("two"), "safe"],
] as const) {
  test(`a verdict "${kind}" is replayed from its counts, bit for bit`, async () => {
    const author = await tide.deliverApp(app, nodeApp(answering("one")));
    await deliver(author, app, program);
    const { said, steps } = await askBoth(app);
    const { throughIndex, guardrails } = said.evidence;
    const step = steps.find(({ index }) => index === throughIndex);
    assert.deepEqual(counted(step.verdict), counted({ ...said.verdict, guardrails, throughIndex }));
    assert.equal(step.verdict.kind, kind);
  });
}

/** What is counted: how much memory instances use is a fact of its moment, and in no file of counts. */
function counted(verdict: Json): Json {
  const { guardrails } = verdict;
  return {
    ...verdict,
    guardrails: guardrails.filter(({ unit }: { unit: string }) => unit !== "instances"),
  };
}
