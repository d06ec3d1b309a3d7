/** Who there is, in which teams, with which rights; and how somebody new gets in. */
import "./people.css";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { some } from "#std";
import type { UserResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Button } from "../../ui/button.tsx";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Missing } from "../../ui/not-yours.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { WideTable } from "../../ui/wide-table.tsx";
import { When } from "../../ui/when.tsx";
import { DisableDialog } from "./disable-dialog.tsx";
import { Grants } from "./grants.tsx";
import { Invite } from "./invite.tsx";
import { OpenInvitations } from "./open-invitations.tsx";
import { Outcome } from "./outcome.tsx";
import type { PlatformSearch } from "./platform-search.ts";
import { PolicySection } from "./policy-section.tsx";
import { RolesDialog, type RolesProps } from "./roles-dialog.tsx";
import { TeamsSection } from "./teams-section.tsx";
import { useAct } from "./use-act.ts";

const userStates: Readonly<Record<UserResource["state"], Shown>> = {
  invited: { word: "invited", mark: "ring", tone: "wait" },
  active: { word: "active", mark: "tick", tone: "good" },
  disabled: { word: "disabled", mark: "dash", tone: "quiet" },
};
const userColumns = ["Name", "State", "May do", "Teams", "Since", "Act"];

interface PeopleViewProps {
  /** Why the reader may not change any of it; absent: they may. */
  readonly mayNot: string | undefined;
  /** Whose roles are looked at: `ana`, or `team:ops`. */
  readonly rolesOf: string | undefined;
  /** Whose members are looked at: a team. */
  readonly membersOf: string | undefined;
}

export function PeopleView({ mayNot, rolesOf, membersOf }: PeopleViewProps) {
  const { data } = useSuspenseQuery(ask("GET /api/v1/users", {}));
  const [asked, setAsked] = useState<string>();
  const navigate = useNavigate();
  const show = (dialog: Pick<PlatformSearch, "roles" | "members">) =>
    void navigate({
      to: "/platform",
      search: { view: "people", ...dialog },
      replace: true,
      resetScroll: false,
    });
  const holders = useHolders(data.users);
  const holder = mayNot === undefined ? holders.find(({ to }) => to === rolesOf) : undefined;
  const back = useAct("POST /api/v1/users/:user/enable");
  return (
    <div className="parts">
      <Section title="Users" id="users" command="tidegate user list" json={data}>
        {data.users.length === 0 ? (
          <Empty>
            Nobody but this machine's own admin key. Invite the first person below; in the manual:{" "}
            <ManualLink page="how-to/let-people-in">Let people in</ManualLink>.
          </Empty>
        ) : (
          <WideTable label="Users" columns={userColumns}>
            {data.users.map((user) => (
              <UserRow
                key={user.id}
                user={user}
                mayNot={mayNot}
                onRoles={() => show({ roles: user.name })}
                onDisable={() => setAsked(user.name)}
                onEnable={() => back.mutate({ params: { user: user.name } })}
              />
            ))}
          </WideTable>
        )}
        <Missing whys={[mayNot]} />
        <Outcome error={back.error} />
      </Section>
      {asked === undefined ? null : (
        <DisableDialog user={asked} onClose={() => setAsked(undefined)} />
      )}
      {holder === undefined ? null : <RolesDialog {...holder} onClose={() => show({})} />}
      <Invite mayNot={mayNot} />
      {mayNot === undefined ? <OpenInvitations /> : null}
      <TeamsSection
        mayNot={mayNot}
        membersOf={membersOf}
        onMembers={(members) => show(some("members", members))}
        onRoles={(roles) => show({ roles })}
      />
      <PolicySection />
    </div>
  );
}

interface UserRowProps {
  readonly user: UserResource;
  readonly mayNot: string | undefined;
  readonly onRoles: () => void;
  readonly onDisable: () => void;
  readonly onEnable: () => void;
}

function UserRow({ user, mayNot, onRoles, onDisable, onEnable }: UserRowProps) {
  return (
    <tr>
      <th scope="row">
        <bdi>{user.name}</bdi>
      </th>
      <td>
        <StateWord state={userStates[user.state]} />
      </td>
      <td>
        <Grants grants={user.grants} none="nothing by themselves" />
      </td>
      <td>{user.teams.join(", ")}</td>
      <td>
        <When at={user.createdAt} />
      </td>
      <td>
        <span className="acts">
          <Button
            look="quiet"
            refusal={mayNot}
            label={`Change the roles of ${user.name}`}
            onPress={onRoles}
          >
            Roles
          </Button>
          {user.state === "disabled" ? (
            <Button look="quiet" refusal={mayNot} label={`Enable ${user.name}`} onPress={onEnable}>
              Enable
            </Button>
          ) : (
            <Button
              look="quiet"
              refusal={mayNot}
              label={`Disable ${user.name}`}
              onPress={onDisable}
            >
              Disable
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

/** Whoever can have roles: users, and teams whose members have theirs. */
function useHolders(users: readonly UserResource[]): readonly Omit<RolesProps, "onClose">[] {
  const { data } = useSuspenseQuery(ask("GET /api/v1/teams", {}));
  return [
    ...users.map(({ name, grants }) => ({ to: name, name, grants })),
    ...data.teams.map(({ name, grants }) => ({ to: `team:${name}`, name: `team ${name}`, grants })),
  ];
}
