/** What both ends of a rollout have in common: one transaction for all that end together. */
import {
  type App,
  type DocumentPut,
  finalRolloutStates,
  type Lease,
  type NewEntry,
  type NewErrors,
  type Release,
  type Rollout,
  type Stored,
  type WorkItem,
} from "#domain";
import type { RolloutPorts } from "./ports.ts";
import type { RoutePublisher } from "./publish.ts";

/** What goes into the transaction beside the rollout's own entries and documents. */
interface Extras {
  readonly documents: readonly DocumentPut[];
  readonly enqueue: readonly WorkItem[];
}

/** How the plot takes part in the end of a rollout: the change moves on with it, or not at all. */
export interface Ending {
  /** `entry` is the one that ends (published, rolled back, superseded) or holds the rollout. */
  moveOn(rollout: Rollout, entry: NewEntry): Promise<Extras>;
  /** Looks for errors that the candidate has and the release before does not; nothing when it cannot. */
  newErrors(rollout: Rollout): Promise<NewErrors | undefined>;
  /** Called after the end is written. */
  ended(rollout: Rollout): void;
}

export interface EndingDrive {
  readonly ports: RolloutPorts;
  readonly routes: RoutePublisher;
  readonly ending: Ending;
}

/** Rollouts that end as one, the leader first; alone, it is one. */
export interface Finish {
  /** As they are stored. */
  readonly before: readonly Stored<Rollout>[];
  /** As they are judged now, in the same order. */
  readonly rollouts: readonly Rollout[];
  readonly lease: Lease;
  readonly because: string;
}

/** What the end of one of them writes. */
export interface Part {
  readonly rollout: Rollout;
  readonly entry: NewEntry;
  readonly documents: readonly DocumentPut[];
  readonly enqueue: readonly WorkItem[];
}

export type Outcome = "over" | "go on";

/** Gives `undefined` when one of them lacks what it needs to end: then none does. */
export async function partsOf(
  rollouts: readonly Rollout[],
  stored: readonly Stored<Rollout>[],
  partOf: (rollout: Rollout, stored: Stored<Rollout>) => Promise<Part | undefined>,
): Promise<readonly Part[] | undefined> {
  const parts: Part[] = [];
  for (const [index, rollout] of rollouts.entries()) {
    const own = stored[index];
    const part = own === undefined ? undefined : await partOf(rollout, own);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

/** One transaction for all: none of them ends without the others. */
export async function writeEnd(
  parts: readonly Part[] | undefined,
  { lease }: Pick<Finish, "lease">,
  { ports, routes, ending }: EndingDrive,
): Promise<Outcome> {
  if (parts === undefined) return "go on";
  const isOver = parts.every(({ rollout }) => finalRolloutStates.has(rollout.state));
  const written = await ports.store.commit({
    entries: parts.map(({ entry }) => entry),
    documents: parts.flatMap(({ documents }) => documents),
    enqueue: parts.flatMap(({ enqueue }) => enqueue),
    lease,
    ...(isOver ? { finish: "done" } : {}),
  });
  if (!written.ok) return written.error.code === "fence_lost" ? "over" : "go on";
  await routes.publish();
  if (!isOver) return "go on";
  for (const { rollout } of parts) ending.ended(rollout);
  return "over";
}

export interface Ended {
  readonly stored: Stored<Rollout>;
  readonly because: string;
}

export function converging(release: Stored<Release> | undefined): readonly WorkItem[] {
  return release === undefined
    ? []
    : [{ kind: "tidy", key: `converge:${release.id}`, app: release.body.app }];
}

/** Writes all of them on top of what is stored, or none. */
export async function rewrite(
  before: readonly Stored<Rollout>[],
  bodies: readonly Rollout[],
  { lease, ports }: { readonly lease: Lease; readonly ports: RolloutPorts },
): Promise<readonly Stored<Rollout>[] | undefined> {
  const after = before.map(({ id, body, version }, index) => ({
    id,
    body: bodies[index] ?? body,
    version: version + 1,
  }));
  const written = await ports.store.commit({
    documents: after.map(({ body, version }) => rolloutPut(body, version - 1)),
    lease,
  });
  return written.ok ? after : undefined;
}

export interface Parties {
  readonly app: Stored<App>;
  readonly candidate: Stored<Release>;
  readonly baseline?: Stored<Release>;
}

export async function partiesOf(
  rollout: Rollout,
  { store }: RolloutPorts,
): Promise<Parties | undefined> {
  const [app, candidate, baseline] = await Promise.all([
    store.get("app", rollout.app),
    store.get("release", rollout.candidate),
    rollout.baseline === undefined ? undefined : store.get("release", rollout.baseline),
  ]);
  if (app === undefined || candidate === undefined) return undefined;
  return { app, candidate, ...(baseline === undefined ? {} : { baseline }) };
}

export function rolloutPut(body: Rollout, ifVersion: number): DocumentPut {
  return { kind: "rollout", id: body.id, app: body.app, body, ifVersion };
}

export function appPut({ id, version }: Stored<App>, body: App): DocumentPut {
  return { kind: "app", id, app: body.name, body, ifVersion: version };
}

export function releasePut(
  { id, version, body: before }: Stored<Release>,
  change: Partial<Release>,
): DocumentPut {
  const body = { ...before, ...change };
  return { kind: "release", id, app: before.app, body, ifVersion: version };
}
