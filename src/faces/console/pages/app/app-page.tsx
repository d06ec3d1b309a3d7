/** One app: what is live, what ran before, what it prints, how it is set up, and how its deliveries fare. */
import "./app-page.css";
import { usePrefetchQuery, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { AppResource } from "#faces/api/contract";
import type { Permission } from "#domain";
import { ask } from "../../api/ask.ts";
import { type Refusal, rightsQuery, useKnownRefusal } from "../../shell/use-rights.ts";
import { LockMark, NotYours } from "../../ui/not-yours.tsx";
import { Command } from "../../ui/copy.tsx";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { count, percent } from "../../ui/words.ts";
import { type AppSearch, type AppView, appViews } from "./app-search.ts";
import { ConfigView } from "./config-view.tsx";
import { DeliveryView } from "./delivery-view.tsx";
import { DomainsView } from "./domains-view.tsx";
import { IllNotice } from "./ill-notice.tsx";
import { LogsView } from "./logs-view.tsx";
import { ReleasesView } from "./releases-view.tsx";
import { TestsView } from "./tests-view.tsx";

const route = getRouteApi("/apps/$app");

/** Requests per second and errors are no events of the journal. */
const trafficMs = 5_000;

export function AppPage() {
  const { app: name } = route.useParams();
  const search = route.useSearch();
  usePrefetchQuery(rightsQuery(name));
  const { data: app } = useSuspenseQuery({
    ...ask("GET /api/v1/apps/:app", { params: { app: name } }),
    refetchInterval: trafficMs,
  });
  const refusal = useKnownRefusal(name);
  return (
    <Page
      title={app.name}
      above={
        <nav aria-label="Where this is">
          <Link to="/">Apps</Link> / production
        </nav>
      }
      beside={<Command text={`tidegate link ${app.name}`} />}
    >
      <Glance app={app} />
      <IllNotice app={app} />
      {app.environments[0]?.live === undefined && <FirstDelivery name={app.name} />}
      <nav aria-label="Parts of this app" className="views">
        {appViews.map((view) => (
          <Link
            key={view}
            to="/apps/$app"
            params={{ app: name }}
            search={view === "releases" ? {} : { view }}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={view === (search.view ?? "releases") ? "page" : undefined}
          >
            {titles[view]}
            <LockMark why={whyNot(view, refusal)} />
          </Link>
        ))}
      </nav>
      <View app={app} search={search} why={whyNot(search.view, refusal)} />
    </Page>
  );
}

/** What is still to do before an app is there for anybody. */
function FirstDelivery({ name }: { readonly name: string }) {
  return (
    <Section id="first-delivery" title="Deliver it for the first time">
      <p>In the directory of its repository, connect it once, and push:</p>
      <Command text={`tidegate link ${name}`} />
      <Command text="git push tide main" />
      <p className="soft small">
        In the manual, step by step:{" "}
        <ManualLink page="tutorial/1-first-delivery">Your first delivery</ManualLink>.
      </p>
    </Section>
  );
}

const titles: Readonly<Record<AppView, string>> = {
  releases: "Releases",
  logs: "Logs",
  configuration: "Configuration",
  domains: "Domains",
  tests: "Tests",
  delivery: "Delivery over time",
};

/** What a part takes beyond seeing the app. */
const takes: Partial<Record<AppView, Permission>> = {
  logs: "log.read",
  configuration: "config.read",
};

function whyNot(view: AppView | undefined, refusal: Refusal) {
  const permission = takes[view ?? "releases"];
  return permission === undefined ? undefined : refusal(permission);
}

interface ViewProps {
  readonly app: AppResource;
  readonly search: AppSearch;
  /** Why the reader may not see this part; absent: they may. */
  readonly why: string | undefined;
}

function View({ app, search, why }: ViewProps) {
  if (search.view !== undefined && why !== undefined) {
    return <NotYours title={titles[search.view]} id={search.view} why={why} />;
  }
  switch (search.view) {
    case "logs":
      return <LogsView app={app} search={search} />;
    case "configuration":
      return <ConfigView app={app} />;
    case "domains":
      return <DomainsView app={app} />;
    case "tests":
      return <TestsView app={app} />;
    case "delivery":
      return <DeliveryView app={app.name} />;
    default:
      return <ReleasesView app={app} search={search} />;
  }
}

function Glance({ app }: { readonly app: AppResource }) {
  const [production] = app.environments;
  const live = production?.live;
  const rollout = production?.rollout;
  return (
    <div className="app-figures">
      <div className="app-figure">
        <strong>{live === undefined ? "Nothing live" : `v${live.number}`}</strong>
        <span className="soft">
          {live === undefined ? (
            "no release has met everybody yet"
          ) : live.publishedAt === undefined ? (
            "live"
          ) : (
            <>
              went live <When at={live.publishedAt} />
            </>
          )}
        </span>
      </div>
      <div className="app-figure">
        <strong>{rateOf(production?.requestsPerSecond ?? 0)}</strong>
        <span className="soft">requests a second, over the last minute</span>
      </div>
      <div className="app-figure">
        <strong>{percent(production?.errorRatio ?? 0)}</strong>
        <span className="soft">of them failed</span>
      </div>
      {rollout === undefined ? null : (
        <div className="app-figure">
          <strong>{percent(rollout.exposurePercent / 100)}</strong>
          <span className="soft">
            on{" "}
            <Link to="/changes/$change" params={{ change: rollout.change }}>
              what is on its way
            </Link>
          </span>
        </div>
      )}
      <div className="app-figure">
        <a href={app.url} rel="noreferrer">
          {app.url.replace(/^https?:\/\//, "")}
        </a>
        <span className="soft">where users reach it</span>
      </div>
    </div>
  );
}

function rateOf(perSecond: number): string {
  return perSecond === 0 || perSecond >= 10 ? count(Math.round(perSecond)) : perSecond.toFixed(1);
}
