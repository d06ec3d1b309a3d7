/** What scripts rely on: one JSON document on stdout with documented members, exit codes, and ports. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { eventually } from "./support/eventually.ts";
import { freePort, type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const endless = "rollout:\n  alpha: 0.000001\n";
const tree = (word: string, manifest: string) =>
  nodeApp(answering(word, `console.log("${word} begins");`), { "tidegate.yaml": manifest });
const atOnce = "rollout:\n  strategy: all-at-once\n";
const author = await tide.deliverApp("contract", tree("one", atOnce));
const first = await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);

/** The type of each member that must be there; of an array, the shape of each of at least one item. */
type Shape = string | readonly [Shape] | { readonly [name: string]: Shape };

const [text, number] = ["string", "number"];
const environment = { name: text, requestsPerSecond: number, errorRatio: number };
const app = { name: text, url: text, gitUrl: text, environments: [environment] } as const;
const stage = { name: text, state: text, startedAt: number, finishedAt: number };
const rollout = {
  id: text,
  state: text,
  exposure: number,
  verdict: { kind: text },
  evidence: { guardrails: [{ name: text, verdict: text }], totals: { usersExposed: number } },
} as const;
const list = { id: text, app: text, commit: text, state: text } as const;
const release = { id: text, number, state: text, cause: text };
const config = { version: number, values: "object" };

type Row = readonly [words: string, shape: Shape];

// oxfmt-ignore
const reads: readonly Row[] = [
  ["status", { version: text, startedAt: number, apps: number, edges: [{ name: text, isUp: "boolean" }], sandboxLevel: number, database: text }],
  ["doctor", { findings: [{ name: text, state: text, found: text }] }],
  ["plan", { stack: text, title: text, digest: text, reasons: [{ decided: text, because: text }], processes: "object" }],
  ["app create another", { name: text, url: text, gitUrl: text, environments: "object" }],
  ["app list", { apps: [{ name: text, url: text, gitUrl: text }] }],
  ["app show", app],
  ["link contract", { name: text, gitUrl: text }],
  ["open", { url: text }],
  ["config set A=1", config],
  ["config list", config],
  ["logs", { lines: [{ instance: text, processType: text, release: text, text }] }],
  ["change list", { changes: [list] }],
  [`change show ${first.id}`, { ...list, stages: "object", rollout: { exposure: number } }],
  [`change show ${first.id} --log build`, { lines: "object" }],
  [`change watch ${first.id}`, { ...list, stages: "object" }],
  ["change show HEAD", { ...list, stages: "object" }],
  ["dora", { deployments: number, failedDeployments: number, fromAt: number, toAt: number }],
  ["journal verify", { entries: number }],
  ["whoami", { name: text, grants: "object" }],
  ["user create bo", { id: text, name: text, state: text, grants: "object", teams: "object" }],
  ["user list", { users: [{ name: text, state: text }] }],
  ["team create crew", { name: text, members: "object" }],
  ["team list", { teams: [{ name: text }] }],
  ["grant add bo viewer --on app:contract", { to: text, role: text, on: text }],
  ["grant list", { grants: [{ to: text, role: text, on: text }] }],
  ["token create --label ci --read", { id: text, text, reach: { kind: text } }],
  ["token list", { tokens: [{ id: text, label: text, expiresAt: number }] }],
  ["audit list", { entries: [{ seq: number, at: number, who: text, what: text, by: { address: text } }] }],
  ["audit verify", { entries: number }],
  ["invitation list", { invitations: "object" }],
  ["provider list", { providers: "object" }],
  ["domain add contract www.contract.test", { host: text, url: text }],
  ["domain list contract", { domains: [{ host: text, url: text }] }],
  ["ssh-key list", { sshKeys: "object" }],
  [`evidence verify ${first.id}`, "object"],
  ["schema scenario", { title: text, properties: "object" }],
  ["app delete another --yes", { name: text }],
];

for (const [words, shape] of reads) {
  test(`${words.replace(first.id, "CHANGE")} --json prints one document`, async () => {
    await document(words, shape);
  });
}

test("doctor tells of the database, the ports in use, the disk, git and the sandbox", async () => {
  const { findings } = await tide.json("doctor");
  const found = new Map<string, string>(
    findings.map((each: { name: string; found: string }) => [each.name, each.found]),
  );
  assert.match(found.get("postgresql") ?? "", /^\d+\.\d+, embedded .*answers in \d+ ms, fsync on$/);
  assert.match(found.get(`port ${tide.port}`) ?? "", /the API listens/);
  assert.match(
    found.get(`port ${tide.edgePort}`) ?? "",
    /the edge listens.*edge process(?:es)? up/,
  );
  for (const name of ["disk", "git", "cgroups", "sandbox"]) assert.ok(found.has(name), name);
});

test("config unset A --json prints one document", async () => {
  await untilLive("config");
  const { values } = await document("config unset A", config);
  assert.deepEqual(values, {});
});

/** What was configured last may still be on its way to the users. */
async function untilLive(cause: string): Promise<void> {
  await eventually(`the release for ${cause} is live`, async () => {
    const { environments } = await tide.json("app", "show", "contract");
    const [{ live, rollout: active }] = environments;
    return live?.cause === cause && active === undefined ? live : undefined;
  });
}

/** Runs it where the author stands; gives the document after a look at its members. */
async function document(words: string, shape: Shape): Promise<Json> {
  const argv = [...words.split(" "), "--json"];
  const ran = await tide.cli(argv, { cwd: author.directory });
  assert.equal(ran.code, 0, `tidegate ${words}: ${ran.stderr}`);
  const value: Json = JSON.parse(ran.stdout);
  expectShape(value, shape, words);
  return value;
}

function expectShape(value: Json, shape: Shape, where: string): void {
  if (typeof shape === "string") {
    assert.equal(typeof value, shape, where);
  } else if (isItems(shape)) {
    assert.ok(Array.isArray(value) && value.length > 0, `${where} has items`);
    for (const item of value) expectShape(item, shape[0], `${where}[]`);
  } else {
    for (const [name, inner] of Object.entries(shape)) {
      assert.ok(value[name] !== undefined, `${where} has ${name}: ${JSON.stringify(value)}`);
      expectShape(value[name], inner, `${where}.${name}`);
    }
  }
}

function isItems(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

test("the commands of a rollout print it, and a change's end is in the exit code", async () => {
  await begin("two", endless);
  const shown = await document("rollout show", rollout);
  assert.equal(shown.state, "running");
  const change = await document("change show", { ...list, rollout });
  for (const each of change.stages.filter(({ state }: Json) => state === "passed")) {
    expectShape(each, stage, `stage ${each.name}`);
  }
  for (const action of ["pause", "resume", "promote"]) {
    await document(`rollout ${action} --reason shown`, { id: text, state: text });
  }
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["live"]);
  assert.equal((await watch()).code, 0);
  await document("release list", { releases: [release] });
  await document("release rollback", { release, elapsedMs: number });

  await begin("three", endless);
  await document("rollout abort --reason shown", { id: text, state: text });
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["rolled_back"]);
  assert.equal((await watch()).code, 1, "it was taken back");

  await author.commit("four", tree("four", "rollout:\n  strategy: hold\n"));
  await author.push();
  await tide.untilState(await author.git("rev-parse", "HEAD"), ["held"]);
  const held = await watch();
  assert.equal(held.code, 4, "a person has to decide");
  assert.match(held.stderr, /next: tidegate rollout promote/);
  await document("rollout abort --reason shown", { id: text, state: text });
});

/** Pushes a change whose rollout goes on until a person ends it. */
async function begin(word: string, manifest: string): Promise<void> {
  const commit = await author.commit(word, tree(word, manifest));
  await author.push();
  await eventually(`the rollout of ${word} runs`, async () => {
    const { body } = await tide.api(`GET /api/v1/changes/${commit}`);
    return body.rollout?.state === "running" && body.rollout.evidence !== undefined
      ? body
      : undefined;
  });
}

async function watch() {
  return await tide.cli(["change", "watch", "--json"], { cwd: author.directory });
}

// oxfmt-ignore
const refused: readonly (readonly [string, number, RegExp, NodeJS.ProcessEnv?])[] = [
  ["sail", 2, /sail/],
  ["app show nobody", 2, /nobody/],
  ["app create ../etc", 2, /expected/],
  ["app create contract", 2, /contract/],
  ["change show chg_nothing", 2, /chg_nothing/],
  ["release rollback v99 --app contract", 2, /v99|99/],
  ["plan /nowhere/at/all", 2, /expected/],
  ["up --port none", 2, /expected a number from 1 to 65535/],
  ["status", 3, /not running|no tidegate|does not run/i, { TIDEGATE_DATA: "/nowhere" }],
];
for (const [words, code, says, env] of refused) {
  test(`${words}${env === undefined ? "" : " where nothing runs"} ends with ${code} and says what next`, async () => {
    const ran = await tide.cli([...words.split(" "), "--json"], { env: env ?? {} });
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, says);
    assert.match(ran.stderr, /next: |--help/);
    assert.equal(ran.stdout, "", "stdout is for documents");
  });
}

test("an empty directory has no app in it: the plan ends with 1", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "tidegate-empty-"));
  const ran = await tide.cli(["plan", directory, "--json"]);
  await rm(directory, { recursive: true });
  assert.equal(ran.code, 1, ran.stderr);
  assert.match(ran.stderr, /nothing says how to run this; looked for/);
});

test("ports that are taken: the usual ones give way to free ones, one asked for is refused", async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), "tidegate-journey-"));
  const env = { TIDEGATE_DATA: dataDir };
  const mine = await freePort();
  const holders = await Promise.all([7420, 7480, mine].map(hold));
  try {
    for (const flag of ["--port", "--edge-port"]) {
      const refusal = await tide.cli(["up", "--detach", flag, `${mine}`], { env });
      assert.equal(refusal.code, 2, refusal.stderr);
      const said = `${flag} is ${mine}, but that port is taken; expected a free port of 127.0.0.1`;
      assert.match(
        refusal.stderr,
        new RegExp(`^tidegate: ${said}\nnext: tidegate up ${flag} `, "m"),
      );
    }
    const ran = await tide.cli(["up", "--detach", "--json"], { env });
    assert.equal(ran.code, 0, ran.stderr);
    const { port, edgePort } = JSON.parse(ran.stdout);
    assert.match(ran.stderr, new RegExp(`port 7420 for the API is taken; using ${port}`));
    assert.match(ran.stderr, new RegExp(`port 7480 for the edge is taken; using ${edgePort}`));
    const answer = await tide.cli(["status", "--json"], { env });
    assert.equal(answer.code, 0, answer.stderr);
  } finally {
    const down = await tide.cli(["down", "--json"], { env });
    for (const holder of holders) holder?.close();
    await rm(dataDir, { recursive: true, force: true });
    assert.deepEqual(JSON.parse(down.stdout), { stopped: [] });
  }
});

/** Listens there; `undefined` when somebody else does already, which is as good. */
async function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

test("every command is in these tables", async () => {
  const { stdout } = await tide.cli(["--help"]);
  const named = [...stdout.matchAll(/^ {2}([a-z-]+)(?: [[<…]| {2,})/gm)].map(([, word]) => word);
  // What takes a file, and what tells of the commands, have tests of their own.
  const files = ["simulate", "verdict", "help", "man", "completion"];
  const rows = reads.map(([words]) => words.split(" ")[0]);
  const told = new Set([...rows, ...files, "release", "rollout"]);
  const missing = named.filter((word) => !told.has(word) && word !== "up" && word !== "down");
  assert.ok(named.length >= 14, named.join(" "));
  assert.deepEqual(missing, []);
});
