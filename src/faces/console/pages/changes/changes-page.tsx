/** Every change, newest first. */
import "./changes-page.css";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ChangeSummaryResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { Empty, Page } from "../../ui/page.tsx";
import { changeStates } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { short } from "../../ui/words.ts";

const route = getRouteApi("/changes");
const pageSize = 50;

export function ChangesPage() {
  const search = route.useSearch();
  const found = useSuspenseInfiniteQuery({
    queryKey: ["GET /api/v1/changes", {}, { ...search, pages: true }],
    queryFn: ({ pageParam, signal }) => {
      const before = pageParam === "" ? {} : { before: pageParam };
      const query = { limit: pageSize, ...(search.app === undefined ? {} : { app: search.app }) };
      return call("GET /api/v1/changes", { query: { ...query, ...before } }, signal);
    },
    initialPageParam: "",
    getNextPageParam: ({ changes }) => (changes.length < pageSize ? undefined : changes.at(-1)?.id),
  });
  const changes = found.data.pages.flatMap((page) => page.changes);
  return (
    <Page title={search.app === undefined ? "Changes" : `Changes of ${search.app}`}>
      {changes.length === 0 ? <Empty>No change yet.</Empty> : <ChangeList changes={changes} />}
      {found.hasNextPage ? (
        <div>
          <Button onPress={() => void found.fetchNextPage()}>Show older changes</Button>
        </div>
      ) : null}
    </Page>
  );
}

/** Rows that are out of sight are not laid out: ten thousand of them scroll like fifty. */
export function ChangeList({ changes }: { readonly changes: readonly ChangeSummaryResource[] }) {
  return (
    <ul className="change-list">
      {changes.map((change) => (
        <li key={change.id} className="change-row">
          <StateWord state={changeStates[change.state]} />
          <Link to="/changes/$change" params={{ change: change.id }} className="change-subject">
            <bdi>{change.subject}</bdi>
          </Link>
          <span className="soft small change-about">
            <span>{change.app}</span>
            <code>{short(change.commit)}</code>
            <bdi>{change.author.name}</bdi>
            <When at={change.receivedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
