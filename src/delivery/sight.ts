/** What an actor may see: apps by name, and what a request names, found among what they may see. */
import { err, ok, some, type Result } from "#std";
import {
  isAllowed,
  isVisible,
  type Actor,
  type App,
  type AppName,
  type EnvironmentName,
  type InvalidInput,
  type NotFound,
  type Resource,
} from "#domain";
import { listAll } from "#delivery/rollout";
import type { Located, Subject } from "./delivery.ts";
import { findApp, findChange, findRollout } from "./find.ts";
import type { DeliveryPorts } from "./ports.ts";

/**
 * The apps whose contents an actor may see, newest first; or whose logs they may read. What instances printed was
 * printed in an environment, and whoever has a role on that one alone may read it.
 */
export async function visibleApps(
  actor: Actor,
  { store }: Pick<DeliveryPorts, "store">,
  permission: "app.read" | "log.read" = "app.read",
): Promise<readonly App[]> {
  const apps = (await listAll(store, "app")).map(({ body }) => body);
  const where = permission === "log.read" ? { environment: printedIn } : {};
  return apps.filter(
    (app) =>
      app.deletedAt === undefined && isAllowed(actor, permission, { ...resourceOf(app), ...where }),
  );
}

/** Where all instances run whose lines changes, releases and rollouts hold. */
const printedIn: EnvironmentName = "production";

/** The same; `undefined` for who sees every app, so that nobody has to list them. */
export async function seenApps(
  actor: Actor,
  ports: Pick<DeliveryPorts, "store">,
  permission: "app.read" | "log.read" = "app.read",
): Promise<readonly App[] | undefined> {
  if (isAllowed(actor, permission, { kind: "platform" })) return undefined;
  return await visibleApps(actor, ports, permission);
}

/** Their names. */
export async function sightOf(
  actor: Actor,
  ports: Pick<DeliveryPorts, "store">,
): Promise<readonly AppName[] | undefined> {
  return (await seenApps(actor, ports))?.map(({ name }) => name);
}

/**
 * Finds what a request names. What the actor may not see is answered word for word like what does not
 * exist; of two changes with the same commit, the one they may see is found.
 */
export async function locate(
  subject: Subject,
  actor: Actor,
  ports: DeliveryPorts,
): Promise<Result<Located, NotFound | InvalidInput>> {
  const { kind, name } = subject;
  const isByApp = kind === "rollout" && !name.startsWith("rol_");
  const hidden = err({ code: "not_found" as const, what: isByApp ? "app" : kind, name });
  if (kind === "app" || isByApp) {
    const resource = await visibleApp(name, actor, ports);
    if (resource === undefined) return hidden;
    if (kind === "app") {
      return ok({
        id: name,
        resource: { ...resource, ...some("environment", subject.environment) },
      });
    }
  }
  const found = await (kind === "change"
    ? findChange(name, ports, await sightOf(actor, ports))
    : findRollout(name, ports));
  if (!found.ok) return found;
  const { id, app, environment } = found.value;
  const resource = await visibleApp(app, actor, ports);
  return resource === undefined ? hidden : ok({ id, resource: { ...resource, environment } });
}

async function visibleApp(name: string, actor: Actor, ports: DeliveryPorts) {
  const found = await findApp(name, ports);
  const resource = found.ok ? resourceOf(found.value) : undefined;
  return resource !== undefined && isVisible(actor, resource) ? resource : undefined;
}

function resourceOf({ name, team }: App): Extract<Resource, { readonly kind: "app" }> {
  return { kind: "app", app: name, ...some("team", team) };
}
