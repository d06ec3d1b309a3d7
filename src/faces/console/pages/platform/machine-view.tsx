/** What this machine offers: how well apps are fenced in, what `doctor` found, and which parts are up. */
import { useSuspenseQuery } from "@tanstack/react-query";
import type { FindingResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";

const findingStates: Readonly<Record<FindingResource["state"], Shown>> = {
  good: { word: "good", mark: "tick", tone: "good" },
  fair: { word: "fair", mark: "pause", tone: "wait" },
  bad: { word: "bad", mark: "cross", tone: "bad" },
};
const order = ["bad", "fair", "good"] as const;

/** What each rung of the sandbox ladder holds back. */
const levels: readonly string[] = [
  "no fence: processes run as they are",
  "resource limits and a user of its own",
  "a sandbox of its own (bubblewrap)",
  "a sandbox, a user of its own, control groups and a filter of system calls",
];

export function MachineView() {
  const { data: status } = useSuspenseQuery(ask("GET /api/v1/status", {}));
  const { data } = useSuspenseQuery(ask("GET /api/v1/findings", {}));
  const findings = data.findings.toSorted(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state),
  );
  return (
    <div className="parts">
      <div className="app-figures">
        <Figure
          value={`level ${status.sandboxLevel} of 3`}
          label={levels[status.sandboxLevel] ?? ""}
        />
        <Figure value={count(status.apps)} label={status.apps === 1 ? "app" : "apps"} />
        <Figure
          value={count(status.activeRollouts)}
          label={status.activeRollouts === 1 ? "rollout under way" : "rollouts under way"}
        />
        <Figure value={count(status.journalEntries)} label="entries in the journal" />
      </div>
      <Section title="What the doctor found" id="findings" command="tidegate doctor" json={data}>
        <ul>
          {findings.map((finding) => (
            <Finding key={finding.name} finding={finding} />
          ))}
        </ul>
      </Section>
      <Section title="Parts" id="parts" command="tidegate status" json={status}>
        <dl className="facts">
          <div>
            <dt>Version</dt>
            <dd>
              {status.version}, started <When at={status.startedAt} />
            </dd>
          </div>
          <div>
            <dt>Database</dt>
            <dd>{status.database}</dd>
          </div>
          {status.edges.map(({ name, isUp }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <StateWord
                  state={findingStates[isUp ? "good" : "bad"]}
                  word={isUp ? "up" : "down"}
                />
              </dd>
            </div>
          ))}
        </dl>
      </Section>
    </div>
  );
}

function Figure({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <div className="app-figure">
      <strong>{value}</strong>
      <span className="soft">{label}</span>
    </div>
  );
}

function Finding({ finding: { name, state, found, next } }: { readonly finding: FindingResource }) {
  return (
    <li className="finding">
      <StateWord state={findingStates[state]} />
      <div>
        <strong>{name}</strong> <span>{found}</span>
        {next === undefined ? null : <p className="soft small">{next}</p>}
      </div>
    </li>
  );
}
