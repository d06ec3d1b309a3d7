/** Who has it: by rule, by hand and by chance; whether somebody is among them, and how to be. */
import type { RolloutResource } from "#faces/api/contract";
import { Section } from "../../ui/page.tsx";
import { count, counted, percent } from "../../ui/words.ts";
import { isFinal } from "./action-effects.ts";
import { OwnBrowser } from "./own-browser.tsx";
import { UserQuestion } from "./user-question.tsx";

type Rule = NonNullable<RolloutResource["policy"]["cohorts"]>["rules"][number];

export function CohortSection({ rollout }: { readonly rollout: RolloutResource }) {
  const { policy, exposurePercent, app, evidence, previewUrl } = rollout;
  if (isFinal(rollout)) return null;
  const { usersExposed, usersHarmed, requestsByRule = 0 } = evidence.totals;
  return (
    <Section
      title="Who has it"
      id="cohorts"
      command={`tidegate rollout who ${app}`}
      json={{ exposurePercent, cohorts: policy.cohorts, previewUrl, usersExposed, requestsByRule }}
    >
      <ul className="row">
        {(policy.cohorts?.rules ?? []).map((rule, index) => (
          <li key={JSON.stringify(rule)} className="chip">
            rule {index + 1}: <bdi>{ruleInWords(rule)}</bdi>
          </li>
        ))}
        {previewUrl === undefined ? null : (
          <li className="chip">
            whoever looks at{" "}
            <a href={previewUrl} rel="noreferrer" dir="ltr">
              {previewUrl}
            </a>
          </li>
        )}
        {requestsByRule === 0 ? null : (
          <li className="chip">{counted(requestsByRule, "request")} by rule, preview or hand</li>
        )}
        <li className="chip">
          {percent(exposurePercent / 100)} of users by chance: {count(usersExposed)} met it,{" "}
          {count(usersHarmed)} with a failed request
        </li>
      </ul>
      <p className="soft small">
        {keyInWords(policy.userKey)} Those who have it by rule, preview or hand are counted and not
        judged.
      </p>
      {rollout.baseline === undefined ? null : <OwnBrowser rollout={rollout} />}
      <UserQuestion rollout={rollout} />
    </Section>
  );
}

function ruleInWords({ match, percent: share }: Rule): string {
  const part = share === undefined ? "" : `, ${share} % of them`;
  if (match.kind === "user") return `${counted(match.keys.length, "named user")}${part}`;
  return `who sends the ${match.kind} ${match.name}: ${match.value}${part}`;
}

function keyInWords({ from, name }: RolloutResource["policy"]["userKey"]): string {
  const key = from === "edge_cookie" ? "a cookie of the edge" : `the ${from} ${name ?? ""}`;
  return `A user is told by ${key}, and stays with what they have met while the rollout lives.`;
}
