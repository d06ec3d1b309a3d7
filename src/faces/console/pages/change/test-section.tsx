/** The tests: failed first, with what has changed since they last passed, then the rest on request. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "@tanstack/react-router";
import { formatDurationMs } from "#std";
import type { ChangeResource, TestsResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { count, counted, short } from "../../ui/words.ts";
import { sentence } from "./state-sentence.ts";
import type { Story } from "./story.ts";

type Case = TestsResource["cases"][number];

const caseStates: Readonly<Record<Case["state"], Shown>> = {
  failed: { word: "failed", mark: "cross", tone: "bad" },
  passed: { word: "passed", mark: "tick", tone: "good" },
  skipped: { word: "skipped", mark: "dash", tone: "quiet" },
};
const sinceWords: Readonly<Record<NonNullable<Case["since"]>, string>> = {
  new: "new",
  newly_failing: "passed before",
  still: "failed before too",
  mended: "mended",
};
const shownFirst = 8;

interface TestSectionProps {
  readonly change: ChangeResource;
  readonly story: Story;
}

export function TestSection({ change, story }: TestSectionProps) {
  const { tests: run } = story;
  const { data } = useQuery({
    ...ask("GET /api/v1/changes/:change/tests", { params: { change: change.id } }),
    enabled: run !== undefined,
  });
  if (run === undefined) return null;
  const { counts, isCached, durationMs, outcome } = run.report;
  const how = isCached ? "from the cache" : `in ${formatDurationMs(durationMs)}`;
  return (
    <Section
      title="Tests"
      id="tests"
      note={
        outcome === "none"
          ? undefined
          : `${count(counts.failed)} failed, ${count(counts.passed)} passed, ${count(counts.skipped)} skipped, ${how}`
      }
      command={`tidegate change show ${short(change.commit)} --log test`}
      json={data ?? run.report}
    >
      {run.because === undefined ? null : <p>{sentence(run.because)}</p>}
      {outcome === "none" ? <p className="soft">This project has no tests.</p> : null}
      {data === undefined ? null : <Since tests={data} />}
      <Cases cases={data?.cases ?? run.report.cases.map((one) => ({ ...one, isFlaky: false }))} />
    </Section>
  );
}

/** What the run is compared with, and which tests are no longer there. */
function Since({ tests: { lastPass, gone } }: { readonly tests: TestsResource }) {
  if (lastPass === undefined && gone.length === 0) return null;
  return (
    <p className="soft small">
      {lastPass === undefined ? null : (
        <>
          Compared with{" "}
          <Link to="/changes/$change" params={{ change: lastPass.change.id }}>
            <bdi>{lastPass.change.subject}</bdi>
          </Link>
          , the last run that passed.{" "}
        </>
      )}
      {gone.length === 0
        ? null
        : `${counted(gone.length, "test")} of it no longer there: ${gone.slice(0, 5).join(", ")}`}
    </p>
  );
}

function Cases({ cases }: { readonly cases: readonly Case[] }) {
  const [isWhole, setWhole] = useState(false);
  const isNoted = ({ state, since, isFlaky }: Case) =>
    state === "failed" || isFlaky || since === "new" || since === "mended";
  const noted = cases.filter(isNoted);
  const rest = cases.filter((one) => !isNoted(one));
  const shown = isWhole ? rest : rest.slice(0, Math.max(0, shownFirst - noted.length));
  return (
    <>
      <ul className="cases">
        {[...noted, ...shown].map((one) => (
          <CaseRow key={`${one.file ?? ""} ${one.name}`} one={one} />
        ))}
      </ul>
      {shown.length === rest.length ? null : (
        <div>
          <Button look="quiet" onPress={() => setWhole(true)}>
            {`Show the other ${count(rest.length - shown.length)}`}
          </Button>
        </div>
      )}
    </>
  );
}

function CaseRow({ one }: { readonly one: Case }) {
  const { name, file, state, durationMs, message, since, isFlaky } = one;
  return (
    <li className="case">
      <div className="case-head">
        <StateWord state={caseStates[state]} />
        <span>
          <bdi>{name}</bdi>{" "}
          {isFlaky ? (
            <span className="chip" title="One tree gave both results">
              flaky
            </span>
          ) : null}{" "}
          {since === undefined ? null : <span className="soft small">{sinceWords[since]}</span>}
        </span>
        <span className="soft small case-time">
          {durationMs === undefined ? "" : formatDurationMs(durationMs)}
        </span>
      </div>
      {file === undefined || state !== "failed" ? null : (
        <code className="soft" dir="ltr">
          {file}
        </code>
      )}
      {message === undefined ? null : <TextBlock label={`Why ${name} failed`} text={message} />}
    </li>
  );
}
