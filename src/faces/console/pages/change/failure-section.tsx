/** What went wrong, first: the stage that stopped it, and a request that failed. */
import { formatDurationMs } from "#std";
import type { ChangeResource } from "#faces/api/contract";
import { useRefusal } from "../../shell/use-rights.ts";
import { Missing } from "../../ui/not-yours.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Section } from "../../ui/page.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { When } from "../../ui/when.tsx";
import { short } from "../../ui/words.ts";
import { sentence } from "./state-sentence.ts";

export function FailureSection({ change }: { readonly change: ChangeResource }) {
  const stopped = change.stages.filter(
    ({ name, problem }) => problem !== undefined && (name !== "rollout" || !change.rollout),
  );
  const example = change.rollout?.evidence.failureExample;
  const mayNot = useRefusal(change.app)("log.read");
  if (stopped.length === 0 && example === undefined) return null;
  // Of a change that users have, or are getting, a single failed request has stopped nothing.
  const isWrong = stopped.length > 0 || change.state === "rolled_back";
  const hidesLog = stopped.some(({ name, problem }) => name === "rollout" && !problem?.log);
  return (
    <Section
      title={isWrong ? "What went wrong" : "A request that failed"}
      id="failure"
      command={`tidegate change show ${short(change.commit)}`}
      json={{ problems: stopped, example }}
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
      {example === undefined ? null : <Example example={example} mayNot={mayNot} />}
      {example === undefined ? <Missing whys={hidesLog ? [mayNot] : []} /> : null}
    </Section>
  );
}

type FailedExample = NonNullable<
  NonNullable<ChangeResource["rollout"]>["evidence"]["failureExample"]
>;

interface ExampleProps {
  readonly example: FailedExample;
  /** Why the reader may not have what the app printed; absent: they may. */
  readonly mayNot: string | undefined;
}

function Example({ example: { request, log }, mayNot }: ExampleProps) {
  const answer = request.status ?? request.failure ?? "no answer";
  return (
    <div className="stack">
      <p>
        One of those that failed:{" "}
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
      <Missing whys={[mayNot]} />
    </div>
  );
}
