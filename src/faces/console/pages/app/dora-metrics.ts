/** DORA's metrics as they are drawn and explained. Pure. */
import type { ChangeSummaryResource, DoraOverTimeResource } from "#faces/api/contract";
import type { Marked } from "../../ui/markers.ts";

type Period = DoraOverTimeResource["periods"][number];

export interface Metric {
  readonly label: string;
  readonly unit: "count" | "ms" | "ratio";
  readonly of: (period: Period) => number | undefined;
  /** The least top of the scale. */
  readonly topMin: number;
}

export const metrics: readonly Metric[] = [
  {
    label: "Deployments a day",
    unit: "count",
    of: ({ deploymentsPerDay }) => deploymentsPerDay,
    topMin: 1,
  },
  {
    label: "Change lead time, median",
    unit: "ms",
    of: ({ leadTimeMsP50 }) => leadTimeMsP50,
    topMin: 60_000,
  },
  {
    label: "Change fail rate",
    unit: "ratio",
    of: ({ changeFailRatio }) => changeFailRatio,
    topMin: 0.1,
  },
  {
    label: "Failed deployment recovery time, median",
    unit: "ms",
    of: ({ recoveryMsP50 }) => recoveryMsP50,
    topMin: 60_000,
  },
  {
    label: "Rework rate",
    unit: "ratio",
    of: ({ reworkRatio }) => reworkRatio,
    topMin: 0.1,
  },
];

export const definitions: readonly (readonly [string, string])[] = [
  ["Deployment", "A rollout that reached users and ended, however many steps it took."],
  ["Deployments a day", "Those that everybody got and kept, for each day of the week."],
  ["Change lead time", "From the commit until everybody has it."],
  ["Change fail rate", "Deployments that were taken away from users, of all deployments."],
  [
    "Failed deployment recovery time",
    "From the first user on a failing release until the last one is off it.",
  ],
  [
    "Rework rate",
    "Deployments made only because an earlier one hurt users: reverts, hotfix branches, and a Fixes-Incident trailer.",
  ],
];

/** A week in which nothing happened has no value: a gap, not a zero. */
export function valuesOf(metric: Metric, periods: readonly Period[]): readonly (number | null)[] {
  return periods.map((period) => metric.of(period) ?? null);
}

export function doraMarkers(changes: readonly ChangeSummaryResource[]): readonly Marked[] {
  return changes
    .flatMap(({ finishedAt, subject }) =>
      finishedAt === undefined ? [] : [{ at: finishedAt, label: subject }],
    )
    .toSorted((a, b) => a.at - b.at);
}
