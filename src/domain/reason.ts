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

/** How it ends to. */
export const forecastEnds = "more of the present traffic";

/** What it says instead when none is. */
export const noForecast = "at the present traffic and error ratio a verdict is not in sight";

const forecasts = new RegExp(`; (?:${forecastBegins} [^;]*? ${forecastEnds}|${noForecast})`, "g");

/**
 * The sentence of a rollout that has ended, or a reason that holds it, for people: what is over is not let in any
 * more, and what is not known by now will not be.
 */
export function withoutForecast(sentence: string): string {
  return sentence
    .replaceAll(forecasts, "")
    .replaceAll("not enough evidence yet", "not enough evidence")
    .replaceAll("nothing can be said yet", "nothing can be said");
}
