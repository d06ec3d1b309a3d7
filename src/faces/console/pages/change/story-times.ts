/** Where the time of a change went: work in each stage, and waiting before it. Pure. */
import type { ChangeResource, StageResource } from "#faces/api/contract";

export interface StageTime {
  readonly stage: StageResource;
  /** Between the end of what came before and its own start. */
  readonly waitedMs: number;
  /** From start to end, or to now; absent before it starts. */
  readonly workedMs?: number;
}

type Timed = Pick<ChangeResource, "stages" | "receivedAt" | "rollout">;

export function stageTimes(
  { stages, receivedAt, rollout }: Timed,
  now: number,
): readonly StageTime[] {
  let before = receivedAt;
  return stages.map((stage) => {
    const { startedAt, finishedAt } = stage;
    if (startedAt === undefined) return { stage, waitedMs: 0 };
    const waitedMs = Math.max(0, startedAt - before);
    const end = finishedAt ?? (stage.state === "running" ? Math.max(now, startedAt) : startedAt);
    before = end;
    const forPeople = stage.name === "rollout" ? peopleMs(rollout, end) : 0;
    const spent = Math.max(0, end - startedAt);
    return {
      stage,
      // A person who is waited for is no work, though it is the rollout's time.
      waitedMs: waitedMs + Math.min(spent, forPeople),
      workedMs: spent - Math.min(spent, forPeople),
    };
  });
}

function peopleMs(rollout: Timed["rollout"], end: number): number {
  if (rollout === undefined) return 0;
  const { waitedMs = 0, waitsSince } = rollout;
  return waitedMs + (waitsSince === undefined ? 0 : Math.max(0, end - waitsSince));
}
