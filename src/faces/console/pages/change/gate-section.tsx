import type { ChangeResource } from "#faces/api/contract";
import type { GateDecision } from "#domain";
import { Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { counted, short } from "../../ui/words.ts";
import { RuleReason } from "./rule-reason.tsx";
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
            <RuleReason rule={rule.rule} because={rule.because} />
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
