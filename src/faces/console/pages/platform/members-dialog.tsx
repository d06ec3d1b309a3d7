/** Who is in a team: each can be taken out, and somebody else put in. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import type { TeamResource, UserResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Outcome } from "./outcome.tsx";
import { useAct } from "./use-act.ts";

interface MembersProps {
  readonly team: TeamResource;
  readonly onClose: () => void;
}

export function MembersDialog({ team: { name: team, members }, onClose }: MembersProps) {
  const { data } = useSuspenseQuery(ask("GET /api/v1/users", {}));
  const [chosen, setChosen] = useState("");
  const put = useAct("PUT /api/v1/teams/:team/members/:user");
  const take = useAct("DELETE /api/v1/teams/:team/members/:user");
  const inIt = new Set(members.map(({ name }) => name));
  const others = data.users.filter(({ name, state }) => !inIt.has(name) && state !== "disabled");
  const user = others.some(({ name }) => name === chosen) ? chosen : (others[0]?.name ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user === "" || put.isPending) return;
    take.reset();
    put.mutate({ params: { team, user } });
  };
  // A second press may come before the first one is drawn.
  const isTaking = useRef(false);
  const takeOut = (name: string) => {
    if (isTaking.current) return;
    isTaking.current = true;
    put.reset();
    const onSettled = () => {
      isTaking.current = false;
    };
    take.mutate({ params: { team, user: name } }, { onSettled });
  };
  return (
    <Dialog label={`Members of team ${team}`} onClose={onClose}>
      <div className="stack">
        <h2>
          Members of team <bdi>{team}</bdi>
        </h2>
        {members.length === 0 ? <p className="soft">Nobody yet.</p> : null}
        <ul className="stack-tight">
          {members.map(({ name }) => (
            <li key={name} className="row role-held">
              <bdi>{name}</bdi>
              <Button
                look="quiet"
                label={`Take out ${name}`}
                refusal={take.isPending ? "it is asked already" : undefined}
                onPress={() => takeOut(name)}
              >
                Take out
              </Button>
            </li>
          ))}
        </ul>
        <FreshOnly toDo="put somebody into a team">
          <PutIn user={user} others={others} onChoose={setChosen} onSubmit={submit} />
        </FreshOnly>
        <Outcome error={put.error ?? take.error} />
        <div className="row">
          <Button onPress={onClose}>Done</Button>
          <Copy text={`tidegate team add ${team} ${user === "" ? "NAME" : user}`}>
            Copy as command
          </Copy>
        </div>
      </div>
    </Dialog>
  );
}

interface PutInProps {
  /** Empty: there is nobody else. */
  readonly user: string;
  readonly others: readonly UserResource[];
  readonly onChoose: (name: string) => void;
  readonly onSubmit: (event: FormEvent) => void;
}

function PutIn({ user, others, onChoose, onSubmit }: PutInProps) {
  return (
    <form className="compare" onSubmit={onSubmit}>
      <label className="field">
        <span className="label">Somebody else</span>
        <select className="input" value={user} onChange={({ target }) => onChoose(target.value)}>
          {others.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Button
        type="submit"
        look="main"
        refusal={user === "" ? "there is nobody else" : undefined}
        onPress={() => undefined}
      >
        Put in
      </Button>
    </form>
  );
}
