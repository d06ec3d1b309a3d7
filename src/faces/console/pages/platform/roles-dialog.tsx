/** What somebody may do, or a team: each role can be taken away, and another given. */
import { type FormEvent, useState } from "react";
import type { GrantResource } from "#faces/api/contract";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Question } from "../../ui/question.tsx";
import { Outcome } from "./outcome.tsx";
import { placeInWords } from "./places.ts";
import { leastRole, RoleChoice } from "./role-choice.tsx";
import { useAct } from "./use-act.ts";

export interface RolesProps {
  /** `ana`, or `team:ops`. */
  readonly to: string;
  /** How they are called: "ana", "team ops". */
  readonly name: string;
  readonly grants: readonly GrantResource[];
  readonly onClose: () => void;
}

export function RolesDialog({ to, name, grants, onClose }: RolesProps) {
  const [chosen, setChosen] = useState(leastRole);
  const [asked, setAsked] = useState<GrantResource>();
  const give = useAct("PUT /api/v1/grants/:scope/:to/:role");
  const isHeld = grants.some(({ role, on }) => role === chosen.role && on === chosen.on);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isHeld || give.isPending) return;
    give.mutate({ params: { scope: chosen.on, to, role: chosen.role } });
  };
  if (asked !== undefined) {
    return <TakeAway to={to} name={name} grant={asked} onClose={() => setAsked(undefined)} />;
  }
  return (
    <Dialog label={`Roles of ${name}`} onClose={onClose}>
      <div className="stack">
        <h2>
          Roles of <bdi>{name}</bdi>
        </h2>
        {grants.length === 0 ? <p className="soft">None of their own.</p> : null}
        <ul className="stack-tight">
          {grants.map((grant) => (
            <li key={`${grant.role} ${grant.on}`} className="row role-held">
              <span>
                {grant.role} on <bdi>{placeInWords(grant.on)}</bdi>
              </span>
              <Button
                look="quiet"
                label={`Take away ${grant.role} on ${placeInWords(grant.on)}`}
                onPress={() => {
                  give.reset();
                  setAsked(grant);
                }}
              >
                Take away
              </Button>
            </li>
          ))}
        </ul>
        <FreshOnly toDo="give a role">
          <form className="compare" onSubmit={submit}>
            <RoleChoice chosen={chosen} onChoose={setChosen} />
            <Button
              type="submit"
              look="main"
              refusal={isHeld ? "they have this role already" : undefined}
              onPress={() => undefined}
            >
              Give
            </Button>
          </form>
        </FreshOnly>
        <Outcome error={give.error} />
        <div className="row">
          <Button onPress={onClose}>Done</Button>
          <Copy text={`tidegate grant add ${to} ${chosen.role} --on ${chosen.on}`}>
            Copy as command
          </Copy>
        </div>
      </div>
    </Dialog>
  );
}

interface TakeAwayProps extends Pick<RolesProps, "to" | "name" | "onClose"> {
  readonly grant: GrantResource;
}

function TakeAway({ to, name, grant: { role, on }, onClose }: TakeAwayProps) {
  const act = useAct("DELETE /api/v1/grants/:scope/:to/:role");
  return (
    <Question
      label={`Take ${role} on ${placeInWords(on)} away from ${name}?`}
      does="Take it away"
      doing="Taking it away"
      command={`tidegate grant remove ${to} ${role} --on ${on}`}
      act={act}
      onDo={() => act.mutate({ params: { scope: on, to, role } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        What it lets {to === name ? "them" : "the members"} do ends at once, also in sessions that
        are open and with tokens, unless another role lets them. You can give it again.
      </p>
    </Question>
  );
}
