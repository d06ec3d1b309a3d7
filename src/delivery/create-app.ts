/** A new app: its repository first, so that an app that is known can be pushed to. */
import { err, ok, type Result } from "#std";
import {
  type AlreadyExists,
  type App,
  type AppName,
  type InvalidInput,
  parseAppName,
} from "#domain";
import { forgetInTurn } from "./delete-app.ts";
import type { AppView } from "./delivery.ts";
import type { Hands } from "./hands.ts";
import { viewOfApp } from "./views.ts";

export async function createApp(
  name: string,
  actor: string,
  hands: Hands,
): Promise<Result<AppView, InvalidInput | AlreadyExists>> {
  const parsed = parseAppName(name);
  if (!parsed.ok) return parsed;
  return await hands.lives.take(name, async () => await createInTurn(parsed.value, actor, hands));
}

async function createInTurn(
  name: AppName,
  actor: string,
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
  const app = freshApp(name, actor, clock.now());
  const written = await store.commit({
    entries: [
      {
        type: "dev.cdevents.repository.created",
        app: app.name,
        actor,
        data: { app: app.name },
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
