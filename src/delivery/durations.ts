/** How long deliveries took, as medians and tails: each stage, its waiting, and from push to everybody. Pure. */
import { stageNames, type Change, type StageName } from "#domain";

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface Durations {
  /** Changes that everybody got. */
  readonly changes: number;
  /** Of the newest and the oldest of them. */
  readonly fromAt?: number;
  readonly toAt?: number;
  /** From the push to everybody has it. */
  readonly pushToLiveMs?: Spread;
  readonly stages: readonly {
    readonly name: StageName;
    readonly tookMs?: Spread;
    /** Between the end of the stage before and its own beginning. */
    readonly waitedMs?: Spread;
  }[];
}

/** `changes`: live ones, newest first. */
export function durationsOf(changes: readonly Change[]): Durations {
  const [newest, oldest] = [changes[0], changes.at(-1)];
  const live = changes.flatMap(({ stages, receivedAt }) => {
    const at = stages.find(({ name }) => name === "rollout")?.finishedAt;
    return at === undefined ? [] : [at - receivedAt];
  });
  return {
    changes: changes.length,
    ...(oldest === undefined ? {} : { fromAt: oldest.receivedAt }),
    ...(newest === undefined ? {} : { toAt: newest.receivedAt }),
    ...named("pushToLiveMs", spreadOf(live)),
    stages: stageNames.map((name) => ({
      name,
      ...named("tookMs", spreadOf(changes.flatMap((change) => tookMs(change, name)))),
      ...named("waitedMs", spreadOf(changes.flatMap((change) => waitedMs(change, name)))),
    })),
  };
}

function tookMs({ stages }: Change, name: StageName): readonly number[] {
  const stage = stages.find((one) => one.name === name);
  if (stage?.startedAt === undefined || stage.finishedAt === undefined) return [];
  return [Math.max(0, stage.finishedAt - stage.startedAt)];
}

function waitedMs({ stages, receivedAt }: Change, name: StageName): readonly number[] {
  const index = stages.findIndex((one) => one.name === name);
  const startedAt = stages[index]?.startedAt;
  const before = index === 0 ? receivedAt : stages[index - 1]?.finishedAt;
  return startedAt === undefined || before === undefined ? [] : [Math.max(0, startedAt - before)];
}

/** Nearest rank: always a value that occurred. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (p: number): number => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

function named<K extends string>(
  name: K,
  value: Spread | undefined,
): { readonly [Name in K]?: Spread } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one member of that name, or none
  return (value === undefined ? {} : { [name]: value }) as { readonly [Name in K]?: Spread };
}
