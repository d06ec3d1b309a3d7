/** What happened on this platform, newest first, and whether the chain that it is written in is whole. */
import { keepPreviousData, useMutation, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { JournalEntryResource } from "#faces/api/contract";
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

export function JournalView({ before }: { readonly before: number | undefined }) {
  const { data: status } = useSuspenseQuery(ask("GET /api/v1/status", {}));
  const end = before ?? status.journalEntries + 1;
  const after = Math.max(0, end - 1 - pageEntries);
  const { data } = useQuery({
    ...ask("GET /api/v1/journal", { query: { after, limit: Math.max(1, end - 1 - after) } }),
    placeholderData: keepPreviousData,
  });
  const entries = data?.entries.filter(({ seq }) => seq < end).toReversed() ?? [];
  return (
    <div className="parts">
      <Verification />
      <Section
        title="What happened"
        id="journal"
        note={`${count(status.journalEntries)} entries, newest first`}
        json={entries}
      >
        {entries.length === 0 ? (
          <Empty>Nothing has happened yet.</Empty>
        ) : (
          <ol className="journal">
            {entries.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
        )}
        <div className="row">
          {before === undefined ? null : (
            <Link to="/platform" search={{ view: "journal" }}>
              To the newest
            </Link>
          )}
          {after === 0 ? null : (
            <Link to="/platform" search={{ view: "journal", before: after + 1 }}>
              Earlier ones
            </Link>
          )}
        </div>
      </Section>
    </div>
  );
}

function Entry({ entry }: { readonly entry: JournalEntryResource }) {
  const { seq, at, actor, app, change, type } = entry;
  return (
    <li id={`entry-${seq}`}>
      <span className="soft number">{count(seq)}</span>
      <span className="soft">
        <When at={at} />
      </span>
      <bdi>{actor}</bdi>
      <span>
        {change === undefined ? (
          eventWords(type)
        ) : (
          <Link to="/changes/$change" params={{ change }}>
            {eventWords(type)}
          </Link>
        )}{" "}
        {app === undefined ? null : <bdi className="soft">{app}</bdi>}
      </span>
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
      command="tidegate journal verify"
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
