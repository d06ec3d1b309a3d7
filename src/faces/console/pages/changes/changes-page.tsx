/** Every change, newest first, by app, state and words. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { call } from "../../api/call.ts";
import { Failure } from "../../ui/failure.tsx";
import { Loading } from "../../ui/loading.tsx";
import { MoreBelow } from "../../ui/more-below.tsx";
import { Empty, Page } from "../../ui/page.tsx";
import { changeStates } from "../../ui/state.ts";
import { count } from "../../ui/words.ts";
import { ChangeList } from "./change-list.tsx";
import { changesSearch, type ChangesSearch } from "./changes-search.ts";

const route = getRouteApi("/changes");
const pageSize = 100;

export function ChangesPage() {
  const search = route.useSearch();
  const found = useInfiniteQuery({
    queryKey: ["GET /api/v1/changes", {}, { ...search, pages: true }],
    queryFn: ({ pageParam, signal }) => {
      const before = pageParam === "" ? {} : { before: pageParam };
      return call(
        "GET /api/v1/changes",
        { query: { limit: pageSize, ...search, ...before } },
        signal,
      );
    },
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
  if (found.isPending) return <Loading />;
  if (found.data === undefined) return <Failure error={found.error} />;
  const changes = found.data.pages.flatMap((page) => page.changes);
  return (
    <Page
      title={search.app === undefined ? "Changes" : `Changes of ${search.app}`}
      beside={<Filters search={search} />}
    >
      {changes.length === 0 ? (
        <Empty>
          {Object.keys(search).length === 0
            ? "No change has been pushed yet."
            : "No change is like that."}
        </Empty>
      ) : (
        <ChangeList changes={changes} />
      )}
      <MoreBelow
        isMore={found.hasNextPage}
        shown={changes.length}
        isBusy={found.isFetching}
        hasFailed={found.isFetchNextPageError}
        onReach={() => void found.fetchNextPage()}
      >
        {`Show more than ${count(changes.length)} changes`}
      </MoreBelow>
    </Page>
  );
}

function Filters({ search }: { readonly search: ChangesSearch }) {
  const navigate = useNavigate({ from: "/changes" });
  const change = (next: Record<string, unknown>) =>
    void navigate({
      search: changesSearch({ ...search, ...next }),
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="filters">
      <input
        className="input"
        type="search"
        placeholder="Subject, author or commit"
        aria-label="Find a change by subject, author or commit"
        dir="auto"
        defaultValue={search.search ?? ""}
        onChange={({ target: { value } }) => change({ search: value })}
      />
      <label>
        <span className="only-spoken">In which state</span>
        <select
          className="input"
          value={search.standing ?? ""}
          onChange={({ target: { value } }) => change({ standing: value })}
        >
          <option value="">Any state</option>
          {Object.entries(changeStates).map(([standing, { word }]) => (
            <option key={standing} value={standing}>
              {word}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
