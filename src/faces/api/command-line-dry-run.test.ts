/** What `--dry-run` tells, against this API: every command that changes something, and nothing is changed. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Api } from "./create-api.ts";
import { runProgram, type Ran } from "./run-program.testing.ts";
import { shopApi } from "./shop-api.testing.ts";
import { shopAt, shopToken, type Shop } from "./shop.testing.ts";

const tidegate = fileURLToPath(new URL("../../../bin/tidegate", import.meta.url));

let api: Api;
let shop: Shop;
let url: string;
let directory: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-dry-"));
  shop = shopAt(Date.now());
  api = await shopApi(shop);
  ({ url } = await api.listen());
  await run("git", ["init", "--quiet"]);
});
after(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

async function run(program: string, words: readonly string[]): Promise<Ran> {
  const here = { HOME: directory, TIDEGATE_DATA: path.join(directory, "data") };
  const there = { TIDEGATE_URL: url, TIDEGATE_TOKEN: shopToken };
  const env = { PATH: process.env["PATH"] ?? "", ...here, ...there };
  return await runProgram(program, words, { cwd: directory, env });
}

// oxfmt-ignore
const told: readonly (readonly [words: string, exitCode: number, tells: RegExp])[] = [
  ["up --port 1024 --detach", 0, /would make a new instance in .*\nwould serve the API at 127\.0\.0\.1:1024, the apps at .*, and git over SSH at /],
  ["down", 0, /is not running/],
  ["app create blog", 0, /would create the app blog with an empty repository/],
  ["app create shop", 2, /app "shop" exists already/],
  ["app create No", 2, /expected /],
  ["app delete shop", 0, /would stop v11 with its \d instances?: http:\/\/shop.* would not answer\nwould move the repository of shop to the trash/],
  ["app delete nope", 2, /there is no app "nope"/],
  ["link shop", 0, /would add the remote tide to .* to http:\/\/127\.0\.0\.1:7420\/git\/shop\.git/],
  ["config set GREETING=hello NEW=1 LOG_LEVEL=debug --app shop", 0, /would leave GREETING as it is\nwould set NEW, which is new\nwould change LOG_LEVEL\nwould make configuration version 4 of shop\nwould roll out v11 with it/],
  ["config set GREETING=hello --app shop", 0, /would leave GREETING as it is\nwould change nothing: configuration version 3 of shop says so already/],
  ["config unset GREETING --app shop", 0, /would unset GREETING\nwould make configuration version 4/],
  ["config unset GREETING NOPE --app shop", 2, /there is no variable "NOPE"\nnext: tidegate config list/],
  ["domain add shop www.shop.test", 0, /would serve shop by the name www\.shop\.test as well/],
  ["domain remove shop www.shop.test", 0, /would serve nothing by the name www\.shop\.test/],
  ["release rollback v99 --app shop", 2, /there is no release "v99"/],
  ["release rollback --app shop", 2, /the live release v11 is the oldest code and configuration: nothing was live before it/],
  ["release rollback v11 --app shop", 2, /the release v11 is live already/],
  ["open shop", 0, /would .*shop/],
  ["invitation create bo", 0, /would make a link for .*, which works once and for 7 days/],
  ["invitation revoke inv_000000000000", 0, /would take back the invitation inv_000000000000/],
  ["provider set acme --issuer https://id.example.org --client-id tide", 0, /would take the word of https:\/\/id\.example\.org/],
  ["provider remove acme", 0, /would stop taking the word of acme/],
  ["app assign shop --team crew", 0, /would make the app shop the team crew's/],
  ["app assign shop", 2, /whose is it to be\?/],
  ["user create bo --role developer --on app:shop", 0, /would create the user bo, as developer on app:shop/],
  ["user create bo --role developer", 2, /--role and --on go together/],
  ["user disable ana", 0, /would disable the user ana, and end their tokens and sessions at once/],
  ["user enable ana", 0, /would let the user ana sign in again/],
  ["team create ops", 0, /would create the team ops/],
  ["team delete crew", 0, /would delete the team crew/],
  ["team add crew ana", 0, /would put ana into the team crew/],
  ["team remove crew ana", 0, /would take ana out of the team crew/],
  ["grant add bo viewer --on platform", 0, /would make bo viewer on platform/],
  ["grant remove bo viewer --on platform", 0, /would take the role viewer on platform from bo/],
  ["token create --label ci --push shop", 0, /would make a token of your own that pushes to shop and nothing else/],
  ["token create --label ci --expires soon", 2, /expected a duration/],
  ["token revoke tok_000000000000", 0, /would end the token tok_000000000000 at once/],
  ["ssh-key add nowhere.pub", 2, /there is no file nowhere\.pub/],
  ["ssh-key remove key_000000000000", 0, /would .*key_000000000000/],
  ["rollout abort shop", 2, /the rollout is over \(rolled back\): there is nothing to abort any more/],
  ["rollout pause shop", 2, /the rollout is over \(rolled back\): there is nothing to pause any more/],
  ["rollout resume shop", 2, /the rollout is over \(rolled back\): there is nothing to resume any more/],
  ["rollout promote shop", 2, /the rollout is over \(rolled back\): there is nothing to promote any more/],
  ["rollout approve shop --step 1", 2, /the rollout is over \(rolled back\): there is nothing to approve any more/],
  ["rollout join shop", 2, /the rollout is rolled back/],
  ["rollout leave shop", 2, /the rollout is rolled back/],
  ["rollout skip-to 2 shop --reason odd", 2, /the rollout is over \(rolled back\): there is nothing to skip any more/],
];
for (const [words, exitCode, tells] of told) {
  test(`dry run: tidegate ${words} tells what would happen, and changes nothing`, async () => {
    const ran = await run(tidegate, [...words.split(" "), "--dry-run"]);
    assert.equal(ran.exitCode, exitCode, `${ran.stdout}${ran.stderr}`);
    assert.match(exitCode === 0 ? ran.stdout : ran.stderr, tells);
    assert.deepEqual(shop.calls, []);
    assert.equal((await run("git", ["remote"])).stdout, "");
  });
}

test("dry run: the table reaches every command that changes something", async () => {
  const { stdout } = await run(tidegate, ["help", "--json"]);
  const { commands } = JSON.parse(stdout);
  const changing: readonly string[] = commands
    .filter(({ isChanging }: { isChanging: boolean }) => isChanging)
    .map(({ name }: { name: string }) => name);
  assert.ok(changing.length >= 14, changing.join(", "));
  for (const name of changing) {
    assert.ok(
      told.some(([words]) => words === name || words.startsWith(`${name} `)),
      `${name} is not tried`,
    );
  }
});

test("dry run: --json gives the effects and the request that would be made, and never a value", async () => {
  const words = ["config", "set", "API_KEY=s3cret", "--app", "shop", "--dry-run", "--json"];
  const { stdout } = await run(tidegate, words);
  assert.deepEqual(JSON.parse(stdout), {
    isDryRun: true,
    effects: [
      "set API_KEY, which is new",
      "make configuration version 4 of shop",
      "roll out v11 with it, as a new release",
    ],
    request: {
      method: "PATCH",
      path: "/api/v1/apps/shop/config",
      body: { set: { API_KEY: "…" }, unset: [] },
    },
  });
});
