/** The list of releases: whose code each is, what it brought back, and what was taken back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListedReleaseResource } from "#faces/api/contract";
import { paintFor } from "../render/paint.ts";
import { renderReleases } from "./release.ts";

const one: ListedReleaseResource = {
  id: "rel_1",
  number: 1,
  app: "shop",
  environment: "production",
  artifact: "sha256:1",
  change: "chg_1",
  configVersion: 0,
  formation: { web: 1 },
  state: "stopped",
  instances: [],
  createdAt: 0,
  cause: "push",
  isKept: true,
  commit: "1111111aaaa",
  subject: "Say one",
};
const two = { ...one, id: "rel_2", number: 2, commit: "2222222bbbb", subject: "Say two" };
const back = { cause: "rollback", state: "live", number: 3, restoresNumber: 1 } as const;

test("release list: each names its commit, a way back what it brought, and what was taken back by whom", () => {
  const releases = [
    { ...one, ...back },
    { ...two, takenBack: { by: "ana", reason: "loses orders" } },
    one,
  ];
  assert.deepEqual(
    renderReleases(releases, 9_000, paintFor({ isTerminal: false }, {})).split("\n"),
    [
      "RELEASE  STATE    MADE     CAUSE       COMMIT   SUBJECT  TAKEN BACK            CONFIG    SANDBOX",
      "v3       live     9 s ago  back to v1  1111111  Say one                        config 0",
      "v2       stopped  9 s ago  push        2222222  Say two  by ana: loses orders  config 0",
      "v1       stopped  9 s ago  push        1111111  Say one                        config 0",
    ],
  );
});

test("release list: whose change is kept no more has no commit, and nothing taken back no column", () => {
  const { commit: _gone, subject: _too, ...bare } = one;
  const text = renderReleases([bare], 9_000, paintFor({ isTerminal: false }, {}));
  assert.doesNotMatch(text, /TAKEN BACK|undefined/);
});
