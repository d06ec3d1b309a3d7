import { formatDurationMs } from "#std";
import type { ChangeResource } from "#faces/api/contract";
import { Section } from "../../ui/page.tsx";
import { bytes, instant, short } from "../../ui/words.ts";

/** The commit, what its author promised, and how Tidegate understood it. */
export function AboutSection({ change }: { readonly change: ChangeResource }) {
  const { artifact, expectations } = change;
  return (
    <Section title="Commit and build" id="about" json={{ ...change, rollout: undefined }}>
      {expectations.length === 0 ? null : (
        <dl className="facts">
          {expectations.map(({ id, text }) => (
            <Fact key={id} name="Expects" value={text} />
          ))}
        </dl>
      )}
      <details className="drawer">
        <summary>
          <code dir="ltr">{short(change.commit)}</code>
          {artifact === undefined
            ? null
            : `, built as ${artifact.plan.title}, ${bytes(artifact.sizeBytes)}`}
        </summary>
        <Facts change={change} />
      </details>
    </Section>
  );
}

function Facts({ change }: { readonly change: ChangeResource }) {
  const { artifact, author, trailers } = change;
  return (
    <dl className="facts">
      <Fact name="Commit" value={change.commit} isCode />
      {change.previousCommit === undefined ? null : (
        <Fact name="Before it" value={change.previousCommit} isCode />
      )}
      <Fact name="Author" value={`${author.name} <${author.email}>`} />
      <Fact name="Committed" value={instant(change.committedAt)} />
      <Fact name="Pushed by" value={change.pushedBy} />
      {trailers
        .filter(({ key }) => key.toLowerCase() !== "expect")
        .map(({ key, value }) => (
          <Fact key={`${key} ${value}`} name={key} value={value} />
        ))}
      {artifact === undefined ? null : (
        <>
          <Fact name="Built as" value={`${artifact.plan.title}, ${bytes(artifact.sizeBytes)}`} />
          {artifact.plan.reasons.map(({ decided, because }) => (
            <Fact key={decided} name={decided} value={because} />
          ))}
          {artifact.steps.map((step) => (
            <Fact
              key={step.name}
              name={step.name}
              value={
                step.isCached
                  ? "from the cache: the same inputs were built before"
                  : formatDurationMs(step.finishedAt - step.startedAt)
              }
            />
          ))}
        </>
      )}
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  readonly value: string;
  readonly isCode?: boolean;
}

function Fact({ name, value, isCode = false }: FactProps) {
  return (
    <div>
      <dt dir="auto">{name}</dt>
      <dd dir="auto">{isCode ? <code dir="ltr">{value}</code> : value}</dd>
    </div>
  );
}
