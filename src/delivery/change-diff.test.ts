/** With what a change is compared: what users had, as far as that is known, and not what was pushed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok } from "#std";
import { sure } from "#std/testing";
import { parseId, type Change, type ObjectId, type Repositories, type Store } from "#domain";
import { changeDiff } from "./change-diff.ts";
import { aChange, app, aRelease, baseline, release, rollout } from "./plot.testing.ts";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- forty digits of a commit
const commitOf = (digit: string) => digit.repeat(40) as ObjectId;
const [pushed, had, gone] = [commitOf("1"), commitOf("2"), commitOf("3")];
const earlier = sure(parseId("chg", "chg_000000000009"));
const diff = {
  files: [],
  filesLeftOut: 0,
  commits: [],
  hasMoreCommits: false,
  patch: "",
  isPatchCut: false,
};

interface World {
  readonly isLive?: boolean;
  readonly isFirst?: boolean;
  readonly isForgotten?: boolean;
}

/** Release 2 was live, or is; its change was pushed long before the last push. */
function portsOf({ isLive = true, isFirst = false, isForgotten = false }: World) {
  const documents: Readonly<Record<string, unknown>> = {
    [`app ${app}`]: isLive ? { liveRelease: baseline } : {},
    [`rollout ${rollout}`]: isFirst ? {} : { baseline },
    [`release ${baseline}`]: { ...aRelease(baseline, 2, "live"), change: earlier },
    [`change ${earlier}`]: { ...aChange, commit: isForgotten ? gone : had },
  };
  const get = async (kind: string, id: string) => {
    const body = documents[`${kind} ${id}`];
    return body === undefined ? undefined : { id, version: 1, body };
  };
  const known = async (_app: string, from: ObjectId | undefined) =>
    from === gone ? err({ code: "not_found", what: "commit", name: gone }) : ok(diff);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is asked for
  return { store: { get }, repositories: { diff: known } } as unknown as {
    readonly store: Store;
    readonly repositories: Repositories;
  };
}

const { rollout: _none, ...unmet } = { ...aChange, previousCommit: pushed, release };
const delivering: Change = { ...unmet, state: "delivering" };
// oxfmt-ignore
const cases: readonly (readonly [claim: string, change: Change, world: World, expected: object])[] = [
  ["what its rollout is compared with", { ...delivering, rollout },      {},                    { commit: had, release: 2 }],
  ["that, too, once it is over",        { ...unmet, rollout, state: "rolled_back" }, { isLive: false }, { commit: had, release: 2 }],
  ["what is live, before its rollout",  delivering,                      {},                    { commit: had, release: 2 }],
  ["nothing, where nothing is live",    delivering,                      { isLive: false },     {}],
  ["nothing, of a first release",       { ...delivering, rollout },      { isFirst: true },     {}],
  ["the push before, of one that ended unmet", { ...unmet, state: "failed" }, {},               { commit: pushed }],
  ["that, where the other is not kept", delivering,                      { isForgotten: true }, { commit: pushed }],
];
for (const [claim, change, world, expected] of cases) {
  test(`diff: a change is compared with ${claim}`, async () => {
    const told = await changeDiff(change, portsOf(world));
    assert.deepEqual(told.ok && told.value.comparedWith, expected);
  });
}
