/**
 * What a counter rose by between polls, series by series. Pure but for the marks it is given.
 *
 * The series of one target falls by a restart only, so what it rises from there is new. A total over
 * targets falls as well when one of them was not scraped, and what brings it up again may have been counted
 * long ago: nothing counts until it is above where it was. A series that is seen for the first time has
 * lived before, and one that is missing goes on from its mark when it returns.
 */
import { prometheusSeriesKeptMax } from "../limits.ts";

/** One element of an answer. */
export interface Series {
  /** The same for the same labels. */
  readonly key: string;
  /** Its labels name the target that was scraped; otherwise it may be a total over several. */
  readonly isOfOneTarget: boolean;
  /** A whole number, 0 or more. */
  readonly value: number;
}

/** The last value of each series, and the highest with what was counted below it. */
export type Marks = Map<string, { readonly last: number; readonly highest: number }>;

/** A total that is below what it was, if one is. Then nothing of this answer may count. */
export function fallenTotal(
  marks: Marks,
  answer: readonly Series[],
): { readonly from: number; readonly to: number } | undefined {
  for (const { key, isOfOneTarget, value } of answer) {
    const mark = marks.get(key);
    if (isOfOneTarget || mark === undefined || value >= mark.highest) continue;
    return { from: mark.highest, to: value };
  }
  return undefined;
}

/** Moves the marks, and gives what rose: never more than truly did. */
export function takeRise(marks: Marks, answer: readonly Series[]): number {
  let rise = 0;
  for (const { key, value } of answer) {
    const { last, highest } = marks.get(key) ?? { last: value, highest: value };
    // Whoever is above the mark again may be what fell from it, as when two jobs scrape one target.
    const isBelow = value < highest;
    const rose = isBelow ? Math.max(0, value - last) : value - highest;
    marks.delete(key); // so that the map's order is by when they were seen last
    marks.set(key, { last: value, highest: isBelow ? highest + rose : value });
    rise += rose;
  }
  for (const key of marks.keys()) {
    if (marks.size <= prometheusSeriesKeptMax) break;
    marks.delete(key);
  }
  return rise;
}
