/** The tests: failed first, then what is new since they last passed, then the rest on request. */
import { useState } from "react";
import { formatDurationMs } from "#std";
import type { ChangeResource } from "#faces/api/contract";
import type { TestCase } from "#domain";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { count, short } from "../../ui/words.ts";
import { sentence } from "./state-sentence.ts";
import type { Story } from "./story.ts";

const caseStates: Readonly<Record<TestCase["state"], Shown>> = {
  failed: { word: "failed", mark: "cross", tone: "bad" },
  passed: { word: "passed", mark: "tick", tone: "good" },
  skipped: { word: "skipped", mark: "dash", tone: "quiet" },
};
const shownFirst = 8;

export function TestSection({
  change,
  story,
}: {
  readonly change: ChangeResource;
  readonly story: Story;
}) {
  const [isWhole, setWhole] = useState(false);
  const { tests } = story;
  if (tests === undefined) return null;
  const { report, because } = tests;
  const failed = report.cases.filter(({ state }) => state === "failed");
  const rest = report.cases.filter(({ state }) => state !== "failed");
  const shown = isWhole ? rest : rest.slice(0, Math.max(0, shownFirst - failed.length));
  const { counts } = report;
  return (
    <Section
      title="Tests"
      id="tests"
      note={`${count(counts.failed)} failed, ${count(counts.passed)} passed, ${count(counts.skipped)} skipped${report.isCached ? "; from the cache" : ` in ${formatDurationMs(report.durationMs)}`}`}
      command={`tidegate change show ${short(change.commit)} --log test`}
      json={report}
    >
      {because === undefined ? null : <p>{sentence(because)}</p>}
      {report.outcome === "none" ? <p className="soft">This project has no tests.</p> : null}
      <ul className="cases">
        {[...failed, ...shown].map((one) => (
          <Case key={`${one.file ?? ""} ${one.name}`} one={one} />
        ))}
      </ul>
      {shown.length === rest.length ? null : (
        <div>
          <Button look="quiet" onPress={() => setWhole(true)}>
            {`Show the other ${count(rest.length - shown.length)}`}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Case({ one: { name, file, state, durationMs, message } }: { readonly one: TestCase }) {
  return (
    <li className="case">
      <div className="case-head">
        <StateWord state={caseStates[state]} />
        <bdi>{name}</bdi>
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
