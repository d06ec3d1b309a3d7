/** Errors that this version has and the one before does not, one example each; only ever text. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ChangeResource, NewErrorResource, NewErrorsResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Section } from "../../ui/page.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { When } from "../../ui/when.tsx";
import { count, counted, short } from "../../ui/words.ts";
import { isFinal } from "./action-effects.ts";
import { NotYours } from "../../ui/not-yours.tsx";
import { useMay, useRefusal } from "../../shell/use-rights.ts";

const title = "Errors new in this version";
/** While users meet it, logs grow without an event of their own. */
const lookAgainMs = 5_000;

export function NewErrorsSection({ change }: { readonly change: ChangeResource }) {
  const { rollout } = change;
  const may = useMay(change.app)("log.read");
  const { data } = useQuery({
    ...ask("GET /api/v1/changes/:change/errors", { params: { change: change.id } }),
    enabled: rollout !== undefined && may,
    refetchInterval: rollout !== undefined && !isFinal(rollout) ? lookAgainMs : false,
  });
  const why = useRefusal(change.app)("log.read");
  const found = data?.found;
  if (rollout?.baseline === undefined) return null;
  if (why !== undefined) return <NotYours title={title} id="errors" why={why} />;
  if (found === undefined) return null;
  return (
    <Section
      title={title}
      id="errors"
      note={found.errors.length === 0 ? "none" : counted(found.errors.length + found.more, "kind")}
      command={`tidegate change errors ${short(change.commit)}`}
      json={data}
    >
      {found.errors.length === 0 ? null : (
        <ul className="new-errors">
          {found.errors.map((error) => (
            <li key={error.kind + error.fingerprint}>
              <OneError app={change.app} error={error} />
            </li>
          ))}
        </ul>
      )}
      <p className="soft small">{readInWords(found)}</p>
    </Section>
  );
}

function OneError({ app, error }: { readonly app: string; readonly error: NewErrorResource }) {
  const { title: said, where, count: times, firstAt, kind, example } = error;
  const { instance, line } = example;
  return (
    <article className="new-error">
      <h3 dir="auto">{said}</h3>
      <p className="dots soft">
        {where === undefined ? null : <code dir="ltr">{where}</code>}
        <span>
          {times === 1 ? "once" : `${count(times)} times`}
          {kind === "request" ? " among the failed requests that were kept" : ""}
        </span>
        {firstAt === undefined ? null : (
          <span>
            first <When at={firstAt} />
          </span>
        )}
        {instance === undefined || line === undefined ? null : (
          <Link to="/apps/$app" params={{ app }} search={{ view: "logs", instance, line }}>
            line {count(line)} of its log
          </Link>
        )}
        {example.requestId === undefined ? null : (
          <span>
            request <code>{example.requestId}</code>
          </span>
        )}
      </p>
      {(error.answers ?? []).map((answer) => (
        <p key={answer.title} className="soft small">
          Requests beside it: <code dir="ltr">{answer.title}</code>,{" "}
          {answer.count === 1 ? "once" : `${count(answer.count)} times`} among those kept
        </p>
      ))}
      {kind === "request" ? null : (
        <TextBlock label={`An example of ${title}`} text={example.text.join("\n")} />
      )}
    </article>
  );
}

type Found = NonNullable<NewErrorsResource["found"]>;

function readInWords({ errors, known, candidate, baseline }: Found): string {
  const own = `${counted(candidate.lines, "line")} of this version${cut(candidate.isCut)}`;
  const old = `${count(baseline.lines)} of the one before${cut(baseline.isCut)}`;
  const both = known === 0 ? "" : ` ${counted(known, "kind")} of error both have.`;
  return `Read: ${own}, ${old}.${both}${errors.length === 0 ? "" : noProof}`;
}

const noProof =
  " That they are new does not prove that this version is their cause; the guardrails compare both at the same moment.";

function cut(isCut: boolean): string {
  return isCut ? " (the newest)" : "";
}
