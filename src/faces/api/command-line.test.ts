/** The command line as people and scripts meet it: started as a process, against this API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { routes } from "#faces/api/contract";
import type { Api } from "./create-api.ts";
import { runProgram, type Ran } from "./run-program.testing.ts";
import { shopApi } from "./shop-api.testing.ts";
import { shopAt, shopToken, stoppedId } from "./shop.testing.ts";

const tidegate = fileURLToPath(new URL("../../../bin/tidegate", import.meta.url));

let api: Api;
let url: string;
let directory: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-cli-"));
  api = await shopApi(shopAt(Date.now()));
  ({ url } = await api.listen());
});
after(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

interface Around {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

async function run(words: readonly string[], around: Around = {}): Promise<Ran> {
  const { cwd = directory, program = tidegate } = around;
  const base = { PATH: process.env["PATH"] ?? "", HOME: directory, TIDEGATE_DATA: directory };
  const here = { TIDEGATE_URL: url, TIDEGATE_TOKEN: shopToken };
  const env = around.env ?? { ...base, ...here };
  return await runProgram(program, words, { cwd, env });
}

const alone = () => ({
  PATH: process.env["PATH"] ?? "",
  HOME: directory,
  TIDEGATE_DATA: directory,
});

const appTable = `\
APP   STATE        TRAFFIC  ERRORS  URL
shop  v11 live  96.4 req/s  0.19 %  http://shop.localhost:7480
`;

const change = `\
a41ca41  Round totals half to even
rolled back: taken away from those who met it
Ana Lima · pushed 3 min ago · 2 files +14 -6 · v12 · shop · chg_0000000stop1

STAGE       TIME  STATE   RESULT
source     40 ms  passed
build      1.2 s  passed  cached 1 of 2
test       9.3 s  passed  412 passed
assure    400 ms  passed  3 of 3 rules passed
rollout    5.0 s  failed
feedback   10 ms  passed

rollout rolled back: the errors guardrail found harm
  exposure  0 % of users now
  harmed    29 of 61 users who met it
  failed    64 of 214 requests
  verdict   harmful: errors: 29 of 61 users met a failed request (47.5 %), baseline 8 of 3,904 (0.2 %); tolerated 1.5 times
  lasted    5.0 s
  id        rol_000000000001

GUARDRAIL         VERDICT                            BASELINE          CANDIDATE  OF        TOLERATED
errors            harmful                  8 of 3,904 (0.2 %)  29 of 61 (47.5 %)  users     1.5x or +0.5 points
latency > 128 ms  not enough evidence  210 of 11,902 (1.76 %)  5 of 214 (2.34 %)  requests  1.25x
latency: requests longer than 161 ms, for the baseline than 128 ms; of all times compared it fares worst at these; 1.25 times as long is tolerated

a failed request: GET /cart/total -> 500 after 12 ms, 2 min ago (req_8f2k)
  | TypeError: Cannot read properties of undefined (reading 'cents')
  |     at total (cart.js:41:23)

its author expects: conversion up >=1%
`;

const watched = `\
admin: dev.cdevents.change.merged
build: dev.cdevents.build.started
feedback: dev.tidegate.delivery.finished
`;

const next = "put it right and push again";
// oxfmt-ignore
const transcripts: readonly (readonly [words: string, exitCode: number, stdout: string, stderr: string])[] = [
  ["app list", 0, appTable, ""],
  ["app create blog", 0, "app blog created\n  url  http://blog.localhost:7480\n  git  http://127.0.0.1:7420/git/shop.git\n", "next: tidegate link blog\n"],
  ["app create shop", 2, "", 'tidegate: app "shop" exists already\nnext: Use it as it is, or choose another name; see: tidegate app create --help\n'],
  ["app delete shop", 2, "", "tidegate: this cannot be taken back, and without a terminal nobody can be asked\nnext: tidegate app delete shop --yes; what would go is told by tidegate app delete shop --dry-run\n"],
  ["app delete shop --yes", 0, "app shop deleted\n", "for seven days its repository is kept in DATA/git/trash/shop.*.git on the instance's machine\nits configuration, domains and releases are gone\nto have it again: tidegate app create shop, tidegate link shop in a clone of it, git push tide main, and set its configuration anew\nwithout a clone: git clone DATA/git/trash/shop.*.git\n"],
  ["change show a41c", 0, change, `next: ${next}\n`],
  ["change show a41c --log build", 0, "added 57 packages in 2 s\n", ""],
  ["change show a41c --log rollout", 2, "", "tidegate: --log is \"rollout\"; expected build or test\nnext: tidegate change show --help\n"],
  [`change watch ${stoppedId}`, 1, watched, `a41ca41 is rolled back: taken away from those who met it\nnext: ${next}\n`],
  ["release rollback v11 --app shop", 0, "shop is back on v11, as v13 (131 ms); until now it was v12\n", "next: tidegate release rollback v12 --app shop, to bring v12 back\n"],
  ["domain remove shop www.nowhere.test", 2, "", 'tidegate: there is no domain of shop "www.nowhere.test"\nnext: See what there is: tidegate domain list shop\n'],
  ["release rollback 99 --app shop", 2, "", 'tidegate: there is no release "v99"\nnext: See what there is: tidegate release list\n'],
  ["release rollback vx --app shop", 2, "", 'tidegate: "vx" is no release; expected a number such as v12\nnext: tidegate release list\n'],
  ["rollout resume shop", 2, "", "tidegate: the rollout is rolled back\nnext: Push again: a rollout that turned back never goes on; see: tidegate rollout resume --help\n"],
  ["config list --app shop", 0, "GREETING=hello\nLOG_LEVEL=info\n", ""],
  ["config set A B --app shop", 2, "", 'tidegate: "B" is no setting; expected NAME=value, or one NAME whose value is on standard input\nnext: tidegate config set NAME=value\n'],
  ["open shop --site", 0, "http://shop.localhost:7480\n", ""],
  ["app show shpo", 2, "", 'tidegate: there is no app "shpo". Did you mean shop?\nnext: tidegate app show shop\n'],
  ["logs --app shpo", 2, "", 'tidegate: there is no app "shpo". Did you mean shop?\nnext: tidegate logs --app shop\n'],
  ["journal", 2, "", "tidegate: which? tidegate journal verify\nnext: tidegate help journal\n"],
  ["help chnge watch", 2, "", "tidegate: unknown command 'chnge watch'. Did you mean tidegate change watch?\nnext: tidegate help change watch\n"],
  ["journal verify", 0, "the journal is whole: 3 entries, each chained to the one before\n", ""],
  ["config list", 2, "", "tidegate: which app? this directory is not linked to one\nnext: name it with --app NAME, or link the repository here: tidegate link NAME\n"],
  ["chnge", 2, "", "tidegate: unknown command 'chnge'. Did you mean tidegate change?\nnext: tidegate help change\n"],
  ["app lst", 2, "", "tidegate: unknown command 'lst'. Did you mean tidegate app list?\nnext: tidegate help app list\n"],
  ["completion", 2, "", "tidegate: the shell is missing; expected bash, zsh or fish\nnext: tidegate completion --help\n"],
  ["rollout skip-to 2 shop", 2, "", 'tidegate: --reason is missing; expected --reason <text>\nnext: tidegate rollout skip-to 2 shop --reason "…"\n'],
  ["app list --josn", 2, "", "tidegate: unknown option '--josn'. Did you mean --json?\nnext: tidegate app list --help\n"],
  ["dora --window soon", 2, "", 'tidegate: --window is "soon"; expected a duration such as 500ms, 30s, 10m, 1h or 2d\nnext: tidegate dora --window 30d\n'],
  ["logs --app shop --instance web.1", 2, "", "tidegate: id: expected an id such as ins_5c2a8d0k3m1x\nnext: Correct the value and ask again; see: tidegate logs --help\n"],
  ["logs --app shop --tail many", 2, "", 'tidegate: --tail is "many"; expected a number from 1 to 5000\nnext: tidegate logs --tail 200\n'],
  ["change list --limit 201", 2, "", 'tidegate: --limit is "201"; expected a number from 1 to 200\nnext: tidegate change list --limit 20\n'],
  ["config set --app shop 1A=b", 2, "", 'tidegate: "1A" is no name of a variable; expected at most 128 letters, digits and _, not starting with a digit\nnext: tidegate config set NAME=value\n'],
  ["verdict replay nope.ndjson", 2, "", "tidegate: there is no file nope.ndjson\nnext: ls .\n"],
  ["up --port http", 2, "", 'tidegate: --port is "http"; expected a number from 1 to 65535\nnext: tidegate up --help\n'],
];
for (const [words, exitCode, stdout, stderr] of transcripts) {
  test(`tidegate ${words}: prints this and exits with ${exitCode}`, async () => {
    const ran = await run(words.split(" "));
    // Ages depend on when the test runs; everything else is exact.
    const settled = {
      ...ran,
      stdout: ran.stdout.replaceAll(/\d min ago \(req/g, "2 min ago (req"),
    };
    assert.deepEqual(settled, { exitCode, stdout, stderr });
  });
}

test("tidegate plan: a gate rule that cannot be asked is refused before a push, all of them at once", async () => {
  const tree = path.join(directory, "faulty-gate");
  await mkdir(tree);
  await writeFile(path.join(tree, "index.html"), "<h1>hello</h1>");
  const manifest = "gate:\n  small: chnage.files <= 200\n  sum: tests.failed + 1\n";
  await writeFile(path.join(tree, "tidegate.yaml"), manifest);
  const { exitCode, stderr } = await run(["plan", tree]);
  assert.equal(exitCode, 1);
  assert.equal(
    stderr,
    "tidegate: tidegate.yaml: gate.small: no fact is called chnage.files; did you mean change.files?\n" +
      "tidegate.yaml: gate.sum: it must be true or false, and gives int\n" +
      "next: edit tidegate.yaml; what rules may say is in /docs/how-to/write-gate-rules\n",
  );
  await writeFile(path.join(tree, "tidegate.yaml"), "gate:\n  small: change.files <= 200\n");
  assert.match((await run(["plan", tree])).stdout, /^ {2}gate +small: change\.files <= 200$/m);
});

test("tidegate man: in a pipe it is text with its subcommands, and its source when that is asked for", async () => {
  const text = await run(["man", "token"]);
  assert.match(text.stdout, /^Usage: tidegate token <command>/);
  assert.match(text.stdout, /^Usage: tidegate token revoke \[options\] <token>$/m);
  assert.doesNotMatch(text.stdout, /^\.|More:/m);
  const source = await run(["man", "token", "--roff"]);
  assert.match(source.stdout, /^\.TH TIDEGATE-TOKEN 1 /m);
});

test("tidegate dora: says of its times that they are medians", async () => {
  const { exitCode, stdout } = await run(["dora", "--all"]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^all apps, the last .*; times are medians\n/);
});

// oxfmt-ignore
const documents: readonly (readonly [words: string, exitCode: number, schema: { parse(value: unknown): unknown } | undefined])[] = [
  ["app list", 0, routes["GET /api/v1/apps"].response],
  ["app show shop", 0, routes["GET /api/v1/apps/:app"].response],
  ["app create blog", 0, routes["POST /api/v1/apps"].response],
  ["app delete shop --yes", 0, routes["DELETE /api/v1/apps/:app"].response],
  ["change list", 0, routes["GET /api/v1/changes"].response],
  ["change show a41c", 0, routes["GET /api/v1/changes/:change"].response],
  ["change show a41c --log test", 0, routes["GET /api/v1/changes/:change/logs/:stage"].response],
  ["change watch a41c", 1, routes["GET /api/v1/changes/:change"].response],
  ["release list --app shop", 0, routes["GET /api/v1/apps/:app/releases"].response],
  ["release rollback --app shop", 0, routes["POST /api/v1/apps/:app/rollback"].response],
  ["rollout show shop", 0, routes["GET /api/v1/rollouts/:rollout"].response],
  ["rollout abort shop --reason odd", 0, routes["POST /api/v1/rollouts/:rollout/:action"].response],
  ["config list --app shop", 0, routes["GET /api/v1/apps/:app/config"].response],
  ["config set A=b=c --app shop", 0, routes["PATCH /api/v1/apps/:app/config"].response],
  ["domain add shop new.shop.test", 0, routes["POST /api/v1/apps/:app/domains"].response],
  ["domain list shop", 0, routes["GET /api/v1/apps/:app/domains"].response],
  ["domain remove shop www.shop.test", 0, routes["DELETE /api/v1/apps/:app/domains/:host"].response],
  ["config unset A --app shop", 0, routes["PATCH /api/v1/apps/:app/config"].response],
  ["logs --app shop", 0, routes["GET /api/v1/apps/:app/logs"].response],
  ["dora", 0, routes["GET /api/v1/dora"].response],
  ["status", 3, routes["GET /api/v1/status"].response],
  ["doctor", 0, routes["GET /api/v1/findings"].response],
  ["journal verify", 0, routes["GET /api/v1/journal/verification"].response],
  ["app show nope", 2, undefined],
];
for (const [words, exitCode, schema] of documents) {
  test(`tidegate ${words} --json: prints the API's type and nothing else on stdout`, async () => {
    const ran = await run([...words.split(" "), "--json"]);
    assert.equal(ran.exitCode, exitCode, ran.stderr);
    if (schema === undefined) assert.equal(ran.stdout, "");
    else schema.parse(JSON.parse(ran.stdout));
  });
}

test("logs -f --json prints one object a line", async () => {
  const { stdout } = await run(["logs", "-f", "--app", "shop", "--json"]);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines)
    routes["GET /api/v1/apps/:app/logs/events"].response.parse(JSON.parse(line));
});

test("a pipe gets no colour", async () => {
  const { stdout, stderr } = await run(["change", "show", "a41c"]);
  assert.ok(!`${stdout}${stderr}`.includes("\u001B"));
});

for (const [claim, wish, isColoured] of [
  ["gets colour", {}, true],
  ["with NO_COLOR gets none", { NO_COLOR: "1" }, false],
  ["that is dumb gets none", { TERM: "dumb" }, false],
] as const) {
  test(`a terminal ${claim}`, async () => {
    const env = {
      ...alone(),
      TERM: "xterm",
      TIDEGATE_URL: url,
      TIDEGATE_TOKEN: shopToken,
      ...wish,
    };
    // `script` gives the program a terminal.
    const line = `${tidegate} change show a41c`;
    const { stdout } = await run(["-qec", line, "/dev/null"], { env, program: "script" });
    assert.match(stdout, /Round totals/);
    assert.equal(stdout.includes("\u001B[31mrolled back"), isColoured);
  });
}

test("with nothing running, the next command is up, and it is a fault of the platform", async () => {
  const ran = await run(["app", "list"], { env: alone() });
  const stderr = `tidegate: tidegate is not running on ${directory}\nnext: tidegate up --detach\n`;
  assert.deepEqual(ran, { exitCode: 3, stdout: "", stderr });
});

test("doctor: with nothing running, it tries the sandbox and looks for a database itself", async () => {
  const data = path.join(directory, "not-yet");
  const ran = await run(["doctor", "--json"], { env: { ...alone(), TIDEGATE_DATA: data } });
  const { findings } = routes["GET /api/v1/findings"].response.parse(JSON.parse(ran.stdout));
  const names = new Set(findings.map(({ name }) => name));
  const expected = ["instance", "sandbox", "cgroups", "git", "postgresql", "disk", "data"];
  for (const name of [...expected, "port 7420", "port 7480"]) assert.ok(names.has(name), name);
  assert.match(findings.find(({ name }) => name === "sandbox")?.found ?? "", /^level \d of 3/);
  await assert.rejects(stat(data), /ENOENT/, "looking made the data directory");
});

test("a wrong token is told apart from a missing server", async () => {
  const env = { ...alone(), TIDEGATE_URL: url, TIDEGATE_TOKEN: "tg_wrong" };
  const { exitCode, stderr } = await run(["app", "list"], { env });
  assert.equal(exitCode, 2);
  assert.match(stderr, /this token is not known here, or has ended\nnext: /);
});

test("the instance and its token are found in the data directory", async () => {
  const data = await mkdtemp(path.join(directory, "data-"));
  await mkdir(path.join(data, "run"));
  await writeFile(path.join(data, "admin-token"), `${shopToken}\n`, { mode: 0o600 });
  // Stands in for a supervisor: a process that has the word among its arguments.
  const stand = spawn(process.execPath, ["-e", "process.stdin.resume()", "supervisor"]);
  await once(stand, "spawn");
  const endpoint = { url, edgeUrl: url, pid: stand.pid, isReady: true, startedAt: 0, notes: [] };
  await writeFile(path.join(data, "run", "endpoint.json"), JSON.stringify(endpoint));
  const env = { ...alone(), TIDEGATE_DATA: data };
  assert.equal((await run(["app", "list"], { env })).stdout, appTable);
  const second = await run(["up"], { env });
  assert.equal(second.exitCode, 2);
  assert.match(
    second.stderr,
    /runs on .* already: http.*\nnext: tidegate status, or: tidegate down\n/,
  );

  const ended = once(stand, "exit");
  const down = await run(["down"], { env });
  assert.equal(down.exitCode, 0);
  assert.match(down.stdout, /^tidegate is down after /);
  assert.match(down.stderr, /stopping, with shop/);
  await ended;
  assert.match((await run(["down"], { env })).stdout, /is not running/);
});

test("bin/tidegate works through symlinks, from any directory", async () => {
  await symlink(tidegate, path.join(directory, "first"));
  await symlink("first", path.join(directory, "second"));
  const ran = await run(["--version"], { cwd: "/", program: path.join(directory, "second") });
  assert.match(ran.stdout, /^\d+\.\d+\.\d+\n$/);
});
