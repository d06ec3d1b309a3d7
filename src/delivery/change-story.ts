/**
 * A change's delivery for people who look back or look on: how long each stage worked and how long it waited,
 * and what each found out. Pure: from the change and its journal entries.
 */
import {
  finalRolloutStates,
  type Change,
  type EventData,
  type FailedRequest,
  type GateDecision,
  type JournalEntry,
  type Rollout,
  type StageRecord,
  type TestReport,
} from "#domain";

/** A stage with its time: waiting and working are told apart. */
export interface StageTime extends StageRecord {
  /** Between the end of the stage before and its own beginning. */
  readonly waitedMs?: number;
  /** Of its own time, what passed until a person said something. */
  readonly waitedForPersonMs?: number;
  /** The rest of its own time: up to now while it runs. */
  readonly workedMs?: number;
}

export interface ChangeStory {
  readonly change: Change;
  readonly stages: readonly StageTime[];
  readonly build?: Omit<EventData["dev.cdevents.build.finished"], "problem"> &
    Partial<EventData["dev.cdevents.build.started"]>;
  readonly tests?: Omit<TestReport, "cases"> & { readonly because?: string };
  readonly gate?: GateDecision;
  readonly deployed?: Pick<
    EventData["dev.cdevents.service.deployed"],
    "number" | "instances" | "sandboxLevel" | "readyMs"
  >;
  /** Failed requests kept of its rollout, newest last. */
  readonly failures: readonly FailedRequest[];
}

export function storyOf(
  change: Change,
  entries: readonly JournalEntry[],
  at: {
    readonly now: number;
    readonly rollout?: Rollout;
    readonly failures: readonly FailedRequest[];
  },
): ChangeStory {
  return {
    change,
    stages: stageTimes(change, at),
    ...foundOut(entries),
    failures: at.failures,
  };
}

function stageTimes(
  { stages, receivedAt }: Change,
  { now, rollout }: { readonly now: number; readonly rollout?: Rollout },
): readonly StageTime[] {
  let endedAt: number | undefined = receivedAt;
  return stages.map((stage) => {
    const { startedAt, finishedAt } = stage;
    if (startedAt === undefined) return stage;
    const waited = endedAt === undefined ? {} : { waitedMs: Math.max(0, startedAt - endedAt) };
    const isOpen = finishedAt === undefined && stage.state !== "running";
    const ownMs = isOpen ? undefined : Math.max(0, (finishedAt ?? now) - startedAt);
    const personMs = stage.name === "rollout" ? waitedForPeople(rollout, now) : 0;
    endedAt = finishedAt;
    return {
      ...stage,
      ...waited,
      ...(personMs === 0 ? {} : { waitedForPersonMs: personMs }),
      ...(ownMs === undefined ? {} : { workedMs: Math.max(0, ownMs - personMs) }),
    };
  });
}

function waitedForPeople(rollout: Rollout | undefined, now: number): number {
  if (rollout === undefined) return 0;
  const { waitedMs = 0, waitsSince, state } = rollout;
  const isWaiting = waitsSince !== undefined && !finalRolloutStates.has(state);
  return waitedMs + (isWaiting ? Math.max(0, now - waitsSince) : 0);
}

type Found = Pick<ChangeStory, "build" | "tests" | "gate" | "deployed">;

/** The last word of each kind: what was tried again counts once. */
function foundOut(entries: readonly JournalEntry[]): Found {
  let found: Found = {};
  for (const entry of entries) found = { ...found, ...foundIn(entry, found) };
  return found;
}

function foundIn(entry: JournalEntry, before: Found): Found {
  switch (entry.type) {
    case "dev.cdevents.build.started": {
      const { title, reasons } = entry.data;
      return { build: { ...(before.build ?? nothingBuilt), title, reasons } };
    }
    case "dev.cdevents.build.finished": {
      const { problem: _problem, ...build } = entry.data;
      return { build: { ...before.build, ...build } };
    }
    case "dev.cdevents.testsuiterun.finished": {
      const { because, report } = entry.data;
      const { cases: _cases, ...tests } = report;
      return { tests: { ...tests, ...(because === undefined ? {} : { because }) } };
    }
    case "dev.tidegate.gate.decided":
      return { gate: entry.data };
    case "dev.cdevents.service.deployed": {
      const { number, instances, sandboxLevel, readyMs } = entry.data;
      return { deployed: { number, instances, sandboxLevel, readyMs } };
    }
    default:
      return {};
  }
}

const nothingBuilt = { outcome: "failure", steps: [], isCached: false } as const;
