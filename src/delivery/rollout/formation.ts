/** Which processes a release has in each of its states, and what a run of crashes means. Pure. */
import { sha256Hex, unreachable } from "#std";
import {
  type CrashRecord,
  type Instance,
  type InstanceId,
  parseId,
  type Plan,
  type Release,
  type ReleaseId,
  restartsToldMs,
} from "#domain";
import { crashExitsKept, crashLoopExits, crashWindowMs } from "./limits.ts";

/**
 * Process type to number of instances.
 *
 * Only `web` has traffic that can be split, so a candidate runs its web processes alone: two versions of
 * a worker or a scheduler at once would take each other's jobs. They change over when everybody is let
 * in. An app without `web` has nothing to split, and its candidate starts whole.
 */
export function desiredProcesses(
  release: Pick<Release, "state" | "formation">,
): ReadonlyMap<string, number> {
  const wanted = Object.entries(release.formation).filter(([type]) => type !== "release");
  const hasWeb = (release.formation["web"] ?? 0) > 0;
  const webOnly = wanted.filter(([type]) => !hasWeb || type === "web");
  switch (release.state) {
    case "starting":
    case "ready":
    case "exposed":
      return new Map(webOnly);
    case "live":
      return new Map(wanted);
    case "warm":
      return new Map(wanted.filter(([type]) => type === "web"));
    case "stopped":
    case "failed":
      return new Map();
    default:
      return unreachable(release.state);
  }
}

/**
 * The instances a fresh release starts with, before any of them runs: what is started is written down
 * first, so that nothing ever runs that no document names.
 */
export function plannedInstances(
  release: Pick<Release, "id" | "state" | "formation">,
): readonly Instance[] {
  return [...desiredProcesses(release)].flatMap(([processType, count]) =>
    Array.from({ length: count }, (_, slot) =>
      plannedInstance(release.id, { processType, slot, generation: 0 }),
    ),
  );
}

/** The release's instances with one planned for each that its state wants and that is not there. */
export function withMissing(release: Release): readonly Instance[] {
  const instances = [...release.instances];
  for (const [processType, count] of desiredProcesses(release)) {
    const mine = instances.filter((each) => each.processType === processType && !isFresh(each));
    const up = mine.filter(({ state }) => state === "ready" || state === "starting").length;
    const generation = Math.max(-1, ...mine.map(({ restarts }) => restarts)) + 1;
    for (let slot = up; slot < count; slot += 1) {
      const ended = instances.findIndex(
        (each) => each.processType === processType && each.state === "exited" && !isFresh(each),
      );
      const planned = plannedInstance(release.id, { processType, slot, generation });
      instances.splice(ended < 0 ? instances.length : ended, ended < 0 ? 0 : 1, planned);
    }
  }
  return instances;
}

/**
 * What a release runs beyond what its state, and the candidates that are compared with it, want. One that ended
 * is none while its type is wanted; a fresh one that ended is not started again, as it would be younger
 * than its candidate.
 */
export function surplusOf(
  release: Release,
  candidates: ReadonlySet<ReleaseId> = new Set(),
): readonly Instance[] {
  const wanted = desiredProcesses(release);
  const seen = new Map<string, number>();
  return release.instances.filter(({ state, processType, freshFor }) => {
    if (freshFor !== undefined) return state === "draining" || !candidates.has(freshFor);
    const count = wanted.get(processType) ?? 0;
    if (state === "exited") return count === 0;
    if (state === "draining") return true;
    seen.set(processType, (seen.get(processType) ?? 0) + 1);
    return (seen.get(processType) ?? 0) > count;
  });
}

/** Fresh instances of a baseline, as many as the candidate has. Planned again they are the same. */
export function plannedFresh(
  baseline: Pick<Release, "id">,
  candidate: Pick<Release, "id" | "formation">,
): readonly Instance[] {
  const { id, formation } = candidate;
  return Array.from({ length: formation["web"] ?? 0 }, (_, slot) => ({
    id: instanceId(baseline.id, `fresh/${id}/web.${slot}`, 0),
    processType: "web",
    state: "starting" as const,
    restarts: 0,
    freshFor: id,
  }));
}

function isFresh({ freshFor }: Instance): boolean {
  return freshFor !== undefined;
}

interface Place {
  readonly processType: string;
  readonly slot: number;
  /** 0 for the first start, then one more with each restart. */
  readonly generation: number;
}

function plannedInstance(release: ReleaseId, place: Place): Instance {
  const { processType, slot, generation } = place;
  const id = instanceId(release, `${processType}.${slot}`, generation);
  return { id, processType, state: "starting", restarts: generation };
}

/** One instance of each process type but `release`, which runs once before the others. */
export function formationOf(plan: Plan): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.keys(plan.processes)
      .filter((type) => type !== "release")
      .map((type) => [type, 1]),
  );
}

/**
 * The id of the n-th start of an instance. Derived and not drawn, so that a controller that was killed
 * between starting a process and writing it down finds that very process again.
 */
function instanceId(release: ReleaseId, slot: string, generation: number): InstanceId {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  const hash = sha256Hex(`${release}/${slot}/${generation}`);
  let text = "";
  for (let at = 0; at < 24; at += 2)
    text += digits[Number.parseInt(hash.slice(at, at + 2), 16) % 32];
  const parsed = parseId("ins", `ins_${text}`);
  if (!parsed.ok) throw new Error("an instance id is 12 digits");
  return parsed.value;
}

/** Adds an exit to the record, which holds what people are told of. */
export function recordExit(
  before: CrashRecord | undefined,
  exit: { readonly at: number; readonly exit: string },
): CrashRecord {
  const exitsAt = [...(before?.exitsAt ?? []), exit.at]
    .filter((at) => at > exit.at - restartsToldMs)
    .slice(-crashExitsKept);
  return { exitsAt, lastExit: exit.exit, isLoop: runOfExits({ exitsAt }) >= crashLoopExits };
}

/** How many exits came in a run: within the crash window before the last one. */
export function runOfExits(crash: Pick<CrashRecord, "exitsAt"> | undefined): number {
  const { exitsAt } = crash ?? { exitsAt: [] };
  const last = exitsAt.at(-1) ?? 0;
  return exitsAt.filter((at) => at > last - crashWindowMs).length;
}
