/** The question before everybody goes back to an earlier release. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { AppResource, ReleaseResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";
import { When } from "../../ui/when.tsx";
import { percent } from "../../ui/words.ts";

interface RollBackProps {
  readonly app: AppResource;
  readonly to: ReleaseResource;
  readonly live: ReleaseResource;
  readonly onClose: () => void;
}

export function RollBackDialog({ app, to, live, onClose }: RollBackProps) {
  const queries = useQueryClient();
  const perSecond = app.environments[0]?.requestsPerSecond ?? 0;
  const rollout = underWay(app);
  const act = useMutation({
    mutationFn: () =>
      call("POST /api/v1/apps/:app/rollback", {
        params: { app: app.name },
        body: { to: to.number },
      }),
    onSettled: () => queries.invalidateQueries(),
    onSuccess: onClose,
  });
  const refused = act.error === null ? undefined : explain(act.error);
  return (
    <Dialog label={`Go back to v${to.number}?`} onClose={onClose}>
      <div className="stack">
        <h2>Go back to v{to.number}?</h2>
        <p>
          Everybody leaves v{live.number} for the code and configuration of v{to.number}, made{" "}
          <When at={to.createdAt} />, at once and without a rollout.{" "}
          {perSecond === 0
            ? "Nobody uses it at the moment."
            : `That is ${perSecond.toFixed(1)} requests a second at present.`}
        </p>
        {rollout === undefined ? null : (
          <p>
            The rollout under way ends with it: the {percent(rollout.exposurePercent / 100)} of
            users who have the new version leave it, too.
          </p>
        )}
        {refused === undefined ? null : (
          <Notice tone="bad" title={`Nothing was done: ${refused.sentence}`} isUrgent>
            <p className="soft">{refused.next}</p>
          </Notice>
        )}
        <div className="row">
          <Button
            look="danger"
            onPress={() => act.mutate()}
            refusal={act.isPending ? "it is asked already" : undefined}
          >
            {act.isPending ? "Going back" : `Go back to v${to.number}`}
          </Button>
          <Button onPress={onClose}>Leave it</Button>
          <Copy text={`tidegate rollback ${app.name} --to v${to.number}`}>Copy as command</Copy>
        </div>
      </div>
    </Dialog>
  );
}

function underWay({ environments: [production] }: AppResource) {
  const rollout = production?.rollout;
  return rollout === undefined || rollout.finishedAt !== undefined ? undefined : rollout;
}
