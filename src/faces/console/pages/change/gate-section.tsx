import type { ChangeResource } from "#faces/api/contract";
import type { GateDecision } from "#domain";
import { Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { counted, short } from "../../ui/words.ts";
import { sentence } from "./state-sentence.ts";
import type { Story } from "./story.ts";

const outcomes: Readonly<Record<GateDecision["rules"][number]["outcome"], Shown>> = {
  passed: { word: "holds", mark: "tick", tone: "good" },
  failed: { word: "does not hold", mark: "cross", tone: "bad" },
  error: { word: "could not be asked", mark: "cross", tone: "bad" },
};

/** Each rule of the gate with what it was asked about and why it said so. */
export function GateSection({
  change,
  story,
}: {
  readonly change: ChangeResource;
  readonly story: Story;
}) {
  const { gate } = story;
  if (gate === undefined) return null;
  const holding = gate.rules.filter(({ outcome }) => outcome === "passed").length;
  return (
    <Section
      title="Gate"
      id="gate"
      note={`${holding} of ${counted(gate.rules.length, "rule")} hold`}
      command={`tidegate change show ${short(change.commit)}`}
      json={gate}
    >
      <ul className="rules">
        {gate.rules.map((rule) => (
          <li key={rule.name} className="rule">
            <div className="rule-head">
              <h3>{rule.name}</h3>
              <StateWord state={outcomes[rule.outcome]} />
            </div>
            <p>{sentence(becauseOf(rule))}</p>
            <code className="rule-text" dir="ltr">
              {rule.rule}
            </code>
            <dl className="inputs">
              {Object.entries(rule.inputs).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd dir="auto">{String(value)}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Without the rule in front, which stands beside it: "Holds: tests.failed is 0". */
function becauseOf({ rule, because }: { readonly rule: string; readonly because: string }): string {
  return because.startsWith(`${rule} `) ? because.slice(rule.length + 1) : because;
}
