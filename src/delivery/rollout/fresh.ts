/**
 * A fresh baseline: instances of the baseline's release that are started with the candidate's, so that the
 * two are equally cold. As many users as the candidate has are served by them and compared with it; all
 * others stay on the running baseline, aside.
 *
 * The candidate's buckets grow from the bottom and the fresh baseline's from the top, so growing exposure moves
 * users out of the middle only, into either, and never back. Past half of the users there is no middle left, and
 * growing exposure takes users from the fresh baseline, as it would from a running one.
 */
import { bucketCount, type Instance, type Release, type Rollout } from "#domain";

/** How many buckets, from the top, the fresh baseline serves beside so many of the candidate. */
export function freshBucketsAt(exposure: number): number {
  return Math.min(exposure, bucketCount - exposure);
}

/** Whether its candidate is compared with a fresh baseline now: not any more once everybody was let in. */
export function isComparedFresh({
  policy,
  baseline,
  publishedAt,
}: Pick<Rollout, "policy" | "baseline" | "publishedAt">): boolean {
  return policy.baseline === "fresh" && baseline !== undefined && publishedAt === undefined;
}

/** The baseline's instances that the candidate is compared with. */
export function comparedInstances(
  { instances }: Release,
  rollout: Pick<Rollout, "policy" | "baseline" | "publishedAt" | "candidate">,
): readonly Instance[] {
  const wanted = isComparedFresh(rollout) ? rollout.candidate : undefined;
  return instances.filter(({ freshFor }) => freshFor === wanted);
}

/** Why nothing is left that is as old as the candidate; nothing while an instance of it answers. */
export function freshGone(baseline: Release | undefined, rollout: Rollout): string | undefined {
  if (!isComparedFresh(rollout)) return undefined;
  const instances = baseline === undefined ? [] : comparedInstances(baseline, rollout);
  if (instances.some(({ state }) => state === "ready")) return undefined;
  const names = instances.map(({ id }) => id).join(", ");
  return `the fresh baseline${names === "" ? "" : ` (${names})`} has ended, and nothing else is as old as the candidate, so it cannot be compared`;
}
