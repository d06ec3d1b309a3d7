/** What went wrong, first: the stage that stopped it, the errors that are new in this version, one example of them. */
import { useQuery } from "@tanstack/react-query";
import { formatDurationMs } from "#std";
import type { ChangeResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Notice } from "../../ui/notice.tsx";
import { Section } from "../../ui/page.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { When } from "../../ui/when.tsx";
import { count, short } from "../../ui/words.ts";
import { newFailures, type NewFailure } from "./new-failures.ts";
import { sentence } from "./state-sentence.ts";

export function FailureSection({ change }: { readonly change: ChangeResource }) {
  const hasFailed = (change.rollout?.evidence.totals.candidateErrors ?? 0) > 0;
  const { data: story } = useQuery({
    ...ask("GET /api/v1/changes/:change/story", { params: { change: change.id } }),
    enabled: hasFailed,
  });
  const stopped = change.stages.filter(
    ({ name, problem }) => problem !== undefined && (name !== "rollout" || !change.rollout),
  );
  const fresh = newFailures(story?.failures ?? []);
  const example = change.rollout?.evidence.failureExample;
  if (stopped.length === 0 && example === undefined && fresh.length === 0) return null;
  return (
    <Section
      title="What went wrong"
      id="failure"
      command={`tidegate change show ${short(change.commit)}`}
      json={{ problems: stopped, newFailures: fresh, example }}
    >
      {stopped.map(({ name, problem }) => (
        <div key={name} className="stack">
          <Notice tone="bad" title={`${sentence(name).slice(0, -1)}: ${problem?.message ?? ""}`}>
            {problem?.where === undefined ? null : <code dir="ltr">{problem.where}</code>}
            {problem?.next === undefined ? null : <p className="soft">Next: {problem.next}</p>}
          </Notice>
          {problem?.log === undefined ? null : (
            <TextBlock label={`The last lines of ${name}`} text={problem.log.join("\n")} />
          )}
        </div>
      ))}
      {fresh.length === 0 ? null : <NewFailures failures={fresh} />}
      {example === undefined ? null : <Example example={example} />}
    </Section>
  );
}

function NewFailures({ failures }: { readonly failures: readonly NewFailure[] }) {
  return (
    <div className="stack">
      <h3>Errors that are new in this version</h3>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col">Answer</th>
              <th scope="col" className="number">
                Times kept
              </th>
              <th scope="col">Last</th>
              <th scope="col">Example</th>
            </tr>
          </thead>
          <tbody>
            {failures.map(({ example, times }) => (
              <tr key={example.requestId}>
                <td>
                  <code dir="ltr">
                    {example.method} {example.path}
                  </code>
                </td>
                <td>{example.status ?? example.failure ?? "no answer"}</td>
                <td className="number">{count(times)}</td>
                <td>
                  <When at={example.at} />
                </td>
                <td>
                  <code>{example.requestId}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="soft small">
        The version before did not have them at the same time. That does not prove that this version
        is their cause; the guardrails compare both at the same moment.
      </p>
    </div>
  );
}

type FailedExample = NonNullable<
  NonNullable<ChangeResource["rollout"]>["evidence"]["failureExample"]
>;

function Example({ example: { request, log } }: { readonly example: FailedExample }) {
  const answer = request.status ?? request.failure ?? "no answer";
  return (
    <div className="stack">
      <p>
        One of them:{" "}
        <code dir="ltr">
          {request.method} {request.path}
        </code>{" "}
        gave <strong>{answer}</strong> after {formatDurationMs(request.durationMs)},{" "}
        <When at={request.at} />.{" "}
        <span className="soft">
          Request <code>{request.requestId}</code>
        </span>
      </p>
      {log.length === 0 ? null : (
        <TextBlock label="What the app printed at that moment" text={log.join("\n")} />
      )}
    </div>
  );
}
