/**
 * Whether the reader has it. Here they are a user of Tidegate, and there a user of the app: a link at the app's own
 * address, made for them and good for minutes, is where the two meet.
 */
import { useMutation } from "@tanstack/react-query";
import type { CohortLinksResource, RolloutResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { explain } from "../../ui/explain.ts";
import { Missing } from "../../ui/not-yours.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useRefusal } from "../../shell/use-rights.ts";

type To = "candidate" | "baseline";

export function OwnBrowser({ rollout }: { readonly rollout: RolloutResource }) {
  const refusal = useRefusal(rollout.app)("rollout.join");
  const links = useMutation({
    mutationFn: (to: To) =>
      call("POST /api/v1/rollouts/:rollout/links", {
        params: { rollout: rollout.id },
        body: { to },
      }),
  });
  const failed = links.error === null ? undefined : explain(links.error);
  return (
    <div className="stack">
      <div className="row" role="group" aria-label="This browser">
        <Button refusal={refusal} onPress={() => links.mutate("candidate")}>
          Am I in it? Put me in
        </Button>
        <Button refusal={refusal} onPress={() => links.mutate("baseline")}>
          Take me out
        </Button>
      </div>
      <Missing whys={[refusal]} />
      {failed === undefined ? null : (
        <Notice tone="bad" title={failed.sentence} isUrgent>
          <p className="soft">{failed.next}</p>
        </Notice>
      )}
      {links.data === undefined ? null : <Links made={links.data} to={links.variables} />}
    </div>
  );
}

function Links({ made, to }: { readonly made: CohortLinksResource; readonly to: To | undefined }) {
  const what = to === "baseline" ? "take it out" : "put it in";
  return (
    <Notice
      tone="good"
      title={
        made.links.length === 1 ? "Your link is ready" : "Your links are ready: open each of them"
      }
      isUrgent
    >
      <ul className="row">
        {made.links.map(({ app, url }) => (
          <li key={app}>
            <a href={url} target="_blank" rel="noopener noreferrer">
              See what this browser has of <bdi>{app}</bdi>, and {what}
            </a>
          </li>
        ))}
      </ul>
      <p className="soft small">
        Good for ten minutes. The journal says that you had it made. What a browser is put into, it
        keeps until the rollout is over.
      </p>
    </Notice>
  );
}
