/**
 * Names that an authority refused: not asked for again for some hours, because one fails the order for all. Kept in
 * a file, so that a server that is started again and again does not ask each time.
 */
import type { Clock } from "#domain";
import { readSmall, writePrivate } from "./files.ts";
import { limits } from "./limits.ts";

/** Each has a reason of its own: that of another may be of an app that who reads it may not see. */
export interface RefusedName {
  readonly name: string;
  readonly reason: string;
}

export interface LeftOut extends RefusedName {
  readonly againAt: number;
}

export interface LeftOutNames {
  add(refused: readonly RefusedName[]): Promise<void>;
  /** Those of `names` that may be asked for now. */
  without(names: readonly string[]): Promise<readonly string[]>;
  told(): readonly LeftOut[];
}

export function leftOutNames(file: string, clock: Pick<Clock, "now">): LeftOutNames {
  let all: readonly LeftOut[] | undefined;
  const told = () => (all ?? []).filter(({ againAt }) => againAt > clock.now());
  return {
    async add(refused) {
      const againAt = clock.now() + limits.acmeLeftOutMs;
      const names = new Set(refused.map(({ name }) => name));
      const others = told().filter(({ name }) => !names.has(name));
      all = [...others, ...refused.map((each) => ({ ...each, againAt }))];
      await writePrivate(file, `${JSON.stringify(all)}\n`);
    },
    async without(names) {
      all ??= parse((await readSmall(file)) ?? "");
      const held = new Set(told().map(({ name }) => name));
      return names.filter((name) => !held.has(name));
    },
    told,
  };
}

/** What is not as we write it is nothing: those names are asked for. */
function parse(text: string): readonly LeftOut[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found.filter((each) => isLeftOut(each)) : [];
  } catch {
    return [];
  }
}

function isLeftOut(found: unknown): found is LeftOut {
  const each: Partial<Record<keyof LeftOut, unknown>> = Object(found);
  const { name, reason, againAt } = each;
  return typeof name === "string" && typeof reason === "string" && typeof againAt === "number";
}
