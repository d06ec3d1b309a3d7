/** Somebody new: a link, shown once, that makes its holder a user. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ask } from "../../api/ask.ts";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { Command } from "../../ui/copy.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Missing } from "../../ui/not-yours.tsx";
import { Section } from "../../ui/page.tsx";
import { Outcome } from "./outcome.tsx";
import { leastRole, RoleChoice } from "./role-choice.tsx";
import { useAct } from "./use-act.ts";

export function Invite({ mayNot }: { readonly mayNot: string | undefined }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(leastRole);
  const act = useAct("POST /api/v1/invitations");
  const link = useOpenLink(act.data);
  const named = name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mayNot !== undefined || act.isPending) return;
    const body = named === "" ? {} : { name: named };
    act.mutate({ body: { ...body, grants: [{ role: chosen.role, scope: chosen.on }] } });
  };
  return (
    <Section
      title="Invite somebody"
      id="invite"
      command={`tidegate invitation create${named === "" ? "" : ` ${named}`} --role ${chosen.role} --on ${chosen.on}`}
    >
      <FreshOnly toDo="invite somebody">
        <form className="compare" onSubmit={submit}>
          <label className="field">
            <span className="label">Name (they may choose it)</span>
            <input
              className="input"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          </label>
          <RoleChoice chosen={chosen} onChoose={setChosen} />
          <Button type="submit" look="main" refusal={mayNot} onPress={() => undefined}>
            Make the link
          </Button>
        </form>
      </FreshOnly>
      <Missing whys={[mayNot]} />
      <Outcome error={act.error} />
      {link === undefined ? null : (
        <Notice tone="good" title="Send them this link. It is shown once." isUrgent>
          <Command text={link} />
        </Notice>
      )}
    </Section>
  );
}

/** A link lets nobody in once it was used or taken back, and is shown no longer then. */
function useOpenLink(
  made: { readonly id: string; readonly url: string } | undefined,
): string | undefined {
  const { data } = useQuery({
    ...ask("GET /api/v1/invitations", {}),
    enabled: made !== undefined,
  });
  const known = data?.invitations.find(({ id }) => id === made?.id);
  return known === undefined || known.state === "open" ? made?.url : undefined;
}
