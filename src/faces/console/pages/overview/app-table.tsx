/** Every app, by name; rows out of sight are not laid out, and further ones come as one scrolls. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { illWords } from "#domain";
import type { ErrorBudgetResource, OverviewAppResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { budgetShown } from "../../ui/budget.ts";
import { Failure } from "../../ui/failure.tsx";
import { MoreBelow } from "../../ui/more-below.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { changeStates } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { TideGauge } from "../../ui/tide-gauge.tsx";
import { useNow, When } from "../../ui/when.tsx";
import { count, percent } from "../../ui/words.ts";
import { healths, trafficWords } from "./health.ts";
import type { OverviewSearch } from "./overview-search.ts";

const pageSize = 100;
const trafficMs = 5_000;
const shows = [
  ["all", "All"],
  ["under_way", "On their way"],
  ["held", "Waiting for a person"],
  ["failed", "Last change failed"],
  ["empty", "Nothing live"],
] as const;

export function AppTable({ search }: { readonly search: OverviewSearch }) {
  const found = useInfiniteQuery({
    queryKey: ["GET /api/v1/overview", {}, { ...search, pages: true }],
    queryFn: ({ pageParam, signal }) => {
      const after = pageParam === "" ? {} : { after: pageParam };
      return call(
        "GET /api/v1/overview",
        { query: { limit: pageSize, ...search, ...after } },
        signal,
      );
    },
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    refetchInterval: trafficMs,
  });
  if (found.error !== null && found.data === undefined) return <Failure error={found.error} />;
  const apps = found.data?.pages.flatMap((page) => page.apps) ?? [];
  return (
    <Section
      title="Apps"
      id="apps"
      note={<Filters search={search} />}
      command="tidegate app list"
      json={apps}
    >
      {apps.length === 0 && !found.isPending ? (
        <Empty>No app is like that.</Empty>
      ) : (
        <ul className="apps">
          {apps.map((app) => (
            <Row key={app.name} app={app} />
          ))}
        </ul>
      )}
      <MoreBelow
        isMore={found.hasNextPage}
        shown={apps.length}
        isBusy={found.isFetching}
        hasFailed={found.isFetchNextPageError}
        onReach={() => void found.fetchNextPage()}
      >
        {`Show more than ${count(apps.length)} apps`}
      </MoreBelow>
    </Section>
  );
}

function Filters({ search }: { readonly search: OverviewSearch }) {
  const navigate = useNavigate({ from: "/" });
  const { show: shown, search: words, ...rest } = search;
  return (
    <div className="filters">
      <input
        className="input"
        type="search"
        placeholder="Find an app"
        aria-label="Find an app by its name"
        dir="auto"
        defaultValue={words ?? ""}
        onChange={({ target: { value } }) =>
          void navigate({
            search: {
              ...rest,
              ...(shown === undefined ? {} : { show: shown }),
              ...(value === "" ? {} : { search: value }),
            },
            replace: true,
            resetScroll: false,
          })
        }
      />
      <label>
        <span className="only-spoken">Which apps</span>
        <select
          className="input"
          value={shown ?? "all"}
          onChange={({ target: { value } }) => {
            const show = shows.find(([name]) => name === value)?.[0] ?? "all";
            void navigate({
              search: {
                ...rest,
                ...(words === undefined ? {} : { search: words }),
                ...(show === "all" ? {} : { show }),
              },
              resetScroll: false,
            });
          }}
        >
          {shows.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** In a list, where the word alone would not say of what. */
function Budget({ budget }: { readonly budget: ErrorBudgetResource }) {
  const state = budgetShown(budget);
  const word = `budget: ${state.word}`;
  return budget.state === "not_enough_traffic" ? (
    <span className="soft app-budget">{word}</span>
  ) : (
    <StateWord state={state} word={word} />
  );
}

function Ill({ live }: { readonly live: NonNullable<OverviewAppResource["live"]> }) {
  const { number, restarts, instances, instancesReady } = live;
  const words = illWords(
    { number, restarts, isDown: instances > 0 && instancesReady === 0 },
    useNow(),
  );
  return words === undefined ? null : <span className="soft small app-ill">{words}</span>;
}

function Row({ app }: { readonly app: OverviewAppResource }) {
  const { name, live, rollout, change, health, budget } = app;
  const traffic = trafficWords(app);
  return (
    <li className="app-row">
      <span className="app-name">
        <Link to="/apps/$app" params={{ app: name }}>
          <bdi>{name}</bdi>
        </Link>
        <StateWord state={healths[health]} />
      </span>
      <span className="app-live">
        {live === undefined ? null : (
          <>
            <strong>v{live.number}</strong>{" "}
            <span className="soft">
              {live.publishedAt === undefined ? "live" : "went live "}
              {live.publishedAt === undefined ? null : <When at={live.publishedAt} />}
            </span>
          </>
        )}
      </span>
      <span className="app-way">
        {rollout === undefined ? null : (
          <>
            <TideGauge percent={rollout.exposurePercent} tone="busy" />
            {rollout.number === undefined ? "" : `v${rollout.number} at `}
            {percent(rollout.exposurePercent / 100)}
          </>
        )}
      </span>
      <span className="app-traffic">
        {traffic === "" ? null : <span className="soft">{traffic}</span>}
        {budget === undefined ? null : <Budget budget={budget} />}
      </span>
      <span className="app-change">
        {change === undefined ? (
          <span className="soft">no change yet</span>
        ) : (
          <>
            <StateWord state={changeStates[change.standing]} />
            <Link to="/changes/$change" params={{ change: change.id }}>
              <bdi>{change.subject}</bdi>
            </Link>
          </>
        )}
      </span>
      {live === undefined ? null : <Ill live={live} />}
    </li>
  );
}
