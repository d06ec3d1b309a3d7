/** What a person can tell the rollout: one key each, and a question that names the effect before anything happens. */
import { useMemo, useState } from "react";
import type { RolloutResource } from "#faces/api/contract";
import { rolloutPermissions } from "#domain";
import { useActions } from "../../shell/actions.tsx";
import { Button } from "../../ui/button.tsx";
import { useRefusal } from "../../shell/use-rights.ts";
import { Missing } from "../../ui/not-yours.tsx";
import { type ActionEffect, actionEffects, isFinal, type PageAction } from "./action-effects.ts";
import { Confirmation } from "./confirmation.tsx";

export function ActionsBar({ rollout }: { readonly rollout: RolloutResource }) {
  const [asked, setAsked] = useState<{
    readonly effect: ActionEffect;
    readonly seen: RolloutResource;
  }>();
  const refusal = useRefusal(rollout.app);
  const effects = useMemo(
    () =>
      isFinal(rollout)
        ? []
        : actionEffects(rollout).map((effect) => ({
            ...effect,
            ...mayNot(refusal(rolloutPermissions[effect.action])),
          })),
    [rollout, refusal],
  );
  const actions = useMemo(
    () =>
      effects.map((effect) => ({
        label: `${effect.label} this rollout`,
        also: alsoCalled[effect.action],
        key: effect.key,
        refusal: effect.refusal,
        run: () => setAsked({ effect, seen: rollout }),
      })),
    [effects, rollout],
  );
  useActions(actions);
  const shown = effects.filter(
    ({ action, refusal: why }) => action !== "approve" || why === undefined || isAsked(rollout),
  );
  return (
    <>
      {effects.length === 0 ? null : (
        <div className="actions-part">
          <div className="actions" role="group" aria-label="What you can do">
            {shown.map((effect) => (
              <Button
                key={effect.action}
                look={
                  effect.isDangerous ? "danger" : effect.action === "approve" ? "main" : "plain"
                }
                keyHint={effect.key}
                refusal={effect.refusal}
                onPress={() => setAsked({ effect, seen: rollout })}
              >
                {effect.label}
              </Button>
            ))}
          </div>
          <Missing whys={shown.map(({ refusal: why }) => why)} />
        </div>
      )}
      {asked === undefined ? null : (
        <Confirmation
          effect={asked.effect}
          seen={asked.seen}
          now={rollout}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

/** What people call these elsewhere. */
const alsoCalled: Readonly<Record<PageAction, string>> = {
  approve: "accept confirm ok",
  pause: "stop hold wait",
  resume: "continue go on",
  promote: "finish everybody force skip",
  abort: "rollback roll back cancel revert undo stop",
};

/** Whether a step waits for a person: then approving is shown, also to whoever may not. */
function isAsked(rollout: RolloutResource): boolean {
  return actionEffects(rollout).some(
    ({ action, refusal }) => action === "approve" && refusal === undefined,
  );
}

/** A right that is missing is said before anything else that stands in the way. */
function mayNot(refusal: string | undefined): { readonly refusal?: string } {
  return refusal === undefined ? {} : { refusal };
}
