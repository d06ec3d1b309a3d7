import { Link } from "@tanstack/react-router";
import { Page } from "../ui/page.tsx";

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped, or what it named may be gone.{" "}
        <Link to="/">Go to the overview</Link>, press <kbd>Ctrl K</kbd> to search, or look into{" "}
        <a href="/docs">the manual</a>.
      </p>
    </Page>
  );
}
