/** What a person who is asked can type. Pure: of the rules that refuse a command it is asked which they would take. */
import type { Rollout } from "#domain";
import { refusalOf } from "./command.ts";
import { wordTo } from "./decision.ts";
import { stepIndexOf } from "./steps.ts";

type Word = Parameters<typeof wordTo>[0];

/** Renders those of the words, in their order, that the rollout would not refuse: "… approve …, or … abort …". */
export function wordsTaken(rollout: Rollout, words: readonly Word[], at: number): string {
  const step = (stepIndexOf(rollout) ?? 0) + 1;
  const taken = words.filter((word) => {
    const command = { kind: word, by: "somebody", reason: "a reason", at, step };
    return refusalOf(rollout, command) === undefined;
  });
  return taken.map((word) => wordTo(word, rollout, step)).join(", or ");
}
