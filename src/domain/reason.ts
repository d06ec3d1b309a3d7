/** A rollout's reason and its verdict stand side by side wherever people read them: what both say is said once. */

/**
 * Gives the reason without the verdict's sentence that it ends with or holds: "step 1 of 3 is over". Empty when
 * the sentence is all that it says.
 */
export function reasonBeside(reason: string, sentence: string): string {
  if (sentence === "" || !reason.includes(sentence)) return reason;
  const [before = "", ...after] = reason.split(sentence);
  const rest = after.join(sentence).replace(/^[\s,;:]+/, "");
  const own = before.replace(/[\s,;:]+$/, "");
  return own === "" || rest === "" ? own + rest : `${own}; ${rest}`;
}
