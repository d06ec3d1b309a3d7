/** Several reasons in few words. Pure. */

/**
 * Each reason once. Where all of them end alike ("…; ask ana"), that end comes once, as the last of them, and each
 * is said without it.
 */
export function toldOnce(whys: readonly (string | undefined)[]): readonly string[] {
  const told = [...new Set(whys.filter((why) => why !== undefined))];
  const [end, ...others] = new Set(told.map((why) => why.slice(why.lastIndexOf("; "))));
  if (told.length < 2 || end === undefined || others.length > 0 || !end.startsWith("; ")) {
    return told;
  }
  return [...told.map((why) => why.slice(0, -end.length)), end.slice(2)];
}
