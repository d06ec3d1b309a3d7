/** How the app's tests fared in its last runs: what came and went, and what is only luck. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AppResource, TestHistoryResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Empty, Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateMark } from "../../ui/state-word.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { count, counted } from "../../ui/words.ts";

type Case = TestHistoryResource["cases"][number];
type Result = Case["results"][number];

const shown: Readonly<Record<Result, Shown>> = {
  passed: { word: "passed", mark: "tick", tone: "good" },
  failed: { word: "failed", mark: "cross", tone: "bad" },
  skipped: { word: "skipped", mark: "dash", tone: "quiet" },
  absent: { word: "not there", mark: "ring", tone: "quiet" },
};
const casesShown = 100;

export function TestsView({ app }: { readonly app: AppResource }) {
  const { data } = useSuspenseQuery(
    ask("GET /api/v1/apps/:app/tests", { params: { app: app.name } }),
  );
  const { runs, cases } = data;
  const flaky = cases.filter(({ isFlaky }) => isFlaky).length;
  return (
    <Section
      title="Tests that failed lately"
      id="tests"
      note={`${counted(runs.length, "run")}, ${counted(cases.length, "test")} failed in one or more, ${count(flaky)} flaky`}
      json={data}
    >
      {cases.length === 0 ? (
        <Empty>
          {runs.length === 0 ? "No tests have run yet." : "No test failed in any of these runs."}
        </Empty>
      ) : (
        <ul>
          {cases.slice(0, casesShown).map((one) => (
            <History key={`${one.file ?? ""} ${one.name}`} one={one} runs={runs} />
          ))}
        </ul>
      )}
      <p className="soft small">
        A test is flaky when runs of one and the same tree gave both results. Runs are drawn oldest
        first; each leads to its change.
      </p>
    </Section>
  );
}

interface HistoryProps {
  readonly one: Case;
  readonly runs: TestHistoryResource["runs"];
}

function History({ one, runs }: HistoryProps) {
  const { name, file, results, failed, turned, isFlaky, message } = one;
  const told = runs.map((run, index) => ({ run, result: results[index] ?? "absent" })).toReversed();
  return (
    <li className="history">
      <span>
        <bdi>{name}</bdi> {isFlaky ? <span className="chip">flaky</span> : null}{" "}
        <span className="soft small">
          failed {count(failed)} of {count(runs.length)}, turned {count(turned)}{" "}
          {turned === 1 ? "time" : "times"}
        </span>
      </span>
      {file === undefined ? null : (
        <code className="soft" dir="ltr">
          {file}
        </code>
      )}
      <span className="runs">
        {told.map(({ run, result }) => (
          <Link
            key={`${run.change.id} ${run.at}`}
            to="/changes/$change"
            params={{ change: run.change.id }}
            className={`tone-${shown[result].tone}`}
            title={`${shown[result].word}: ${run.change.subject}`}
            aria-label={`${shown[result].word}: ${run.change.subject}`}
          >
            <StateMark state={shown[result]} />
          </Link>
        ))}
      </span>
      {message === undefined ? null : (
        <TextBlock label={`Why ${name} failed last`} text={message} />
      )}
    </li>
  );
}
