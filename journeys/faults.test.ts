/**
 * kill -9 of every part, again and again, during deliveries: an acknowledged push ends in a final state,
 * nothing happens twice, and apps serve throughout.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, eventuallyTrue } from "./support/eventually.ts";
import type { Role } from "./support/processes.ts";
import { type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const tide = await Tidegate.start();
const steps =
  "build:\n  command: sh -c 'echo building; sleep 1'\nrollout:\n  strategy: all-at-once\n";
const author = await tide.deliverApp("busy", nodeApp(answering("0"), { "tidegate.yaml": steps }));
await tide.deliverApp("control", nodeApp(answering("steady")));
let round = 0;

const parts: readonly Role[] = ["server", "postgres", "supervisor", "edge"];
for (const part of parts) {
  test(`kill -9 of the ${part} at three moments of a delivery loses nothing`, async () => {
    const control = tide.traffic("control", { requestsPerSecond: 40, users: 10 });
    await control.more(20);
    for (const moment of [/^source /, /building/, /^assure /]) {
      round += 1;
      const commit = await author.commit(`Round ${round}`, { "server.js": answering(`${round}`) });
      const push = author.startPush("-o", "wait");
      await push.saw(moment);
      await tide.kill(part);
      await push.ended();
      await serverIsBack(part);
      const change = await tide.untilState(commit, ["live"], 90_000);
      assert.equal(change.state, "live");
      await eventuallyTrue(
        "users meet it",
        async () => (await tide.visit("busy").catch(() => undefined))?.body === `${round}\n`,
      );
    }
    await control.more(20);
    await control.stop();
    assert.deepEqual(
      control.failures.filter((why) => part !== "edge" || !isCut(why)),
      [],
    );
    await onceEach();
    await nothingDoubled();
  });
}

/** What a user sees whose connection is cut, or who comes while the edge starts again. */
function isCut(why: string): boolean {
  return /ECONNRESET|ECONNREFUSED|socket hang up/.test(why);
}

async function serverIsBack(part: Role): Promise<void> {
  if (part === "supervisor") {
    await tide.up();
    return;
  }
  await eventuallyTrue(
    "the API answers again",
    async () => (await tide.api("GET /api/v1/status").catch(() => undefined))?.status === 200,
    60_000,
  );
}

/** One merged entry a commit, one live outcome a change, and a chain without a break. */
async function onceEach(): Promise<void> {
  assert.equal((await tide.json("journal", "verify")).brokenAt, undefined);
  const entries = await tide.journal();
  const of = (type: string): readonly Json[] => entries.filter((entry) => entry.type === type);
  const commits = of("dev.cdevents.change.merged").map(({ data }) => data.change.commit);
  assert.equal(new Set(commits).size, commits.length, "a commit is merged once");
  for (const type of [
    "dev.cdevents.build.finished",
    "dev.cdevents.service.deployed",
    "dev.cdevents.service.published",
    "dev.tidegate.delivery.finished",
  ]) {
    const changes = of(type).map(({ change }) => change);
    assert.equal(new Set(changes).size, changes.length, `${type} comes once a change`);
  }
}

/** One process a role, and one for each instance that is to run. */
async function nothingDoubled(): Promise<void> {
  for (const role of parts) {
    await eventuallyTrue(`one ${role} runs`, async () => (await tide.processes(role)).length === 1);
  }
  await eventually("each live or warm release runs once", async () => {
    const { apps } = (await tide.api("GET /api/v1/apps")).body;
    const lists = await Promise.all(
      apps.map(async ({ name }: Json) => await tide.api(`GET /api/v1/apps/${name}/releases`)),
    );
    const wanted = lists.flatMap(({ body }) => body.releases).flatMap(({ instances }) => instances);
    const found = new Set(
      (await tide.processes()).flatMap(({ argv }) =>
        argv.flatMap((word) => /\/instances\/(ins_\w+)/.exec(word)?.[1] ?? []),
      ),
    );
    const ids = new Set(wanted.map(({ id }: Json) => id));
    return ids.size === found.size && [...ids].every((id) => found.has(id)) ? true : undefined;
  });
}

test("a restart of the server during a build does not restart the build", async () => {
  const once =
    "build:\n  command: sh -c 'read -r id < /proc/sys/kernel/random/uuid; echo begun-$id; sleep 5; echo ended'\nrollout:\n  strategy: all-at-once\n";
  const commit = await author.commit("Build slowly", {
    "tidegate.yaml": once,
    "server.js": answering("slow"),
  });
  const push = author.startPush("-o", "wait");
  await push.saw(/begun-/);
  await tide.kill("server");
  await push.ended();
  const change = await tide.untilState(commit, ["live"], 60_000);
  const { body } = await tide.api(`GET /api/v1/changes/${change.id}/logs/build`);
  const begun = body.lines.filter((line: string) => line.startsWith("begun-"));
  assert.equal(new Set(begun).size, 1, body.lines.join("\n"));
});

test("down stops everything, and up brings the apps back", async () => {
  await tide.down();
  await eventuallyTrue("nothing is left", async () => (await tide.processes()).length === 0, 5_000);
  await tide.up();
  for (const app of ["busy", "control"]) await tide.untilServes(app);
  await onceEach();
  await nothingDoubled();
});
