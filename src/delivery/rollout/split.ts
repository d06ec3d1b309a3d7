/**
 * Is the split what it claims to be? (Sample-ratio mismatch.)
 *
 * A user who is met for the first time falls in the candidate's arm with the probability of the candidate's
 * share w of buckets at that moment, whatever the releases do. So each interval's new users are a binomial
 * draw with a known probability, and a mixture over odds r, on both sides of 1, of
 *
 *     theta(r) = w r / (w r + 1 - w)       against       theta(1) = w
 *
 * is an e-process against "the split is as it claims", exact in every interval however exposure moves. (With a
 * constant share this is the two-armed multinomial test of Lindon and Malek, arXiv 2011.03567, with a grid in
 * place of their Dirichlet prior, which has no closed form once shares change.)
 *
 * A broken split is a fault of routing, counting or identity and says nothing of the candidate. Since it stops
 * what would else be a verdict, and thousands of rollouts ask, it is said at 1 : 2,000.
 */
import { comparedShare, type IntervalCounts } from "#domain";
import { evenWeights, eOfSafe, foldSafe } from "./mixture.ts";
import { splitAlpha } from "./limits.ts";

export interface Split {
  readonly values: readonly number[];
  /** The most there ever was: once is enough (Ville). */
  readonly max: number;
  /** New users, and how many of them the shares would have given the candidate. */
  readonly usersNew: number;
  readonly usersNewOfCandidate: number;
  readonly usersExpected: number;
}

const odds: readonly number[] = [1.03, 1.1, 1.3, 1.8, 3, 8, 40].flatMap((r) => [r, 1 / r]);

export const unseenSplit: Split = {
  values: evenWeights(odds.length),
  max: 1,
  usersNew: 0,
  usersNewOfCandidate: 0,
  usersExpected: 0,
};

export function foldSplit(split: Split, counts: IntervalCounts): Split {
  const { baseline, candidate } = counts;
  if (baseline.usersNew === undefined || candidate.usersNew === undefined) return split;
  const share = comparedShare(counts);
  const users = baseline.usersNew + candidate.usersNew;
  // With nobody, or everybody, in the candidate's arm chance decides nothing.
  if (users === 0 || share <= 0 || share >= 1) return split;
  const [inside, rest] = [candidate.usersNew, 1 - share];
  const values = foldSafe(
    split.values,
    odds.map((r) => inside * Math.log(r) - users * Math.log(share * r + rest)),
  );
  return {
    values,
    max: Math.max(split.max, eOfSafe(values)),
    usersNew: split.usersNew + users,
    usersNewOfCandidate: split.usersNewOfCandidate + inside,
    usersExpected: split.usersExpected + users * share,
  };
}

export function isSplitBroken(split: Split): boolean {
  return split.max >= 1 / splitAlpha;
}
