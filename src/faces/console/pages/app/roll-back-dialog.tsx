/** The question before everybody goes back to an earlier release. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { takenBackWords } from "#domain";
import type { AppResource, ListedReleaseResource, ReleaseResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Question } from "../../ui/question.tsx";
import { ReasonField } from "../../ui/reason-field.tsx";
import { When } from "../../ui/when.tsx";
import { percent, withReason } from "../../ui/words.ts";

interface RollBackProps {
  readonly app: AppResource;
  readonly to: ListedReleaseResource;
  readonly live: ReleaseResource;
  readonly onClose: () => void;
}

export function RollBackDialog({ app, to, live, onClose }: RollBackProps) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const reason = typed.trim();
  const perSecond = app.environments[0]?.requestsPerSecond ?? 0;
  const rollout = underWay(app);
  const act = useMutation({
    mutationFn: () =>
      call("POST /api/v1/apps/:app/rollback", {
        params: { app: app.name },
        body: { to: to.number, reason },
      }),
    onSettled: () => queries.invalidateQueries(),
    onSuccess: onClose,
  });
  return (
    <Question
      label={`Go back to v${to.number}?`}
      does={`Go back to v${to.number}`}
      doing="Going back"
      command={commandOf(app.name, to.number, reason)}
      act={act}
      onDo={() => act.mutate()}
      onClose={onClose}
    >
      <p>
        Everybody leaves v{live.number} for the code and configuration of v{to.number}, made{" "}
        <When at={to.createdAt} />, at once and without a rollout.{" "}
        {perSecond === 0
          ? "Nobody uses it at the moment."
          : `That is ${perSecond.toFixed(1)} requests a second at present.`}
      </p>
      {to.takenBack === undefined ? null : (
        <p>It comes back all the same: {takenBackWords(to.number, to.takenBack)}.</p>
      )}
      {rollout === undefined ? null : (
        <p>
          The rollout under way ends with it: the {percent(rollout.exposurePercent / 100)} of users
          who have the new version leave it, too.
        </p>
      )}
      <ReasonField value={typed} onChange={setTyped} />
    </Question>
  );
}

function commandOf(app: string, release: number, reason: string): string {
  return withReason(`tidegate release rollback v${release} --app ${app}`, reason);
}

function underWay({ environments: [production] }: AppResource) {
  const rollout = production?.rollout;
  return rollout === undefined || rollout.finishedAt !== undefined ? undefined : rollout;
}
