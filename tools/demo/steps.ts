/** The seven steps: each does what a person would do, sees for itself that it happened, and gives the facts. */
import { cp } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { z } from "zod";
import { type Narrator, seconds } from "./narrator.ts";
import type { Ended } from "./programs.ts";
import {
  changeAnswer,
  type ChangeAnswer,
  type Measured,
  measuredOf,
  type RolloutAnswer,
} from "./change-answer.ts";
import type { Stage, Traffic, TrafficCounts } from "./stage.ts";
import { expect, StepFailed } from "./step-failed.ts";

export interface Step {
  readonly name: string;
  readonly title: string;
  readonly prose: string;
  readonly act: (scene: Scene) => Promise<Told>;
}

export interface Told {
  /** One sentence: what came of it. */
  readonly summary: string;
  /** For a change that met users: how they fared. */
  readonly measured?: Measured;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Scene {
  readonly stage: Stage;
  readonly narrator: Narrator;
  /** Where the app answers; known from step 2 on. */
  url: string;
  traffic?: Traffic;
  /** Requests that had failed when the bad change was gone. */
  failedAfterBad?: number;
}

const examples = join(import.meta.dirname, "../../examples");
const crowd = { users: 500, requestsPerSecond: 120, secondsMax: 300 };
const welcome = "Good things for days at the water";
const greeting = "sent the same day";

export const steps: readonly Step[] = [
  {
    name: "start",
    title: "Tidegate starts",
    prose:
      "PostgreSQL, server and edge come up in a directory of their own. Nothing is configured.",
    act: startTidegate,
  },
  {
    name: "first-release",
    title: "An app goes live with one push",
    prose: "A small shop: no configuration for Tidegate in it, only its package.json.",
    act: firstRelease,
  },
  {
    name: "users",
    title: "People come to the shop",
    prose: "A process of its own plays them: each keeps cookies, some come often, most seldom.",
    act: usersCome,
  },
  {
    name: "good-change",
    title: "A good change: more and more people get it, then everybody",
    prose: "It starts beside what runs. A few users meet it first, and both are compared.",
    act: goodChange,
  },
  {
    name: "bad-change",
    title: "A bad change: its tests pass, and three in ten of its requests fail",
    prose: "No test sees it. The first users do, for a moment.",
    act: badChange,
  },
  {
    name: "failing-tests",
    title: "A change whose tests fail: nobody meets it",
    prose: "Tax is now rounded down, and a test knows better.",
    act: failingTests,
  },
  {
    name: "feedback",
    title: "What is known now, in the author's own clone",
    prose: "Outcomes come back as git notes; the delivery metrics are counted from the journal.",
    act: feedback,
  },
];

async function startTidegate({ stage }: Scene): Promise<Told> {
  const { api, edge } = stage.ports;
  await stage.tidegate("up", "--detach", "--port", String(api), "--edge-port", String(edge));
  const status = z
    .object({ database: z.string(), sandboxLevel: z.number(), edges: z.array(z.unknown()) })
    .parse(await stage.ask("status"));
  return {
    summary: `PostgreSQL, server and edge answer; apps run in sandbox level ${status.sandboxLevel} of 3`,
    facts: { ...status, edges: status.edges.length, ports: stage.ports },
  };
}

async function firstRelease(scene: Scene): Promise<Told> {
  const { stage } = scene;
  await cp(join(examples, "hello-node"), stage.clone, { recursive: true });
  await stage.git("init", "--quiet", "--initial-branch=main");
  await stage.git("config", "user.name", "Ada Author");
  await stage.git("config", "user.email", "ada@example.com");
  await commit(stage, "Open the shop");
  await stage.tidegate("app", "create", "shop");
  await stage.tidegate("link", "shop");
  const pushed = await stage.push("tide", "main");
  succeeded(pushed);
  const change = await newestChange(stage);
  expect(change.state === "live", "the first release to be live", change.state);
  const app = z.object({ url: z.string() }).parse(await stage.ask("app", "show", "shop"));
  scene.url = app.url;
  const { status, body } = await get(app.url);
  expect(
    status === 200 && body.includes(welcome),
    `"${welcome}" at ${app.url}`,
    `${status} ${body}`,
  );
  return {
    summary: `${app.url} answers 200: "${welcome}."`,
    facts: { url: app.url, status, change: change.id, commit: change.commit },
  };
}

async function usersCome(scene: Scene): Promise<Told> {
  const { stage, url, narrator } = scene;
  const { users, requestsPerSecond } = crowd;
  narrator.command(`node tools/traffic.ts --users ${users} --rate ${requestsPerSecond}`);
  scene.traffic = await stage.startTraffic(url, crowd);
  const counts = await warmUp(scene.traffic);
  expect(counts.answered > 0, "answers", counts);
  expect(counts.failed + counts.lost === 0, "no failed request", counts);
  const rate = (1000 * counts.requests) / counts.elapsedMs;
  return {
    summary:
      `${counts.users} of ${users} people have come, ${rate.toFixed(0)} requests a second, ` +
      `none failed; they stay from here on`,
    facts: { ...counts, population: users, requestsPerSecond: rate, pid: scene.traffic.pid },
  };
}

/** Until the crowd is there: enough users, or as many seconds as that should take at most. */
async function warmUp(traffic: Traffic) {
  const deadlineAt = performance.now() + 8000;
  for (;;) {
    const counts = await traffic.counts();
    if (counts.answered >= 3 * crowd.requestsPerSecond || performance.now() > deadlineAt) {
      return counts;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function goodChange(scene: Scene): Promise<Told> {
  const { stage, url } = scene;
  await edit(stage, "good", "Say that orders leave the same day");
  succeeded(await stage.push("-o", "wait", "tide", "main"));
  const change = await newestChange(stage);
  const rollout = rolloutOf(change);
  const measured = measuredOf(rollout);
  expect(change.state === "live", "the good change to be live", change.state);
  expect(rollout.state === "promoted", "its rollout to be promoted", rollout);
  expect(measured.verdict === "safe", "the verdict safe", rollout.verdict);
  expect(measured.usersExposed > 0, "users to have met it before the verdict", measured);
  const { body } = await get(url);
  expect(body.includes(greeting), `"${greeting}" at ${url}`, body);
  const { candidateRequests } = rollout.evidence.totals;
  const { failed } = await countsOf(scene);
  expect(failed === 0, "no failed request so far", String(failed));
  return {
    summary:
      `safe: ${measured.usersExposed} users made ${counted(candidateRequests)} requests to it ` +
      `and ${measured.requestsFailed} failed; everybody has it now`,
    measured,
    facts: { change: change.id, state: change.state },
  };
}

async function badChange(scene: Scene): Promise<Told> {
  const { stage, url } = scene;
  await edit(stage, "bad", "Draw an offer for every visit");
  const pushed = await stage.push("-o", "wait", "tide", "main");
  const change = await newestChange(stage);
  const rollout = rolloutOf(change);
  const measured = measuredOf(rollout);
  const guardrail = rollout.evidence.guardrails.find(
    ({ name }) => name === rollout.verdict.guardrail,
  );
  expect(change.state === "rolled_back", "the bad change to be rolled back", change.state);
  expect(measured.verdict === "harmful", "the verdict harmful", rollout.verdict);
  expect(guardrail?.name === "errors", "the guardrail errors to stop it", rollout.verdict);
  const { failureExample } = rollout.evidence;
  expect(failureExample !== undefined, "one failing request", "none");
  expect(failureExample.log.length > 0, "the app's last log lines", "none");
  says(pushed, "users exposed", "requests failed", "guardrail", failureExample.request.requestId);
  const { status, body } = await get(url);
  expect(status === 200 && body.includes(greeting), "everybody back on the good one", body);
  const budget = rollout.policy.harmBudgetRequests;
  expect(measured.requestsFailed <= budget, `at most ${budget} failed requests`, measured);
  scene.failedAfterBad = (await countsOf(scene)).failed;
  return {
    summary:
      `caught: ${measured.usersExposed} users met it, ${measured.requestsFailed} requests failed ` +
      `(the harm budget is ${budget}), gone ${seconds(measured.exposedForMs ?? 0)} after its first user`,
    measured,
    facts: {
      change: change.id,
      state: change.state,
      harmBudgetRequests: budget,
      guardrail: measured.evidence.guardrails.find(({ name }) => name === guardrail.name),
    },
  };
}

async function failingTests(scene: Scene): Promise<Told> {
  const { stage, url } = scene;
  stage.narrator.command("git revert HEAD");
  await stage.git("revert", "--no-edit", "HEAD");
  await edit(stage, "failing-test", "Round tax down");
  const pushed = await stage.push("-o", "wait", "tide", "main");
  const change = await newestChange(stage);
  const failing = "totals round half a cent up";
  expect(change.state === "failed", "the change to fail", change.state);
  const stopped = change.stages.find(({ state }) => state === "failed");
  expect(stopped?.name === "test", "it to fail in its tests", change.stages);
  expect(change.rollout === undefined, "no user to meet it", "it has a rollout");
  says(pushed, failing);
  const { status } = await get(url);
  expect(status === 200, "the shop to answer 200", status);
  return {
    summary: `stopped before its first user by the test "${failing}"`,
    facts: { change: change.id, state: change.state, failingTest: failing, usersExposed: 0 },
  };
}

async function feedback(scene: Scene): Promise<Told> {
  const { stage, narrator } = scene;
  narrator.command("git fetch tide");
  await stage.git("fetch", "--quiet", "tide");
  const format = ["--format=commit %h  %s%n%N"] as const;
  narrator.command("git log --notes=tidegate");
  const log = await stage.git("log", "--notes=tidegate", ...format);
  for (const line of log.trimEnd().split("\n")) narrator.printed(line);
  const outcomes = [...log.matchAll(/^Outcome: (\S+)$/gm)].flatMap(([, outcome]) => outcome ?? []);
  for (const outcome of ["live", "rolled-back", "failed"]) {
    expect(outcomes.includes(outcome), `a note with the outcome ${outcome}`, outcomes);
  }
  await stage.tidegate("dora");
  const dora = z
    .object({ deployments: z.number(), changeFailRatio: z.number() })
    .loose()
    .parse(await stage.ask("dora"));
  expect(dora.deployments >= 2, "at least two deployments", dora);
  expect(dora.changeFailRatio > 0, "the bad change in the change fail rate", dora);
  const counts = await countsOf(scene);
  expect(counts.lost === 0, "no request without an answer all the while", counts);
  expect(counts.failed === scene.failedAfterBad, "no failure but the bad change's", counts);
  return {
    summary:
      `${counted(counts.requests)} requests from ${counts.users} people all the while: ` +
      `${counts.failed} failed, all of them in the bad change, and none was lost`,
    facts: { outcomes, dora, traffic: counts },
  };
}

async function countsOf({ traffic }: Scene): Promise<TrafficCounts> {
  if (traffic === undefined) throw new StepFailed("users", "none");
  return await traffic.counts();
}

async function commit(stage: Stage, subject: string): Promise<void> {
  await stage.git("add", "--all");
  await stage.git("commit", "--quiet", "-m", subject);
}

async function edit(stage: Stage, change: string, subject: string): Promise<void> {
  await cp(join(examples, "hello-node-changes", change), stage.clone, { recursive: true });
  await commit(stage, subject);
  stage.narrator.command(`git commit -am "${subject}"`);
}

async function newestChange(stage: Stage): Promise<ChangeAnswer> {
  const commitId = (await stage.git("rev-parse", "HEAD")).trim();
  const change = changeAnswer.parse(await stage.ask("change", "show"));
  expect(change.commit === commitId, `the change of ${commitId}`, `that of ${change.commit}`);
  return change;
}

function rolloutOf(change: ChangeAnswer): RolloutAnswer {
  if (change.rollout !== undefined) return change.rollout;
  throw new StepFailed("a rollout", JSON.stringify(change));
}

function succeeded({ exitCode, lines }: Ended): void {
  expect(
    exitCode === 0,
    "git push to succeed",
    `exit code ${String(exitCode)}: ${lines.join(" | ")}`,
  );
}

function counted(count: number): string {
  return count.toLocaleString("en");
}

/** The push output names everything the author needs. */
function says({ lines }: Ended, ...words: readonly string[]): void {
  const text = lines.join("\n");
  for (const word of words) expect(text.includes(word), `"${word}" in the push output`, text);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function get(url: string): Promise<Answer> {
  const { host, port } = new URL(url);
  return await new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: Number(port), headers: { host }, timeout: 10_000 };
    const outgoing = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer from ${url}`)));
    outgoing.once("error", reject);
    outgoing.end();
  });
}
