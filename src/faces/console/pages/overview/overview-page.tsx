/** What is live, what is on its way, who is exposed, and how it goes. */
import "./overview-page.css";
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ask } from "../../api/ask.ts";
import { Page, Section } from "../../ui/page.tsx";
import { ChangeList } from "../changes/change-list.tsx";
import { AppTable } from "./app-table.tsx";
import { Begin } from "./begin.tsx";
import { UnderWay } from "./under-way.tsx";

const route = getRouteApi("/");
const lastChanges = 8;
const underWayMax = 24;
/** Requests per second and errors are no events of the journal. */
const trafficMs = 5_000;

export function OverviewPage() {
  const search = route.useSearch();
  const { data: moving } = useSuspenseQuery({
    ...ask("GET /api/v1/overview", { query: { show: "under_way", limit: underWayMax } }),
    refetchInterval: trafficMs,
  });
  const { data: waiting } = useSuspenseQuery(
    ask("GET /api/v1/overview", { query: { show: "held", limit: underWayMax } }),
  );
  const { data: newest } = useSuspenseQuery(
    ask("GET /api/v1/changes", { query: { limit: lastChanges } }),
  );
  const { data: first } = useSuspenseQuery(ask("GET /api/v1/overview", { query: { limit: 1 } }));
  if (first.apps.length === 0) return <Begin />;
  const isWhole = search.search === undefined && search.show === undefined;
  const underWay = [...waiting.apps, ...moving.apps.filter(isNotIn(waiting.apps))];
  return (
    <Page title="Overview">
      {isWhole && underWay.length > 0 ? <UnderWay apps={underWay} /> : null}
      <AppTable search={search} />
      {isWhole ? (
        <Section
          title="Last changes"
          id="changes"
          note={<Link to="/changes">all changes</Link>}
          command="tidegate change list --all"
          json={newest.changes}
        >
          <ChangeList changes={newest.changes} />
        </Section>
      ) : null}
    </Page>
  );
}

function isNotIn(apps: readonly { readonly name: string }[]) {
  const names = new Set(apps.map(({ name }) => name));
  return ({ name }: { readonly name: string }) => !names.has(name);
}
