/** What is live, what is on its way, who is exposed. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ask } from "../../api/ask.ts";
import { Page } from "../../ui/page.tsx";

export function OverviewPage() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/apps", {}));
  return (
    <Page title="Overview">
      <ul>
        {data.apps.map((app) => (
          <li key={app.name}>
            <Link to="/changes" search={{ app: app.name }} dir="auto">
              {app.name}
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
