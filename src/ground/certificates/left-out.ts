/** Names that an authority refused: not asked for again for some hours, because one fails the order for all. */
import type { Clock } from "#domain";
import { limits } from "./limits.ts";

export interface LeftOut {
  readonly name: string;
  readonly reason: string;
  readonly againAt: number;
}

export interface LeftOutNames {
  add(names: readonly string[], reason: string): void;
  /** Those of `names` that may be asked for now. */
  without(names: readonly string[]): readonly string[];
  told(): readonly LeftOut[];
}

export function leftOutNames(clock: Pick<Clock, "now">): LeftOutNames {
  const all = new Map<string, LeftOut>();
  const told = () => [...all.values()].filter(({ againAt }) => againAt > clock.now());
  return {
    add(names, reason) {
      const againAt = clock.now() + limits.acmeLeftOutMs;
      for (const name of names) all.set(name, { name, reason, againAt });
    },
    without(names) {
      const held = new Set(told().map(({ name }) => name));
      for (const name of all.keys()) if (!held.has(name)) all.delete(name);
      return names.filter((name) => !held.has(name));
    },
    told,
  };
}
