/** What a change's entries add up to; a repeat changes nothing, and an unknown type does no harm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeEventResource } from "#faces/api/contract";
import { addEvent, storyBegins } from "./story.ts";

function event(seq: number, type: string, data: Record<string, unknown>): ChangeEventResource {
  const entry = { seq, at: seq * 1000, type, actor: "ana", data, previousHash: "", hash: "" };
  return { entry, lines: [`line ${seq}`] };
}

const events = [
  event(1, "dev.tidegate.gate.decided", { passed: true, rules: [] }),
  event(2, "dev.tidegate.rollout.exposure_changed", { from: 0, to: 1200, because: "start" }),
  event(3, "dev.tidegate.rollout.commanded", { command: "pause", reason: "" }),
  event(4, "dev.somebody.else", { what: "ever" }),
  event(5, "dev.cdevents.service.rolledback", { number: 2, because: "harm" }),
];

test("console: a story is what its entries add up to", () => {
  const story = events.reduce(addEvent, storyBegins);
  assert.deepEqual(story.gate, { passed: true, rules: [] });
  assert.deepEqual(
    story.exposures.map(({ percent }) => percent),
    [12, 0],
  );
  assert.deepEqual(
    story.markers.map(({ label }) => label),
    ["pause by ana", "v2 taken away"],
  );
  assert.equal(story.told.length, events.length);
});

test("console: a story knows that a change was taken back, and that it came back", () => {
  const ways = [
    event(6, "dev.tidegate.change.taken_back", { by: { name: "ana" }, because: "ana went back" }),
    event(7, "dev.tidegate.change.restored", { number: 4, because: "ana went back" }),
  ];
  const { exposures, markers } = ways.reduce(addEvent, storyBegins);
  assert.deepEqual(
    exposures.map(({ percent }) => percent),
    [0, 100],
  );
  assert.deepEqual(
    markers.map(({ label }) => label),
    ["taken back by ana", "v4 for everybody"],
  );
});

test("console: an entry that comes twice counts once", () => {
  const once = events.reduce(addEvent, storyBegins);
  assert.deepEqual([...events, ...events].reduce(addEvent, storyBegins), once);
});
