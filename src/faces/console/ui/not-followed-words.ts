/** Why what is shown stands still, in words for the reader. Pure. */
import { isStranger } from "../api/refused.ts";
import type { Refusal } from "../api/why-refused.ts";
import { explain } from "./explain.ts";

export interface NotFollowedWords {
  readonly said: string;
  readonly isSignedOut: boolean;
}

export function notFollowedWords({ isFinal, error }: Refusal): NotFollowedWords {
  const isSignedOut = isStranger(error);
  const begin = `What is new does not arrive ${isFinal ? "any more" : "at present"}`;
  const why = error === undefined ? "" : `: ${explain(error).sentence.replace(/\.$/, "")}`;
  const then = isFinal ? "" : " It is asked again by itself.";
  return { said: `${begin}${why}.${then}`, isSignedOut };
}
