/** Somebody new: a link, shown once, that makes its holder a user. */
import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Command } from "../../ui/copy.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Missing } from "../../ui/not-yours.tsx";
import { Section } from "../../ui/page.tsx";
import { Outcome } from "./outcome.tsx";
import { useAct } from "./use-act.ts";

const roles = ["viewer", "developer", "approver", "operator", "admin"] as const;
type Role = (typeof roles)[number];

export function Invite({ mayNot }: { readonly mayNot: string | undefined }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [scope, setScope] = useState("platform");
  const act = useAct("POST /api/v1/invitations");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mayNot !== undefined) return;
    const named = name.trim() === "" ? {} : { name: name.trim() };
    act.mutate({ body: { ...named, grants: [{ role, scope: scope.trim() }] } });
  };
  return (
    <Section title="Invite somebody" id="invite" command="tidegate invitation create">
      <form className="compare" onSubmit={submit}>
        <label className="field">
          <span className="label">Name (they may choose it)</span>
          <input className="input" value={name} onChange={({ target }) => setName(target.value)} />
        </label>
        <label className="field">
          <span className="label">As</span>
          <select
            className="input"
            value={role}
            onChange={({ target }) => {
              setRole(roles.find((one) => one === target.value) ?? "viewer");
            }}
          >
            {roles.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span className="label">Of</span>
          <input
            className="input"
            value={scope}
            required
            title="platform, team:NAME, app:NAME or app:NAME/production"
            onChange={({ target }) => setScope(target.value)}
          />
        </label>
        <Button type="submit" look="main" refusal={mayNot} onPress={() => undefined}>
          Make the link
        </Button>
      </form>
      <Missing whys={[mayNot]} />
      <Outcome error={act.error} />
      {act.data === undefined ? null : (
        <Notice tone="good" title="Send them this link. It is shown once." isUrgent>
          <Command text={act.data.url} />
        </Notice>
      )}
    </Section>
  );
}
