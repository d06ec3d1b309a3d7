/**
 * Gathers counts of both arms until there are some of each, then gives them as one reading: what only one
 * arm counted compares with nothing. Pure but for its own memory; time comes as an argument.
 *
 * A reading keeps until it is settled: whoever records it may try again and gives the same. Events whose
 * sample has not come yet wait for it, and none is lost or counted twice.
 */
import {
  type Arm,
  countPerIntervalMax,
  type GuardrailPolicy,
  intervalMsMax,
  type MetricCounts,
  type MetricProblem,
  type MetricTaking,
} from "#domain";
import { eventsWaitingMax, readingIntervalMs } from "./limits.ts";

export interface Gathering {
  /** Adds to what waits. Counts that are no whole numbers keep their guardrail back until some are again. */
  add(guardrail: string, arm: Arm, counts: MetricCounts): void;
  /** Only of guardrails that are `isReady`; what the others gathered waits. Default: all are. */
  look(now: number, isReady?: (guardrail: string) => boolean): MetricTaking | undefined;
  settle(): void;
  /** Guardrails whose events are no part of their sample, or whose counts are none. */
  problems(): readonly MetricProblem[];
}

interface WaitingCounts {
  events: number;
  sample: number;
  /** Counts that could not be added. */
  broken?: MetricCounts;
}
type Waiting = Record<Arm, WaitingCounts>;
const arms: readonly Arm[] = ["baseline", "candidate"];

export function openGathering(guardrails: readonly GuardrailPolicy[]): Gathering {
  const waiting = new Map<string, Waiting>(guardrails.map(({ name }) => [name, emptyArms()]));
  let startAt: number | undefined;
  let offered: MetricTaking | undefined;

  function taken(now: number, isReady: (guardrail: string) => boolean): MetricTaking | undefined {
    // A clock that was set back begins anew rather than to wait for what it said before.
    // What was gathered for longer than an interval may last is told as of its end.
    startAt = Math.max(Math.min(startAt ?? now, now), now - intervalMsMax);
    if (now - startAt < readingIntervalMs) return undefined;
    const full = [...waiting].filter(
      ([name, both]) => isReady(name) && arms.every((arm) => isWhole(both[arm])),
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
      delete mine.broken;
      const sums = { events: mine.events + events, sample: mine.sample + sample };
      const isSound = [events, sample, sums.events, sums.sample].every(isCount);
      Object.assign(mine, isSound ? sums : { broken: { events, sample } });
    },
    look(now, isReady = () => true) {
      offered ??= taken(now, isReady);
      return offered;
    },
    settle() {
      offered = undefined;
    },
    problems() {
      return [...waiting].flatMap(([guardrail, both]) => problemOf(guardrail, both) ?? []);
    },
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isWhole({ sample, broken }: WaitingCounts): boolean {
  return sample > 0 && broken === undefined;
}

function problemOf(guardrail: string, both: Waiting): MetricProblem | undefined {
  for (const arm of arms) {
    const { events, sample, broken } = both[arm];
    if (broken !== undefined) {
      const because = `the ${arm} counts ${broken.events} events in a sample of ${broken.sample}; expected whole numbers, 0 to ${Number.MAX_SAFE_INTEGER}`;
      return { guardrail, code: "not_a_number", because };
    }
    if (events > sample + eventsWaitingMax) {
      const because = `${events} events wait for a sample of ${sample} in the ${arm}; expected events to be part of the sample`;
      return { guardrail, code: "events_exceed_sample", because };
    }
  }
  return undefined;
}

/** Takes out what belongs together: at most as many events as sample. The rest waits for its sample. */
function takeOut(mine: WaitingCounts): MetricCounts {
  const sample = Math.min(mine.sample, countPerIntervalMax);
  const events = Math.min(mine.events, sample);
  mine.sample -= sample;
  mine.events -= events;
  return { events, sample };
}

function emptyArms(): Waiting {
  return { baseline: { events: 0, sample: 0 }, candidate: { events: 0, sample: 0 } };
}
