/** Which processes a release has in each of its states, and what a run of crashes means. Pure. */
import { sha256Hex, unreachable } from "#std";
import {
  type CrashRecord,
  type InstanceId,
  parseId,
  type Plan,
  type Release,
  type ReleaseId,
} from "#domain";
import { crashLoopExits, crashWindowMs } from "./limits.ts";

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
export function instanceId(release: ReleaseId, slot: string, generation: number): InstanceId {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  const hash = sha256Hex(`${release}/${slot}/${generation}`);
  let text = "";
  for (let at = 0; at < 24; at += 2)
    text += digits[Number.parseInt(hash.slice(at, at + 2), 16) % 32];
  const parsed = parseId("ins", `ins_${text}`);
  if (!parsed.ok) throw new Error("an instance id is 12 digits");
  return parsed.value;
}

/** Adds an exit to the record; what is older than the crash window is forgotten. */
export function recordExit(
  before: CrashRecord | undefined,
  exit: { readonly at: number; readonly exit: string },
): CrashRecord {
  const exitsAt = [...(before?.exitsAt ?? []), exit.at].filter(
    (at) => at > exit.at - crashWindowMs,
  );
  return { exitsAt, lastExit: exit.exit, isLoop: exitsAt.length >= crashLoopExits };
}
