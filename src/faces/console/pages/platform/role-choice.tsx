/** A role and where it holds: both are chosen from what there is. */
import { useQuery } from "@tanstack/react-query";
import type { GrantResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { everywhere, type Place, placesOf } from "./places.ts";

const roles = ["viewer", "developer", "approver", "operator", "admin"] as const;

interface RoleChoiceProps {
  readonly chosen: GrantResource;
  readonly onChoose: (chosen: GrantResource) => void;
}

export const leastRole: GrantResource = { role: "viewer", on: everywhere.on };

export function RoleChoice({ chosen, onChoose }: RoleChoiceProps) {
  const teams = useQuery(ask("GET /api/v1/teams", {}));
  const apps = useQuery(ask("GET /api/v1/apps", {}));
  const places = placesOf(teams.data?.teams ?? [], apps.data?.apps ?? []);
  return (
    <>
      <label className="field">
        <span className="label">Role</span>
        <select
          className="input"
          value={chosen.role}
          onChange={({ target }) => {
            const role = roles.find((one) => one === target.value) ?? leastRole.role;
            onChoose({ ...chosen, role });
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
        <span className="label">On</span>
        <select
          className="input input-place"
          value={chosen.on}
          onChange={({ target }) => onChoose({ ...chosen, on: target.value })}
        >
          <Choice place={everywhere} />
          <Group label="Apps of a team" places={places.teams} />
          <Group label="One app" places={places.apps} />
        </select>
      </label>
    </>
  );
}

function Group({ label, places }: { readonly label: string; readonly places: readonly Place[] }) {
  if (places.length === 0) return null;
  return (
    <optgroup label={label}>
      {places.map((place) => (
        <Choice key={place.on} place={place} />
      ))}
    </optgroup>
  );
}

function Choice({ place: { on, label } }: { readonly place: Place }) {
  return <option value={on}>{label}</option>;
}
