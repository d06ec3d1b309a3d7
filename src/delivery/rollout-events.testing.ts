/** What may happen to a rollout, for the tests that let chance choose; how often each does is theirs to say. */
import fc from "fast-check";
import type { RolloutPolicy } from "#domain";
import type { Event, Trouble } from "./rollout-world.testing.ts";

export const maybe = {
  counts: fc.record({
    kind: fc.constant("counts" as const),
    requests: fc.integer({ min: 1, max: 60 }),
    isBad: fc.boolean(),
  }),
  word: fc.record({
    kind: fc.constant("command" as const),
    command: fc.constantFrom("pause", "resume", "promote", "abort", "supersede"),
  }),
  wordToStep: fc.record({
    kind: fc.constant("command" as const),
    command: fc.constantFrom("approve", "skip-to"),
    step: fc.integer({ min: 1, max: 3 }),
  }),
  time: fc.record({
    kind: fc.constant("time" as const),
    minutes: fc.integer({ min: 1, max: 900 }),
  }),
  instance: fc.record({
    kind: fc.constant("instance" as const),
    of: fc.constantFrom("baseline", "candidate"),
    isUp: fc.boolean(),
  }),
} satisfies Readonly<Record<string, fc.Arbitrary<Event>>>;

/** A server that dies does so within its first `callsMax` calls to the store. */
export function maybeTrouble(callsMax: number): fc.Arbitrary<Trouble> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ dies: fc.nat(callsMax) }) },
    { weight: 1, arbitrary: fc.record({ away: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 1, arbitrary: fc.constant({ isRobbed: true }) },
  );
}

export const minuteMs = 60_000;

/** A step of each kind: one that passes by time, one by a person's word, one by the evidence. */
export const steps: Partial<RolloutPolicy> = {
  strategy: "steps",
  steps: [
    { weightPercent: 5, forMs: 0, until: "time" },
    { weightPercent: 20, forMs: 0, until: "approval" },
    { weightPercent: 50, forMs: minuteMs, until: "safe" },
  ],
};

export const good: Event = { kind: "counts", requests: 60, isBad: false };
export const bad: Event = { kind: "counts", requests: 60, isBad: true };
export const told = (command: "promote" | "abort" | "supersede"): Event => ({
  kind: "command",
  command,
});
export const down = (of: "baseline" | "candidate"): Event => ({
  kind: "instance",
  of,
  isUp: false,
});
export const up = (of: "baseline" | "candidate"): Event => ({ kind: "instance", of, isUp: true });
