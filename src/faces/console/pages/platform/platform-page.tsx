/** The platform itself: what its machine offers, what happened, what it keeps, and how its deliveries fare. */
import "../app/app-page.css";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Permission } from "#domain";
import { type Refusal, useKnownRefusal } from "../../shell/use-rights.ts";
import { LockMark, NotYours } from "../../ui/not-yours.tsx";
import { Page } from "../../ui/page.tsx";
import { DeliveryView } from "../app/delivery-view.tsx";
import { AuditView } from "./audit-view.tsx";
import { MachineView } from "./machine-view.tsx";
import { PeopleView } from "./people-view.tsx";
import { type PlatformSearch, type PlatformView, platformViews } from "./platform-search.ts";
import { StorageView } from "./storage-view.tsx";
import { TokensView } from "./tokens-view.tsx";

const route = getRouteApi("/platform");

const titles: Readonly<Record<PlatformView, string>> = {
  machine: "Machine",
  people: "People",
  tokens: "Tokens",
  audit: "Audit log",
  storage: "Storage",
  delivery: "Delivery over time",
};

/** What a part takes, on the platform as a whole; one's own tokens take nothing. */
const takes: Partial<Record<PlatformView, Permission>> = {
  machine: "platform.read",
  people: "people.read",
  audit: "audit.read",
  storage: "platform.read",
  delivery: "app.read",
};

function whyNot(view: PlatformView, refusal: Refusal): string | undefined {
  const permission = takes[view];
  return permission === undefined ? undefined : refusal(permission);
}

export function PlatformPage() {
  const search = route.useSearch();
  const refusal = useKnownRefusal();
  // Who has rights on an app only is led to what is theirs.
  const first = platformViews.find((view) => whyNot(view, refusal) === undefined) ?? "tokens";
  const shown = search.view ?? first;
  const why = whyNot(shown, refusal);
  return (
    <Page title="Platform">
      <nav aria-label="Parts of the platform" className="views">
        {platformViews.map((view) => (
          <Link
            key={view}
            to="/platform"
            search={view === first ? {} : { view }}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={view === shown ? "page" : undefined}
          >
            {titles[view]}
            <LockMark why={whyNot(view, refusal)} />
          </Link>
        ))}
      </nav>
      {why === undefined ? (
        <View view={shown} search={search} refusal={refusal} />
      ) : (
        <NotYours title={titles[shown]} id={shown} why={why} />
      )}
    </Page>
  );
}

interface ViewProps {
  readonly view: PlatformView;
  readonly search: PlatformSearch;
  readonly refusal: Refusal;
}

function View({ view, search, refusal }: ViewProps) {
  switch (view) {
    case "people":
      return (
        <PeopleView
          mayNot={refusal("people.write")}
          rolesOf={search.roles}
          membersOf={search.members}
        />
      );
    case "tokens":
      return <TokensView />;
    case "audit":
      return <AuditView before={search.before} />;
    case "storage":
      return <StorageView />;
    case "delivery":
      return <DeliveryView />;
    default:
      return <MachineView />;
  }
}
