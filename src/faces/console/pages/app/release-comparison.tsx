/** What differs between two releases: commits and files, and which configuration, by name. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReleaseDiffResource, ReleaseResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { DiffLines } from "../../ui/diff-lines.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";
import { Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { count, counted, short } from "../../ui/words.ts";
import type { AppSearch } from "./app-search.ts";

interface ComparisonProps {
  readonly app: string;
  readonly releases: readonly ReleaseResource[];
  readonly search: AppSearch;
}

export function ReleaseComparison({ app, releases, search }: ComparisonProps) {
  const numbers = releases.map(({ number }) => number);
  const { from = numbers[1], to = numbers[0] } = search;
  const isAsked = from !== undefined && to !== undefined;
  const { data, error } = useQuery({
    ...ask("GET /api/v1/apps/:app/diff", {
      params: { app },
      query: { from: from ?? 1, to: to ?? 1 },
    }),
    enabled: isAsked,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!isAsked) return null;
  return (
    <Section title="Compare two releases" id="compare" json={data}>
      <Choice app={app} numbers={numbers} from={from} to={to} />
      {error === null ? null : <Notice tone="bad" title={explain(error).sentence} />}
      {data === undefined ? null : <Differences diff={data} />}
    </Section>
  );
}

interface ChoiceProps {
  readonly app: string;
  readonly numbers: readonly number[];
  readonly from: number;
  readonly to: number;
}

function Choice({ app, numbers, from, to }: ChoiceProps) {
  const navigate = useNavigate();
  const choose = (search: AppSearch) =>
    void navigate({ to: "/apps/$app", params: { app }, search, hash: "compare", replace: true });
  return (
    <div className="compare">
      <Select
        label="From"
        value={from}
        numbers={numbers}
        onChoose={(one) => choose({ from: one, to })}
      />
      <Select
        label="To"
        value={to}
        numbers={numbers}
        onChoose={(one) => choose({ from, to: one })}
      />
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: number;
  readonly numbers: readonly number[];
  readonly onChoose: (value: number) => void;
}

function Select({ label, value, numbers, onChoose }: SelectProps) {
  const all = numbers.includes(value) ? numbers : [value, ...numbers];
  return (
    <label className="field">
      <span className="label">{label}</span>
      <select
        className="input"
        value={value}
        onChange={({ target }) => onChoose(Number(target.value))}
      >
        {all.map((number) => (
          <option key={number} value={number}>{`v${number}`}</option>
        ))}
      </select>
    </label>
  );
}

function Differences({ diff }: { readonly diff: ReleaseDiffResource }) {
  const { code, config, isSameArtifact } = diff;
  const files = counted(code.files.length + code.filesLeftOut, "file");
  const commits = counted(code.commits.length, "commit");
  return (
    <div className="stack">
      <p>
        {isSameArtifact
          ? "Both run the same artifact."
          : `${files} in ${commits}${code.hasMoreCommits ? " and more" : ""}.`}
      </p>
      {config === undefined ? (
        <p className="soft">Which configuration differs is for those who may read it.</p>
      ) : (
        <>
          <ConfigNames title="Configuration that is new" names={config.added} />
          <ConfigNames title="Configuration with another value" names={config.changed} />
          <ConfigNames title="Configuration that is gone" names={config.removed} />
        </>
      )}
      <ul className="commits">
        {code.commits.map(({ commit, subject, author, committedAt }) => (
          <li key={commit}>
            <code>{short(commit)}</code> <bdi>{subject}</bdi>{" "}
            <span className="soft small">
              <bdi>{author}</bdi>, <When at={committedAt} />
            </span>
          </li>
        ))}
      </ul>
      <ul className="files small">
        {code.files.slice(0, 40).map(({ path, added = 0, removed = 0 }) => (
          <li key={path}>
            <code dir="ltr">{path}</code> <span className="added">+{count(added)}</span>{" "}
            <span className="removed">−{count(removed)}</span>
          </li>
        ))}
      </ul>
      {code.patch === "" ? null : (
        <details className="drawer">
          <summary>Show the lines</summary>
          <DiffLines patch={code.patch} isCut={code.isPatchCut} />
        </details>
      )}
    </div>
  );
}

function ConfigNames({
  title,
  names,
}: {
  readonly title: string;
  readonly names: readonly string[];
}) {
  if (names.length === 0) return null;
  return (
    <div className="names">
      <span className="soft">{title}:</span>
      {names.map((name) => (
        <code key={name} className="chip">
          {name}
        </code>
      ))}
    </div>
  );
}
