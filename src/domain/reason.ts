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

/** How a verdict's sentence begins to say when a safe one is in sight. */
export const forecastBegins = "a release as good as the baseline would be let in after about";

/** The sentence of a rollout that has ended, for people: what is over is not let in any more. */
export function withoutForecast(sentence: string): string {
  const at = sentence.indexOf(`; ${forecastBegins}`);
  return at < 0 ? sentence : sentence.slice(0, at);
}
