import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { rolloutSection } from "#delivery/build";
import { defaultRolloutPolicy, parseScenario, reportOf, simulate } from "#delivery/rollout";
import { paintFor } from "./render/paint.ts";
import { runCommandLine } from "./run.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const scenarios = path.join(root, "examples/scenarios");
const policyForm = rolloutSection(defaultRolloutPolicy);

let directory = "";
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "trials-"));
});
after(async () => {
  await rm(directory, { recursive: true });
});

interface Ended {
  readonly exitCode: number;
  readonly result: string;
  readonly narration: string;
}

async function run(words: readonly string[], cwd = root): Promise<Ended> {
  const [result, narration]: [string[], string[]] = [[], []];
  const paint = paintFor({ isTerminal: false }, {});
  const exitCode = await runCommandLine(words, {
    env: { HOME: directory },
    cwd,
    isRoot: false,
    isInteractive: false,
    paint,
    paintNarration: paint,
    now: () => 0,
    result: (text) => result.push(text),
    narrate: (text) => narration.push(text),
  });
  return { exitCode, result: result.join("\n"), narration: narration.join("\n") };
}

const files = await readdir(scenarios);

for (const file of files.filter((name) => name.endsWith(".yaml"))) {
  test(`scenario ${file}: is read, and runs the same twice`, async () => {
    const source = await readFile(path.join(scenarios, file), "utf8");
    const scenario = parseScenario(source, file, policyForm);
    assert.ok(scenario.ok, JSON.stringify(scenario));
    const { world, policy } = scenario.value;
    const short = { ...world, durationS: Math.min(world.durationS, 40) };
    const outcomes = [1, 2].map((seed) => simulate(short, policy, seed));
    assert.deepEqual(
      outcomes,
      [1, 2].map((seed) => simulate(short, policy, seed)),
    );
    const report = reportOf(scenario.value, 1, outcomes);
    assert.equal(report.claims.length, Object.keys(scenario.value.claims).length);
  });
}

test("scenarios: there is at least one for each of S1 to S13", () => {
  const ids = new Set(files.map((name) => name.slice(0, 3)));
  const wanted = Array.from({ length: 13 }, (_, index) => `s${String(index + 1).padStart(2, "0")}`);
  assert.deepEqual([...ids].toSorted(), wanted);
});

test("docs: the scenario written out in the guide meets its claims, and a fault that is tolerated does not", async () => {
  const page = await readFile(path.join(root, "docs/how-to/simulate-a-rollout.md"), "utf8");
  const [, source = ""] = /^```yaml\n([^]*?)^```$/m.exec(page) ?? [];
  const scenario = parseScenario(source, "guide.yaml", policyForm);
  assert.ok(scenario.ok, JSON.stringify(scenario));
  assert.equal(scenario.value.policy.harmBudgetRequests, 20);
  assert.equal(scenario.value.world.fault.routeRatio, 0.3);
  await writeFile(path.join(directory, "guide.yaml"), source);
  const kept = await run(["simulate", "guide.yaml"], directory);
  assert.equal(kept.exitCode, 0, kept.narration);
  assert.equal(kept.result.match(/^met /gm)?.length, 2, kept.result);
  const small = source.replace("errors: 5%", "errors: 1.2%");
  assert.notEqual(small, source);
  await writeFile(path.join(directory, "small.yaml"), small);
  const missed = await run(["simulate", "small.yaml"], directory);
  assert.match(missed.narration, /not met: stopped/);
});

const small = "duration: 60s\nusers: { count: 200 }\nruns: 2\nbase: { errors: 0% }\n";
/** A scenario file, what follows its name, the exit code, and what is said. */
// oxfmt-ignore
const ends: readonly (readonly [string, string, readonly string[], number, RegExp])[] = [
  ["claims that hold",         `${small}expect: { falseStops: 5% }`,   [],                 0, /^$/],
  ["a claim that does not",    `${small}expect: { stopped: 50% }`,     [],                 1, /not met: stopped/],
  ["a fault in a claim",       `${small}expect: { stoped: 50% }`,      [],                 2, /a\.yaml:5: expect\.stoped: expected a known key; did you mean stopped\?/],
  ["an unknown key",           "tittle: x",                            [],                 2, /a\.yaml:1: tittle: expected a known key; did you mean title\?/],
  ["a share of 500 %",         "candidate:\n  errors: 500%",           [],                 2, /a\.yaml:2: candidate\.errors is "500%"; expected a share/],
  ["a policy that is none",    "rollout: { harmBudget: 0 }",           [],                 2, /a\.yaml:1: rollout\.harmBudget is 0; expected a whole number/],
  ["a wave without a length",  "traffic: { wave: { period: 0s } }",    [],                 2, /traffic\.wave\.period is "0s"; expected at least 1000ms/],
  ["a run without end",        "duration: 7d\ntraffic: { requestsPerSecond: 100000 }", [], 2, /traffic\.requestsPerSecond is 100000 for 604800 s; expected at most 200000000 requests/],
  ["no YAML",                  "a: [",                                 [],                 2, /a\.yaml:1: .*expected valid YAML/],
  ["a list",                   "- a",                                  [],                 2, /a\.yaml:1: .*expected a map with/],
  ["too long a file",          `title: x\n#${"x".repeat(17_000)}`,     [],                 2, /expected at most 16384 characters/],
  ["much too long a file",     "#".repeat(70_000),                     [],                 2, /its size is more; expected at most 65536 bytes/],
  ["runs that are no number",  small,                                  ["--runs", "many"], 2, /--runs is many; expected a whole number from 1 to/],
  ["a negative seed",          small,                                  ["--seed", "-1"],   2, /--seed is -1; expected a whole number from 0 to/],
];
for (const [claim, source, options, expected, said] of ends) {
  test(`simulate: ${claim} ends with ${expected}`, async () => {
    await writeFile(path.join(directory, "a.yaml"), source);
    const { exitCode, narration } = await run(["simulate", "a.yaml", ...options], directory);
    assert.match(narration, said);
    assert.equal(exitCode, expected);
  });
}

test("simulate: a file that is not there, and a directory, end with 2", async () => {
  const told = [
    ["nothing.yaml", /there is no file nothing\.yaml/],
    [".", /cannot read \./],
  ] as const;
  for (const [name, expected] of told) {
    const { exitCode, narration } = await run(["simulate", name], directory);
    assert.equal(exitCode, 2);
    assert.match(narration, expected);
  }
});

test("simulate: --json gives the report, the same for the same seed; the table fits 96 columns", async () => {
  const words = ["simulate", "s07-first-errors.yaml", "--runs", "3", "--seed", "5"];
  const [first, second] = [await run([...words, "--json"], scenarios), await run(words, scenarios)];
  const report: unknown = JSON.parse(first.result);
  assert.ok(typeof report === "object" && report !== null);
  const { runs, seed, isFaulty } = { runs: 0, seed: 0, isFaulty: false, ...report };
  assert.deepEqual([runs, seed, isFaulty], [3, 5, true]);
  assert.equal((await run([...words, "--json"], scenarios)).result, first.result);
  const tables = second.result.split("\n").filter((line) => !line.includes(": errors: "));
  assert.ok(
    tables.every((line) => line.length <= 96),
    second.result,
  );
});

/** A counts file and what is said about it. */
// oxfmt-ignore
const counts: readonly (readonly [string, string, number, RegExp])[] = [
  ["nothing at all",        "",                                                              2, /the file is empty/],
  ["a line that is none",   "hello",                                                         2, /c\.ndjson:1: line is "hello"; expected a JSON object/],
  ["a header alone",        `{"rollout":"r","app":"a","policy":${JSON.stringify(defaultRolloutPolicy)}}`, 2, /the file is empty/],
  ["a policy without parts", '{"rollout":"r","app":"a","policy":{}}',                         2, /c\.ndjson:1: policy\.strategy: expected a recorded policy/],
  ["a policy without sense", `{"rollout":"r","app":"a","policy":${JSON.stringify({ ...defaultRolloutPolicy, alpha: 7 })}}`, 2, /c\.ndjson:1: policy\.alpha is 7; expected above 0/],
  ["a fault on line 3",     '{"at":0,"arm":"baseline","exposure":0.5,"requests":1,"errors":0}\n\n{"at":0,"arm":"x"}', 2, /c\.ndjson:3: arm is "x"; expected baseline or candidate/],
  ["an interval",           '{"at":0,"arm":"baseline","exposure":0.5,"requests":1,"errors":0}', 0, /^$/],
];
for (const [claim, text, expected, said] of counts) {
  test(`verdict replay: ${claim} ends with ${expected}`, async () => {
    await writeFile(path.join(directory, "c.ndjson"), text);
    const { exitCode, narration } = await run(["verdict", "replay", "c.ndjson"], directory);
    assert.match(narration, said);
    assert.equal(exitCode, expected);
  });
}

const lastOf = ({ result }: Ended) => result.split("\n").at(-1) ?? "";

test("verdict replay: another policy gives another verdict on the same counts", async () => {
  const words = ["verdict", "replay", "stopped.ndjson", "--json"];
  const cwd = path.join(root, "examples/counts");
  assert.match(lastOf(await run(words, cwd)), /"kind":"harmful"/);
  const tolerant = await run([...words, "--policy", "tidegate.yaml"], cwd);
  assert.match(lastOf(tolerant), /"kind":"not_enough_evidence"/);
});

test("hostile files: whatever they hold, the command ends with a sentence and not with a fault", async () => {
  const yaml = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .dictionary(
        fc.constantFrom("users", "base", "candidate", "telemetry", "rollout", "expect", "traffic"),
        fc.oneof(fc.jsonValue(), fc.constantFrom([{}], { errors: "0%" }, { count: 1 })),
      )
      .map((value) => JSON.stringify({ ...value, duration: "3s", runs: 1 })),
  );
  await fc.assert(
    fc.asyncProperty(yaml, async (text) => {
      await writeFile(path.join(directory, "h"), text);
      for (const words of [
        ["simulate", "h", "--runs", "1"],
        ["verdict", "replay", "h"],
      ]) {
        const { exitCode, narration } = await run(words, directory);
        assert.ok(exitCode <= 2, `${words.join(" ")}: ${narration}`);
      }
    }),
    { numRuns: 60 },
  );
});
