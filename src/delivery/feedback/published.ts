/** What the author reads when everybody is let in: on what evidence. */
import {
  firstReleaseReason,
  latencyThresholds,
  withoutForecast,
  type EventData,
  type GuardrailState,
  whyTheseTimes,
} from "#domain";
import {
  formatNumberOf,
  formatOdds,
  formatSide,
  isByRequests,
  isEvidence,
  longerThan,
} from "./format.ts";
import type { Line } from "./lines.ts";
import { detail, step } from "./phrases.ts";

export function publishedLines(data: EventData["dev.cdevents.service.published"]): readonly Line[] {
  const { number, url, because, verdict, totals } = data;
  // Its rollout began with saying so.
  if (because === firstReleaseReason) {
    return [step("rollout", `everybody has v${number}`), detail(url)];
  }
  // Let in by a person, by policy or as the first release: then the reason is all there is to say.
  if (verdict.kind !== "safe" || because !== verdict.sentence) {
    return [step("rollout", `everybody has v${number}: ${withoutForecast(because)}`), detail(url)];
  }
  const compared = verdict.guardrails.filter(({ candidate }) => candidate.sample > 0);
  return [
    step("rollout", `everybody has v${number}: it does what the release before it did, as well`),
    {
      kind: "fact",
      name: "judged on",
      value:
        (isByRequests(totals) ? "" : `${formatNumberOf(totals.usersExposed, "user")}, `) +
        `${formatNumberOf(totals.candidateRequests, "request")}, beside ` +
        `${formatNumberOf(totals.baselineRequests, "request")} of ${isByRequests(totals) ? "the release before" : "everybody else"}`,
    },
    ...compared.flatMap((state) => guardrailLines(state)),
    detail(url),
  ];
}

function guardrailLines(state: GuardrailState): readonly Line[] {
  const { name, candidate, baseline, logESafe } = state;
  const odds = isEvidence(logESafe) ? `; ${formatOdds(logESafe)} that it is tolerable` : "";
  const times = latencyThresholds(state);
  const why = whyTheseTimes(state);
  return [
    {
      kind: "fact",
      name,
      value:
        `${formatSide(candidate, state)}${longerThan(times?.candidateMs)}; ` +
        `baseline ${formatSide(baseline, state)}${longerThan(times?.baselineMs)}${odds}` +
        (why === undefined ? "" : `; ${why}`),
    },
  ];
}
