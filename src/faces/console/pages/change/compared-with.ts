/** With what a change is compared, as a sentence. Pure. */
import type { ChangeDiffResource } from "#faces/api/contract";
import { short } from "../../ui/words.ts";

export function comparedInWords({
  comparedWith: { commit, release },
}: Pick<ChangeDiffResource, "comparedWith">): string {
  if (commit === undefined) return "Nothing was there before it: all of it is new.";
  return release === undefined
    ? `Compared with ${short(commit)}, the push before it: no release is known that was beside it.`
    : `Compared with v${release} (${short(commit)}), which users had before it.`;
}
