/** A word to an app whose newest change has no rollout yet is not about the rollout before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeState, RolloutState, StageRecord } from "#domain";
import { notBegun } from "./not-begun.ts";

const before = (state: RolloutState) => ({ state, change: "chg_1" });
const newest = (state: ChangeState, ...stages: readonly StageRecord[]) => ({
  id: "chg_2",
  commit: "36c0ee3f00",
  state,
  stages,
});
const runs = (name: StageRecord["name"]): StageRecord => ({ name, state: "running" });

// oxfmt-ignore
const cases: readonly (readonly [string, Parameters<typeof notBegun>, RegExp | undefined])[] = [
  ["one that is built",                   [before("rolled_back"), newest("delivering", runs("build"))],  /^over \(rolled back\), and the newest change, 36c0ee3, has none yet: it is in the stage build$/],
  ["one that is started",                 [before("promoted"), newest("delivering", runs("rollout"))],   /it is being started$/],
  ["one that waits",                      [before("superseded"), newest("delivering")],                  /it waits for its turn$/],
  ["the first of all",                    [undefined, newest("delivering", runs("test"))],               /^not begun, and .* it is in the stage test$/],
  ["one beside a rollout that goes on",   [before("running"), newest("delivering", runs("build"))],      undefined],
  ["one that has its rollout, beside an older one", [before("promoted"), { ...newest("delivering", runs("rollout")), rollout: "rol_2" }], undefined],
  ["one that has failed",                 [before("promoted"), newest("failed")],                        undefined],
  ["the one that the rollout is of",      [before("promoted"), { ...newest("delivering"), id: "chg_1" }], undefined],
  ["none",                                [undefined, undefined],                                        undefined],
];
for (const [claim, given, state] of cases) {
  test(`not begun: ${claim} ${state === undefined ? "is nothing to tell" : "is told"}`, () => {
    const told = notBegun(...given);
    assert.equal(told === undefined, state === undefined);
    if (state === undefined || told === undefined) return;
    assert.match(told.state, state);
    assert.equal(told.next, "tidegate change watch chg_2");
  });
}
