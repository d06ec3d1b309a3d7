/** The platform itself: what its machine offers, what happened, what it keeps, and how its deliveries fare. */
import "../app/app-page.css";
import { getRouteApi, Link } from "@tanstack/react-router";
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

export function PlatformPage() {
  const search = route.useSearch();
  return (
    <Page title="Platform">
      <nav aria-label="Parts of the platform" className="views">
        {platformViews.map((view) => (
          <Link
            key={view}
            to="/platform"
            search={view === "machine" ? {} : { view }}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={view === (search.view ?? "machine") ? "page" : undefined}
          >
            {titles[view]}
          </Link>
        ))}
      </nav>
      <View search={search} />
    </Page>
  );
}

function View({ search }: { readonly search: PlatformSearch }) {
  switch (search.view) {
    case "people":
      return <PeopleView />;
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
