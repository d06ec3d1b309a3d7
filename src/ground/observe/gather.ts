/**
 * Gathers counts of both arms until there are some of each, then gives them as one reading: what only one
 * arm counted compares with nothing. Pure but for its own memory; time comes as an argument.
 *
 * A reading keeps until it is settled: whoever records it may try again and gives the same. Events whose
 * sample has not come yet wait for it, and none is lost or counted twice.
 */
import type { Arm, GuardrailPolicy, MetricCounts, MetricProblem, MetricTaking } from "#domain";
import { eventsWaitingMax, readingCountMax, readingIntervalMs } from "./limits.ts";

export interface Gathering {
  /** Adds to what waits; whole numbers, 0 or more. */
  add(guardrail: string, arm: Arm, counts: MetricCounts): void;
  /** Only of guardrails that are `isReady`; what the others gathered waits. Default: all are. */
  look(now: number, isReady?: (guardrail: string) => boolean): MetricTaking | undefined;
  settle(): void;
  /** Guardrails whose events are no part of their sample. */
  problems(): readonly MetricProblem[];
}

type Waiting = Record<Arm, { events: number; sample: number }>;
const arms: readonly Arm[] = ["baseline", "candidate"];

export function openGathering(guardrails: readonly GuardrailPolicy[]): Gathering {
  const waiting = new Map<string, Waiting>(guardrails.map(({ name }) => [name, emptyArms()]));
  let startAt: number | undefined;
  let offered: MetricTaking | undefined;

  function taken(now: number, isReady: (guardrail: string) => boolean): MetricTaking | undefined {
    // A clock that was set back begins anew rather than to wait for what it said before.
    startAt = Math.min(startAt ?? now, now);
    if (now - startAt < readingIntervalMs) return undefined;
    const full = [...waiting].filter(
      ([name, both]) => isReady(name) && arms.every((arm) => both[arm].sample > 0),
    );
    if (full.length === 0) return undefined;
    const give = (arm: Arm): Readonly<Record<string, MetricCounts>> =>
      Object.fromEntries(full.map(([name, both]) => [name, takeOut(both[arm])]));
    const taking = {
      startAt,
      endAt: now,
      baseline: give("baseline"),
      candidate: give("candidate"),
    };
    startAt = now;
    return taking;
  }

  return {
    add(guardrail, arm, { events, sample }) {
      const mine = waiting.get(guardrail)?.[arm];
      if (mine === undefined) return;
      mine.events += events;
      mine.sample += sample;
    },
    look(now, isReady = () => true) {
      offered ??= taken(now, isReady);
      return offered;
    },
    settle() {
      offered = undefined;
    },
    problems() {
      return [...waiting].flatMap(([guardrail, both]) => {
        const arm = arms.find((one) => both[one].events > both[one].sample + eventsWaitingMax);
        if (arm === undefined) return [];
        const { events, sample } = both[arm];
        const because = `${events} events wait for a sample of ${sample} in the ${arm}; expected events to be part of the sample`;
        return [{ guardrail, code: "events_exceed_sample" as const, because }];
      });
    },
  };
}

/** Takes out what belongs together: at most as many events as sample. The rest waits for its sample. */
function takeOut(mine: { events: number; sample: number }): MetricCounts {
  const sample = Math.min(mine.sample, readingCountMax);
  const events = Math.min(mine.events, sample);
  mine.sample -= sample;
  mine.events -= events;
  return { events, sample };
}

function emptyArms(): Waiting {
  return { baseline: { events: 0, sample: 0 }, candidate: { events: 0, sample: 0 } };
}
