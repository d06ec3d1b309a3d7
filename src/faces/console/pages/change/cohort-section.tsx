/** Who has it: by chance, by rule, and how to be among them. */
import type { RolloutResource } from "#faces/api/contract";
import { Section } from "../../ui/page.tsx";
import { percent } from "../../ui/words.ts";
import { isFinal } from "./action-effects.ts";

type Rule = NonNullable<RolloutResource["policy"]["cohorts"]>["rules"][number];

export function CohortSection({ rollout }: { readonly rollout: RolloutResource }) {
  const { policy, exposurePercent } = rollout;
  if (isFinal(rollout)) return null;
  const rules = policy.cohorts?.rules ?? [];
  return (
    <Section
      title="Who has it"
      id="cohorts"
      command={`tidegate rollout show ${rollout.id}`}
      json={policy.cohorts ?? {}}
    >
      <ul className="row">
        <li className="chip">{percent(exposurePercent / 100)} of users, chosen by chance</li>
        {rules.map((rule) => (
          <li key={JSON.stringify(rule)} className="chip">
            <bdi>{ruleInWords(rule)}</bdi>
          </li>
        ))}
        {rollout.previewUrl === undefined ? null : (
          <li className="chip">
            whoever looks at{" "}
            <a href={rollout.previewUrl} rel="noreferrer" dir="ltr">
              {rollout.previewUrl}
            </a>
          </li>
        )}
      </ul>
      <p className="soft small">
        {keyInWords(policy.userKey)} {howToJoin(rules)}
      </p>
    </Section>
  );
}

function ruleInWords({ match, percent: share }: Rule): string {
  const part = share === undefined ? "" : `, ${share} % of them`;
  if (match.kind === "user") return `${match.keys.length} named users${part}`;
  return `${match.kind} ${match.name}: ${match.value}${part}`;
}

function keyInWords({ from, name }: RolloutResource["policy"]["userKey"]): string {
  const key = from === "edge_cookie" ? "a cookie of the edge" : `the ${from} ${name ?? ""}`;
  return `A user is told by ${key}, and stays with what they have met while the rollout lives.`;
}

function howToJoin(rules: readonly Rule[]): string {
  const rule = rules.find(
    ({ match, percent: share }) => match.kind !== "user" && share === undefined,
  );
  if (rule === undefined || rule.match.kind === "user") {
    return "This policy has no rule by which one can choose to be in it.";
  }
  const { kind, name, value } = rule.match;
  return `To be in it, send the ${kind} ${name} with the value ${value}.`;
}
