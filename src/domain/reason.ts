/** A rollout's reason and its verdict stand side by side wherever people read them: what both say is said once. */
import type { Rollout, Verdict } from "./rollout.ts";

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

/** What it is held for when its time was over. */
export const noVerdictWithin = "no verdict within";

/**
 * Gives the reason as it is true now: who was held because its time was over is judged on, and may have been found
 * safe since, once users came.
 */
export function reasonNow({
  state,
  reason,
  verdict,
}: Pick<Rollout, "state" | "reason"> & { readonly verdict: Pick<Verdict, "kind"> }): string {
  const isFoundSince =
    state === "held" && verdict.kind === "safe" && reason.includes(noVerdictWithin);
  return isFoundSince ? `${reason}; by now it is found safe` : reason;
}

/** How a verdict's sentence begins to say when a safe one is in sight. */
export const forecastBegins = "a release as good as the baseline would be let in after about";

/** The same where steps say when users get it, and how many: what is judged is no more than the release. */
export const forecastBeginsInSteps =
  "a release as good as the baseline would be found safe after about";

/** How it ends to. */
export const forecastEnds = "more of the present traffic";

/** What it says instead when none is. */
export const noForecast = "at the present traffic and error ratio a verdict is not in sight";

/** What it says instead as long as too few have come. */
export const tooFewToForecast = "too few requests have come to say how long it takes";

const forecasts = new RegExp(
  `; (?:(?:${forecastBegins}|${forecastBeginsInSteps}) [^;]*? ${forecastEnds}|${noForecast}|${tooFewToForecast})`,
  "g",
);

/**
 * The sentence of a rollout that has ended, or a reason that holds it, for people: what is over is not let in any
 * more, and what is not known by now will not be.
 */
export function withoutForecast(sentence: string): string {
  const [ours, theirs] = apart(sentence.replaceAll(forecasts, ""));
  return (
    ours
      .replaceAll("not enough evidence yet", "not enough evidence")
      .replaceAll("nothing can be said yet", "nothing can be said") + theirs
  );
}

/** What a person gave as a reason stands last, behind their name: it is theirs, and stays as it is. */
function apart(text: string): readonly [ours: string, theirs: string] {
  const named = /\b(?:promoted|aborted|paused|resumed|approved|skipped ahead) by [^:;]+: /.exec(
    text,
  );
  const end = named === null ? text.length : named.index + named[0].length;
  return [text.slice(0, end), text.slice(end)];
}

/** Why everybody is let in at once, of a first release: what its rollout begins with, too. */
export const firstReleaseReason = "the first release: there is no baseline to compare with";
