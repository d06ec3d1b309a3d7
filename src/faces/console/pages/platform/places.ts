/** Where a role can hold, as choices of what there is, and in words. Pure. */

export interface Place {
  /** As the API has it: `app:shop/production`. */
  readonly on: string;
  readonly label: string;
}

export interface Places {
  readonly teams: readonly Place[];
  readonly apps: readonly Place[];
}

interface Named {
  readonly name: string;
}

export const everywhere: Place = { on: "platform", label: "the platform" };

/** An app is a choice as a whole, and so is what its users meet. */
export function placesOf(teams: readonly Named[], apps: readonly Named[]): Places {
  const scopes = apps.flatMap(({ name }) => [`app:${name}`, `app:${name}/production`]);
  return {
    teams: teams.map(({ name }) => place(`team:${name}`)),
    apps: scopes.map(place),
  };
}

function place(on: string): Place {
  return { on, label: placeInWords(on) };
}

/** `the platform`, `team ops`, `shop`, `production of shop`; what it does not know stays as it is. */
export function placeInWords(on: string): string {
  if (on === everywhere.on) return everywhere.label;
  const [, kind, name = "", environment] = /^(team|app):([^/]+)(?:\/(.+))?$/.exec(on) ?? [];
  if (kind === "team") return `team ${name}`;
  if (kind === "app") return environment === undefined ? name : `${environment} of ${name}`;
  return on;
}
