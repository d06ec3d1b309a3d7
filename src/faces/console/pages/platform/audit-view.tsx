/** Who did what, from where and why, newest first; and whether the chain that it is written in is whole. */
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AuditEntryResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { eventWords } from "./event-words.ts";

const pageEntries = 100;

export function AuditView({ before }: { readonly before: number | undefined }) {
  const query = { limit: pageEntries, ...(before === undefined ? {} : { before }) };
  const { data } = useSuspenseQuery(ask("GET /api/v1/audit", { query }));
  const { entries } = data;
  const last = entries.at(-1)?.seq;
  return (
    <div className="parts">
      <Verification />
      <Section
        title="Who did what"
        id="audit"
        note="newest first"
        command="tidegate audit list"
        json={data}
      >
        {entries.length === 0 ? (
          <Empty>Nobody has done anything yet.</Empty>
        ) : (
          <ol className="journal">
            {entries.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
        )}
        <div className="row">
          {before === undefined ? null : (
            <Link to="/platform" search={{ view: "audit" }}>
              To the newest
            </Link>
          )}
          {last === undefined || entries.length < pageEntries ? null : (
            <Link to="/platform" search={{ view: "audit", before: last }}>
              Earlier ones
            </Link>
          )}
        </div>
      </Section>
    </div>
  );
}

function Entry({ entry }: { readonly entry: AuditEntryResource }) {
  const { seq, at, who, by, app, change, what, before, after, why } = entry;
  const facts = [
    ...(before === undefined ? [] : [`before: ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`after: ${JSON.stringify(after)}`]),
  ];
  return (
    <li id={`entry-${seq}`}>
      <span className="soft number">{count(seq)}</span>
      <span className="soft">
        <When at={at} />
      </span>
      <bdi>{who}</bdi>
      <div>
        {change === undefined ? (
          eventWords(what)
        ) : (
          <Link to="/changes/$change" params={{ change }}>
            {eventWords(what)}
          </Link>
        )}{" "}
        {app === undefined ? null : <bdi className="soft">{app}</bdi>}{" "}
        <span className="soft">from {by.address}</span>
        {facts.length === 0 ? null : (
          <details>
            <summary className="soft">what changed</summary>
            {facts.map((fact) => (
              <code key={fact} className="audit-fact" dir="ltr">
                {fact}
              </code>
            ))}
          </details>
        )}
        {why === undefined ? null : (
          <p>
            “<bdi>{why}</bdi>”
          </p>
        )}
      </div>
    </li>
  );
}

/** Reads the whole chain, so it is done when it is asked for. */
function Verification() {
  const check = useMutation({
    mutationFn: () => call("GET /api/v1/journal/verification", {}),
  });
  const { data, error } = check;
  return (
    <Section
      title="The chain"
      id="chain"
      command="tidegate audit verify"
      json={data}
      note="each entry holds the hash of the one before: whoever alters one breaks the chain"
    >
      <div className="row" aria-live="polite">
        <Button
          onPress={() => check.mutate()}
          refusal={check.isPending ? "it is being read" : undefined}
        >
          {check.isPending ? "Reading it" : "Verify the chain"}
        </Button>
      </div>
      {error === null ? null : <Notice tone="bad" title={explain(error).sentence} isUrgent />}
      {data === undefined ? null : data.brokenAt === undefined ? (
        <Notice tone="good" title={`It is whole: ${count(data.entries)} entries.`} isUrgent />
      ) : (
        <Notice tone="bad" title={`It is broken at entry ${count(data.brokenAt)}.`} isUrgent>
          <p>Entries before it are as they were written; from it on they cannot be relied on.</p>
        </Notice>
      )}
    </Section>
  );
}
