import { Command } from "../../ui/copy.tsx";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Page } from "../../ui/page.tsx";

interface NoAppsProps {
  readonly name: string;
  /** Whom to ask for a right: "ask ana or bo". */
  readonly whom: string;
}

/** For somebody who may neither see an app nor create one: whom to ask, and for what. */
export function NoApps({ name, whom }: NoAppsProps) {
  return (
    <Page title="Overview">
      <Notice tone="wait" title="No app here is yours to see yet">
        <p>
          You are signed in and have no rights: {whom} for a role on an app. This is what they type:
        </p>
      </Notice>
      <Command text={`tidegate grant add ${name} viewer --on app:NAME`} />
      <p className="soft">
        In the manual: <ManualLink page="how-to/let-people-in">Let people in</ManualLink>.
      </p>
    </Page>
  );
}
