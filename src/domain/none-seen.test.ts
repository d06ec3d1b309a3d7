/** Why a guardrail shows nothing of the candidate: whoever reads it knows whether to wait, and for what. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNoneSeen } from "./none-seen.ts";

type Around = Parameters<typeof whyNoneSeen>[1];

const none = { events: 0, sample: 0 };
const latency = { name: "latency", unit: "requests", candidate: none } as const;
const errors = { ...latency, name: "errors", unit: "users" } as const;
const memory = { ...latency, name: "saturation", unit: "instances" } as const;
const orders = { ...latency, name: "orders" } as const;
const copies = { ...latency, name: "shadow" } as const;

const around = (fields: Partial<Around> = {}): Around => ({
  totals: { candidateRequests: 3 },
  policy: { guardrails: [{ name: "latency" }, { name: "errors" }] },
  isOver: false,
  ...fields,
});
const nobody = { candidateRequests: 0 };
const slow = { guardrails: [{ name: "latency", warmUpMs: 60_000 }] };
const reported = { guardrails: [{ name: "orders", metric: { from: "otlp" } }] };

// oxfmt-ignore
const cases: readonly (readonly [string, Parameters<typeof whyNoneSeen>[0], Around, string | undefined])[] = [
  ["what was counted needs none",      { ...latency, candidate: { events: 0, sample: 4 } }, around(),                   undefined],
  ["that nothing crashed needs none",  { ...memory, name: "crashes" }, around({ totals: nobody }),                      undefined],
  ["nobody came yet",                  errors,   around({ totals: nobody }),                                            "no request has reached it yet"],
  ["nobody came",                      errors,   around({ totals: nobody, isOver: true }),                              "no request reached it while it was judged"],
  ["a cold start does not count",      latency,  around(),                                                              "its first 5.0 s with requests are a cold start and do not count; it waits for requests after that"],
  ["how long that is, the policy says", latency, around({ policy: slow, isOver: true }),                                "its first 1 min with requests are a cold start and do not count"],
  ["who came by rule is not compared", errors,   around({ totals: { candidateRequests: 3, requestsByRule: 3 } }),       "all its requests were by rule or preview, which are not compared; it waits for users by chance"],
  ["an instance is measured",          memory,   around({ totals: nobody }),                                            "no instance was measured yet"],
  ["a copy is answered",               copies,   around({ totals: nobody }),                                            "no copy of a request was answered yet"],
  ["a metric has its own source",      orders,   around({ policy: reported }),                                          "nothing was reported by its instances"],
];
for (const [claim, guardrail, at, why] of cases) {
  test(`none seen: ${claim}`, () => assert.equal(whyNoneSeen(guardrail, at), why));
}
