/** What users get with the change: its commits, its files, and the lines themselves on request. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ChangeDiffResource, ChangeResource, DiffResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { count, counted, short } from "../../ui/words.ts";
import { DiffLines } from "../../ui/diff-lines.tsx";
import { comparedInWords } from "./compared-with.ts";

const filesShown = 40;

export function DiffSection({ change }: { readonly change: ChangeResource }) {
  const [isOpen, setOpen] = useState(false);
  const { data: diff } = useQuery({
    ...ask("GET /api/v1/changes/:change/diff", { params: { change: change.id } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (diff === undefined) return null;
  const { commits, hasMoreCommits } = diff;
  const files = counted(diff.files.length + diff.filesLeftOut, "file");
  return (
    <Section
      title="Diff"
      id="diff"
      note={`${files}, ${counted(commits.length, "commit")}${hasMoreCommits ? " and more" : ""}`}
      command={commandOf(change, diff)}
      json={diff}
    >
      <p className="soft">{comparedInWords(diff)}</p>
      <ul className="commits">
        {commits.map(({ commit, subject, author, committedAt }) => (
          <li key={commit}>
            <code>{short(commit)}</code> <bdi>{subject}</bdi>{" "}
            <span className="soft small">
              <bdi>{author}</bdi>, <When at={committedAt} />
            </span>
          </li>
        ))}
      </ul>
      <Files diff={diff} />
      <details className="drawer" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>Show the lines</summary>
        {isOpen ? <DiffLines patch={diff.patch} isCut={diff.isPatchCut} /> : null}
      </details>
    </Section>
  );
}

function Files({ diff: { files, filesLeftOut } }: { readonly diff: DiffResource }) {
  const shown = files.slice(0, filesShown);
  const more = files.length - shown.length + filesLeftOut;
  return (
    <ul className="files">
      {shown.map(({ path, added, removed }) => (
        <li key={path}>
          <code dir="ltr">{path}</code>{" "}
          {added === undefined || removed === undefined ? (
            <span className="soft small">binary</span>
          ) : (
            <span className="small">
              <span className="added">+{count(added)}</span>{" "}
              <span className="removed">−{count(removed)}</span>
            </span>
          )}
        </li>
      ))}
      {more === 0 ? null : <li className="soft">and {counted(more, "file")} more</li>}
    </ul>
  );
}

function commandOf({ commit }: ChangeResource, { comparedWith }: ChangeDiffResource): string {
  return comparedWith.commit === undefined
    ? `git show ${short(commit)}`
    : `git diff ${short(comparedWith.commit)} ${short(commit)}`;
}
