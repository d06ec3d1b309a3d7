/**
 * S13: the series that users of Kayenta put into its issues, told to both judges. Tidegate gets them as
 * what they stand for: errors of so many requests a minute at equal exposure, no user told apart.
 */
import { latencyCells, type ArmCounts, type IntervalCounts, type RolloutId } from "#domain";
import { defaultRolloutPolicy, emptyEvidence, foldInterval, verdictOf } from "#delivery/rollout";
import { assert } from "#std";
import { type Series, score } from "./kayenta-judge.ts";

export interface Vector {
  readonly name: string;
  readonly series: Series;
  readonly requestsPerMinute: number;
}

const repeated = (value: number, times: number): readonly number[] =>
  Array.from({ length: times }, () => value);

export const vectors: readonly Vector[] = [
  {
    name: "kayenta#426: errors 0, 1, 2, 1, 0, 0 against none",
    series: { experiment: [0, 1, 2, 1, 0, 0], control: repeated(0, 6) },
    requestsPerMinute: 300,
  },
  {
    name: "spinnaker#6278: seven minutes of 100 errors and three of 1 against ten of 1",
    series: { experiment: [...repeated(100, 7), 1, 1, 1], control: repeated(1, 10) },
    requestsPerMinute: 300,
  },
  {
    name: "kayenta#799: errors 1, 4, 2, 3, 1 against none",
    series: { experiment: [1, 4, 2, 3, 1], control: repeated(0, 5) },
    requestsPerMinute: 300,
  },
  {
    name: "identical: errors 3, 1, 2, 3, 1, 2 in both arms",
    series: { experiment: [3, 1, 2, 3, 1, 2], control: [3, 1, 2, 3, 1, 2] },
    requestsPerMinute: 300,
  },
];

export interface VectorReading {
  readonly kayenta: string;
  readonly tidegate: string;
  /** The minute after which Tidegate knew. */
  readonly minute: number;
}

export function readVector(vector: Vector): VectorReading {
  const metric = { name: "errors", group: "errors", direction: "increase" } as const;
  const { labels } = score([metric], { errors: vector.series });
  let evidence = emptyEvidence(defaultRolloutPolicy);
  for (const [index, errors] of vector.series.experiment.entries()) {
    const counts = minuteOf(index, {
      candidate: armOf(vector.requestsPerMinute, errors),
      baseline: armOf(vector.requestsPerMinute, vector.series.control[index] ?? 0),
    });
    const next = foldInterval(evidence, counts);
    assert(next.ok, "a minute of a vector is well formed");
    evidence = next.value;
    const { kind } = verdictOf(defaultRolloutPolicy, evidence);
    if (kind === "harmful" || index === vector.series.experiment.length - 1) {
      return { kayenta: labels["errors"] ?? "", tidegate: kind, minute: index + 1 };
    }
  }
  return { kayenta: labels["errors"] ?? "", tidegate: "no_traffic", minute: 0 };
}

function minuteOf(
  index: number,
  arms: Pick<IntervalCounts, "candidate" | "baseline">,
): IntervalCounts {
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an id of the synthetic world
    rollout: "rol_synthetic000" as RolloutId,
    index,
    startAt: index * 60_000,
    endAt: (index + 1) * 60_000,
    exposure: 5000,
    ...arms,
  };
}

function armOf(requests: number, errors: number): ArmCounts {
  const latency = Array.from({ length: latencyCells }, () => 0);
  latency[12] = requests;
  return {
    requests,
    errors,
    connectionFailures: 0,
    unkeyedRequests: requests,
    usersFirstHarmed: 0,
    usersFirstSeen: 0,
    latency,
  };
}
