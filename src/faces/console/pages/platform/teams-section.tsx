/** Teams: who is in each, what its members may do with its apps, and how a team begins and ends. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { TeamResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Button } from "../../ui/button.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { Question } from "../../ui/question.tsx";
import { WideTable } from "../../ui/wide-table.tsx";
import { Grants } from "./grants.tsx";
import { MembersDialog } from "./members-dialog.tsx";
import { Outcome } from "./outcome.tsx";
import { useAct } from "./use-act.ts";

const columns = ["Team", "Members", "May do", "Act"];

interface TeamsProps {
  /** Why the reader may not change any of it; absent: they may. */
  readonly mayNot: string | undefined;
  /** Whose members are looked at. */
  readonly membersOf: string | undefined;
  readonly onMembers: (team: string | undefined) => void;
  readonly onRoles: (holder: string) => void;
}

export function TeamsSection({ mayNot, membersOf, onMembers, onRoles }: TeamsProps) {
  const { data } = useSuspenseQuery(ask("GET /api/v1/teams", {}));
  const [ended, setEnded] = useState<string>();
  const shown =
    mayNot === undefined ? data.teams.find(({ name }) => name === membersOf) : undefined;
  return (
    <Section title="Teams" id="teams" command="tidegate team list" json={data}>
      {data.teams.length === 0 ? (
        <Empty>No team yet. A team owns apps, and a role on it is a role on all of them.</Empty>
      ) : (
        <WideTable label="Teams" columns={columns}>
          {data.teams.map((team) => (
            <TeamRow
              key={team.name}
              team={team}
              mayNot={mayNot}
              onMembers={() => onMembers(team.name)}
              onRoles={() => onRoles(`team:${team.name}`)}
              onEnd={() => setEnded(team.name)}
            />
          ))}
        </WideTable>
      )}
      <NewTeam mayNot={mayNot} />
      {shown === undefined ? null : (
        <MembersDialog team={shown} onClose={() => onMembers(undefined)} />
      )}
      {ended === undefined ? null : <EndTeam team={ended} onClose={() => setEnded(undefined)} />}
    </Section>
  );
}

interface TeamRowProps {
  readonly team: TeamResource;
  readonly mayNot: string | undefined;
  readonly onMembers: () => void;
  readonly onRoles: () => void;
  readonly onEnd: () => void;
}

function TeamRow(row: TeamRowProps) {
  const { name, members, grants } = row.team;
  return (
    <tr>
      <th scope="row">
        <bdi>{name}</bdi>
      </th>
      <td>
        {members.length === 0 ? (
          <span className="soft">nobody yet</span>
        ) : (
          members.map((member) => member.name).join(", ")
        )}
      </td>
      <td>
        <Grants grants={grants} none="nothing yet" />
      </td>
      <td>
        <TeamActs {...row} />
      </td>
    </tr>
  );
}

function TeamActs({ team: { name }, mayNot, ...on }: TeamRowProps) {
  return (
    <span className="acts">
      <Button
        look="quiet"
        refusal={mayNot}
        label={`Change the members of team ${name}`}
        onPress={on.onMembers}
      >
        Members
      </Button>
      <Button
        look="quiet"
        refusal={mayNot}
        label={`Change the roles of team ${name}`}
        onPress={on.onRoles}
      >
        Roles
      </Button>
      <Button look="quiet" refusal={mayNot} label={`Delete team ${name}`} onPress={on.onEnd}>
        Delete
      </Button>
    </span>
  );
}

function NewTeam({ mayNot }: { readonly mayNot: string | undefined }) {
  const [name, setName] = useState("");
  const act = useAct("POST /api/v1/teams");
  const named = name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mayNot !== undefined || named === "" || act.isPending) return;
    act.mutate({ body: { name: named } }, { onSuccess: () => setName("") });
  };
  return (
    <>
      <form className="compare" onSubmit={submit}>
        <label className="field">
          <span className="label">New team</span>
          <input
            className="input"
            value={name}
            autoCapitalize="none"
            spellCheck={false}
            onChange={({ target }) => setName(target.value)}
          />
        </label>
        <Button
          type="submit"
          refusal={mayNot ?? (named === "" ? "it has no name yet" : undefined)}
          onPress={() => undefined}
        >
          Create the team
        </Button>
      </form>
      <Outcome error={act.error} />
    </>
  );
}

function EndTeam({ team, onClose }: { readonly team: string; readonly onClose: () => void }) {
  const act = useAct("DELETE /api/v1/teams/:team");
  return (
    <Question
      label={`Delete team ${team}?`}
      does="Delete"
      doing="Deleting"
      command={`tidegate team delete ${team}`}
      act={act}
      onDo={() => act.mutate({ params: { team } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        What its members may do through it ends at once; they stay users. A team that owns apps is
        not deleted: give those to another first.
      </p>
    </Question>
  );
}
