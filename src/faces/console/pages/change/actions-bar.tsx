/** What a person can tell the rollout: one key each, and a question that names the effect before anything happens. */
import { useMemo, useState } from "react";
import type { RolloutResource } from "#faces/api/contract";
import type { Permission } from "#domain";
import { useActions } from "../../shell/actions.tsx";
import { Button } from "../../ui/button.tsx";
import { refusalOf } from "../../shell/rights.ts";
import { useMe } from "../../shell/session.tsx";
import { useTeamOf } from "./use-refusal.ts";
import { type ActionEffect, actionEffects, isFinal, type PageAction } from "./action-effects.ts";
import { Confirmation } from "./confirmation.tsx";

export function ActionsBar({ rollout }: { readonly rollout: RolloutResource }) {
  const [asked, setAsked] = useState<{
    readonly effect: ActionEffect;
    readonly seen: RolloutResource;
  }>();
  const me = useMe();
  const team = useTeamOf(rollout.app);
  const effects = useMemo(
    () =>
      isFinal(rollout)
        ? []
        : actionEffects(rollout).map((effect) => ({
            ...effect,
            ...mayNot(refusalOf(me, permissions[effect.action], { app: rollout.app, team })),
          })),
    [rollout, me, team],
  );
  const actions = useMemo(
    () =>
      effects.map((effect) => ({
        label: `${effect.label} this rollout`,
        key: effect.key,
        refusal: effect.refusal,
        run: () => setAsked({ effect, seen: rollout }),
      })),
    [effects, rollout],
  );
  useActions(actions);
  const shown = effects.filter(
    ({ action, refusal }) => action !== "approve" || refusal === undefined,
  );
  return (
    <>
      {effects.length === 0 ? null : (
        <div className="actions" role="group" aria-label="What you can do">
          {shown.map((effect) => (
            <Button
              key={effect.action}
              look={effect.isDangerous ? "danger" : effect.action === "approve" ? "main" : "plain"}
              keyHint={effect.key}
              refusal={effect.refusal}
              onPress={() => setAsked({ effect, seen: rollout })}
            >
              {effect.label}
            </Button>
          ))}
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

/** As the contract has it for the routes of these actions. */
const permissions: Readonly<Record<PageAction, Permission>> = {
  approve: "rollout.approve",
  pause: "rollout.stop",
  abort: "rollout.stop",
  resume: "rollout.steer",
  promote: "rollout.steer",
};

/** A right that is missing is said before anything else that stands in the way. */
function mayNot(refusal: string | undefined): { readonly refusal?: string } {
  return refusal === undefined ? {} : { refusal };
}
