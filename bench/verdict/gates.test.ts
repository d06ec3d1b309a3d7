/** The gates of others do what their documentation says, window by window. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latencyBoundsMs, latencyCells } from "#domain";
import { argoGate } from "./argo-gate.ts";
import { flaggerGate } from "./flagger-gate.ts";
import { type ArmWindow, type Gate, type Window, meanMs, quantileMs } from "./gate.ts";
import { kayentaImpatient, kayentaOneLook } from "./kayenta-gate.ts";
import { zTestAtEveryLook, zTestAtTheEnd } from "./z-test-gate.ts";

interface Told {
  readonly end: "promote" | "roll_back" | "open";
  readonly atS: number;
  readonly percent: number;
}

/** Shows a gate the same arms at all of its looks for three hours. */
function told(gate: Gate<unknown>, armsAt: (atS: number) => Omit<Window, "atS">): Told {
  let state = gate.begin();
  let percent = gate.startPercent;
  for (let atS = gate.lookEveryS; atS <= 10_800; atS += gate.lookEveryS) {
    const next = gate.look(state, { atS, ...armsAt(atS) });
    state = next.state;
    if (next.move.kind === "expose") percent = next.move.percent;
    if (next.move.kind === "promote" || next.move.kind === "roll_back") {
      return { end: next.move.kind, atS, percent };
    }
  }
  return { end: "open", atS: 10_800, percent };
}

function arm(requests: number, errors: number, ms = 50): ArmWindow {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[latencyBoundsMs.findIndex((bound) => bound >= ms)] = requests;
  return { requests, errors, latency };
}

const both = (candidate: ArmWindow, baseline: ArmWindow) => () => ({
  candidate,
  baseline,
  control: () => baseline,
});
const fine = both(arm(1000, 5), arm(1000, 5));
const silent = both(arm(0, 0), arm(0, 0));
const fewPercent = (errors: number) => both(arm(1000, errors), arm(1000, 5));

// oxfmt-ignore
const cases: readonly (readonly [claim: string, Gate<unknown>, (atS: number) => Omit<Window, "atS">, Told])[] = [
  ["Flagger promotes after interval x maxWeight / stepWeight",      flaggerGate, fine,                              { end: "promote",   atS: 600,  percent: 50 }],
  ["Flagger at 99.0 % still passes",                                flaggerGate, fewPercent(10),                    { end: "promote",   atS: 600,  percent: 50 }],
  ["Flagger below 99 % rolls back after ten failed checks",         flaggerGate, fewPercent(11),                    { end: "roll_back", atS: 660,  percent: 5 }],
  ["Flagger compares with nothing: worse in both arms is worse",    flaggerGate, both(arm(1000, 11), arm(1000, 500)), { end: "roll_back", atS: 660, percent: 5 }],
  ["Flagger rolls back on silence",                                 flaggerGate, silent,                            { end: "roll_back", atS: 660,  percent: 5 }],
  ["Flagger rolls back what is slower than 500 ms",                 flaggerGate, both(arm(1000, 0, 600), arm(1000, 0)), { end: "roll_back", atS: 660, percent: 5 }],
  ["Argo promotes after its four pauses",                           argoGate,    fine,                              { end: "promote",   atS: 2400, percent: 80 }],
  ["Argo at 95.0 % still passes",                                   argoGate,    fewPercent(50),                    { end: "promote",   atS: 2400, percent: 80 }],
  ["Argo fails at the fourth failed measurement",                   argoGate,    fewPercent(51),                    { end: "roll_back", atS: 1500, percent: 40 + 20 }],
  ["Argo counts silence as failed",                                 argoGate,    silent,                            { end: "roll_back", atS: 1500, percent: 60 }],
  ["Argo does not look at latency",                                 argoGate,    both(arm(1000, 0, 6000), arm(1000, 0)), { end: "promote", atS: 2400, percent: 80 }],
  ["the z-test promotes what is alike at its end",                  zTestAtTheEnd,    fine,                         { end: "promote",   atS: 1800, percent: 50 }],
  ["the peeking z-test stops at its first look",                    zTestAtEveryLook, fewPercent(50),               { end: "roll_back", atS: 10,   percent: 1 }],
  ["the one look waits for the end",                                zTestAtTheEnd,    fewPercent(50),               { end: "roll_back", atS: 1800, percent: 25 + 25 }],
  ["Kayenta promotes identical arms at its one look",               kayentaOneLook,   fine,                         { end: "promote",   atS: 3600, percent: 5 }],
  ["Kayenta fails at its one look what is worse in every minute",   kayentaOneLook,   (atS) => both(arm(1000, 30 + (atS % 7)), arm(1000, 5 + (atS % 5)))(), { end: "roll_back", atS: 3600, percent: 5 }],
  ["Kayenta that looks every ten minutes fails it at the first",    kayentaImpatient, (atS) => both(arm(1000, 30 + (atS % 7)), arm(1000, 5 + (atS % 5)))(), { end: "roll_back", atS: 600,  percent: 5 }],
];
for (const [claim, gate, arms, expected] of cases) {
  test(`gates: ${claim}`, () => assert.deepEqual(told(gate, arms), expected));
}

test("gates: a quantile lies in its cell and the mean in the middle of it", () => {
  assert.ok(quantileMs(arm(100, 0, 50), 0.99) <= 51 && quantileMs(arm(100, 0, 50), 0.99) > 40);
  assert.ok(meanMs(arm(100, 0, 50)) > 40 && meanMs(arm(100, 0, 50)) < 51);
  assert.ok(Number.isNaN(quantileMs(arm(0, 0), 0.5)));
});
