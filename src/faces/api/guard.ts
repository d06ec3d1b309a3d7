/**
 * Holds a request against what its route asks for: finds the resource, and says why not, if not. What the
 * actor may not see is answered like what does not exist; what they may see and not do, with `forbidden`.
 */
import type { FastifyRequest } from "fastify";
import {
  isAllowed,
  parseScope,
  type Actor,
  type Forbidden,
  type InvalidInput,
  type NotFound,
  type People,
  type Permission,
  type Resource,
} from "#domain";
import type { Delivery, Located, Subject } from "#delivery";
import type { Guard, ResourceAt } from "#faces/api/contract";
import { assert, ok, unreachable, type Result } from "#std";

type Refusal = NotFound | InvalidInput | Forbidden;

/**
 * Gives why the request may not go on; nothing when it may. What was found by a commit or by its app's
 * name is written into the path's parameters by its id: what is checked here is what is used later.
 */
export async function refusalOf(
  { guard, actor }: { readonly guard: Guard; readonly actor: Actor },
  request: FastifyRequest,
  keepers: Keepers,
): Promise<Refusal | undefined> {
  const { permission: needed, on } = guard;
  const { params } = request;
  const sought = soughtBy(on, request);
  if (sought === "each") return undefined;
  const found = await find(sought, actor, keepers);
  if (!found.ok) return found.error;
  if (on === "change" || on === "rollout") Object.assign(Object(params), { [on]: found.value.id });
  // Of an action there is not, only who may see its subject is told so: by the schema, later.
  const permission = permissionOf(needed, request) ?? "app.read";
  return await refusalOn(found.value.resource, { permission, actor, people: keepers.people });
}

/** Who knows what there is, and who could grant something on it. */
export interface Keepers {
  readonly delivery: Pick<Delivery, "locate">;
  readonly people: Pick<People, "locateScope" | "grantorsOf">;
}

type Sought = Subject | { readonly kind: "scope"; readonly text: string } | "platform";

async function find(
  sought: Sought,
  actor: Actor,
  { delivery, people }: Keepers,
): Promise<Result<Located, NotFound | InvalidInput>> {
  if (sought === "platform") return ok({ id: "", resource: { kind: "platform" } });
  if (sought.kind !== "scope") return await delivery.locate(sought, actor);
  const scope = parseScope(sought.text);
  if (!scope.ok) return scope;
  const found = await people.locateScope(scope.value, actor);
  return found.ok ? ok({ id: sought.text, resource: found.value }) : found;
}

interface Asking {
  readonly permission: Permission;
  readonly actor: Actor;
  readonly people: Pick<People, "grantorsOf">;
}

/** Why the actor may not do this to what they may see. */
export async function refusalOn(
  on: Resource,
  { permission, actor, people }: Asking,
): Promise<Forbidden | undefined> {
  if (isAllowed(actor, permission, on)) return undefined;
  const { reach: _reach, ...owner } = actor;
  return {
    code: "forbidden",
    who: actor.name,
    permission,
    on,
    isTokenTooNarrow: isAllowed(owner, permission, on),
    grantors: await people.grantorsOf(on),
  };
}

function permissionOf(
  needed: Guard["permission"],
  request: FastifyRequest,
): Permission | undefined {
  return typeof needed === "string" ? needed : needed.each[textAt(request.params, needed.by) ?? ""];
}

/** What the request is about. */
function soughtBy(on: ResourceAt, { params, query }: FastifyRequest): Sought | "each" {
  const environment = { environment: "production" } as const;
  switch (on) {
    case "platform":
      return "platform";
    case "app":
      return { kind: "app", name: param(params, "app") };
    case "environment":
      return { kind: "app", name: param(params, "app"), ...environment };
    case "change":
      return { kind: "change", name: param(params, "change") };
    case "rollout":
      return { kind: "rollout", name: param(params, "rollout") };
    case "team":
      return { kind: "scope", text: `team:${param(params, "team")}` };
    case "scope":
      return { kind: "scope", text: param(params, "scope") };
    case "query":
    case "each": {
      const name = textAt(query, "app");
      if (name !== undefined) return { kind: "app", name, ...environment };
      return on === "query" ? "platform" : "each";
    }
    default:
      return unreachable(on);
  }
}

function param(params: unknown, name: string): string {
  const value = textAt(params, name);
  assert(value !== undefined, `the route has a parameter :${name}`);
  return value;
}

function textAt(values: unknown, name: string): string | undefined {
  const value: unknown = Object.entries(Object(values)).find(([key]) => key === name)?.[1];
  return typeof value === "string" ? value : undefined;
}
