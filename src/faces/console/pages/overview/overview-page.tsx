/** What is live, what is on its way, who is exposed, and how it goes. */
import "./overview-page.css";
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { refusalOf, whom } from "../../shell/rights.ts";
import { useMe } from "../../shell/session.tsx";
import { rightsQuery } from "../../shell/use-rights.ts";
import { Page, Section } from "../../ui/page.tsx";
import { ChangeList } from "../changes/change-list.tsx";
import { AppTable } from "./app-table.tsx";
import { Begin } from "./begin.tsx";
import { NoApps } from "./no-apps.tsx";
import { overviewQuestions } from "./overview-questions.ts";
import { UnderWay } from "./under-way.tsx";

const route = getRouteApi("/");
/** Requests per second and errors are no events of the journal. */
const trafficMs = 5_000;

export function OverviewPage() {
  const search = route.useSearch();
  const { data: moving } = useSuspenseQuery({
    ...overviewQuestions.underWay,
    refetchInterval: trafficMs,
  });
  const { data: waiting } = useSuspenseQuery(overviewQuestions.held);
  const { data: newest } = useSuspenseQuery(overviewQuestions.lastChanges);
  const { data: first } = useSuspenseQuery(overviewQuestions.first);
  if (first.apps.length === 0) return <Nothing />;
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

/** Nothing is there, or nothing that this reader may see. */
function Nothing() {
  const { data: rights } = useSuspenseQuery(rightsQuery());
  const me = useMe();
  const isNewcomer = refusalOf(rights, "app.create") !== undefined;
  return isNewcomer && me !== undefined ? <NoApps name={me.name} whom={whom(rights)} /> : <Begin />;
}

function isNotIn(apps: readonly { readonly name: string }[]) {
  const names = new Set(apps.map(({ name }) => name));
  return ({ name }: { readonly name: string }) => !names.has(name);
}
