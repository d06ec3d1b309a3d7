/** A new app: its repository first, so that an app that is known can be pushed to. */
import { err, ok, some, type Result } from "#std";
import {
  type Actor,
  type AlreadyExists,
  type App,
  type AppName,
  type InvalidInput,
  type NotFound,
  parseNewAppName,
  signed,
  type TeamName,
} from "#domain";
import { forgetInTurn } from "./delete-app.ts";
import type { AppView } from "./delivery.ts";
import type { Hands } from "./hands.ts";
import type { DeliveryPorts } from "./ports.ts";
import { viewOfApp } from "./views.ts";

export async function createApp(
  { name, team }: { readonly name: string; readonly team?: string },
  actor: Actor,
  hands: Hands,
): Promise<Result<AppView, InvalidInput | NotFound | AlreadyExists>> {
  const parsed = parseNewAppName(name);
  if (!parsed.ok) return parsed;
  const owner = await teamNamed(team, hands.ports);
  if (!owner.ok) return owner;
  const fresh = { name: parsed.value, ...some("team", owner.value) };
  return await hands.lives.take(name, async () => await createInTurn(fresh, actor, hands));
}

/** The team of that name, for who names one. */
export async function teamNamed(
  name: string | undefined,
  { store }: DeliveryPorts,
): Promise<Result<TeamName | undefined, NotFound>> {
  if (name === undefined) return ok(undefined);
  const team = await store.get("team", name);
  return team === undefined || team.body.deletedAt !== undefined
    ? err({ code: "not_found", what: "team", name })
    : ok(team.body.name);
}

async function createInTurn(
  { name, team }: Pick<App, "name" | "team">,
  actor: Actor,
  hands: Hands,
): Promise<Result<AppView, AlreadyExists>> {
  const { ports, routes } = hands;
  const { store, repositories, clock } = ports;
  const before = await store.get("app", name);
  if (before !== undefined && before.body.deletedAt === undefined) {
    return err({ code: "already_exists", what: "app", name });
  }
  // Its deletion was interrupted: the name is free once nothing of it is left.
  if (before !== undefined && !(await forgetInTurn(name, hands))) {
    return err({ code: "already_exists", what: "app", name });
  }
  await repositories.create(name);
  const app: App = { ...freshApp(name, actor.name, clock.now()), ...some("team", team) };
  const written = await store.commit({
    entries: [
      {
        type: "dev.cdevents.repository.created",
        app: app.name,
        ...signed(actor),
        data: { app: app.name, ...some("team", team) },
      },
    ],
    documents: [{ kind: "app", id: app.name, app: app.name, body: app, ifVersion: 0 }],
  });
  if (!written.ok) return err({ code: "already_exists", what: "app", name });
  await routes.publish();
  return ok(await viewOfApp(app, ports));
}

function freshApp(name: AppName, by: string, now: number): App {
  return {
    name,
    createdAt: now,
    createdBy: by,
    trackedBranch: "main",
    configVersion: 0,
    nextReleaseNumber: 1,
  };
}
