/** What one may do on one thing, and what it would take to do the rest: asked before anything is tried. */
import { err, ok, type Result } from "#std";
import {
  isAllowed,
  permissions,
  renderScope,
  rolesThatMay,
  wordsOf,
  type Actor,
  type People,
  type Permission,
  type Resource,
} from "#domain";
import type { Delivery } from "#delivery";
import type { RightsResource } from "#faces/api/contract";
import type { Handlers } from "./handlers.ts";
import type { ApiError } from "./problems.ts";

export type RightsRoute = "GET /api/v1/rights";

/** What routes and git ask of the app as a whole: a role in one environment of it gives none of this. */
const ofWholeApp: ReadonlySet<Permission> = new Set(["app.delete", "source.push"]);

interface Keepers {
  readonly delivery: Pick<Delivery, "locate">;
  readonly people: Pick<People, "grantorsOf">;
}

export function rightsHandler({ delivery, people }: Keepers): Pick<Handlers, RightsRoute> {
  return {
    "GET /api/v1/rights": async ({ query: { app: name } }, { actor }) => {
      const on = await resourceOf(name, actor, delivery);
      return on.ok ? ok(rightsOn(on.value, actor, await people.grantorsOf(on.value))) : on;
    },
  };
}

async function resourceOf(
  name: string | undefined,
  actor: Actor,
  delivery: Keepers["delivery"],
): Promise<Result<Resource, ApiError>> {
  if (name === undefined) return ok({ kind: "platform" });
  const found = await delivery.locate({ kind: "app", name, environment: "production" }, actor);
  return found.ok ? ok(found.value.resource) : err(found.error);
}

/** Every permission, on the one side or on the other. Pure: the same function decides when it is tried. */
function rightsOn(on: Resource, actor: Actor, grantors: readonly string[]): RightsResource {
  const { reach: _reach, ...owner } = actor;
  const isGiven = (who: Actor, permission: Permission) =>
    isAllowed(who, permission, ofWholeApp.has(permission) ? around(on) : on);
  const may = permissions.filter((permission) => isGiven(actor, permission));
  return {
    on: renderScope(on.kind === "app" ? { kind: "app", app: on.app } : on),
    may,
    mayNot: permissions
      .filter((permission) => !may.includes(permission))
      .map((permission) => ({
        permission,
        words: wordsOf(permission),
        roles: [...rolesThatMay(permission)],
        ...(isGiven(owner, permission) ? { isTokenTooNarrow: true as const } : {}),
      })),
    grantors: [...grantors],
  };
}

function around(on: Resource): Resource {
  if (on.kind !== "app") return on;
  const { environment: _environment, ...app } = on;
  return app;
}
