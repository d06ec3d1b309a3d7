/** The question before an action: what will happen, to how many, and whether that has changed meanwhile. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { RolloutResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";
import { ReasonField } from "../../ui/reason-field.tsx";
import { withReason } from "../../ui/words.ts";
import { type ActionEffect, effectNow, usersNow } from "./action-effects.ts";
import { whatMoved } from "./what-moved.ts";

export interface ConfirmationProps {
  readonly effect: ActionEffect;
  /** The rollout as it was when the question was asked: what the answer is about. */
  readonly seen: RolloutResource;
  readonly now: RolloutResource;
  readonly onClose: () => void;
}

export function Confirmation({ effect, seen, now, onClose }: ConfirmationProps) {
  const [reason, setReason] = useState("");
  const act = useAct({ effect, seen, onDone: onClose });
  const isMissing = effect.isReasonNeeded && reason.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isMissing && !act.isPending) act.mutate(reason.trim());
  };
  return (
    <Dialog label={`${effect.label}?`} onClose={onClose}>
      <form className="confirmation" onSubmit={submit}>
        <h2>{effect.label} this rollout?</h2>
        <p>
          {effectNow(effect, now)} {usersNow(now)}
        </p>
        <Moved effect={effect} seen={seen} now={now} />
        <ReasonField
          value={reason}
          onChange={setReason}
          neededFor={
            effect.isReasonNeeded
              ? `${effect.label} can be pressed once you have said why: the evidence is not waited for.`
              : undefined
          }
        />
        <Refusal error={act.error} />
        <div className="row">
          <Button
            type="submit"
            look={effect.isDangerous ? "danger" : "main"}
            onPress={() => undefined}
            refusal={isMissing ? "say why first" : undefined}
          >
            {act.isPending ? `${effect.label}: asked` : effect.label}
          </Button>
          <Button onPress={onClose}>Leave it</Button>
          <span className="confirmation-command">
            <Copy text={withReason(effect.command, reason.trim())}>Copy as command</Copy>
          </span>
        </div>
      </form>
    </Dialog>
  );
}

/** Two people may look at one rollout: what moved since the question was asked is said in it. */
function Moved({ effect, seen, now }: Pick<ConfirmationProps, "effect" | "seen" | "now">) {
  const moved = whatMoved(seen, now, effect.action);
  if (moved.length === 0) return null;
  return (
    <Notice tone="wait" title="This has changed while you were looking" isUrgent>
      {moved.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Notice>
  );
}

function Refusal({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const { sentence, next } = explain(error);
  return (
    <Notice tone="bad" title={`Nothing was done: ${sentence}`} isUrgent>
      <p className="soft">{next}</p>
    </Notice>
  );
}

interface Act {
  readonly effect: ActionEffect;
  readonly seen: RolloutResource;
  readonly onDone: () => void;
}

function useAct({ effect, seen, onDone }: Act) {
  const queries = useQueryClient();
  const { action } = effect;
  return useMutation({
    mutationFn: (reason: string) =>
      call("POST /api/v1/rollouts/:rollout/:action", {
        params: { rollout: seen.id, action },
        // The step that was on the screen: if it has passed, the API refuses the word.
        body: { reason, ...(action === "approve" ? { step: seen.stepNumber } : {}) },
      }),
    onSettled: () =>
      queries.invalidateQueries({
        queryKey: ["GET /api/v1/changes/:change", { change: seen.change }],
      }),
    onSuccess: onDone,
  });
}
